/*
 * Sources of keys: what each opens, and what becomes of it when a call into the system or a library fails. The files in
 * keys/ were made by keys/make-keys, with the generator of profiles; prefix/user.reg has two keys of the registry as
 * Wine 8.0 wrote them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <errno.h>
#include <gcrypt.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypt/keys/windows/dpapi.h"
#include "crypt/keys/volume/mft_record.h"
#include "crypt/keys/pieces.h"
#include "crypt/primitives.h"
#include "base/bytes.h"
#include "efs/keystore.h"

#define PASSWORD "open sesame"
#define SID      "S-1-5-21-1004336348-1177238915-682003330-1001"

/* of keys/cert.pem, see test_key.c */
static const char cert_thumbprint[] = "0c3aa6d45a98bb3fcedf1ae4cc453aa97eb7a9a2";

/* ---- calls that fail ---- */

static unsigned int countdown; /* to the call that fails; 0: none does */
static int failing_errno;

static bool fails(void)
{
    if (!countdown || --countdown) return false;
    errno = failing_errno;
    return true;
}

#define WRAP(type, name, failure, parameters, arguments) \
    type __real_##name parameters; \
    type __wrap_##name parameters; \
    type __wrap_##name parameters { return fails() ? (failure) : __real_##name arguments; }

WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(char *, strdup, NULL, (const char *s), (s))
WRAP(void *, mmap64, MAP_FAILED, (void *at, size_t size, int prot, int flags, int fd, off_t offset),
     (at, size, prot, flags, fd, offset))
WRAP(ssize_t, pread64, -1, (int fd, void *out, size_t size, off_t offset), (fd, out, size, offset))
WRAP(ssize_t, read, -1, (int fd, void *out, size_t size), (fd, out, size))
WRAP(gcry_error_t, gcry_md_open, gcry_error_from_errno(ENOMEM),
     (gcry_md_hd_t *handle, int algorithm, unsigned int flags), (handle, algorithm, flags))
WRAP(gcry_error_t, gcry_cipher_open, gcry_error_from_errno(ENOMEM),
     (gcry_cipher_hd_t *handle, int algorithm, int mode, unsigned int flags),
     (handle, algorithm, mode, flags))
WRAP(BIGNUM *, BN_secure_new, NULL, (void), ())
WRAP(BN_CTX *, BN_CTX_secure_new, NULL, (void), ())
WRAP(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_new, NULL, (void), ())
WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey, NULL, (OSSL_LIB_CTX *context, EVP_PKEY *key, const char *query),
     (context, key, query))
WRAP(int, EVP_PKEY_up_ref, 0, (EVP_PKEY *key), (key))
WRAP(int, i2d_PUBKEY, -1, (const EVP_PKEY *key, unsigned char **out), (key, out))

int __real_asprintf(char **out, const char *format, ...);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...);
int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int length;

    if (fails()) return -1;
    va_start(args, format);
    length = vasprintf(out, format, args);
    va_end(args);
    return length;
}

int __real_openat64(int fd, const char *name, int flags, ...);
int __wrap_openat64(int fd, const char *name, int flags, ...);
int __wrap_openat64(int fd, const char *name, int flags, ...)
{
    return fails() ? -1 : __real_openat64(fd, name, flags);
}

/* ---- what opens ---- */

static struct efs_keystore *open_store(const char *name, const struct efs_key_secrets *secrets)
{
    struct efs_diag diag = { 0 };
    struct efs_keystore *store;
    char path[4096];
    enum efs_error code;

    snprintf(path, sizeof(path), "%s/%s", KEYS_DIR, name);
    code = efs_keystore_open(&store, path, secrets, &diag);
    if (code) fail_msg("%s: %s: %s", name, efs_error_text(code), diag.rule);
    assert_true(efs_keystore_count(store) > 0);
    return store;
}

