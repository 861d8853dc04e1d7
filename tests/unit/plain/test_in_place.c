/*
 * Encrypting a file where it is, and decrypting it there: with streams, holes, attributes; what is refused stays.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/key.h"
#include "efs/plaintext.h"
#include "efs/seal.h"
#include "efs/store.h"

#define STREAM    "user.DosStream.note:$DATA"
#define FILE_SIZE 200001

static struct efs_key *key;
static struct efs_certificate *certificate;
static uint8_t content[FILE_SIZE];
static char directory[] = "in-place.XXXXXX";

static int set_up(void **state)
{
    size_t length, i;
    uint8_t *bytes = read_file(KEYS_DIR, "pkcs8.pem", &length);

    (void)state;
    if (!bytes || efs_key_load(&key, bytes, length, NULL, NULL)) return -1;
    free(bytes);
    bytes = read_file(KEYS_DIR, "cert.pem", &length);
    if (!bytes || efs_certificate_load(&certificate, bytes, length, NULL, NULL)) return -1;
    free(bytes);
    for (i = 0; i < sizeof(content); i++) content[i] = (uint8_t)(i * 7 + (i >> 9));
    return mkdtemp(directory) && !chdir(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char * const made[] = { "file", "empty", "holes", "linked", "other", "file2", "plain" };
    size_t i;

    (void)state;
    efs_key_free(key);
    efs_certificate_free(certificate);
    for (i = 0; i < sizeof(made) / sizeof(*made); i++) unlink(made[i]);
    rmdir("dir");
    return chdir("..") || rmdir(directory) ? -1 : 0; /* nothing else is left */
}

static int make_plain(const char *name)
{
    struct timespec times[2] = { { 1000000000, 5 }, { 1100000000, 7 } };
    int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0640);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, sizeof(content)), sizeof(content));
    assert_int_equal(fsetxattr(fd, STREAM, "hello", 6, 0), 0);
    assert_int_equal(fsetxattr(fd, "user.EA", "value", 5, 0), 0);
    assert_int_equal(futimens(fd, times), 0);
    return fd;
}

static enum efs_error encrypt(int fd, struct efs_diag *diag)
{
    const struct efs_certificate *users[] = { certificate };
    struct efs_seal_readers readers = { users, 1, NULL, 0 };

    return efs_encrypt_in_place(fd, &readers, diag);
}

static void check_content(const char *name, const void *bytes, size_t length)
{
    uint8_t *now;
    size_t got;

    now = read_file(".", name, &got);
    assert_non_null(now);
    assert_int_equal(got, length);
    assert_memory_equal(now, bytes, length);
    free(now);
}

static void check_time(const char *name)
{
    struct stat st;

    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_mtim.tv_sec, 1100000000);
    assert_int_equal(st.st_mtim.tv_nsec, 7);
    assert_int_equal(st.st_mode & 07777, 0640);
}

static bool contains(const char *name, const char *text)
{
    size_t length, got;
    uint8_t *now = read_file(".", name, &got);
    bool found;

    assert_non_null(now);
    length = strlen(text);
    found = memmem(now, got, text, length) != NULL;
    free(now);
    return found;
}

