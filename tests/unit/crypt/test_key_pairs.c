/*
 * The pairs of key files, in the form that CryptoAPI takes. The files in keys/ were made with OpenSSL by
 * keys/make-keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include "base/bytes.h"
#include "efs/key.h"
#include "keys/pairs.h"
#include "keys/pfx.h"

#define PASSWORD "open sesame"

static enum efs_error load(struct efs_key_pairs *pairs, const char *name, const char *password, struct efs_diag *diag)
{
    size_t length;
    uint8_t *bytes = read_file(KEYS_DIR, name, &length);
    enum efs_error code;

    if (!bytes) fail_msg("can't read %s/%s", KEYS_DIR, name);
    *diag = (struct efs_diag){ 0 };
    memset(pairs, 0x55, sizeof(*pairs));
    code = efs_key_pairs_load(pairs, bytes, length, password, diag);
    assert_int_equal(diag->code, code);
    assert_int_equal(!diag->rule, !code);
    free(bytes);
    return code;
}

/* The private key is a key file of its own, to which the certificate belongs. */
static void each_form(void **state)
{
    static const char *const files[] = { "legacy.pfx", "modern.pfx", "nomac.pfx", "chain.pem" };
    struct efs_key_pairs pairs;
    struct efs_diag diag;
    struct efs_key *key;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
    {
        assert_int_equal(load(&pairs, files[i], PASSWORD, &diag), EFS_OK);
        assert_int_equal(pairs.count, 1);
        assert_int_equal(pairs.lone, 0);
        assert_int_equal(pairs.list[0].pvk.length, 24 + 20 + 9 * 2048 / 16);
        assert_int_equal(efs_key_load(&key, pairs.list[0].pvk.bytes, pairs.list[0].pvk.length, NULL, &diag), EFS_OK);
        assert_int_equal(efs_key_fit_certificate(key, pairs.list[0].certificate, pairs.list[0].certificate_length,
                                                 &diag), EFS_OK);
        efs_key_free(key);
        efs_key_pairs_free(&pairs);
        assert_int_equal(pairs.count, 0);
    }
}

/* What wincrypt.h says of each field; the numbers that aren't read back are those of CRT. */
static void its_form(void **state)
{
    struct efs_key_pairs pairs;
    struct efs_diag diag;
    const uint8_t *bytes;

    (void)state;
    assert_int_equal(load(&pairs, "legacy.pfx", PASSWORD, &diag), EFS_OK);
    bytes = pairs.list[0].pvk.bytes;
    assert_int_equal(load32_le(bytes), 0xb0b5f11e);
    assert_int_equal(load32_le(bytes + 8), 1);
    assert_int_equal(load32_le(bytes + 12), 0);
    assert_int_equal(load32_le(bytes + 16), 0);
    assert_int_equal(load32_le(bytes + 20), 20 + 9 * 2048 / 16);
    assert_memory_equal(bytes + 24, "\x07\x02\0\0\0\xa4\0\0RSA2", 12);
    assert_int_equal(load32_le(bytes + 36), 2048);
    assert_int_equal(load32_le(bytes + 40), 65537);
    efs_key_pairs_free(&pairs);
}

static const struct { const char *name, *password; enum efs_error code; } bad[] =
{
    { "certonly.pfx", PASSWORD, EFS_ERR_KEY_FILE },
    { "pkcs8.pem", NULL, EFS_ERR_KEY_FILE },      /* no certificate */
    { "cert.pem", NULL, EFS_ERR_KEY_FILE },       /* no key */
    { "ec.pem", NULL, EFS_ERR_KEY_FILE },
    { "make-keys", NULL, EFS_ERR_KEY_FILE },
    { "modern.pfx", NULL, EFS_ERR_PASSWORD },
    { "modern.pfx", "other", EFS_ERR_PASSWORD },
};

static void bad_files(void **state)
{
    struct efs_key_pairs pairs;
    struct efs_diag diag;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        enum efs_error code = load(&pairs, bad[i].name, bad[i].password, &diag);

        if (code != bad[i].code) fail_msg("%s: %s: %s", bad[i].name, efs_error_text(code), diag.rule);
        assert_int_equal(pairs.count, 0);
        assert_null(pairs.list[0].certificate);
        assert_null(pairs.list[0].pvk.bytes);
    }
    memset(&diag, 0, sizeof(diag));
    assert_int_equal(efs_key_pairs_load(&pairs, (const uint8_t *)"", 0, NULL, &diag), EFS_ERR_KEY_FILE);
}

/* One key twice is one; one without a certificate is counted. */
static void several(void **state)
{
    static const char *const parts[] = { "other.pem", "pkcs8.pem", "pkcs1.pem", "cert.pem" };
    struct efs_key_pairs pairs;
    struct efs_diag diag = { 0 };
    size_t length, all = 0, i;
    uint8_t bytes[16384], *part;

    (void)state;
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
    {
        part = read_file(KEYS_DIR, parts[i], &length);
        assert_non_null(part);
        assert_true(all + length <= sizeof(bytes));
        memcpy(bytes + all, part, length);
        all += length;
        free(part);
    }
    assert_int_equal(efs_key_pairs_load(&pairs, bytes, all, NULL, &diag), EFS_OK);
    assert_int_equal(pairs.count, 1);
    assert_int_equal(pairs.lone, 1);
    assert_non_null(pairs.list[0].certificate);
    efs_key_pairs_free(&pairs);
}

/* A PFX of a pair opens with its password, and holds the pair. */
static void into_a_pfx(void **state)
{
    static uint8_t pfx[PFX_MAX];
    struct efs_key_pairs pairs, again;
    struct efs_bytes key, certificate;
    struct efs_diag diag;
    size_t length;

    (void)state;
    assert_int_equal(load(&pairs, "legacy.pfx", PASSWORD, &diag), EFS_OK);
    key = (struct efs_bytes){ pairs.list[0].pvk.bytes, (uint32_t)pairs.list[0].pvk.length };
    certificate = (struct efs_bytes){ pairs.list[0].certificate, (uint32_t)pairs.list[0].certificate_length };
    assert_int_equal(pfx_make(pfx, &length, &key, &certificate, "other", &diag), EFS_OK);
    assert_int_equal(efs_key_pairs_load(&again, pfx, length, PASSWORD, &diag), EFS_ERR_PASSWORD);
    assert_int_equal(efs_key_pairs_load(&again, pfx, length, "other", &diag), EFS_OK);
    assert_int_equal(again.count, 1);
    assert_int_equal(again.list[0].pvk.length, key.length);
    assert_memory_equal(again.list[0].pvk.bytes, key.data, key.length);
    assert_memory_equal(again.list[0].certificate, certificate.data, certificate.length);
    efs_key_pairs_free(&again);
    certificate.length = 100;
    assert_int_equal(pfx_make(pfx, &length, &key, &certificate, "other", &diag), EFS_ERR_INVALID);
    assert_int_equal(length, 0);
    key.length = 700;
    assert_int_equal(pfx_make(pfx, &length, &key, &certificate, "other", &diag), EFS_ERR_KEY_FILE);
    efs_key_pairs_free(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(each_form),
        cmocka_unit_test(its_form),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(several),
        cmocka_unit_test(into_a_pfx),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
