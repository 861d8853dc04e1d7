/*
 * A key that the user brings along: for "wine-efs key import".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "available.h"
#include "container.h"
#include "pvk.h"
#include "user_key.h"

DWORD WINAPI wineefs_key_import(const BYTE *pvk, DWORD pvk_size, const BYTE *certificate, DWORD certificate_size,
                                BYTE thumbprint[THUMBPRINT_SIZE]);

/* Is it in the store already, with its private key? */
static BOOL is_there(const struct libraries *lib, HCERTSTORE store, const BYTE *thumbprint)
{
    const CERT_CONTEXT *found = user_key_find(store, thumbprint);
    BOOL whole = found && user_key_is_whole(found);

    if (found) lib->CertFreeCertificateContext(found);
    return whole;
}

static DWORD import_into(const struct libraries *lib, HCRYPTPROV container, const BYTE *pvk, DWORD size)
{
    HCRYPTKEY key;

    if (!lib->CryptImportKey(container, pvk + PVK_KEY, size - PVK_KEY, 0, CRYPT_EXPORTABLE, &key))
        return container_error();
    lib->CryptDestroyKey(key);
    return ERROR_SUCCESS;
}

/* The certificate gets the container's name, the files their content, and the store the certificate. */
static DWORD add(const struct libraries *lib, HCERTSTORE store, const CERT_CONTEXT *certificate, HCRYPTPROV container,
                 WCHAR *name)
{
    CRYPT_KEY_PROV_INFO info = container_info(name);
    DWORD err;

    if (!lib->CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info))
        return container_error();
    /* another certificate's key is no use */
    if (!user_key_is_in(container, AT_KEYEXCHANGE, certificate)) return ERROR_INVALID_DATA;
    if ((err = container_keep(lib, container, name, certificate))) return err;
    if (!lib->CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_REPLACE_EXISTING, NULL))
        return container_error();
    return ERROR_SUCCESS;
}

static DWORD import(const struct libraries *lib, HCERTSTORE store, const CERT_CONTEXT *certificate, const BYTE *pvk,
                    DWORD size)
{
    WCHAR name[CONTAINER_NAME];
    HCRYPTPROV container;
    DWORD err = container_make(lib, name, &container);

    if (err) return err;
    if (!(err = import_into(lib, container, pvk, size))) err = add(lib, store, certificate, container, name);
    lib->CryptReleaseContext(container, 0);
    if (err) container_remove(lib, name);
    return err;
}

/***********************************************************************
 *           wineefs_key_import
 *
 * Puts a private key into a container of its own, and its certificate into MY: not as PFXImportCertStore, which gives
 * all keys the same container, so that each replaces the one before. The user's current key stays.
 *
 * PARAMS
 *  pvk, pvk_size                 [I] the private key, a PVK file that isn't encrypted
 *  certificate, certificate_size [I] its certificate, DER
 *  thumbprint                    [O] SHA-1 of the certificate, on success and with ERROR_ALREADY_EXISTS
 *
 * RETURNS
 *  ERROR_ALREADY_EXISTS: the user has it, with the private key; ERROR_INVALID_DATA: this is no key, no certificate, or
 *  one isn't the other's; ERROR_EFS_DISABLED: as EncryptFile.
 */
DWORD WINAPI wineefs_key_import(const BYTE *pvk, DWORD pvk_size, const BYTE *certificate, DWORD certificate_size,
                                BYTE thumbprint[THUMBPRINT_SIZE])
{
    DWORD length = THUMBPRINT_SIZE, err = keys_check();
    const struct libraries *lib = err ? NULL : libraries_get();
    const CERT_CONTEXT *context;
    HCERTSTORE store;

    if (err) return err;
    if (pvk_size <= PVK_KEY || !(context = lib->CertCreateCertificateContext(X509_ASN_ENCODING, certificate,
                                                                             certificate_size)))
        return ERROR_INVALID_DATA;
    if (!lib->CertGetCertificateContextProperty(context, CERT_SHA1_HASH_PROP_ID, thumbprint, &length)
        || length != THUMBPRINT_SIZE)
        err = ERROR_INVALID_DATA;
    else if (!(store = user_key_open_store())) err = GetLastError();
    else
    {
        err = is_there(lib, store, thumbprint) ? ERROR_ALREADY_EXISTS : import(lib, store, context, pvk, pvk_size);
        lib->CertCloseStore(store, 0);
    }
    lib->CertFreeCertificateContext(context);
    return err;
}
