/*
 * Key files and the FEK that they open. The files in keys/ were made with OpenSSL by keys/make-keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "base/bytes.h"
#include "efs/key.h"

#define PASSWORD "open sesame"

/* SHA-1 of cert.pem, changes with make-keys: openssl x509 -in cert.pem -noout -fingerprint -sha1 */
static const char cert_thumbprint[] = "0c3aa6d45a98bb3fcedf1ae4cc453aa97eb7a9a2";

static uint8_t *read_key_file(const char *name, size_t *length)
{
    uint8_t *bytes = read_file(KEYS_DIR, name, length);

    if (!bytes) fail_msg("can't read %s/%s", KEYS_DIR, name);
    return bytes;
}

static enum efs_error load(struct efs_key **key, const char *name, const char *password, struct efs_diag *diag)
{
    size_t length;
    uint8_t *bytes = read_key_file(name, &length);
    enum efs_error code;

    *diag = (struct efs_diag){ 0 };
    *key = (struct efs_key *)diag;
    code = efs_key_load(key, bytes, length, password, diag);
    assert_int_equal(diag->code, code);
    assert_int_equal(!diag->rule, !code);
    assert_int_equal(!*key, !!code);
    free(bytes);
    return code;
}

static struct efs_key *load_ok(const char *name, const char *password)
{
    struct efs_diag diag;
    struct efs_key *key;
    enum efs_error code = load(&key, name, password, &diag);

    if (code) fail_msg("%s: %s: %s", name, efs_error_text(code), diag.rule);
    return key;
}

/* ---- metadata for the test's own key ---- */

static const struct efs_fek test_fek = { EFS_ALG_AES_256, 32, { 9, 8, 7, 6, 5, 4, 3, 2, 1 } };

/* Encrypts with the public half of keys/NAME as CryptoAPI does: PKCS#1 v1.5, then reversed. Returns the length. */
static uint32_t wrap(uint8_t out[256], const char *name, const uint8_t *plain, size_t plain_length)
{
    gnutls_datum_t file, in = { (uint8_t *)(uintptr_t)plain, (unsigned int)plain_length }, cipher;
    gnutls_privkey_t privkey;
    gnutls_pubkey_t pubkey;
    size_t length;
    uint32_t i, size;

    file.data = read_key_file(name, &length);
    file.size = (unsigned int)length;
    assert_int_equal(gnutls_privkey_init(&privkey), 0);
    assert_int_equal(gnutls_privkey_import_x509_raw(privkey, &file, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
    assert_int_equal(gnutls_pubkey_init(&pubkey), 0);
    assert_int_equal(gnutls_pubkey_import_privkey(pubkey, privkey, 0, 0), 0);
    assert_int_equal(gnutls_pubkey_encrypt_data(pubkey, 0, &in, &cipher), 0);
    assert_true(cipher.size <= 256);
    size = cipher.size;
    for (i = 0; i < size; i++) out[i] = cipher.data[size - 1 - i];
    gnutls_free(cipher.data);
    gnutls_pubkey_deinit(pubkey);
    gnutls_privkey_deinit(privkey);
    free(file.data);
    return size;
}

static uint32_t wrap_fek(uint8_t out[256], const char *name)
{
    uint8_t plain[48];

    return wrap(out, name, plain, efs_fek_make(&test_fek, plain));
}

struct sample
{
    uint8_t             mine[256], other[256], thumbprint[20], wrong_thumbprint[20], bytes[4096];
    uint32_t            other_length;
    struct efs_metadata metadata;
};

static void make_sample(struct sample *sample)
{
    memset(sample, 0, sizeof(*sample));
    parse_hex(sample->thumbprint, cert_thumbprint, 20);
    memset(sample->wrong_thumbprint, 0x55, 20);
    assert_int_equal(wrap_fek(sample->mine, "pkcs8.pem"), 256);
    sample->other_length = wrap_fek(sample->other, "other.pem");
    assert_int_equal(sample->other_length, 128);
}

static struct efs_key_entry make_entry(const uint8_t *thumbprint, const uint8_t *fek, uint32_t fek_length)
{
    struct efs_key_entry entry = { 0 };

    entry.pki_type = EFS_PKI_CERTIFICATE;
    entry.thumbprint = (struct efs_bytes){ thumbprint, thumbprint ? 20 : 0 };
    entry.encrypted_fek = (struct efs_bytes){ fek, fek_length };
    return entry;
}

static void read_sample(struct sample *sample, const struct efs_key_entry *ddf, uint32_t ddf_count,
                        const struct efs_key_entry *drf, uint32_t drf_count)
{
    static const uint8_t id[16];
    size_t written;

    assert_int_equal(efs_metadata_make(sample->bytes, sizeof(sample->bytes), 3, id, ddf, ddf_count, drf, drf_count,
                                       &written), EFS_OK);
    assert_int_equal(efs_metadata_read(&sample->metadata, sample->bytes, written, NULL), EFS_OK);
}

static void assert_test_fek(const struct efs_fek *fek)
{
    assert_int_equal(fek->algorithm, test_fek.algorithm);
    assert_int_equal(fek->key_length, test_fek.key_length);
    assert_memory_equal(fek->key, test_fek.key, sizeof(test_fek.key));
}

/* ---- key files ---- */

static const struct { const char *name, *password, *wrong; bool thumbprint; } files[] =
{
    { "pkcs1.pem", NULL, NULL, false },
    { "pkcs8.pem", NULL, NULL, false },
    { "chain.pem", NULL, NULL, true },
    { "pkcs8-aes.pem", PASSWORD, "Open sesame", false },
    { "pkcs8-3des.pem", PASSWORD, "open sesame ", false },
    { "legacy.pfx", PASSWORD, "open", true },
    { "modern.pfx", PASSWORD, "Open sesame", true },
    { "nomac.pfx", PASSWORD, "open sesame ", true },
    { "nopass.pfx", NULL, "open sesame", true },
    { "nopass.pfx", "", "x", true },
};

static void every_form(void **state)
{
    uint8_t thumbprint[20], want[20];
    struct sample sample;
    struct efs_key_entry entry;
    struct efs_key *key;
    struct efs_fek fek;
    size_t i;

    (void)state;
    make_sample(&sample);
    parse_hex(want, cert_thumbprint, 20);
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
    {
        key = load_ok(files[i].name, files[i].password);
        memset(thumbprint, 0xcc, sizeof(thumbprint));
        assert_int_equal(efs_key_thumbprint(key, 0, thumbprint), files[i].thumbprint);
        if (files[i].thumbprint) assert_memory_equal(thumbprint, want, 20);
        entry = make_entry(sample.thumbprint, sample.mine, 256);
        read_sample(&sample, &entry, 1, NULL, 0);
        assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, NULL), EFS_OK);
        assert_test_fek(&fek);
        efs_key_free(key);
    }
}

