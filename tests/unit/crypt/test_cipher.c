/*
 * The sector cipher and the FEK structure. The ciphertexts here were made by an independent
 * implementation (python-cryptography, from the description in efs-format 3).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <gcrypt.h>

#include "base/bytes.h"
#include "crypt/desx.h"
#include "efs/cipher.h"

#define KEY_AES  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_3DES "b5181f4743f6a182f6c22a2f046b46b5388be48a7d7d8343"
#define KEY_DESX "a1f9e0b253239e8f0f9145d98e20ec30" /* efs-format 9 */

static const struct
{
    uint32_t    algorithm;
    const char *key;
    uint64_t    offset;
    const char *first, *last, *sha1; /* of the unit's 512 bytes */
} known[] =
{
    { EFS_ALG_AES_256, KEY_AES, 0, "ec147aa964d5df27e5b8322973183184", "984c27dc2dd4ae70b632a65c903ee804",
      "3b0d2580958193b62b97b7c2ad8106d99b69e34f" },
    { EFS_ALG_AES_256, KEY_AES, 0x200, "4e4242b83d9c9cbee1a0b07a14b8c3d6", "1f82adcb2151e6c6800529386bd91caf",
      "3d21991b81da6a113699421f53c38eed8dd960a8" },
    { EFS_ALG_AES_256, KEY_AES, 0x10000, "ef709a59a6769f8359ed6d0e0684592d", "f228015e8b62e7b01500a3abf179c769",
      "e38c4e23b9d05ff08ccb19eb8e43fa305098564a" },
    { EFS_ALG_AES_256, KEY_AES, 0x7ffffffffffffe00, "4c5bdd6fe8c2c1185c54b421a645d257",
        "a40d08d21ec88cb6ce0bb8cf70fb7da0", "63b78168b83152a530c2391cbb4a61fe37ccb7bc" },
    { EFS_ALG_3DES, KEY_3DES, 0, "4218638cf3a5f852504772c24f1a099c", "5924756d20dd1e9c26be5201f16752e9",
      "8b380176a179111f6acf5fec94796e35298a4f6c" },
    { EFS_ALG_3DES, KEY_3DES, 0x200, "0cd871b131a111df02e95ba260df9b59", "80a8089ea4d25a549296268d10f9f3ba",
      "0e501d6ad97400763953a62c0813d6635c12df14" },
    { EFS_ALG_3DES, KEY_3DES, 0x10000, "f145419d3199a83c518b6eefa8bfd268", "8c98b91cacac9d5bdb0c1ed9ef3f66df",
      "501a140bf57b74ff78f7a76f96db63d82b54263d" },
    { EFS_ALG_3DES, KEY_3DES, 0x7ffffffffffffe00, "a768d46a6f4b266b874463d0b852da19",
        "901f03b10bf0fe285cece4570daae71f", "7f72b77b2ba346f7f626cfdbca0b623a4c431dbf" },
    { EFS_ALG_DESX, KEY_DESX, 0, "434c1788c0422f2d8dbaba694ecb96ec", "1a6fea4de5b9ff88bf8bfd21fc638d16",
      "f8092de8776660bf5f46ba2c519771f64ed42371" },
    { EFS_ALG_DESX, KEY_DESX, 0x200, "678ce90bfb906d934e79e47fe3117d82", "2129396dee912f9fa4b67a2b3d3c0191",
      "e43e929ea14a3f546908f8ce37e87d7944af9115" },
    { EFS_ALG_DESX, KEY_DESX, 0x10000, "8d6d8c5aaf3bf2fdd14cf68c6aa16697", "9bc66e947e5c4b5a21fe07a7bbec8810",
      "1b397ca268f90ce6e1525a2f87431674f4e4c5a5" },
    { EFS_ALG_DESX, KEY_DESX, 0x7ffffffffffffe00, "791cc8243aac00f705c0264fb9cd87f8",
        "d539577a5ffef44374df0a0e34ad5157", "e9ad7330ff635ee63b3b71581a7f0168d9cbb83a" },
};

static struct efs_fek make_fek(uint32_t algorithm, const char *key)
{
    struct efs_fek fek = { algorithm, (uint32_t)strlen(key) / 2, { 0 } };

    parse_hex(fek.key, key, fek.key_length);
    return fek;
}

static struct efs_cipher *open_cipher(uint32_t algorithm, const char *key)
{
    struct efs_fek fek = make_fek(algorithm, key);
    struct efs_diag diag = { 0 };
    struct efs_cipher *cipher;

