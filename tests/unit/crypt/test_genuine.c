/*
 * The genuine vector of a real Windows host, through metadata, key and cipher: known answers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include "base/bytes.h"
#include "efs/cipher.h"
#include "efs/key.h"
#include "efs/metadata.h"

#define GENUINE_PASSWORD "SECCON CTF 2023 Finals"

/* ---- $EFS ---- */

static void assert_bytes(const struct efs_bytes *bytes, const void *data, uint32_t length)
{
    assert_non_null(bytes->data);
    assert_int_equal(bytes->length, length);
    assert_memory_equal(bytes->data, data, length);
}

/* text: ASCII */
static void assert_string(const struct efs_bytes *bytes, const char *text)
{
    size_t i;

    assert_non_null(bytes->data);
    assert_int_equal(bytes->length, 2 * strlen(text));
    for (i = 0; i < strlen(text); i++) assert_int_equal(load16_le(bytes->data + 2 * i), text[i]);
}

static void metadata_fields(void **state)
{
    static const uint8_t id[16] = { 0x0c, 0x7a, 0xeb, 0xba, 0xdb, 0xe9, 0x92, 0x44, 0x82, 0x9a, 0x56, 0x11, 0x5a, 0x05,
                                    0xf4, 0xb0 };
    static const uint8_t sid[28] = { 1, 5, 0, 0, 0, 0, 0, 5, 0x15, 0, 0, 0, 0x23, 0xd3, 0x5a, 0xcb, 0x9f, 0x59, 0xdd,
                                     0xe8, 0xab, 0x96, 0x8d, 0xf7, 0xe9, 0x03, 0, 0 };
    static const uint8_t thumbprint[20] = { 0x18, 0x64, 0xe3, 0x77, 0x46, 0xc0, 0x1d, 0x35, 0x81, 0xbe,
                                            0x7a, 0x4d, 0xb4, 0xaa, 0xe7, 0x05, 0x90, 0x7e, 0xe2, 0x50 };
    struct efs_diag diag = { 0 };
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    uint32_t version, cursor = 0;
    size_t length;
    uint8_t *bytes = read_vector("efs-metadata.bin", &length);

    (void)state;
    assert_int_equal(efs_metadata_identify(bytes, length, &version, &diag), EFS_OK);
    assert_int_equal(version, 2);
    assert_int_equal(efs_metadata_read(&metadata, bytes, length, &diag), EFS_OK);
    assert_null(diag.rule);
    assert_ptr_equal(metadata.bytes, bytes);
    assert_int_equal(metadata.length, 0x2a8);
    assert_int_equal(metadata.version, 2);
    assert_false(metadata.opaque);
    assert_memory_equal(metadata.id, id, sizeof(id));
    assert_int_equal(metadata.list_offset[EFS_DDF], 0x54);
    assert_int_equal(metadata.count[EFS_DDF], 1);
    assert_int_equal(metadata.list_offset[EFS_DRF], 0);
    assert_int_equal(metadata.count[EFS_DRF], 0);

    assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    assert_int_equal(entry.offset, 0x58);
    assert_int_equal(entry.flags, EFS_ENTRY_RSA);
    assert_int_equal(entry.pki_type, EFS_PKI_CERTIFICATE);
    assert_bytes(&entry.sid, sid, sizeof(sid));
    assert_bytes(&entry.thumbprint, thumbprint, sizeof(thumbprint));
    assert_string(&entry.container, "c8508d14-59d6-4141-b480-5a3032eda507");
    assert_string(&entry.provider, "Microsoft Enhanced Cryptographic Provider v1.0");
    assert_string(&entry.display, "ctf(ctf@DESKTOP-NUD8OHC)");
    assert_int_equal(entry.encrypted_fek.length, 0x100);
    assert_ptr_equal(entry.encrypted_fek.data, bytes + 0x1a6);
    assert_false(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    assert_false(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    cursor = 0;
    assert_false(efs_metadata_next(&metadata, EFS_DRF, &cursor, &entry));
    free(bytes);
}

static void metadata_rebuilt(void **state)
{
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    uint32_t cursor = 0;
    size_t length, written;
    uint8_t *bytes = read_vector("efs-metadata.bin", &length);
    uint8_t out[0x2a8];

    (void)state;
    assert_int_equal(efs_metadata_read(&metadata, bytes, length, NULL), EFS_OK);
    assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    memset(out, 0xcc, sizeof(out));
    assert_int_equal(efs_metadata_make(out, sizeof(out), metadata.version, metadata.id, &entry, 1, NULL, 0, &written),
                     EFS_OK);
    assert_int_equal(written, length);
    assert_memory_equal(out, bytes, length);
    free(bytes);
}

/* ---- data ---- */

/* The last bytes of the genuine stream are the ciphertext of 569 bytes, completed with zeros. */
static void data_decrypted(void **state)
{
    size_t stream_length = 0, hex_length = 0, plain_length = 0, i;
    uint8_t *stream = read_vector("stream.efsraw", &stream_length);
    uint8_t *hex = read_vector("fek.hex", &hex_length);
    uint8_t *plain = read_vector("plaintext.bin", &plain_length);
    uint8_t *data = stream + stream_length - 0x400, cipher_text[0x400];
    struct efs_cipher *cipher;
    struct efs_fek fek = { EFS_ALG_AES_256, 32, { 0 } };
    char key[65] = "";

    (void)state;
    assert_int_equal(stream_length, 0x914);
    assert_int_equal(plain_length, 569);
    assert_true(hex_length >= 64);
    memcpy(key, hex, 64);
    memcpy(cipher_text, data, sizeof(cipher_text));
    parse_hex(fek.key, key, 32);
    assert_int_equal(efs_cipher_open(&cipher, &fek, NULL), EFS_OK);
    assert_int_equal(efs_cipher_decrypt(cipher, 0, data, 0x400), EFS_OK);
    assert_memory_equal(data, plain, plain_length);
    for (i = plain_length; i < 0x400; i++) assert_int_equal(data[i], 0);
    assert_int_equal(efs_cipher_encrypt(cipher, 0, data, 0x400), EFS_OK);
    assert_memory_equal(data, cipher_text, 0x400);
    efs_cipher_close(cipher);
    free(stream);
    free(hex);
    free(plain);
}

/* ---- keys ---- */

static struct efs_key *load_genuine(const char *name, const char *password)
{
    struct efs_key *key = NULL;
    size_t length;
    uint8_t *bytes = read_vector(name, &length);

    assert_int_equal(efs_key_load(&key, bytes, length, password, NULL), EFS_OK);
    free(bytes);
    return key;
}

static void fek_unwrapped(void **state)
{
    static const struct { const char *name, *password; bool thumbprint; } forms[] =
    {
        { "appended.pfx", GENUINE_PASSWORD, true }, { "private_key.pem", NULL, false },
    };
    size_t metadata_length, hex_length, i;
    uint8_t *bytes = read_vector("efs-metadata.bin", &metadata_length), *hex = read_vector("fek.hex", &hex_length),
    *other;
    uint8_t want[32], thumbprint[20];
    char text[65] = "";
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    enum efs_key_list list;
    struct efs_key *key;
    struct efs_fek fek;

    (void)state;
    assert_true(hex_length >= 64);
    memcpy(text, hex, 64);
    parse_hex(want, text, 32);
    assert_int_equal(efs_metadata_read(&metadata, bytes, metadata_length, NULL), EFS_OK);
    for (i = 0; i < 2; i++)
    {
        key = load_genuine(forms[i].name, forms[i].password);
        assert_int_equal(efs_key_unwrap(key, &metadata, &fek, &list, &entry, NULL), EFS_OK);
        assert_int_equal(fek.algorithm, EFS_ALG_AES_256);
        assert_int_equal(fek.key_length, 32);
        assert_memory_equal(fek.key, want, 32);
        assert_int_equal(list, EFS_DDF);
        assert_int_equal(entry.offset, 0x58);
        assert_int_equal(efs_key_thumbprint(key, 0, thumbprint), forms[i].thumbprint);
        if (forms[i].thumbprint) assert_memory_equal(thumbprint, entry.thumbprint.data, 20);
        efs_key_free(key);
    }
    /* somebody else's key */
    other = read_file(KEYS_DIR, "pkcs8.pem", &hex_length);
    assert_non_null(other);
    assert_int_equal(efs_key_load(&key, other, hex_length, NULL, NULL), EFS_OK);
    assert_int_equal(efs_key_unwrap(key, &metadata, &fek, NULL, NULL, NULL), EFS_ERR_NO_KEY);
    efs_key_free(key);
    free(other);
    free(bytes);
    free(hex);
}

static void passwords(void **state)
{
    static const char * const wrong[] = { NULL, "", "seccon ctf 2023 finals", "SECCON CTF 2023 Finals " };
    size_t length, i;
    uint8_t *pfx = read_vector("appended.pfx", &length);
    struct efs_diag diag;
    struct efs_key *key;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    {
        assert_int_equal(efs_key_load(&key, pfx, length, wrong[i], &diag), EFS_ERR_PASSWORD);
        assert_int_equal(diag.code, EFS_ERR_PASSWORD);
        assert_null(key);
    }
    free(pfx);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(metadata_fields),
        cmocka_unit_test(metadata_rebuilt),
        cmocka_unit_test(data_decrypted),
        cmocka_unit_test(fek_unwrapped),
        cmocka_unit_test(passwords),
    };

    if (!have_vector()) return 0;
    return cmocka_run_group_tests_name("genuine", tests, NULL, NULL);
}