static void wrong_passwords(void **state)
{
    struct efs_diag diag;
    struct efs_key *key;
    char password[32];
    size_t i;
    int n;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
    {
        if (!files[i].wrong) continue;
        assert_int_equal(load(&key, files[i].name, files[i].wrong, &diag), EFS_ERR_PASSWORD);
        if (!files[i].password || !*files[i].password) continue;
        assert_int_equal(load(&key, files[i].name, NULL, &diag), EFS_ERR_PASSWORD);
        assert_int_equal(load(&key, files[i].name, "", &diag), EFS_ERR_PASSWORD);
    }
    /* one password in 256 decrypts to good padding around noise; the passwords are always the same ones */
    for (n = 0; n < 300; n++)
    {
        snprintf(password, sizeof(password), "wrong %d", n);
        assert_int_equal(load(&key, "pkcs8-3des.pem", password, &diag), EFS_ERR_PASSWORD);
        assert_int_equal(load(&key, "nomac.pfx", password, &diag), EFS_ERR_PASSWORD);
    }
}

static void bad_files(void **state)
{
    static const char * const texts[] =
    {
        "x", "plain text, no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
    };
    static const char * const truncated[] = { "legacy.pfx", "modern.pfx", "pkcs8.pem", "pkcs1.pem", "pkcs8-aes.pem",
                                              "pkcs1-encrypted.pem" };
    struct efs_diag diag;
    struct efs_key *key;
    uint8_t *bytes, *part;
    size_t i, length, cut;

    (void)state;
    assert_int_equal(load(&key, "ec.pem", NULL, &diag), EFS_ERR_KEY_FILE);
    assert_string_equal(diag.rule, "key file: the private key isn't an RSA key");
    assert_int_equal(load(&key, "cert.pem", NULL, &diag), EFS_ERR_KEY_FILE);
    assert_int_equal(load(&key, "pkcs1-encrypted.pem", PASSWORD, &diag), EFS_ERR_KEY_FILE);
    assert_string_equal(diag.rule, "PEM: OpenSSL's own encryption; `openssl pkcs8 -topk8` makes PKCS#8 of it");
    assert_int_equal(load(&key, "certonly.pfx", PASSWORD, &diag), EFS_ERR_KEY_FILE);
    assert_int_equal(efs_key_load(&key, (const uint8_t *)"", 0, NULL, &diag), EFS_ERR_KEY_FILE);
    assert_int_equal(efs_key_load(&key, (const uint8_t *)"", 0, NULL, NULL), EFS_ERR_KEY_FILE);
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    {
        length = strlen(texts[i]);
        part = malloc(length);
        memcpy(part, texts[i], length);
        assert_int_equal(efs_key_load(&key, part, length, "x", &diag), EFS_ERR_KEY_FILE);
        assert_null(key);
        free(part);
    }
    for (i = 0; i < sizeof(truncated) / sizeof(truncated[0]); i++)
    {
        bytes = read_key_file(truncated[i], &length);
        /* GnuTLS forgives PEM a last line that is cut: begin before it */
        for (cut = length - (bytes[0] == '-' ? 40 : 1); cut > 0; cut = cut > 37 ? cut - 37 : 0)
        {
            part = malloc(cut);
            memcpy(part, bytes, cut);
            if (efs_key_load(&key, part, cut, PASSWORD, &diag) != EFS_ERR_KEY_FILE)
                fail_msg("%s cut to %zu bytes: %s", truncated[i], cut, efs_error_text(diag.code));
            assert_null(key);
            free(part);
        }
        free(bytes);
    }
    efs_key_free(NULL);
}

