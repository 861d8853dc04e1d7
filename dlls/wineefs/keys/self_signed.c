/*
 * A key for a user who has none, with a self-signed certificate.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "self_signed.h"

#include "libraries.h"
#include "user_key.h"
#include "wine/debug.h"
#include "wine/prefix.h"
#include "wine/unixcall.h"

#define KEY_BITS 2048
#define YEARS    100

#define GUID_UNITS 37 /* its text, and a zero */

/* An extended key usage with one purpose: EFS, 1.3.6.1.4.1.311.10.3.4 (DER) */
static BYTE efs_usage[] = { 0x30, 0x0c, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x04 };

/* A random GUID (RFC 4122, version 4) as text, which no other container is named. */
static BOOL make_name(const struct libraries *lib, WCHAR name[GUID_UNITS])
{
    HCRYPTPROV random;
    BYTE bytes[16];
    unsigned int i;
    BOOL made;

    if (!lib->CryptAcquireContextW(&random, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT)) return FALSE;
    made = lib->CryptGenRandom(random, sizeof(bytes), bytes);
    lib->CryptReleaseContext(random, 0);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (i = 0; i < sizeof(bytes); i++)
    {
        if (i == 4 || i == 6 || i == 8 || i == 10) *name++ = '-';
        *name++ = L"0123456789abcdef"[bytes[i] >> 4];
        *name++ = L"0123456789abcdef"[bytes[i] & 15];
    }
    *name = 0;
    return made;
}

/* CN=the user's name, as a DER name of this many bytes at most */
#define SUBJECT_MAX 1200
#define USER_MAX    257 /* UNLEN of lmcons.h, and a zero */

static BOOL make_subject(const struct libraries *lib, BYTE *der, DWORD *size)
{
    WCHAR user[USER_MAX];
    DWORD units = USER_MAX;
    CERT_RDN_ATTR attribute = { (char *)(ULONG_PTR)szOID_COMMON_NAME, CERT_RDN_UNICODE_STRING, { 0, (BYTE *)user } };
    CERT_RDN part = { 1, &attribute };
    CERT_NAME_INFO name = { 1, &part };

    return lib->GetUserNameW(user, &units) && lib->CryptEncodeObject(X509_ASN_ENCODING, X509_UNICODE_NAME, &name, der,
                                                                     size);
}

/* The certificate for a key in a container, which signs it. NULL with the last error set. */
static const CERT_CONTEXT *make_certificate(const struct libraries *lib, HCRYPTPROV container, WCHAR *name)
{
    CERT_EXTENSION usage = { (char *)(ULONG_PTR)szOID_ENHANCED_KEY_USAGE, FALSE, { sizeof(efs_usage), efs_usage } };
    CERT_EXTENSIONS extensions = { 1, &usage };
    CRYPT_KEY_PROV_INFO info = { .pwszContainerName = name, .pwszProvName = (WCHAR *)(ULONG_PTR)MS_ENHANCED_PROV_W,
                                 .dwProvType = PROV_RSA_FULL, .dwKeySpec = AT_KEYEXCHANGE };
    BYTE der[SUBJECT_MAX];
    CERT_NAME_BLOB subject = { sizeof(der), der };
    SYSTEMTIME end;

    if (!make_subject(lib, der, &subject.cbData)) return NULL;
    GetSystemTime(&end);
    end.wYear = (WORD)(end.wYear + YEARS);
    if (end.wMonth == 2 && end.wDay == 29) end.wDay = 28;
    return lib->CertCreateSelfSignCertificate(container, &subject, 0, &info, NULL, NULL, &end, &extensions);
}

static DWORD last_error(void)
{
    DWORD err = GetLastError();

    return err ? err : ERROR_GEN_FAILURE;
}

/* A registry gets onto the disk late: so does the key otherwise. */
static DWORD keep(const struct libraries *lib, HCRYPTPROV container, const WCHAR *name, const CERT_CONTEXT *certificate)
{
    struct keep_key_params params = { .prefix = (UINT_PTR)prefix_get_path() };
    struct locked pvk = { 0 };
    char file[GUID_UNITS];
    unsigned int i;
    DWORD err;

    if (!params.prefix) return ERROR_PATH_NOT_FOUND;
    for (i = 0; i < GUID_UNITS; i++) file[i] = (char)name[i];
    if ((err = user_key_export(lib, container, AT_KEYEXCHANGE, &pvk))) return err;
    params.name = (UINT_PTR)file;
    params.pair.key.data = (UINT_PTR)pvk.bytes;
    params.pair.key.length = pvk.size;
    params.pair.certificate.data = (UINT_PTR)certificate->pbCertEncoded;
    params.pair.certificate.length = certificate->cbCertEncoded;
    unixcall_keep_key(&params);
    locked_free(&pvk);
    return unixcall_error(__func__, &params.result);
}

static DWORD make_in(const struct libraries *lib, HCRYPTPROV container, WCHAR *name, HCERTSTORE store,
                     const CERT_CONTEXT **certificate)
{
    HCRYPTKEY key;
    DWORD err;

    if (!lib->CryptGenKey(container, AT_KEYEXCHANGE, KEY_BITS << 16 | CRYPT_EXPORTABLE, &key)) return last_error();
    lib->CryptDestroyKey(key);
    if (!(*certificate = make_certificate(lib, container, name))) return last_error();
    err = keep(lib, container, name, *certificate);
    if (!err && !lib->CertAddCertificateContextToStore(store, *certificate, CERT_STORE_ADD_NEW, NULL))
        err = last_error();
    if (err) lib->CertFreeCertificateContext(*certificate);
    return err;
}

DWORD self_signed_make(HCERTSTORE store, const CERT_CONTEXT **certificate)
{
    const struct libraries *lib = libraries_get();
    WCHAR name[GUID_UNITS];
    HCRYPTPROV container;
    DWORD err;

    if (!make_name(lib, name)) return last_error();
    if (!lib->CryptAcquireContextW(&container, name, MS_ENHANCED_PROV_W, PROV_RSA_FULL, CRYPT_NEWKEYSET | CRYPT_SILENT))
        return last_error();
    err = make_in(lib, container, name, store, certificate);
    lib->CryptReleaseContext(container, 0);
    if (err) lib->CryptAcquireContextW(&container, name, MS_ENHANCED_PROV_W, PROV_RSA_FULL, CRYPT_DELETEKEYSET);
    else debug_tell("wine-efs: a key was made for this user's encrypted files. It is in this prefix alone (efs-keys in "
                    "%s): keep a copy of it elsewhere.\n", prefix_get_path());
    return err;
}
