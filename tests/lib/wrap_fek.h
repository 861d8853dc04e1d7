/*
 * A $EFS for a FEK, encrypted for keys/pkcs8.pem by GnuTLS: by other code than the engine's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_WRAP_FEK_H
#define TESTS_WRAP_FEK_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "efs/key.h"

static struct efs_key *load_test_key(const char *name)
{
    struct efs_key *key = NULL;
    char path[512];
    gnutls_datum_t file;

    snprintf(path, sizeof(path), "%s/%s", KEYS_DIR, name);
    assert_int_equal(gnutls_load_file(path, &file), 0);
    assert_int_equal(efs_key_load(&key, file.data, file.size, NULL, NULL), EFS_OK);
    gnutls_free(file.data);
    return key;
}

/* PKCS#1 v1.5, then reversed, as CryptoAPI has it. Returns the length. */
static uint32_t wrap_test_fek(uint8_t out[256], const struct efs_fek *fek)
{
    static gnutls_pubkey_t pubkey;
    uint8_t plain[48];
    gnutls_datum_t file, in = { plain, (unsigned int)efs_fek_make(fek, plain) }, cipher;
    gnutls_privkey_t privkey;
    uint32_t i, size;

    if (!pubkey)
    {
        assert_int_equal(gnutls_load_file(KEYS_DIR "/pkcs8.pem", &file), 0);
        assert_int_equal(gnutls_privkey_init(&privkey), 0);
        assert_int_equal(gnutls_privkey_import_x509_raw(privkey, &file, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
        assert_int_equal(gnutls_pubkey_init(&pubkey), 0);
        assert_int_equal(gnutls_pubkey_import_privkey(pubkey, privkey, 0, 0), 0);
        gnutls_privkey_deinit(privkey);
        gnutls_free(file.data);
    }
    assert_int_equal(gnutls_pubkey_encrypt_data(pubkey, 0, &in, &cipher), 0);
    assert_true(cipher.size <= 256);
    size = cipher.size;
    for (i = 0; i < size; i++) out[i] = cipher.data[size - 1 - i];
    gnutls_free(cipher.data);
    return size;
}

/* Returns the length. */
static uint32_t make_test_metadata(uint8_t *out, size_t capacity, const struct efs_fek *fek)
{
    static const uint8_t id[16], thumbprint[20], display[] = { 'u', 0 };
    struct efs_key_entry entry = { .flags = EFS_ENTRY_RSA, .pki_type = EFS_PKI_CERTIFICATE };
    uint8_t wrapped[256];
    size_t written;

    entry.thumbprint = (struct efs_bytes){ thumbprint, sizeof(thumbprint) };
    entry.display = (struct efs_bytes){ display, sizeof(display) };
    entry.encrypted_fek = (struct efs_bytes){ wrapped, wrap_test_fek(wrapped, fek) };
    assert_int_equal(efs_metadata_make(out, capacity, 2, id, &entry, 1, NULL, 0, &written), EFS_OK);
    return (uint32_t)written;
}

#endif