static void load_bytes(const gnutls_datum_t *file, const char *password, enum efs_error want)
{
    struct efs_diag diag = { 0 };
    struct efs_key *key;

    if (efs_key_load(&key, file->data, file->size, password, &diag) != want)
        fail_msg("%s: %s", efs_error_text(diag.code), diag.rule);
    efs_key_free(key);
}

/* DER, and base64 without the lines that PEM has around it. */
static void bare_forms(void **state)
{
    static const struct { const char *name; bool encrypted; } names[] =
    {
        { "pkcs8.pem", false }, { "pkcs1.pem", false }, { "pkcs8-aes.pem", true }, { "modern.pfx", true },
    };
    gnutls_datum_t file, forms[2];
    size_t length, i, j;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        file.data = read_key_file(names[i].name, &length);
        file.size = (unsigned int)length;
        if (strstr(names[i].name, ".pem")) assert_int_equal(gnutls_pem_base64_decode2(NULL, &file, &forms[0]), 0);
        else forms[0] = file;
        assert_int_equal(gnutls_base64_encode2(&forms[0], &forms[1]), 0);
        for (j = 0; j < 2; j++)
        {
            load_bytes(&forms[j], PASSWORD, EFS_OK);
            load_bytes(&forms[j], NULL, names[i].encrypted ? EFS_ERR_PASSWORD : EFS_OK);
            load_bytes(&forms[j], "wrong", names[i].encrypted ? EFS_ERR_PASSWORD : EFS_OK);
        }
        gnutls_free(forms[1].data);
        if (forms[0].data != file.data) gnutls_free(forms[0].data);
        free(file.data);
    }
}

