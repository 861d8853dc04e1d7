/*
 * A user's keys, in the store MY and CryptoAPI's containers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "user_key.h"

#include "pvk.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/nt.h"

HCERTSTORE user_key_open_store(void)
{
    const struct libraries *lib = libraries_get();

    if (lib) return lib->CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    SetLastError(ERROR_EFS_DISABLED);
    return NULL;
}

const CERT_CONTEXT *user_key_find(HCERTSTORE store, const BYTE thumbprint[THUMBPRINT_SIZE])
{
    CRYPT_HASH_BLOB hash = { THUMBPRINT_SIZE, (BYTE *)(ULONG_PTR)thumbprint };

    return libraries_get()->CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &hash, NULL);
}

/* Opens the container that a certificate names. 0 if there is none, or it isn't there. */
static HCRYPTPROV open_container(const struct libraries *lib, const CERT_CONTEXT *certificate, DWORD *spec)
{
    CRYPT_KEY_PROV_INFO *info;
    HCRYPTPROV container = 0;
    DWORD size = 0;

    if (!lib->CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size)
        || size < sizeof(*info) || !(info = HeapAlloc(GetProcessHeap(), 0, size)))
        return 0;
    if (lib->CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, info, &size))
    {
        *spec = info->dwKeySpec;
        if (!lib->CryptAcquireContextW(&container, info->pwszContainerName, info->pwszProvName, info->dwProvType,
                                       (info->dwFlags & CRYPT_MACHINE_KEYSET) | CRYPT_SILENT))
        {
            WARN("container %s: error %#lx\n", debug_wstr(info->pwszContainerName), GetLastError());
            container = 0;
        }
    }
    HeapFree(GetProcessHeap(), 0, info);
    return container;
}

BOOL user_key_is_in(HCRYPTPROV container, DWORD spec, const CERT_CONTEXT *certificate)
{
    const struct libraries *lib = libraries_get();
    CERT_PUBLIC_KEY_INFO *info;
    BOOL same = FALSE;
    DWORD size = 0;

    if (!lib->CryptExportPublicKeyInfo(container, spec, X509_ASN_ENCODING, NULL, &size)
        || !(info = HeapAlloc(GetProcessHeap(), 0, size)))
        return FALSE;
    if (lib->CryptExportPublicKeyInfo(container, spec, X509_ASN_ENCODING, info, &size))
        same = lib->CertComparePublicKeyInfo(X509_ASN_ENCODING, info,
                                             &certificate->pCertInfo->SubjectPublicKeyInfo);
    HeapFree(GetProcessHeap(), 0, info);
    return same;
}

BOOL user_key_is_whole(const CERT_CONTEXT *certificate)
{
    const struct libraries *lib = libraries_get();
    HCRYPTPROV container;
    DWORD spec;
    BOOL whole;

    if (!(container = open_container(lib, certificate, &spec))) return FALSE;
    whole = user_key_is_in(container, spec, certificate);
    lib->CryptReleaseContext(container, 0);
    return whole;
}

DWORD user_key_copy_certificate(const CERT_CONTEXT *certificate, struct blob *copy)
{
    DWORD err = blob_alloc(copy, certificate->cbCertEncoded);

    if (!err) memcpy(copy->data, certificate->pbCertEncoded, certificate->cbCertEncoded);
    return err;
}

DWORD user_key_get_certificate(const BYTE *thumbprint, DWORD size, struct blob *certificate)
{
    const struct libraries *lib = libraries_get();
    DWORD err = ERROR_ACCESS_DENIED;
    const CERT_CONTEXT *found;
    HCERTSTORE store;

    if (size != THUMBPRINT_SIZE) return ERROR_ACCESS_DENIED;
    if (!(store = user_key_open_store())) return GetLastError();
    if ((found = user_key_find(store, thumbprint)))
    {
        if (user_key_is_whole(found)) err = user_key_copy_certificate(found, certificate);
        lib->CertFreeCertificateContext(found);
    }
    lib->CertCloseStore(store, 0);
    return err;
}

/* A PRIVATEKEYBLOB of any RSA key that there is is smaller: that of one with 16384 bits. Bytes */
#define PRIVATE_KEY_MAX 16384

