/*
 * After a key is loaded its password is nowhere in the process, in no spelling, and after the key is freed neither are
 * its primes; after something was encrypted, neither its key nor its plaintext is: all memory that the process
 * can write to is searched. Linked with efsraw's free().
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <inttypes.h>

#include "base/bytes.h"
#include "efs/key.h"
#include "efs/plaintext.h"
#include "efs/seal.h"
#include "efs/secret.h"

#define MASK 0x5a /* what is searched for is kept under it, so that it isn't found here */
#define NEEDLE_MAX 256

struct needle
{
    uint8_t bytes[NEEDLE_MAX]; /* masked */
    size_t  length;
};

/* "open sesame" */
static const uint8_t password[] = { 'o' ^ MASK, 'p' ^ MASK, 'e' ^ MASK, 'n' ^ MASK, ' ' ^ MASK, 's' ^ MASK, 'e' ^ MASK,
                                    's' ^ MASK, 'a' ^ MASK, 'm' ^ MASK, 'e' ^ MASK };

static bool is_at(const struct needle *needle, const volatile uint8_t *at)
{
    size_t i;

    for (i = 0; i < needle->length; i++)
        if ((at[i] ^ MASK) != needle->bytes[i]) return false;
    return true;
}

/* How often it is in the memory. In place: a buffer to read into would be a copy itself. */
static unsigned int count_copies(const struct needle *needle)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    uintptr_t start, end, at;
    unsigned int found = 0;
    char line[512], flags[5];

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps))
    {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, flags) != 3 || strncmp(flags, "rw", 2))
            continue;
        for (at = start; at + needle->length <= end; at++) found += is_at(needle, (const volatile uint8_t *)at);
    }
    fclose(maps);
    return found;
}

/* The password with so many bytes for a character. */
static void spell(struct needle *needle, size_t width, bool big_endian)
{
    size_t i;

    memset(needle->bytes, MASK, sizeof(needle->bytes));
    for (i = 0; i < sizeof(password); i++) needle->bytes[i * width + (big_endian ? width - 1 : 0)] = password[i];
    needle->length = sizeof(password) * width;
}

static unsigned int count_passwords(void)
{
    static const struct { size_t width; bool big_endian; } spellings[] = { { 1, false }, { 2, false }, { 2, true },
                                                                           { 4, false }, { 4, true } };
    struct needle needle;
    unsigned int found = 0;
    size_t i;

    for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
    {
        spell(&needle, spellings[i].width, spellings[i].big_endian);
        found += count_copies(&needle);
    }
    return found;
}

/* The first prime of the keys that all have, most or least significant byte first. */
static void read_prime(struct needle needles[2])
{
    gnutls_datum_t file, numbers[6];
    gnutls_x509_privkey_t key;
    size_t length, i;

    file.data = read_file(KEYS_DIR, "pkcs8.pem", &length);
    assert_non_null(file.data);
    file.size = (unsigned int)length;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_import(key, &file, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_privkey_export_rsa_raw(key, &numbers[0], &numbers[1], &numbers[2], &numbers[3],
                                                        &numbers[4], &numbers[5]), 0);
    needles[0].length = needles[1].length = 64;
    for (i = 0; i < 64; i++)
        needles[0].bytes[i] = needles[1].bytes[63 - i] = numbers[3].data[numbers[3].size - 64 + i] ^ MASK;
    for (i = 0; i < 6; i++) gnutls_free(numbers[i].data);
    gnutls_x509_privkey_deinit(key);
    free(file.data);
}

/* The search finds what there is, and free() and realloc() wipe. */
static void search(void **state)
{
    uint8_t *copy, *moved;
    size_t i;

    (void)state;
    assert_int_equal(count_passwords(), 0);
    copy = calloc(1, 2 * sizeof(password));
    assert_non_null(copy);
    for (i = 0; i < sizeof(password); i++) copy[2 * i] = password[i] ^ MASK;
    assert_int_not_equal(count_passwords(), 0);
    moved = realloc(copy, 1000000);
    assert_non_null(moved);
    assert_int_not_equal(count_passwords(), 0);
    moved = realloc(moved, 2 * sizeof(password));
    assert_non_null(moved);
    assert_int_not_equal(count_passwords(), 0);
    free(moved);
    assert_int_equal(count_passwords(), 0);
}

static void key_files(void **state)
{
    static const char * const names[] = { "modern.pfx", "legacy.pfx", "nomac.pfx", "pkcs8-aes.pem", "pkcs8-3des.pem",
                                          "strong.pvk" };
    struct needle primes[2];
    struct efs_secret plain;
    struct efs_key *key;
    uint8_t *file;
    size_t length, i, j;

    (void)state;
    read_prime(primes);
    assert_int_equal(count_copies(&primes[0]) + count_copies(&primes[1]), 0);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        file = read_file(KEYS_DIR, names[i], &length);
        assert_non_null(file);
        assert_true(efs_secret_allocate(&plain, sizeof(password) + 1));
        for (j = 0; j < sizeof(password); j++) plain.bytes[j] = password[j] ^ MASK;
        assert_int_equal(efs_key_load(&key, file, length, (const char *)plain.bytes, NULL), EFS_OK);
        efs_secret_free(&plain);
        free(file);
        if (count_passwords()) fail_msg("%s: %u copies of the password", names[i], count_passwords());
        if (!count_copies(&primes[0]) && !count_copies(&primes[1]))
            fail_msg("%s: the key isn't found while it is there", names[i]);
        efs_key_free(key);
        if (count_copies(&primes[0]) || count_copies(&primes[1])) fail_msg("%s: the prime is still there", names[i]);
    }
}

