/*
 * Certificates: the user's own, those of others in his stores, and in files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wincrypt.h>

#define FILE_MAX 65536 /* bytes: of base64, twice what a certificate may have */

FARPROC find_advapi(const char *name)
{
    return GetProcAddress(GetModuleHandleW(L"advapi32.dll"), name);
}

const WCHAR *hash_text(const BYTE *hash, DWORD size, WCHAR text[HASH_TEXT])
{
    static const WCHAR digits[] = L"0123456789ABCDEF";
    WCHAR *out = text;
    DWORD i;

    for (i = 0; i < size && i < HASH_SIZE; i++)
    {
        if (i && !(i % 2)) *out++ = ' ';
        *out++ = digits[hash[i] >> 4];
        *out++ = digits[hash[i] & 15];
    }
    *out = 0;
    return text;
}

static int digit_value(WCHAR c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
    return -1;
}

DWORD parse_hash(const WCHAR *text, BYTE hash[HASH_SIZE])
{
    unsigned int count = 0;

    for (; *text; text++)
    {
        if (*text == ' ') continue;
        if (digit_value(*text) < 0 || count == 2 * HASH_SIZE) return ERROR_INVALID_PARAMETER;
        if (count % 2) hash[count / 2] = (BYTE)(hash[count / 2] << 4 | digit_value(*text));
        else hash[count / 2] = (BYTE)digit_value(*text);
        count++;
    }
    return count == 2 * HASH_SIZE ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

static DWORD copy_certificate(const BYTE *bytes, DWORD size, struct certificate *certificate)
{
    if (!(certificate->bytes = HeapAlloc(GetProcessHeap(), 0, size))) return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(certificate->bytes, bytes, size);
    certificate->size = size;
    return ERROR_SUCCESS;
}

DWORD find_certificate(const BYTE hash[HASH_SIZE], struct certificate *certificate)
{
    static const WCHAR *names[] = { L"MY", L"TrustedPeople", L"AddressBook" };
    CRYPT_HASH_BLOB blob = { HASH_SIZE, (BYTE *)(ULONG_PTR)hash };
    const CERT_CONTEXT *found;
    DWORD code = ERROR_NOT_FOUND;
    HCERTSTORE store;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(names) && code == ERROR_NOT_FOUND; i++)
    {
        store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                              CERT_SYSTEM_STORE_CURRENT_USER | CERT_STORE_READONLY_FLAG, names[i]);
        if (!store) continue;
        if ((found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &blob, NULL)))
        {
            code = copy_certificate(found->pbCertEncoded, found->cbCertEncoded, certificate);
            CertFreeCertificateContext(found);
        }
        CertCloseStore(store, 0);
    }
    return code;
}

/* One certificate as it is, or in base64; what is behind it doesn't matter. */
static DWORD take_certificate(const BYTE *bytes, DWORD size, struct certificate *certificate)
{
    BYTE decoded[FILE_MAX];
    DWORD decoded_size = sizeof(decoded), code = ERROR_INVALID_DATA;
    const CERT_CONTEXT *found;

    if (size && bytes[0] != 0x30) /* a SEQUENCE: DER */
    {
        if (!CryptStringToBinaryA((const char *)bytes, size, CRYPT_STRING_BASE64_ANY, decoded, &decoded_size, NULL,
                                  NULL))
            return ERROR_INVALID_DATA;
        bytes = decoded;
        size = decoded_size;
    }
    if (!(found = CertCreateCertificateContext(X509_ASN_ENCODING, bytes, size))) return ERROR_INVALID_DATA;
    code = copy_certificate(found->pbCertEncoded, found->cbCertEncoded, certificate);
    CertFreeCertificateContext(found);
    return code;
}

DWORD read_certificate(const WCHAR *name, struct certificate *certificate)
{
    WCHAR *path = usable_path(name);
    DWORD code = ERROR_SUCCESS, size = 0;
    BYTE bytes[FILE_MAX];
    HANDLE file;

    if (!path) return GetLastError();
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE || !ReadFile(file, bytes, sizeof(bytes), &size, NULL)) code = GetLastError();
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    HeapFree(GetProcessHeap(), 0, path);
    return code ? code : take_certificate(bytes, size, certificate);
}