/* The first key is that of keys/cert.pem, and usable. */
static void assert_opens(const char *name, const struct efs_key_secrets *secrets, enum efs_keystore_kind kind,
                         const char *how)
{
    struct efs_keystore *store = open_store(name, secrets);
    const struct efs_keystore_entry *entry = efs_keystore_entry(store, 0);
    uint8_t thumbprint[20];

    assert_int_equal(efs_keystore_kind(store), kind);
    if (entry->code) fail_msg("%s: %s", name, entry->reason);
    assert_null(entry->reason);
    assert_int_equal(entry->bits, 2048);
    if (how) assert_string_equal(entry->how, how);
    else assert_null(entry->how);
    if (entry->has_certificate && kind != EFS_KEYSTORE_PREFIX)
    {
        parse_hex(thumbprint, cert_thumbprint, sizeof(thumbprint));
        assert_memory_equal(entry->thumbprint, thumbprint, sizeof(thumbprint));
        assert_string_equal(entry->subject, "CN=efs-test");
        assert_true(entry->not_before < entry->not_after);
    }
    efs_keystore_close(store);
}

static void assert_refuses(const char *name, const struct efs_key_secrets *secrets, enum efs_error code,
                           const char *reason)
{
    struct efs_keystore *store = open_store(name, secrets);
    const struct efs_keystore_entry *entry = efs_keystore_entry(store, 0);

    assert_int_equal(entry->code, code);
    if (!strstr(entry->reason, reason)) fail_msg("%s: %s", name, entry->reason);
    assert_null(entry->how);
    efs_keystore_close(store);
}

static void profiles(void **state)
{
    /* MD4 and SHA-1 of the password in UTF-16LE: openssl dgst -provider legacy -md4, sha1sum */
    uint8_t nt_hash[16], sha1[20];
    struct efs_key_secrets password = { .password = PASSWORD }, wrong = { .password = "open barley" }, none = { 0 };
    struct efs_key_secrets by_nt = { .nt_hash = nt_hash }, by_sha1 = { .sha1 = sha1 }, backup = { 0 };
    struct efs_key_secrets other_sid = { .password = PASSWORD, .sid = "S-1-5-21-1-2-3-1001" };

    (void)state;
    parse_hex(nt_hash, "eddcf896aaf1f0c3f83d4daa964f17bf", sizeof(nt_hash));
    parse_hex(sha1, "f12c8969988c7c2939421664dc9a39362a84c527", sizeof(sha1));
    assert_opens("profile-aes", &password, EFS_KEYSTORE_PROFILE, "an older password (CREDHIST)");
    assert_opens("profile-xp", &password, EFS_KEYSTORE_PROFILE, "the password (NT hash)");
    assert_opens("profile-cng", &password, EFS_KEYSTORE_PROFILE, "the password (NT hash, PBKDF2)");
    assert_opens("profile-xp", &by_nt, EFS_KEYSTORE_PROFILE, "the password (NT hash)");
    assert_opens("profile-cng", &by_nt, EFS_KEYSTORE_PROFILE, "the password (NT hash, PBKDF2)");
    assert_opens("profile-aes", &by_sha1, EFS_KEYSTORE_PROFILE, "an older password (CREDHIST)");
    assert_opens("profile-xp/Application Data/Microsoft", &password, EFS_KEYSTORE_PROFILE, "the password (NT hash)");
    assert_refuses("profile-aes", &wrong, EFS_ERR_PASSWORD, "wrong password (a local account");
    assert_refuses("profile-xp", &wrong, EFS_ERR_PASSWORD, "wrong password (a domain account");
    assert_refuses("profile-cng", &wrong, EFS_ERR_PASSWORD, "wrong password (a domain account");
    assert_refuses("profile-aes", &none, EFS_ERR_PASSWORD, "password is needed (a local account)");
    assert_refuses("profile-xp", &none, EFS_ERR_PASSWORD, "password is needed (a domain account");
    assert_refuses("profile-aes", &by_nt, EFS_ERR_PASSWORD, "an NT hash doesn't open a local account");
    assert_refuses("profile-xp", &by_sha1, EFS_ERR_PASSWORD, "wrong password");
    assert_refuses("profile-xp", &other_sid, EFS_ERR_PASSWORD, "wrong password");

    backup.backup = open_store("backup.pvk", &none);
    assert_opens("profile-xp", &backup, EFS_KEYSTORE_PROFILE, "the domain's backup key");
    assert_refuses("profile-aes", &backup, EFS_ERR_NO_KEY, "no part for a domain's backup key");
    efs_keystore_close((struct efs_keystore *)(uintptr_t)backup.backup);
    backup.backup = open_store("strong.pvk", &password);
    assert_refuses("profile-xp", &backup, EFS_ERR_NO_KEY, "wrong key");
    efs_keystore_close((struct efs_keystore *)(uintptr_t)backup.backup);
}