/* ---- encrypting ---- */

struct stream
{
    uint8_t bytes[4096]; /* the head */
    size_t  length;
};

static enum efs_error keep_head(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    struct stream *stream = context;

    (void)diag;
    if (length > sizeof(stream->bytes) - stream->length) length = sizeof(stream->bytes) - stream->length;
    memcpy(stream->bytes + stream->length, bytes, length);
    stream->length += length;
    return EFS_OK;
}

/* The FEK of the stream, masked. */
static void read_fek(struct needle *needle, const struct stream *stream)
{
    struct efs_metadata metadata;
    struct efs_secret fek;
    struct efs_key *key;
    uint8_t *file;
    size_t length, i;

    file = read_file(KEYS_DIR, "pkcs8.pem", &length);
    assert_int_equal(efs_key_load(&key, file, length, NULL, NULL), EFS_OK);
    free(file);
    assert_true(efs_secret_allocate(&fek, sizeof(struct efs_fek)));
    /* behind the file's header, the stream's, the segment's */
    assert_int_equal(efs_metadata_read(&metadata, stream->bytes + 0x42, load32_le(stream->bytes + 0x42), NULL), EFS_OK);
    assert_int_equal(efs_key_unwrap(key, &metadata, (struct efs_fek *)(void *)fek.bytes, NULL, NULL, NULL), EFS_OK);
    needle->length = 32;
    for (i = 0; i < 32; i++) needle->bytes[i] = ((struct efs_fek *)(void *)fek.bytes)->key[i] ^ MASK;
    efs_secret_free(&fek);
    efs_key_free(key);
}

/* Neither the FEK nor the plaintext are there any more when it has ended. */
static void encrypting(void **state)
{
    static struct stream stream;
    const struct efs_certificate *users[1];
    struct efs_seal_readers readers = { users, 1, NULL, 0 };
    struct efs_certificate *certificate;
    struct efs_seal *seal;
    struct needle fek;
    uint8_t *file, *at;
    size_t length, room, i;

    (void)state;
    file = read_file(KEYS_DIR, "cert.pem", &length);
    assert_int_equal(efs_certificate_load(&certificate, file, length, NULL, NULL), EFS_OK);
    free(file);
    users[0] = certificate;
    assert_int_equal(efs_seal_begin(&seal, &readers, keep_head, &stream, NULL), EFS_OK);
    assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, false, NULL), EFS_OK);
    at = efs_seal_get_room(seal, &room);
    for (i = 0; i < sizeof(password); i++) at[i] = password[i] ^ MASK;
    assert_int_not_equal(count_passwords(), 0);
    assert_int_equal(efs_seal_add(seal, sizeof(password), NULL), EFS_OK);
    assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
    assert_int_equal(count_passwords(), 0);
    efs_seal_free(seal);
    efs_certificate_free(certificate);
    read_fek(&fek, &stream);
    efs_secret_wipe_stack();
    if (count_copies(&fek)) fail_msg("%u copies of the FEK", count_copies(&fek));
}

/* Of an unwrapped FEK there is one copy, the cache's, and none when that has gone. */
static void unwrapping(void **state)
{
    static struct stream stream;
    const struct efs_certificate *users[1];
    struct efs_seal_readers readers = { users, 1, NULL, 0 };
    struct efs_certificate *certificate;
    struct efs_metadata metadata;
    const struct efs_fek *held;
    struct efs_feks *feks;
    struct efs_seal *seal;
    struct efs_key *key;
    struct needle fek;
    uint8_t *file;
    size_t length;

    (void)state;
    file = read_file(KEYS_DIR, "cert.pem", &length);
    assert_int_equal(efs_certificate_load(&certificate, file, length, NULL, NULL), EFS_OK);
    free(file);
    users[0] = certificate;
    assert_int_equal(efs_seal_begin(&seal, &readers, keep_head, &stream, NULL), EFS_OK);
    efs_seal_free(seal);
    efs_certificate_free(certificate);
    read_fek(&fek, &stream);
    efs_secret_wipe_stack();
    assert_int_equal(count_copies(&fek), 0);
    file = read_file(KEYS_DIR, "pkcs8.pem", &length);
    assert_int_equal(efs_key_load(&key, file, length, NULL, NULL), EFS_OK);
    free(file);
    assert_int_equal(efs_feks_new(&feks, key, NULL), EFS_OK);
    assert_int_equal(efs_metadata_read(&metadata, stream.bytes + 0x42, load32_le(stream.bytes + 0x42), NULL), EFS_OK);
    assert_int_equal(efs_feks_hold(feks, &metadata, &held, NULL), EFS_OK);
    if (count_copies(&fek) != 1) fail_msg("%u copies of the FEK", count_copies(&fek));
    efs_feks_release(feks, held);
    efs_feks_free(feks);
    efs_key_free(key);
    assert_int_equal(count_copies(&fek), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(search),
        cmocka_unit_test(key_files),
        cmocka_unit_test(encrypting),
        cmocka_unit_test(unwrapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