    assert_int_equal(efs_cipher_open(&cipher, &fek, &diag), EFS_OK);
    assert_non_null(cipher);
    assert_null(diag.rule);
    return cipher;
}

/* The plaintext that the known ciphertexts were made from */
static void fill_unit(uint8_t *unit, uint64_t offset)
{
    uint32_t i;

    for (i = 0; i < EFS_CIPHER_UNIT; i++) unit[i] = (uint8_t)(offset / EFS_CIPHER_UNIT * 7 + i * i + 3 * i);
}

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    uint8_t want[64];

    parse_hex(want, hex, strlen(hex) / 2);
    assert_memory_equal(bytes, want, strlen(hex) / 2);
}

static void known_answers(void **state)
{
    uint8_t plain[EFS_CIPHER_UNIT], unit[EFS_CIPHER_UNIT], digest[20];
    struct efs_cipher *cipher;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    {
        cipher = open_cipher(known[i].algorithm, known[i].key);
        fill_unit(plain, known[i].offset);
        memcpy(unit, plain, sizeof(unit));
        assert_int_equal(efs_cipher_encrypt(cipher, known[i].offset, unit, sizeof(unit)), EFS_OK);
        assert_hex(unit, known[i].first);
        assert_hex(unit + sizeof(unit) - 16, known[i].last);
        gcry_md_hash_buffer(GCRY_MD_SHA1, digest, unit, sizeof(unit));
        assert_hex(digest, known[i].sha1);
        assert_int_equal(efs_cipher_decrypt(cipher, known[i].offset, unit, sizeof(unit)), EFS_OK);
        assert_memory_equal(unit, plain, sizeof(unit));
        efs_cipher_close(cipher);
    }
}

/* With a zero unit, the first ciphertext block is E(IV): decrypted in ECB it shows the IV (efs-format 3). */
static void aes_iv_check_values(void **state)
{
    static const struct { uint64_t offset; const char *iv; } ivs[] =
    {
        { 0, "121316e97b65165861899144bead8919" },
        { 0x200, "121516e97b651658618b9144bead8919" },
        { 0x10000, "121317e97b65165861899244bead8919" },
    };
    struct efs_cipher *cipher = open_cipher(EFS_ALG_AES_256, KEY_AES);
    gcry_cipher_hd_t ecb;
    uint8_t unit[EFS_CIPHER_UNIT], key[32];
    size_t i;

    (void)state;
    parse_hex(key, KEY_AES, 32);
    assert_int_equal(gcry_cipher_open(&ecb, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_ECB, 0), 0);
    assert_int_equal(gcry_cipher_setkey(ecb, key, 32), 0);
    for (i = 0; i < 3; i++)
    {
        memset(unit, 0, sizeof(unit));
        assert_int_equal(efs_cipher_encrypt(cipher, ivs[i].offset, unit, sizeof(unit)), EFS_OK);
        assert_int_equal(gcry_cipher_decrypt(ecb, unit, 16, NULL, 0), 0);
        assert_hex(unit, ivs[i].iv);
    }
    gcry_cipher_close(ecb);
    efs_cipher_close(cipher);
}

/* efs-format 9: the expansion of the key, and one block through the whole construction. */
static void desx_known_answers(void **state)
{
    struct efs_desx desx;
    struct efs_cipher *cipher = open_cipher(EFS_ALG_DESX, KEY_DESX);
    uint8_t key[16], unit[EFS_CIPHER_UNIT] = { 0 }, in[8], out[8], iv[8];
    int i;

    (void)state;
    parse_hex(key, KEY_DESX, 16);
    efs_desx_expand(&desx, key);
    assert_hex(desx.des_key, "27d19309cb78931f");
    assert_hex(desx.whiten_out, "edda4c476049db8d");
    assert_hex(desx.whiten_in, "75f6a01ac0ca281e");

    /* P = E(C xor out) xor in xor IV, with C xor out = dcf7682aaf48530f */
    parse_hex(in, "dcf7682aaf48530f", 8);
    parse_hex(out, "d8d915235b880e09", 8);
    parse_hex(iv, "13ad919862199116", 8);
    for (i = 0; i < 8; i++) unit[i] = in[i] ^ desx.whiten_out[i];
    assert_int_equal(efs_cipher_decrypt(cipher, 0, unit, sizeof(unit)), EFS_OK);
    for (i = 0; i < 8; i++) assert_int_equal(unit[i], out[i] ^ desx.whiten_in[i] ^ iv[i]);
    efs_cipher_close(cipher);
}

