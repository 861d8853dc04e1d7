/*
 * New keys with self-signed certificates: a user's, and a recovery agent's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "self_signed.h"

#include "container.h"
#include "wine/debug.h"
#include "wine/prefix.h"

#define KEY_BITS 2048
#define YEARS    100

/* Extended key usages with one purpose (DER): EFS, 1.3.6.1.4.1.311.10.3.4; and file recovery, with .1 behind that */
static BYTE efs_usage[] = { 0x30, 0x0c, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x04 };
static BYTE recovery_usage[] = { 0x30, 0x0d, 0x06, 0x0b, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x04,
                                 0x01 };

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
static const CERT_CONTEXT *make_certificate(const struct libraries *lib, HCRYPTPROV container, WCHAR *name,
                                            CRYPT_OBJID_BLOB purpose)
{
    CERT_EXTENSION usage = { (char *)(ULONG_PTR)szOID_ENHANCED_KEY_USAGE, FALSE, purpose };
    CERT_EXTENSIONS extensions = { 1, &usage };
    CRYPT_KEY_PROV_INFO info = container_info(name);
    BYTE der[SUBJECT_MAX];
    CERT_NAME_BLOB subject = { sizeof(der), der };
    SYSTEMTIME end;

    if (!make_subject(lib, der, &subject.cbData)) return NULL;
    GetSystemTime(&end);
    end.wYear = (WORD)(end.wYear + YEARS);
    if (end.wMonth == 2 && end.wDay == 29) end.wDay = 28;
    return lib->CertCreateSelfSignCertificate(container, &subject, 0, &info, NULL, NULL, &end, &extensions);
}

/* A new key in the container, and its certificate. */
static DWORD make_pair(const struct libraries *lib, HCRYPTPROV container, WCHAR *name, CRYPT_OBJID_BLOB purpose,
                       const CERT_CONTEXT **certificate)
{
    HCRYPTKEY key;

    if (!lib->CryptGenKey(container, AT_KEYEXCHANGE, KEY_BITS << 16 | CRYPT_EXPORTABLE, &key))
        return container_error();
    lib->CryptDestroyKey(key);
    *certificate = make_certificate(lib, container, name, purpose);
    return *certificate ? ERROR_SUCCESS : container_error();
}

static DWORD make_in(const struct libraries *lib, HCRYPTPROV container, WCHAR *name, HCERTSTORE store,
                     const CERT_CONTEXT **certificate)
{
    DWORD err = make_pair(lib, container, name, (CRYPT_OBJID_BLOB){ sizeof(efs_usage), efs_usage }, certificate);

    if (err) return err;
    err = container_keep(lib, container, name, *certificate);
    if (!err && !lib->CertAddCertificateContextToStore(store, *certificate, CERT_STORE_ADD_NEW, NULL))
        err = container_error();
    if (err) lib->CertFreeCertificateContext(*certificate);
    return err;
}

DWORD self_signed_make(HCERTSTORE store, const CERT_CONTEXT **certificate)
{
    const struct libraries *lib = libraries_get();
    WCHAR name[CONTAINER_NAME];
    HCRYPTPROV container;
    DWORD err = container_make(lib, name, &container);

    if (err) return err;
    err = make_in(lib, container, name, store, certificate);
    lib->CryptReleaseContext(container, 0);
    if (err) container_remove(lib, name);
    else debug_tell("wine-efs: a key was made for this user's encrypted files. It is in this prefix alone (efs-keys in "
                    "%s): keep a copy of it elsewhere.\n", prefix_get_path());
    return err;
}

DWORD self_signed_recovery(struct user_key *key)
{
    const struct libraries *lib = libraries_get();
    const CRYPT_OBJID_BLOB purpose = { sizeof(recovery_usage), recovery_usage };
    const CERT_CONTEXT *certificate;
    WCHAR no_name[] = L"";
    HCRYPTPROV container;
    DWORD err;

    memset(key, 0, sizeof(*key));
    /* one that is in memory alone */
    if (!lib->CryptAcquireContextW(&container, NULL, MS_ENHANCED_PROV_W, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT))
        return container_error();
    if (!(err = make_pair(lib, container, no_name, purpose, &certificate)))
    {
        if (!(err = user_key_export(lib, container, AT_KEYEXCHANGE, &key->pvk))
            && (err = user_key_copy_certificate(certificate, &key->certificate)))
            locked_free(&key->pvk);
        lib->CertFreeCertificateContext(certificate);
    }
    lib->CryptReleaseContext(container, 0);
    return err;
}