static void test_there_and_back(void **state)
{
    char value[64];
    int fd = make_plain("file");

    (void)state;
    assert_int_equal(encrypt(fd, NULL), EFS_OK);
    /* the old content is overwritten, behind the descriptor that has it still */
    {
        uint8_t old[4096], zeros[4096] = { 0 };

        assert_int_equal(pread(fd, old, sizeof(old), 0), sizeof(old));
        assert_memory_equal(old, zeros, sizeof(old));
    }
    close(fd);
    check_time("file");
    /* with a named stream, it is a container */
    assert_true(getxattr("file", EFS_STORE_CONTAINER, NULL, 0) > 0);
    /* the stream is encrypted, too; the extended attribute isn't a stream */
    assert_int_equal(getxattr("file", STREAM, value, sizeof(value)), -1);
    assert_int_equal(errno, ENODATA);
    assert_int_equal(getxattr("file", "user.EA", value, sizeof(value)), 5);
    assert_false(contains("file", "hello"));

    fd = open("file", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(efs_decrypt_in_place(fd, key, NULL), EFS_OK);
    close(fd);
    check_time("file");
    check_content("file", content, sizeof(content));
    assert_int_equal(getxattr("file", STREAM, value, sizeof(value)), 6);
    assert_memory_equal(value, "hello", 6);
    assert_int_equal(getxattr("file", "user.EA", value, sizeof(value)), 5);
    assert_int_equal(getxattr("file", EFS_STORE_CONTAINER, NULL, 0), -1);
}

static void test_empty_and_holes(void **state)
{
    struct stat before, after;
    int fd = open("empty", O_CREAT | O_RDWR, 0600);

    (void)state;
    assert_int_equal(encrypt(fd, NULL), EFS_OK);
    close(fd);
    fd = open("empty", O_RDONLY);
    assert_int_equal(efs_decrypt_in_place(fd, key, NULL), EFS_OK);
    close(fd);
    assert_int_equal(stat("empty", &after), 0);
    assert_int_equal(after.st_size, 0);
    assert_int_equal(getxattr("empty", EFS_STORE_XATTR, NULL, 0), -1);

    fd = open("holes", O_CREAT | O_RDWR, 0600);
    assert_int_equal(pwrite(fd, "end", 3, 8 << 20), 3);
    fstat(fd, &before);
    assert_int_equal(encrypt(fd, NULL), EFS_OK);
    close(fd);
    fd = open("holes", O_RDONLY);
    assert_int_equal(efs_decrypt_in_place(fd, key, NULL), EFS_OK);
    close(fd);
    assert_int_equal(stat("holes", &after), 0);
    assert_int_equal(after.st_size, (8 << 20) + 3);
    assert_in_range(after.st_blocks, 0, before.st_blocks + 256);
}

static void test_directory(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(mkdir("dir", 0755), 0);
    fd = open("dir", O_RDONLY | O_DIRECTORY);
    assert_int_equal(encrypt(fd, NULL), EFS_OK);
    close(fd);
    assert_true(getxattr("dir", EFS_STORE_XATTR, NULL, 0) > 0);
}

static void test_refused(void **state)
{
    struct efs_diag diag = { 0 };
    int fd = make_plain("linked");

    (void)state;
    assert_int_equal(link("linked", "other"), 0);
    assert_int_equal(encrypt(fd, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_non_null(diag.rule);
    check_content("linked", content, sizeof(content));
    assert_int_equal(unlink("other"), 0);
    assert_int_equal(encrypt(fd, NULL), EFS_OK);
    close(fd);
    assert_int_equal(link("linked", "other"), 0);
    fd = open("linked", O_RDONLY);
    assert_int_equal(efs_decrypt_in_place(fd, key, NULL), EFS_ERR_UNREPRESENTABLE);
    close(fd);

    /* not encrypted; gone */
    fd = make_plain("plain");
    assert_int_equal(efs_decrypt_in_place(fd, key, NULL), EFS_ERR_NOT_ENCRYPTED);
    unlink("plain");
    assert_int_equal(encrypt(fd, NULL), EFS_ERR_CHANGED);
    close(fd);
}

static void test_wrong_key(void **state)
{
    struct efs_key *other;
    size_t length;
    uint8_t *bytes = read_file(KEYS_DIR, "other.pem", &length), *before, *after;
    size_t before_length, after_length;
    int fd;

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(efs_key_load(&other, bytes, length, NULL, NULL), EFS_OK);
    free(bytes);
    fd = make_plain("file2");
    assert_int_equal(encrypt(fd, NULL), EFS_OK);
    close(fd);
    before = read_file(".", "file2", &before_length);
    fd = open("file2", O_RDONLY);
    assert_int_equal(efs_decrypt_in_place(fd, other, NULL), EFS_ERR_NO_KEY);
    close(fd);
    after = read_file(".", "file2", &after_length);
    assert_int_equal(before_length, after_length);
    assert_memory_equal(before, after, before_length);
    free(before);
    free(after);
    efs_key_free(other);
}

int main(void)
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_empty_and_holes),
        cmocka_unit_test(test_directory),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_wrong_key),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