DWORD user_key_export(const struct libraries *lib, HCRYPTPROV container, DWORD spec, struct locked *pvk)
{
    DWORD err, size = PRIVATE_KEY_MAX;
    HCRYPTKEY key;

    if ((err = locked_allocate(pvk, PVK_KEY + PRIVATE_KEY_MAX))) return err;
    if (!lib->CryptGetUserKey(container, spec, &key)) err = GetLastError();
    else
    {
        if (!lib->CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, pvk->bytes + PVK_KEY, &size)) err = GetLastError();
        lib->CryptDestroyKey(key);
    }
    if (!err && size > PRIVATE_KEY_MAX) err = ERROR_INVALID_DATA;
    if (err) locked_free(pvk);
    else
    {
        put_ulong(pvk->bytes, PVK_MAGIC);
        put_ulong(pvk->bytes + PVK_SPEC, spec);
        put_ulong(pvk->bytes + PVK_LENGTH, size);
        pvk->size = PVK_KEY + size;
    }
    return err;
}

/* ERROR_ACCESS_DENIED: the private key can't be had. */
static DWORD load(const struct libraries *lib, const CERT_CONTEXT *certificate, struct user_key *key)
{
    DWORD err = ERROR_ACCESS_DENIED, spec;
    HCRYPTPROV container;

    if (!(container = open_container(lib, certificate, &spec))) return err;
    if (user_key_is_in(container, spec, certificate) && (err = user_key_export(lib, container, spec, &key->pvk)))
    {
        WARN("the private key can't be exported: error %#lx\n", err);
        if (err != ERROR_NOT_ENOUGH_MEMORY) err = ERROR_ACCESS_DENIED;
    }
    lib->CryptReleaseContext(container, 0);
    if (!err && (err = user_key_copy_certificate(certificate, &key->certificate))) locked_free(&key->pvk);
    return err;
}

static DWORD find_in(HCERTSTORE store, const struct efs_metadata *metadata, enum efs_key_list list,
                     struct user_key *key)
{
    const struct libraries *lib = libraries_get();
    const CERT_CONTEXT *certificate;
    struct efs_key_entry entry;
    uint32_t cursor = 0;
    DWORD err;

    while (efs_metadata_next(metadata, list, &cursor, &entry))
    {
        if (entry.thumbprint.length != THUMBPRINT_SIZE) continue;
        if (!(certificate = user_key_find(store, entry.thumbprint.data))) continue;
        memcpy(key->thumbprint, entry.thumbprint.data, THUMBPRINT_SIZE);
        err = load(lib, certificate, key);
        lib->CertFreeCertificateContext(certificate);
        if (err != ERROR_ACCESS_DENIED) return err;
    }
    return ERROR_ACCESS_DENIED;
}

DWORD user_key_for(const BYTE *metadata, DWORD size, struct user_key *key)
{
    struct efs_metadata read;
    enum efs_error unread = efs_metadata_read(&read, metadata, size, NULL);
    HCERTSTORE store;
    DWORD err;

    memset(key, 0, sizeof(*key));
    if (unread) return error_of_stored(unread);
    if (read.opaque) return ERROR_EFS_VERSION_NOT_SUPPORT;
    if (!(store = user_key_open_store())) return GetLastError();
    if ((err = find_in(store, &read, EFS_DDF, key)) == ERROR_ACCESS_DENIED) err = find_in(store, &read, EFS_DRF, key);
    libraries_get()->CertCloseStore(store, 0);
    return err;
}

DWORD user_key_get(const BYTE thumbprint[THUMBPRINT_SIZE], struct user_key *key)
{
    const struct libraries *lib = libraries_get();
    HCERTSTORE store = user_key_open_store();
    const CERT_CONTEXT *found;
    DWORD err = ERROR_ACCESS_DENIED;

    memset(key, 0, sizeof(*key));
    if (!store) return GetLastError();
    if ((found = user_key_find(store, thumbprint)))
    {
        memcpy(key->thumbprint, thumbprint, THUMBPRINT_SIZE);
        err = load(lib, found, key);
        lib->CertFreeCertificateContext(found);
    }
    lib->CertCloseStore(store, 0);
    return err;
}

void user_key_free(struct user_key *key)
{
    locked_free(&key->pvk);
    blob_free(&key->certificate);
}

void user_key_pass(const struct user_key *key, struct key_pair *pair)
{
    pair->key.data = (UINT_PTR)key->pvk.bytes;
    pair->key.length = key->pvk.size;
    pair->certificate.data = (UINT_PTR)key->certificate.data;
    pair->certificate.length = key->certificate.size;
}
