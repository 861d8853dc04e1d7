/*
 * GnuTLS and OpenSSL fail while a key is loaded or used: each failure gets its code, and nothing is lost (which the
 * build with the sanitizers sees).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <gnutls/pkcs12.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "efs/key.h"
#include "lib/failing_call.h"

/* ---- GnuTLS ---- */

WRAP(int, gnutls_pkcs12_init,
     gnutls_pkcs12_t *pfx) { return fails("gnutls_pkcs12_init") ? answer : __real_gnutls_pkcs12_init(pfx); }
WRAP(int, gnutls_pkcs12_verify_mac, gnutls_pkcs12_t pfx, const char *password)
{
    return fails("gnutls_pkcs12_verify_mac") ? answer : __real_gnutls_pkcs12_verify_mac(pfx, password);
}
WRAP(int, gnutls_pkcs12_simple_parse, gnutls_pkcs12_t pfx, const char *password, gnutls_x509_privkey_t *key,
     gnutls_x509_crt_t **chain, unsigned int *chain_length, gnutls_x509_crt_t **more, unsigned int *more_length,
     gnutls_x509_crl_t *list, unsigned int flags)
{
    if (fails("gnutls_pkcs12_simple_parse")) return answer;
    return __real_gnutls_pkcs12_simple_parse(pfx, password, key, chain, chain_length, more, more_length, list, flags);
}
WRAP(int, gnutls_pkcs12_bag_init,
     gnutls_pkcs12_bag_t *bag) { return fails("gnutls_pkcs12_bag_init") ? answer : __real_gnutls_pkcs12_bag_init(bag); }
WRAP(int, gnutls_pkcs12_bag_decrypt, gnutls_pkcs12_bag_t bag, const char *password)
{
    return fails("gnutls_pkcs12_bag_decrypt") ? answer : __real_gnutls_pkcs12_bag_decrypt(bag, password);
}
WRAP(int, gnutls_x509_privkey_import_pkcs8, gnutls_x509_privkey_t key, const gnutls_datum_t *data,
     gnutls_x509_crt_fmt_t format, const char *password, unsigned int flags)
{
    if (fails("gnutls_x509_privkey_import_pkcs8")) return answer;
    return __real_gnutls_x509_privkey_import_pkcs8(key, data, format, password, flags);
}
WRAP(int, gnutls_x509_privkey_init, gnutls_x509_privkey_t *key)
{
    return fails("gnutls_x509_privkey_init") ? answer : __real_gnutls_x509_privkey_init(key);
}
WRAP(int, gnutls_x509_crt_list_import2, gnutls_x509_crt_t **certs, unsigned int *count, const gnutls_datum_t *file,
     gnutls_x509_crt_fmt_t format, unsigned int flags)
{
    if (fails("gnutls_x509_crt_list_import2")) return answer;
    return __real_gnutls_x509_crt_list_import2(certs, count, file, format, flags);
}
WRAP(int, gnutls_x509_privkey_get_key_id, gnutls_x509_privkey_t key, unsigned int flags, unsigned char *id,
     size_t *size)
{
    return fails("gnutls_x509_privkey_get_key_id") ? answer
        : __real_gnutls_x509_privkey_get_key_id(key, flags, id, size);
}
WRAP(int, gnutls_x509_crt_export2, gnutls_x509_crt_t cert, gnutls_x509_crt_fmt_t format, gnutls_datum_t *out)
{
    return fails("gnutls_x509_crt_export2") ? answer : __real_gnutls_x509_crt_export2(cert, format, out);
}
WRAP(int, gnutls_x509_privkey_export_rsa_raw2, gnutls_x509_privkey_t key, gnutls_datum_t *n, gnutls_datum_t *e,
     gnutls_datum_t *d, gnutls_datum_t *p, gnutls_datum_t *q, gnutls_datum_t *u, gnutls_datum_t *e1, gnutls_datum_t *e2)
{
    if (fails("gnutls_x509_privkey_export_rsa_raw2")) return answer;
    return __real_gnutls_x509_privkey_export_rsa_raw2(key, n, e, d, p, q, u, e1, e2);
}