static void key_files(void **state)
{
    struct efs_key_secrets password = { .password = PASSWORD }, wrong = { .password = "open barley" }, none = { 0 };

    (void)state;
    assert_opens("strong.pvk", &password, EFS_KEYSTORE_FILES, NULL);
    assert_opens("weak.pvk", &password, EFS_KEYSTORE_FILES, NULL);
    assert_opens("backup.pvk", &none, EFS_KEYSTORE_FILES, NULL);
    assert_refuses("strong.pvk", &wrong, EFS_ERR_PASSWORD, "doesn't open with this password");
    assert_refuses("weak.pvk", &none, EFS_ERR_PASSWORD, "no password");
    assert_refuses("cert.pem", &none, EFS_ERR_NO_KEY, "key file isn't there");
    assert_refuses("make-keys", &none, EFS_ERR_KEY_FILE, "neither PFX");
    assert_opens("legacy.pfx", &password, EFS_KEYSTORE_FILES, NULL);
    assert_opens("chain.pem", &none, EFS_KEYSTORE_FILES, NULL);
    assert_refuses("legacy.pfx", &wrong, EFS_ERR_PASSWORD, "doesn't verify with this password");
}

static void wine_prefix(void **state)
{
    struct efs_key_secrets none = { 0 };

    (void)state;
    assert_opens("prefix", &none, EFS_KEYSTORE_PREFIX, NULL);
}

