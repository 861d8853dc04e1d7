/*
 * A PFX made of a private key and its certificate.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "keys/pfx.h"

#include <stdlib.h>
#include <string.h>

#include "key_forms.h"

#define KEY_ID_MAX 64 /* bytes of a hash */
#define ENCRYPTION GNUTLS_PKCS_PBES2_AES_256

struct parts
{
    struct contents       key;
    gnutls_x509_crt_t     certificate;
    gnutls_pkcs12_t       pfx;
    gnutls_pkcs12_bag_t   bags[2]; /* the key's, the certificate's */
    uint8_t               id[KEY_ID_MAX]; /* it tells Windows that the one is the other's */
    size_t                id_length;
};

static enum efs_error failure(struct efs_diag *diag, int err, const char *rule)
{
    return key_failure(diag, err, EFS_ERR_KEY_FILE, rule);
}

static enum efs_error load(struct parts *parts, const struct efs_bytes *key, const struct efs_bytes *certificate,
                           struct efs_diag *diag)
{
    gnutls_datum_t key_file = { (unsigned char *)(uintptr_t)key->data, key->length };
    gnutls_datum_t der = { (unsigned char *)(uintptr_t)certificate->data, certificate->length };
    uint8_t own[KEY_ID_MAX];
    size_t own_length = sizeof(own);
    enum efs_error code = contents_add_binary(&parts->key, &key_file, NULL, diag);
    int err;

    if (code) return code;
    if ((err = gnutls_x509_crt_init(&parts->certificate)) < 0) return failure(diag, err, "gnutls_x509_crt_init");
    if ((err = gnutls_x509_crt_import(parts->certificate, &der, GNUTLS_X509_FMT_DER)) < 0)
        return key_failure(diag, err, EFS_ERR_INVALID, "no certificate: not DER of X.509");
    parts->id_length = sizeof(parts->id);
    if ((err = gnutls_x509_crt_get_key_id(parts->certificate, GNUTLS_KEYID_USE_SHA1, parts->id, &parts->id_length)) < 0
        || (err = gnutls_x509_privkey_get_key_id(parts->key.keys[0], GNUTLS_KEYID_USE_SHA1, own, &own_length)) < 0)
        return failure(diag, err, "the key's identifier");
    if (own_length != parts->id_length || memcmp(own, parts->id, own_length))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "the key doesn't fit the certificate");
    return EFS_OK;
}

static int fill_bags(struct parts *parts, const char *password)
{
    const gnutls_datum_t id = { parts->id, (unsigned int)parts->id_length };
    gnutls_datum_t shrouded = { NULL, 0 };
    size_t size = 0;
    int err, i;

    for (i = 0; i < 2; i++)
        if ((err = gnutls_pkcs12_bag_init(&parts->bags[i])) < 0) return err;
    /* asks for the size first */
    err = gnutls_x509_privkey_export_pkcs8(parts->key.keys[0], GNUTLS_X509_FMT_DER, password, ENCRYPTION, NULL, &size);
    if (err != GNUTLS_E_SHORT_MEMORY_BUFFER) return err < 0 ? err : GNUTLS_E_INTERNAL_ERROR;
    /* another try has another padding, perhaps, and other lengths of lengths */
    size += KEY_ID_MAX;
    if (!(shrouded.data = malloc(size))) return GNUTLS_E_MEMORY_ERROR;
    err = gnutls_x509_privkey_export_pkcs8(parts->key.keys[0], GNUTLS_X509_FMT_DER, password, ENCRYPTION, shrouded.data,
                                           &size);
    shrouded.size = (unsigned int)size;
    if (err >= 0)
        err = gnutls_pkcs12_bag_set_data(parts->bags[0], GNUTLS_BAG_PKCS8_ENCRYPTED_KEY, &shrouded);
    free(shrouded.data);
    if (err < 0) return err;
    if ((err = gnutls_pkcs12_bag_set_crt(parts->bags[1], parts->certificate)) < 0) return err;
    for (i = 0; i < 2; i++)
        if ((err = gnutls_pkcs12_bag_set_key_id(parts->bags[i], 0, &id)) < 0) return err;
    return gnutls_pkcs12_bag_encrypt(parts->bags[1], password, ENCRYPTION);
}

static int join(struct parts *parts, const char *password, gnutls_datum_t *der)
{
    int err, i;

    if ((err = gnutls_pkcs12_init(&parts->pfx)) < 0) return err;
    for (i = 0; i < 2; i++)
        if ((err = gnutls_pkcs12_set_bag(parts->pfx, parts->bags[i])) < 0) return err;
    if ((err = gnutls_pkcs12_generate_mac2(parts->pfx, GNUTLS_MAC_SHA256, password)) < 0) return err;
    return gnutls_pkcs12_export2(parts->pfx, GNUTLS_X509_FMT_DER, der);
}

enum efs_error pfx_make(uint8_t *buffer, size_t *length, const struct efs_bytes *key,
                        const struct efs_bytes *certificate, const char *password, struct efs_diag *diag)
{
    struct parts parts = { .id_length = 0 };
    gnutls_datum_t der = { NULL, 0 };
    enum efs_error code = load(&parts, key, certificate, diag);
    int err, i;

    *length = 0;
    if (!code && ((err = fill_bags(&parts, password)) < 0 || (err = join(&parts, password, &der)) < 0))
        code = failure(diag, err, "PFX: GnuTLS doesn't make it");
    if (!code && (!der.data || der.size > PFX_MAX))
        code = efs_fail(diag, EFS_ERR_INVALID, 0, "the certificate is too long for a PFX");
    if (!code)
    {
        memcpy(buffer, der.data, der.size);
        *length = der.size;
    }
    gnutls_free(der.data);
    for (i = 0; i < 2; i++)
        if (parts.bags[i]) gnutls_pkcs12_bag_deinit(parts.bags[i]);
    if (parts.pfx) gnutls_pkcs12_deinit(parts.pfx);
    if (parts.certificate) gnutls_x509_crt_deinit(parts.certificate);
    contents_free(&parts.key);
    efs_secret_wipe_stack();
    return code;
}