/* ---- OpenSSL ---- */

WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey, OSSL_LIB_CTX *library, EVP_PKEY *key, const char *query)
{
    return fails("EVP_PKEY_CTX_new_from_pkey") ? NULL : __real_EVP_PKEY_CTX_new_from_pkey(library, key, query);
}
WRAP(int, EVP_PKEY_decrypt, EVP_PKEY_CTX *context, unsigned char *out, size_t *out_length, const unsigned char *in,
     size_t length)
{
    if (!fails("EVP_PKEY_decrypt")) return __real_EVP_PKEY_decrypt(context, out, out_length, in, length);
    *out_length = 0;
    return answer;
}

WRAP(int, EVP_PKEY_eq, const EVP_PKEY *a, const EVP_PKEY *b)
{
    return fails("EVP_PKEY_eq") ? answer : __real_EVP_PKEY_eq(a, b);
}
WRAP(X509 *, d2i_X509, X509 **cert, const unsigned char **bytes, long length)
{
    return fails("d2i_X509") ? NULL : __real_d2i_X509(cert, bytes, length);
}

/* ---- key files ---- */

#define PASSWORD "open sesame"

static enum efs_error load(struct efs_key **key, const char *name, const char *password)
{
    struct efs_diag diag = { 0 };
    enum efs_error code;
    size_t length;
    uint8_t *bytes;

    *key = NULL;
    bytes = read_file(KEYS_DIR, name, &length);
    assert_non_null(bytes);
    code = efs_key_load(key, bytes, length, password, &diag);
    failing = NULL;
    assert_int_equal(diag.code, code);
    assert_int_equal(!*key, !!code);
    free(bytes);
    return code;
}