static void impossible_arguments(void **state)
{
    static const char *const sids[] = { "", "S-1", "S-1-", "S-2-5", "S-1-5-", "S-1--5", "S-1-5-x", "x-1-5-21" };
    struct efs_key_secrets secrets = { .password = "\xff" };
    char too_long[PASSWORD_MAX + 2];
    struct efs_keystore *store;
    struct efs_diag diag;
    size_t i;

    (void)state;
    assert_int_equal(efs_keystore_open(&store, KEYS_DIR "/profile-aes", &secrets, &diag), EFS_ERR_INVALID);
    assert_null(store);
    memset(too_long, 'x', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = 0;
    secrets.password = too_long;
    assert_int_equal(efs_keystore_open(&store, KEYS_DIR "/profile-aes", &secrets, &diag), EFS_ERR_INVALID);
    secrets.password = PASSWORD;
    for (i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
    {
        secrets.sid = sids[i];
        assert_int_equal(efs_keystore_open(&store, KEYS_DIR "/profile-aes", &secrets, &diag), EFS_ERR_INVALID);
    }
    secrets.sid = NULL;
    assert_int_equal(efs_keystore_open(&store, KEYS_DIR "/missing", &secrets, &diag), EFS_ERR_NOT_FOUND);
    assert_int_equal(efs_keystore_open(&store, "/dev/null", &secrets, &diag), EFS_ERR_KEY_FILE);
    assert_null(store);
}

/* Rounds that are within a section's limit, but more than all may cost together. */
static void budget_of_rounds(void **state)
{
    uint64_t budget = 99;
    const struct efs_bytes key = { (const uint8_t *)"key", 3 }, salt = { (const uint8_t *)"0123456789abcdef", 16 };
    uint8_t out[48];
    struct efs_diag diag;

    (void)state;
    assert_int_equal(dpapi_derive(DPAPI_SHA1, &key, &salt, 50, out, 24, &budget, &diag), EFS_ERR_KEY_FILE);
    assert_int_equal(budget, 99);
    assert_int_equal(dpapi_derive(DPAPI_SHA1, &key, &salt, 50, out, 20, &budget, &diag), EFS_OK);
    assert_int_equal(budget, 49);
    assert_int_equal(dpapi_derive(0x1234, &key, &salt, 1, out, 20, &budget, &diag), EFS_ERR_ALGORITHM);
    assert_int_equal(diag.offset, 0x1234);
}

/* ---- damage ---- */

static const char *const parts[] =
{
    "profile-aes/AppData/Roaming/Microsoft/Protect/CREDHIST",
    "profile-aes/AppData/Roaming/Microsoft/Protect/" SID "/8c6bc6d9-a373-096a-77e0-173ed9e9535b",
    "profile-aes/AppData/Roaming/Microsoft/SystemCertificates/My/Certificates/0C3AA6D45A98BB3FCEDF1AE4CC453AA97EB7A9A2",
    "profile-aes/AppData/Roaming/Microsoft/Crypto/RSA/" SID
        "/1bd6a1d941cd5130519adc69b47afaf3_b800ae61-cd19-9217-f8d6-280e972420fe",
    "profile-cng/AppData/Roaming/Microsoft/Crypto/Keys/"
        "33bc1b763e037b604b236ce1bcec5a03_b800ae61-cd19-9217-f8d6-280e972420fe",
    "profile-xp/Application Data/Microsoft/Protect/" SID "/8c6bc6d9-a373-096a-77e0-173ed9e9535b",
    "strong.pvk",
};

/* What is left of each file when its end is missing is refused, or is less than there was: never read beyond its
   end. */
static void every_cut(void **state)
{
    static const enum piece_kind kinds[] = { PIECE_CREDHIST, PIECE_MASTER, PIECE_CERTIFICATE, PIECE_CAPI, PIECE_CNG,
                                             PIECE_MASTER, PIECE_PVK };
    struct pieces pieces = { 0 };
    size_t length, cut, i;
    uint8_t *bytes, *copy;

    (void)state;
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
    {
        bytes = read_file(KEYS_DIR, parts[i], &length);
        if (!bytes) fail_msg("can't read %s", parts[i]);
        for (cut = 1; cut <= length; cut++)
        {
            copy = malloc(cut);
            memcpy(copy, bytes, cut);
            assert_int_equal(pieces_add(&pieces, kinds[i], parts[i], SID, copy, cut, PASSWORD, NULL), EFS_OK);
            if (cut == length) assert_int_not_equal(pieces.list[0].kind, PIECE_NOTE);
            else if (kinds[i] != PIECE_CREDHIST) assert_int_equal(pieces.list[0].kind, PIECE_NOTE);
            if (pieces.list[0].kind == PIECE_NOTE) assert_non_null(pieces.list[0].diag.rule);
            pieces_free(&pieces);
        }
        free(bytes);
    }
}

/* More files than are kept: the rest is left out, and an entry says so. */
static void too_many(void **state)
{
    static const struct efs_diag why = { EFS_ERR_KEY_FILE, 0, 0, "a reason" };
    struct pieces pieces = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < EFS_KEYSTORE_FILES_MAX; i++)
    {
        assert_int_equal(pieces_add_note(&pieces, "x", &why, NULL), EFS_OK);
        assert_false(pieces.full);
    }
    assert_int_equal(pieces_add_note(&pieces, "x", &why, NULL), EFS_OK);
    assert_true(pieces.full);
    assert_int_equal(pieces.count, EFS_KEYSTORE_FILES_MAX);
    pieces_free(&pieces);
    pieces.bytes = EFS_KEYSTORE_BYTES_MAX - 3;
    assert_int_equal(pieces_add(&pieces, PIECE_PVK, "x", NULL, calloc(1, 4), 4, NULL, NULL), EFS_OK);
    assert_true(pieces.full);
    assert_int_equal(pieces.count, 0);
}

/* ---- a disk ---- */

/* A file record of 1024 bytes: its attributes begin at 0x38, the update sequence is at 0x30. */
static void make_record(uint8_t record[1024], uint32_t type, const uint8_t *data, size_t length)
{
    size_t size = 0x18 + (length + 7) / 8 * 8, i;

    memset(record, 0, 1024);
    memcpy(record, "FILE", 4);
    store16_le(record + 0x04, 0x30);
    store16_le(record + 0x06, 3);
    store16_le(record + 0x14, 0x38);
    store16_le(record + 0x30, 0x1234);
    /* one whose value is elsewhere comes first */
    store32_le(record + 0x38, MFT_DATA);
    store32_le(record + 0x3c, 0x18);
    record[0x40] = 1;
    store32_le(record + 0x50, type);
    store32_le(record + 0x54, (uint32_t)size);
    store32_le(record + 0x60, (uint32_t)length);
    store16_le(record + 0x64, 0x18);
    memcpy(record + 0x68, data, length);
    store32_le(record + 0x50 + size, UINT32_MAX);
    for (i = 1; i <= 2; i++)
    {
        memcpy(record + 0x30 + 2 * i, record + 512 * i - 2, 2);
        store16_le(record + 512 * i - 2, 0x1234);
    }
}

static void file_records(void **state)
{
    uint8_t record[1024], data[600], bad[1024];
    struct mft_value value;
    struct mft_walk walk;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(data); i++) data[i] = (uint8_t)(i * 7);
    make_record(record, MFT_DATA, data, sizeof(data));
    assert_int_equal(mft_record_size(record, sizeof(record)), 1024);
    assert_int_equal(mft_record_size(record, 1023), 0);
    memcpy(bad, record, sizeof(bad));
    bad[511] ^= 1; /* torn: the second half is another write's */
    assert_false(mft_undo_updates(bad, sizeof(bad)));
    memcpy(bad, record, sizeof(bad));
    store16_le(bad + 4, 0x1fc); /* its own list would be replaced */
    assert_false(mft_undo_updates(bad, sizeof(bad)));
    assert_true(mft_undo_updates(record, sizeof(record)));
    walk = mft_begin(record, sizeof(record));
    assert_true(mft_next(&walk, &value));
    assert_int_equal(value.type, MFT_DATA);
    assert_int_equal(value.length, sizeof(data));
    assert_memory_equal(value.data, data, sizeof(data));
    assert_false(mft_next(&walk, &value));

    store32_le(record + 0x60, 2000); /* longer than its attribute */
    walk = mft_begin(record, sizeof(record));
    assert_false(mft_next(&walk, &value));
    store32_le(record + 0x54, 0x4000); /* which is longer than the record */
    walk = mft_begin(record, sizeof(record));
    assert_false(mft_next(&walk, &value));
    store16_le(record + 0x14, 0xffff);
    walk = mft_begin(record, sizeof(record));
    assert_false(mft_next(&walk, &value));
}