/* Many units at once, in any cut, are the units one by one; and decrypting undoes it, both ways. */
static void bulk(void **state)
{
    enum { UNITS = 300, SIZE = UNITS * EFS_CIPHER_UNIT };
    static const struct { uint32_t algorithm; const char *key; } ciphers[] =
    {
        { EFS_ALG_AES_256, KEY_AES }, { EFS_ALG_3DES, KEY_3DES }, { EFS_ALG_DESX, KEY_DESX },
    };
    const uint64_t base = 0x123456000;
    uint8_t *plain = malloc(SIZE), *one = malloc(SIZE), *all = malloc(SIZE);
    struct efs_cipher *cipher;
    size_t c, i;

    (void)state;
    for (c = 0; c < 3; c++)
    {
        cipher = open_cipher(ciphers[c].algorithm, ciphers[c].key);
        for (i = 0; i < UNITS; i++) fill_unit(plain + i * EFS_CIPHER_UNIT, i * EFS_CIPHER_UNIT);
        memcpy(one, plain, SIZE);
        memcpy(all, plain, SIZE);
        for (i = 0; i < UNITS; i++)
            assert_int_equal(efs_cipher_encrypt(cipher, base + i * EFS_CIPHER_UNIT, one + i * EFS_CIPHER_UNIT,
                                                EFS_CIPHER_UNIT), EFS_OK);
        assert_int_equal(efs_cipher_encrypt(cipher, base, all, SIZE), EFS_OK);
        assert_memory_equal(one, all, SIZE);
        assert_memory_not_equal(one, plain, SIZE);
        assert_int_equal(efs_cipher_decrypt(cipher, base, all, SIZE), EFS_OK);
        assert_memory_equal(all, plain, SIZE);
        assert_int_equal(efs_cipher_decrypt(cipher, base, all, SIZE), EFS_OK);
        assert_int_equal(efs_cipher_encrypt(cipher, base, all, SIZE), EFS_OK);
        assert_memory_equal(all, plain, SIZE);

        assert_int_equal(efs_cipher_encrypt(cipher, base, all, 0), EFS_OK);
        assert_int_equal(efs_cipher_encrypt(cipher, base + 1, all, SIZE), EFS_ERR_INVALID);
        assert_int_equal(efs_cipher_decrypt(cipher, base, all, SIZE - 1), EFS_ERR_INVALID);
        assert_memory_equal(all, plain, SIZE);
        efs_cipher_close(cipher);
    }
    free(plain);
    free(one);
    free(all);
}

/* DES with a weak key encrypts as it decrypts: 3DES of three equal weak keys is its own inverse. */
static void weak_keys(void **state)
{
    struct efs_cipher *cipher = open_cipher(EFS_ALG_3DES, "010101010101010101010101010101010101010101010101");
    uint8_t unit[EFS_CIPHER_UNIT] = { 0 };

    (void)state;
    /* so that DES gets a zero block: plaintext = IV; DES(0) under this key is a published value */
    parse_hex(unit, "13ad919862199116", 8);
    assert_int_equal(efs_cipher_encrypt(cipher, 0, unit, sizeof(unit)), EFS_OK);
    assert_hex(unit, "8ca64de9c1b123a7");
    assert_int_equal(efs_cipher_decrypt(cipher, 0, unit, sizeof(unit)), EFS_OK);
    assert_hex(unit, "13ad919862199116");
    efs_cipher_close(cipher);
}

static void refused_ciphers(void **state)
{
    static const struct efs_fek feks[] =
    {
        { EFS_ALG_DES, 8, { 0 } }, { 0, 32, { 0 } }, { 0x6605, 32, { 0 } },
        { EFS_ALG_AES_256, 16, { 0 } }, { EFS_ALG_3DES, 16, { 0 } }, { EFS_ALG_DESX, 24, { 0 } },
    };
    struct efs_cipher *cipher;
    struct efs_diag diag;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(feks) / sizeof(feks[0]); i++)
    {
        cipher = (struct efs_cipher *)&diag;
        assert_int_equal(efs_cipher_open(&cipher, &feks[i], &diag), EFS_ERR_ALGORITHM);
        assert_int_equal(diag.code, EFS_ERR_ALGORITHM);
        assert_null(cipher);
    }
    efs_cipher_close(NULL);
}

