/*
 * The keys of the user who runs the tests. crypt32.dll is loaded for those alone who need it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "user_keys.h"

#include <stdio.h>

static const WCHAR current_keys[] = L"Software\\Microsoft\\Windows NT\\CurrentVersion\\EFS\\CurrentKeys";

static struct
{
    __typeof__(CertOpenStore) *open;
    __typeof__(CertCloseStore) *close;
    __typeof__(CertFindCertificateInStore) *find;
    __typeof__(CertFreeCertificateContext) *free;
} crypt;

static const WCHAR my_certificates[] = L"Software\\Microsoft\\SystemCertificates\\My\\Certificates\\";

static struct
{
    WCHAR path[200];
    BYTE  blob[16384];
    DWORD size;
} hidden; /* the certificate that was taken out */

static void load(void)
{
    HMODULE module = LoadLibraryW(L"crypt32.dll");

    if (crypt.open) return;
#define FIND(member, name) crypt.member = (__typeof__(name) *)(void (*)(void))GetProcAddress(module, #name)
    FIND(open, CertOpenStore);
    FIND(close, CertCloseStore);
    FIND(find, CertFindCertificateInStore);
    FIND(free, CertFreeCertificateContext);
#undef FIND
}

static HCERTSTORE open_store(void)
{
    load();
    return crypt.open(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
}

static const CERT_CONTEXT *find(HCERTSTORE store, const BYTE hash[CERTIFICATE_HASH_SIZE])
{
    CRYPT_HASH_BLOB blob = { CERTIFICATE_HASH_SIZE, (BYTE *)(ULONG_PTR)hash };

    return crypt.find(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &blob, NULL);
}

bool get_current_key(BYTE hash[CERTIFICATE_HASH_SIZE])
{
    DWORD size = CERTIFICATE_HASH_SIZE;

    return !RegGetValueW(HKEY_CURRENT_USER, current_keys, L"CertificateHash", RRF_RT_REG_BINARY, NULL, hash, &size)
        && size == CERTIFICATE_HASH_SIZE;
}

bool has_current_key(void)
{
    BYTE hash[CERTIFICATE_HASH_SIZE];

    return get_current_key(hash);
}

void check_hashes_(const char *file, int line, const WCHAR *path, bool agents,
                   const BYTE (*hashes)[CERTIFICATE_HASH_SIZE], DWORD count)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *list;
    DWORD ret = agents ? pQueryRecoveryAgentsOnEncryptedFile(path, &list) : pQueryUsersOnEncryptedFile(path, &list), i;

    ok_(file, line)(!ret, "got %lu\n", ret);
    if (ret) return;
    ok_(file, line)(list->nCert_Hash == count, "got %lu, expected %lu\n", list->nCert_Hash, count);
    for (i = 0; i < list->nCert_Hash && i < count; i++)
    {
        const EFS_HASH_BLOB *hash = list->pUsers[i]->pHash;

        ok_(file, line)(hash->cbData == CERTIFICATE_HASH_SIZE && !memcmp(hash->pbData, hashes[i], hash->cbData),
                        "another one at %lu\n", i);
    }
    pFreeEncryptionCertificateHashList(list);
}

void check_current_user_(const char *file, int line, const WCHAR *path)
{
    BYTE hash[1][CERTIFICATE_HASH_SIZE];

    ok_(file, line)(get_current_key(hash[0]), "there is no current key\n");
    check_hashes_(file, line, path, false, (const BYTE (*)[CERTIFICATE_HASH_SIZE])hash, 1);
    check_hashes_(file, line, path, true, NULL, 0);
}

DWORD get_certificate(const BYTE hash[CERTIFICATE_HASH_SIZE], BYTE *der, DWORD room)
{
    HCERTSTORE store = open_store();
    const CERT_CONTEXT *certificate = find(store, hash);
    DWORD size = 0;

    if (certificate && certificate->cbCertEncoded <= room)
    {
        size = certificate->cbCertEncoded;
        memcpy(der, certificate->pbCertEncoded, size);
    }
    if (certificate) crypt.free(certificate);
    crypt.close(store, 0);
    return size;
}

/* Where the store MY has it; the whole certificate, with its properties, is one value. */
static HKEY open_certificate(bool make)
{
    HKEY key = NULL;
    LONG err = make ? RegCreateKeyExW(HKEY_CURRENT_USER, hidden.path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL)
        : RegOpenKeyExW(HKEY_CURRENT_USER, hidden.path, 0, KEY_ALL_ACCESS, &key);

    ok(!err, "%s: error %ld\n", wine_dbgstr_w(hidden.path), err);
    return err ? NULL : key;
}

void hide_certificate(const BYTE hash[CERTIFICATE_HASH_SIZE])
{
    WCHAR *at;
    HKEY key;
    DWORD i;

    lstrcpyW(hidden.path, my_certificates);
    at = hidden.path + lstrlenW(hidden.path);
    for (i = 0; i < CERTIFICATE_HASH_SIZE; i++, at += 2) _snwprintf(at, 3, L"%02X", hash[i]);
    hidden.size = sizeof(hidden.blob);
    if (!(key = open_certificate(false))) return;
    check_call(!RegQueryValueExW(key, L"Blob", NULL, NULL, hidden.blob, &hidden.size));
    RegCloseKey(key);
    check_call(!RegDeleteKeyW(HKEY_CURRENT_USER, hidden.path));
}

void show_certificate(void)
{
    HKEY key = open_certificate(true);

    if (!key) return;
    check_call(!RegSetValueExW(key, L"Blob", 0, REG_BINARY, hidden.blob, hidden.size));
    RegCloseKey(key);
}