static void key_files(void **state)
{
    static const struct { const char *file, *password, *call; int answer; enum efs_error code; unsigned int at;
                          } faults[] =
    {
        { "modern.pfx", PASSWORD, "calloc", 0, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_verify_mac", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        /* with the right MAC it isn't the password's fault */
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", GNUTLS_E_DECRYPTION_FAILED, EFS_ERR_KEY_FILE, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", GNUTLS_E_UNKNOWN_CIPHER_TYPE, EFS_ERR_KEY_FILE, 1 },
        /* a key without a certificate is found among the bags */
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", 0, EFS_OK, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE, EFS_OK, 1 },
        { "nomac.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", GNUTLS_E_DECRYPTION_FAILED, EFS_ERR_PASSWORD, 1 },
        { "nomac.pfx", PASSWORD, "gnutls_pkcs12_simple_parse", GNUTLS_E_UNKNOWN_CIPHER_TYPE, EFS_ERR_KEY_FILE, 1 },
        { "pkcs8.pem", NULL, "gnutls_x509_privkey_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "chain.pem", NULL, "gnutls_x509_crt_list_import2", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "chain.pem", NULL, "calloc", 0, EFS_ERR_NO_MEMORY, 1 },
        { "chain.pem", NULL, "gnutls_x509_privkey_export_rsa_raw2", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "chain.pem", NULL, "gnutls_x509_privkey_export_rsa_raw2", GNUTLS_E_INVALID_REQUEST, EFS_ERR_KEY_FILE, 1 },
        { "chain.pem", NULL, "calloc", 0, EFS_ERR_NO_MEMORY, 2 },
        /* nothing is left out for want of memory */
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_bag_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_bag_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 2 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_bag_decrypt", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_pkcs12_bag_decrypt", GNUTLS_E_DECRYPTION_FAILED, EFS_OK, 1 },
        { "modern.pfx", PASSWORD, "gnutls_x509_privkey_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_x509_privkey_import_pkcs8", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "modern.pfx", PASSWORD, "gnutls_x509_privkey_import_pkcs8", GNUTLS_E_DECRYPTION_FAILED, EFS_OK, 1 },
        { "chain.pem", NULL, "gnutls_x509_privkey_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 2 },
        { "chain.pem", NULL, "gnutls_x509_privkey_get_key_id", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "chain.pem", NULL, "gnutls_x509_privkey_get_key_id", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 2 },
        { "chain.pem", NULL, "gnutls_x509_crt_export2", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
        { "chain.pem", NULL, "calloc", 0, EFS_ERR_NO_MEMORY, 3 }, /* of what a certificate says */
        { "chain.pem", NULL, "calloc", 0, EFS_ERR_NO_MEMORY, 4 },
        { "strong.pvk", PASSWORD, "gnutls_x509_privkey_init", GNUTLS_E_MEMORY_ERROR, EFS_ERR_NO_MEMORY, 1 },
    };
    struct efs_key *key;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
    {
        fail_call(faults[i].call, faults[i].at, faults[i].answer);
        assert_int_equal(load(&key, faults[i].file, faults[i].password), faults[i].code);
        if (!faults[i].code) efs_key_free(key);
    }
    /* longer than GnuTLS can be told */
    assert_int_equal(efs_key_load(&key, (const uint8_t *)"", (size_t)INT32_MAX + 1, NULL, NULL), EFS_ERR_KEY_FILE);
}

/* Without a certificate that is known to be the key's, there is no thumbprint. */
static void certificates(void **state)
{
    static const char * const calls[] = { "gnutls_x509_crt_export2", "d2i_X509", "EVP_PKEY_eq" };
    uint8_t thumbprint[20];
    struct efs_key *key;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
    {
        fail_call(calls[i], 0, GNUTLS_E_INVALID_REQUEST);
        assert_int_equal(load(&key, "chain.pem", NULL), EFS_OK);
        assert_false(efs_key_thumbprint(key, 0, thumbprint));
        efs_key_free(key);
    }
}

static void fitting_certificate(void **state)
{
    static const char * const calls[] = { "gnutls_x509_crt_list_import2", "gnutls_x509_crt_export2", "calloc" };
    struct efs_key *key;
    size_t length, i;
    uint8_t *cert = read_file(KEYS_DIR, "cert.pem", &length);

    (void)state;
    assert_non_null(cert);
    assert_int_equal(load(&key, "pkcs8.pem", NULL), EFS_OK);
    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
    {
        fail_call(calls[i], 1, GNUTLS_E_MEMORY_ERROR);
        assert_int_equal(efs_key_fit_certificate(key, cert, length, NULL), EFS_ERR_NO_MEMORY);
    }
    failing = NULL;
    free(cert);
    efs_key_free(key);
}

static void unwrapping(void **state)
{
    static const uint8_t id[16], blob[256] = { 1 };
    struct efs_key_entry entry = { .pki_type = EFS_PKI_CERTIFICATE, .encrypted_fek = { blob, sizeof(blob) } };
    struct efs_metadata metadata;
    struct efs_key *key;
    struct efs_fek fek;
    uint8_t bytes[1024];
    size_t length;

    (void)state;
    assert_int_equal(efs_metadata_make(bytes, sizeof(bytes), 3, id, &entry, 1, NULL, 0, &length), EFS_OK);
    assert_int_equal(efs_metadata_read(&metadata, bytes, length, NULL), EFS_OK);
    assert_int_equal(load(&key, "pkcs8.pem", NULL), EFS_OK);
    fail_call("EVP_PKEY_CTX_new_from_pkey", 1, 0);
    assert_int_equal(efs_key_unwrap(key, &metadata, &fek, NULL, NULL, NULL), EFS_ERR_NO_MEMORY);
    fail_call("EVP_PKEY_decrypt", 1, 0);
    assert_int_equal(efs_key_unwrap(key, &metadata, &fek, NULL, NULL, NULL), EFS_ERR_NO_KEY);
    /* an empty plaintext is no FEK */
    fail_call("EVP_PKEY_decrypt", 1, 1);
    assert_int_equal(efs_key_unwrap(key, &metadata, &fek, NULL, NULL, NULL), EFS_ERR_NO_KEY);
    failing = NULL;
    efs_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(key_files),
        cmocka_unit_test(certificates),
        cmocka_unit_test(fitting_certificate),
        cmocka_unit_test(unwrapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