/* ---- the FEK structure ---- */

static void fek_round_trip(void **state)
{
    static const struct { uint32_t algorithm; const char *name, *key, *header; } forms[] =
    {
        { EFS_ALG_AES_256, "AES-256", KEY_AES, "20000000200000001066000000000000" },
        { EFS_ALG_3DES, "3DES", KEY_3DES, "18000000200000000366000000000000" },
        { EFS_ALG_DESX, "DESX", KEY_DESX, "10000000200000000466000000000000" },
        { EFS_ALG_DES, "DES", "0123456789abcdef", "08000000200000000166000000000000" },
    };
    struct efs_fek fek, again;
    uint8_t bytes[48], zero[sizeof(fek)] = { 0 };
    size_t i, length;

    (void)state;
    for (i = 0; i < 4; i++)
    {
        assert_string_equal(efs_algorithm_name(forms[i].algorithm), forms[i].name);
        fek = make_fek(forms[i].algorithm, forms[i].key);
        length = efs_fek_make(&fek, bytes);
        assert_int_equal(length, 16 + fek.key_length);
        assert_hex(bytes, forms[i].header);
        assert_memory_equal(bytes + 16, fek.key, fek.key_length);
        store32_le(bytes + 4, 256); /* as MS-EFSR says it, and a reserved field */
        store32_le(bytes + 12, 1);
        assert_int_equal(efs_fek_read(&again, bytes, length, NULL), EFS_OK);
        assert_memory_equal(&again, &fek, sizeof(fek));
        fek.key_length--;
        assert_int_equal(efs_fek_make(&fek, bytes), 0);
        efs_fek_wipe(&again);
        assert_memory_equal(&again, zero, sizeof(zero));
    }
    assert_null(efs_algorithm_name(0));
    assert_null(efs_algorithm_name(0x6602));
    fek.algorithm = 0x6602;
    assert_int_equal(efs_fek_make(&fek, bytes), 0);
}

static void fek_rules(void **state)
{
    static const struct { uint32_t key_length, algorithm; size_t length; enum efs_error code; const char *rule;
                          } bad[] =
    {
        { 32, 0x6610, 0, EFS_ERR_METADATA, "FEK: shorter than its header" },
        { 0, 0x6610, 15, EFS_ERR_METADATA, "FEK: shorter than its header" },
        { 32, 0x6610, 47, EFS_ERR_METADATA, "FEK: key length is not what follows the header" },
        { 31, 0x6610, 48, EFS_ERR_METADATA, "FEK: key length is not what follows the header" },
        { 0xffffffff, 0x6610, 15 + 16, EFS_ERR_METADATA, "FEK: key length is not what follows the header" },
        { 16, 0x6610, 32, EFS_ERR_METADATA, "FEK: key length doesn't fit the algorithm" },
        { 24, 0x6604, 40, EFS_ERR_METADATA, "FEK: key length doesn't fit the algorithm" },
        { 0, 0x6601, 16, EFS_ERR_METADATA, "FEK: key length doesn't fit the algorithm" },
        { 64, 0x6610, 80, EFS_ERR_METADATA, "FEK: key length doesn't fit the algorithm" },
        { 16, 0x660e, 32, EFS_ERR_ALGORITHM, "FEK: unknown algorithm" },
        { 48, 0, 64, EFS_ERR_ALGORITHM, "FEK: unknown algorithm" },
    };
    struct efs_diag diag;
    struct efs_fek fek;
    uint8_t *bytes, header[16] = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        store32_le(header, bad[i].key_length);
        store32_le(header + 8, bad[i].algorithm);
        bytes = calloc(1, bad[i].length + !bad[i].length);
        memcpy(bytes, header, bad[i].length < 16 ? bad[i].length : 16);
        assert_int_equal(efs_fek_read(&fek, bytes, bad[i].length, &diag), bad[i].code);
        assert_int_equal(diag.code, bad[i].code);
        assert_string_equal(diag.rule, bad[i].rule);
        assert_int_equal(fek.key_length, 0);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(aes_iv_check_values),
        cmocka_unit_test(desx_known_answers),
        cmocka_unit_test(bulk),
        cmocka_unit_test(weak_keys),
        cmocka_unit_test(refused_ciphers),
        cmocka_unit_test(fek_round_trip),
        cmocka_unit_test(fek_rules),
    };

    return cmocka_run_group_tests_name("cipher", tests, NULL, NULL);
}