/* The files of profile-aes: small ones in file records, the others in clusters. To be closed. */
static int make_disk(char path[64])
{
    int fd = memfd_create("disk", MFD_CLOEXEC);
    off_t offset = 1048576 - 512; /* over the end of what is read at once */
    uint8_t record[1024], *bytes;
    size_t length, i;

    assert_true(fd >= 0);
    for (i = 0; i < 4; i++)
    {
        bytes = read_file(KEYS_DIR, parts[i], &length);
        if (!bytes) fail_msg("can't read %s", parts[i]);
        if (length <= 700)
        {
            make_record(record, MFT_DATA, bytes, length);
            assert_int_equal(pwrite(fd, record, sizeof(record), offset), sizeof(record));
        }
        else assert_int_equal(pwrite(fd, bytes, length, offset), (ssize_t)length);
        offset += 8192;
        free(bytes);
    }
    assert_int_equal(ftruncate(fd, offset), 0);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static bool stop(void *context, uint64_t done, uint64_t total)
{
    assert_true(done <= total);
    ++*(int *)context;
    return false;
}

static void disk(void **state)
{
    struct efs_key_secrets password = { .password = PASSWORD };
    struct efs_keystore_found found;
    struct efs_keystore *store;
    struct efs_diag diag = { 0 };
    char path[64];
    int fd = make_disk(path), calls = 0;

    (void)state;
    assert_int_equal(efs_keystore_scan(&store, path, &password, NULL, NULL, &diag), EFS_OK);
    assert_int_equal(efs_keystore_kind(store), EFS_KEYSTORE_IMAGE);
    efs_keystore_found(store, &found);
    assert_int_equal(found.certificates, 1);
    assert_int_equal(found.key_files, 1);
    assert_int_equal(found.master_keys, 1);
    assert_int_equal(found.histories, 1);
    assert_int_equal(found.sids, 1);
    assert_int_equal(efs_keystore_count(store), 1);
    assert_int_equal(efs_keystore_entry(store, 0)->code, EFS_OK);
    assert_string_equal(efs_keystore_entry(store, 0)->how, "an older password (CREDHIST)");
    efs_keystore_close(store);

    assert_int_equal(efs_keystore_scan(&store, path, &password, stop, &calls, &diag), EFS_ERR_INVALID);
    assert_null(store);
    assert_int_equal(calls, 1);
    assert_int_equal(efs_keystore_scan(&store, "/dev/null", &password, NULL, NULL, &diag), EFS_ERR_KEY_FILE);
    assert_int_equal(efs_keystore_scan(&store, KEYS_DIR "/missing", &password, NULL, NULL, &diag), EFS_ERR_NOT_FOUND);
    close(fd);
}

/* ---- failures ---- */

/* Each call fails in turn. The answer is the failure's, or one that a missing file would have; never that of a wrong
   password. */
static void fail_each(const char *name, const struct efs_key_secrets *secrets, int err)
{
    struct efs_keystore *store;
    struct efs_diag diag;
    char path[4096];
    unsigned int at;
    enum efs_error code;
    size_t i;

    snprintf(path, sizeof(path), "%s/%s", KEYS_DIR, name);
    for (at = 1;; at++)
    {
        failing_errno = err;
        countdown = at;
        diag = (struct efs_diag){ 0 };
        code = name[0] == '/' ? efs_keystore_scan(&store, name, secrets, NULL, NULL, &diag)
            : efs_keystore_open(&store, path, secrets, &diag);
        if (countdown) break; /* there were no more calls than that */
        assert_int_equal(!store, !!code);
        if (code && (code != diag.code || !diag.rule)) fail_msg("%s, call %u: %d without a reason", name, at, code);
        for (i = 0; !code && i < efs_keystore_count(store); i++)
        {
            const struct efs_keystore_entry *entry = efs_keystore_entry(store, i);

            assert_int_equal(!entry->code, !entry->reason);
            if (entry->code == EFS_ERR_PASSWORD && !strncmp(entry->reason, "wrong password", 14) && err != EIO)
                fail_msg("%s, call %u: %s", name, at, entry->reason);
        }
        efs_keystore_close(store);
        assert_true(at < 20000);
    }
    countdown = 0;
    assert_int_equal(code, EFS_OK);
    efs_keystore_close(store);
    assert_true(at > 5);
}

static void each_call_fails(void **state)
{
    struct efs_key_secrets password = { .password = PASSWORD }, none = { 0 }, backup = { 0 };

    char path[64];
    int fd = make_disk(path);

    (void)state;
    fail_each(path, &password, ENOMEM);
    fail_each(path, &password, EIO);
    close(fd);
    fail_each("profile-aes", &password, ENOMEM);
    fail_each("profile-aes", &password, EIO);
    fail_each("profile-xp", &password, ENOMEM);
    fail_each("profile-cng", &password, ENOMEM);
    fail_each("profile-cng", &password, EACCES);
    fail_each("prefix", &none, ENOMEM);
    fail_each("prefix", &none, EIO);
    fail_each("strong.pvk", &password, ENOMEM);
    fail_each("cert.pem", &none, ENOMEM);
    fail_each("chain.pem", &none, ENOMEM);
    backup.backup = open_store("backup.pvk", &none);
    fail_each("profile-xp", &backup, ENOMEM);
    efs_keystore_close((struct efs_keystore *)(uintptr_t)backup.backup);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(profiles),
        cmocka_unit_test(key_files),
        cmocka_unit_test(wine_prefix),
        cmocka_unit_test(impossible_arguments),
        cmocka_unit_test(budget_of_rounds),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(too_many),
        cmocka_unit_test(file_records),
        cmocka_unit_test(disk),
        cmocka_unit_test(each_call_fails),
    };

    return cmocka_run_group_tests_name("keystore", tests, NULL, NULL);
}