static void fitting_certificate(void **state)
{
    struct efs_key *key = load_ok("pkcs8.pem", NULL), *other = load_ok("other.pem", NULL);
    uint8_t thumbprint[20], want[20], *cert;
    size_t length;

    (void)state;
    parse_hex(want, cert_thumbprint, 20);
    cert = read_key_file("cert.pem", &length);
    assert_false(efs_key_thumbprint(key, 0, thumbprint));
    assert_int_equal(efs_key_fit_certificate(key, cert, length, NULL), EFS_OK);
    assert_true(efs_key_thumbprint(key, 0, thumbprint));
    assert_memory_equal(thumbprint, want, 20);
    assert_int_equal(efs_key_fit_certificate(other, cert, length, NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_key_fit_certificate(key, cert, length / 2, NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_key_fit_certificate(key, cert, 0, NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_key_fit_certificate(key, (const uint8_t *)"DER?", 4, NULL), EFS_ERR_INVALID);
    free(cert);
    efs_key_free(key);
    efs_key_free(other);
}

/* ---- unwrapping ---- */

static void which_entry(void **state)
{
    struct efs_key *with_cert = load_ok("legacy.pfx", PASSWORD), *without = load_ok("pkcs8.pem", NULL);
    struct efs_key *keys[2] = { with_cert, without };
    struct efs_key_entry ddf[3], drf[1], entry;
    enum efs_key_list list;
    struct sample sample;
    struct efs_fek fek;
    uint8_t noise[256];
    int i;

    (void)state;
    make_sample(&sample);
    for (i = 0; i < 256; i++) noise[i] = (uint8_t)(i * 7 + 1);
    noise[255] = 1; /* below the modulus */
    for (i = 0; i < 2; i++)
    {
        /* the third user, behind another size of key and behind noise of this size */
        ddf[0] = make_entry(sample.wrong_thumbprint, sample.other, sample.other_length);
        ddf[1] = make_entry(sample.wrong_thumbprint, noise, 256);
        ddf[2] = make_entry(sample.thumbprint, sample.mine, 256);
        drf[0] = make_entry(sample.thumbprint, sample.mine, 256);
        read_sample(&sample, ddf, 3, drf, 1);
        assert_int_equal(efs_key_unwrap(keys[i], &sample.metadata, &fek, &list, &entry, NULL), EFS_OK);
        assert_test_fek(&fek);
        assert_int_equal(list, EFS_DDF);
        assert_int_equal(entry.offset,
                         load32_le(sample.bytes + 0x58)
                             + load32_le(sample.bytes + 0x58 + load32_le(sample.bytes + 0x58)) + 0x58);

        /* a recovery agent */
        read_sample(&sample, ddf, 2, drf, 1);
        assert_int_equal(efs_key_unwrap(keys[i], &sample.metadata, &fek, &list, &entry, NULL), EFS_OK);
        assert_test_fek(&fek);
        assert_int_equal(list, EFS_DRF);

        /* a renewed certificate of the same key, and an entry without a thumbprint */
        ddf[0] = make_entry(sample.wrong_thumbprint, sample.mine, 256);
        read_sample(&sample, ddf, 1, NULL, 0);
        assert_int_equal(efs_key_unwrap(keys[i], &sample.metadata, &fek, &list, &entry, NULL), EFS_OK);
        assert_test_fek(&fek);
        ddf[0] = make_entry(NULL, sample.mine, 256);
        read_sample(&sample, ddf, 1, NULL, 0);
        assert_int_equal(efs_key_unwrap(keys[i], &sample.metadata, &fek, &list, &entry, NULL), EFS_OK);
        assert_test_fek(&fek);

        /* the named entry is broken, another one isn't */
        ddf[0] = make_entry(sample.thumbprint, noise, 256);
        read_sample(&sample, ddf, 1, drf, 1);
        assert_int_equal(efs_key_unwrap(keys[i], &sample.metadata, &fek, &list, &entry, NULL), EFS_OK);
        assert_test_fek(&fek);
        assert_int_equal(list, EFS_DRF);
    }
    efs_key_free(with_cert);
    efs_key_free(without);
}

static void no_entry(void **state)
{
    struct efs_key *key = load_ok("modern.pfx", PASSWORD);
    struct efs_key_entry ddf[2];
    struct sample sample;
    struct efs_diag diag;
    struct efs_fek fek;
    uint8_t plain[48], wrapped[256], noise[256] = { 3 };
    uint32_t length;

    (void)state;
    make_sample(&sample);
    ddf[0] = make_entry(sample.wrong_thumbprint, sample.other, sample.other_length);
    ddf[1] = make_entry(sample.wrong_thumbprint, noise, 256);
    read_sample(&sample, ddf, 2, ddf, 2);
    assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, &diag), EFS_ERR_NO_KEY);
    assert_string_equal(diag.rule, "$EFS: no entry for this key");
    assert_int_equal(fek.key_length, 0);

    /* named, but broken; named, but cut short */
    ddf[0] = make_entry(sample.thumbprint, noise, 256);
    ddf[1] = make_entry(sample.thumbprint, sample.mine, 255);
    read_sample(&sample, ddf, 2, NULL, 0);
    assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, &diag), EFS_ERR_NO_KEY);
    assert_string_equal(diag.rule, "$EFS: the entry for this certificate doesn't open with its key");

    /* wrapped with a smart card's key, which isn't an RSA matter */
    ddf[0] = make_entry(sample.thumbprint, sample.mine, 256);
    ddf[0].flags = EFS_ENTRY_AES;
    read_sample(&sample, ddf, 1, NULL, 0);
    assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, &diag), EFS_ERR_NO_KEY);

    /* opens, but holds something that isn't a FEK */
    length = wrap(wrapped, "pkcs8.pem", (const uint8_t *)"this is not a file encryption key", 33);
    ddf[0] = make_entry(sample.thumbprint, wrapped, length);
    read_sample(&sample, ddf, 1, NULL, 0);
    assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, &diag), EFS_ERR_NO_KEY);

    /* opens, but for an algorithm of the future; the place is the entry */
    efs_fek_make(&test_fek, plain);
    store32_le(plain + 8, 0x6699);
    length = wrap(wrapped, "pkcs8.pem", plain, sizeof(plain));
    ddf[0] = make_entry(sample.thumbprint, wrapped, length);
    read_sample(&sample, ddf, 1, NULL, 0);
    assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, &diag), EFS_ERR_ALGORITHM);
    assert_int_equal(diag.code, EFS_ERR_ALGORITHM);
    assert_int_equal(diag.offset, 0x58);

    sample.metadata.opaque = true;
    assert_int_equal(efs_key_unwrap(key, &sample.metadata, &fek, NULL, NULL, &diag), EFS_ERR_VERSION);
    efs_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(every_form),
        cmocka_unit_test(wrong_passwords),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(bare_forms),
        cmocka_unit_test(fitting_certificate),
        cmocka_unit_test(which_entry),
        cmocka_unit_test(no_entry),
    };

    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
