/*
 * Writing plaintext into encrypted files where they are: what they hold against a model, while they are open, as
 * somebody else would find them after a kill, and closed; what is left of a write that the disk has no room for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bytes.h"
#include "efs/plaintext.h"
#include "efs/store.h"
#include "efs/target.h"
#include "lib/host.h"
#include "lib/wrap_fek.h"
#include "store/open_form.h"

#define UNIT EFS_CIPHER_UNIT
#define ROOM (8u << 20)

static const struct efs_fek fek = { EFS_ALG_AES_256, 32, { 2, 7, 1, 8, 2, 8 } };
static struct efs_key *key;
static struct efs_feks *feks;
static uint8_t model[ROOM], seen[ROOM], buffer[ROOM + EFS_WRITE_ROOM];
static uint64_t size;
static uint32_t seed;

static int begin_all(void **state)
{
    (void)state;
    key = load_test_key("pkcs8.pem");
    return efs_feks_new(&feks, key, NULL);
}

static int end_all(void **state)
{
    (void)state;
    efs_feks_free(feks);
    efs_key_free(key);
    return 0;
}

static uint32_t number(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

/* ---- files ---- */

static uint8_t metadata[1024];
static uint32_t metadata_length;

/* An empty encrypted file. */
static void make(const char *name)
{
    int fd = open(in_dir(name), O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    metadata_length = make_test_metadata(metadata, sizeof(metadata), &fek);
    assert_int_equal(fsetxattr(fd, EFS_STORE_XATTR, metadata, metadata_length, 0), 0);
    close(fd);
    size = 0;
}

static struct efs_plaintext *open_to_read(const char *name)
{
    struct efs_plaintext *file;

    assert_int_equal(efs_plaintext_open(&file, open(in_dir(name), O_RDONLY), NULL), EFS_OK);
    assert_int_equal(efs_plaintext_unlock(file, feks, NULL), EFS_OK);
    return file;
}

static struct efs_plaintext *open_to_write(const char *name)
{
    struct efs_plaintext *file = open_to_read(name);

    assert_int_equal(efs_plaintext_make_writable(file, open(in_dir(name), O_RDWR), NULL), EFS_OK);
    return file;
}

static bool is_open(const char *name)
{
    return getxattr(in_dir(name), EFS_STORE_SIZE, NULL, 0) >= 0;
}

static uint64_t file_size(const char *name)
{
    struct stat st;

    assert_int_equal(stat(in_dir(name), &st), 0);
    return (uint64_t)st.st_size;
}

/* ---- what is done, also to the model ---- */

static void write_at(struct efs_plaintext *file, uint64_t offset, size_t length)
{
    size_t written, i;

    assert_true(offset + length <= ROOM);
    if (offset > size) memset(model + size, 0, (size_t)(offset - size));
    for (i = 0; i < length; i++) model[offset + i] = (uint8_t)(number(255) + 1);
    memcpy(buffer + offset % UNIT, model + offset, length);
    assert_int_equal(efs_plaintext_pwrite(file, offset, buffer, length, &written, NULL), EFS_OK);
    assert_int_equal(written, length);
    if (offset + length > size) size = offset + length;
}

static void resize(struct efs_plaintext *file, uint64_t to)
{
    assert_int_equal(efs_plaintext_set_size(file, to, NULL), EFS_OK);
    if (to > size) memset(model + size, 0, (size_t)(to - size));
    size = to;
}

static void clear(struct efs_plaintext *file, uint64_t offset, uint64_t end)
{
    assert_int_equal(efs_plaintext_clear(file, offset, end, NULL), EFS_OK);
    if (end > size) end = size;
    if (offset < end) memset(model + offset, 0, (size_t)(end - offset));
}

static enum efs_error end_file(struct efs_plaintext *file)
{
    struct efs_plaintext_end end;
    enum efs_error err = efs_plaintext_begin_end(file, &end, NULL);

    if (!err) err = efs_plaintext_sync(file, NULL);
    return err ? err : efs_plaintext_complete_end(file, &end, NULL);
}

static void check(struct efs_plaintext *file)
{
    size_t got;

    assert_int_equal(efs_plaintext_size(file), size);
    assert_int_equal(efs_plaintext_pread(file, 0, 0, seen, ROOM, &got, NULL), EFS_OK);
    assert_int_equal(got, size);
    assert_memory_equal(seen, model, size);
}

/* As somebody who knows nothing of the writer. */
static void check_fresh(const char *name)
{
    struct efs_plaintext *file = open_to_read(name);

    check(file);
    efs_plaintext_close(file);
}

/* By its raw stream, imported as another file. */
static void check_exported(const char *name)
{
    struct build stream = { 0 };

    assert_int_equal(export(in_dir(name), &stream, 65536), EFS_OK);
    assert_int_equal(import(in_dir("imported"), &stream, 65536, false, NULL), EFS_OK);
    check_fresh("imported");
    assert_int_equal(unlink(in_dir("imported")), 0);
    build_free(&stream);
}

static void check_closed(const char *name)
{
    assert_false(is_open(name));
    assert_true(!size ? !file_size(name) : file_size(name) == efs_raw_padded(size) + 2);
    check_fresh(name);
    check_exported(name);
}

/* ---- tests ---- */

static void test_sizes(void **state)
{
    static const uint64_t sizes[] = { 1, 511, 512, 513, 1024, 5000, 65536, 70000, 3000000, 70000, 65537, 512, 511, 1,
                                      0, 4000000, 0, 100 };
    struct efs_plaintext *file;
    size_t i;

    (void)state;
    make("f");
    file = open_to_write("f");
    assert_false(efs_plaintext_is_open(file));
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        resize(file, sizes[i]);
        check(file);
        check_fresh("f");
        assert_true(!file_size("f") || file_size("f") % UNIT == 2);
        if (size) write_at(file, size / 2, 1);
        check_fresh("f");
    }
    assert_int_equal(end_file(file), EFS_OK);
    efs_plaintext_close(file);
    check_closed("f");
}

/* Inside of its size a file isn't opened, and nothing but units changes. */
static void test_overwrite(void **state)
{
    struct efs_plaintext *file;
    unsigned int i;

    (void)state;
    make("f");
    file = open_to_write("f");
    write_at(file, 0, 100000);
    assert_true(is_open("f") && efs_plaintext_is_open(file));
    assert_int_equal(end_file(file), EFS_OK);
    check_closed("f");
    for (i = 0; i < 200; i++)
    {
        uint32_t offset = number(99000);

        write_at(file, offset, 1 + number(100000 - offset));
    }
    clear(file, 100, 40000);
    assert_false(is_open("f"));
    efs_plaintext_close(file);
    check_closed("f");
}

static void random_change(struct efs_plaintext *file)
{
    uint64_t offset = number(2) ? number(2000000) : size;

    switch (number(8))
    {
    case 0: resize(file, number(3000000)); break;
    case 1: resize(file, size + 1200000 < ROOM / 2 ? size + 1200000 : 100); break;
    case 2: clear(file, offset, offset + number(400000)); break;
    case 3: resize(file, number(2) ? 0 : size / 2); break;
    default: write_at(file, offset > ROOM / 2 ? 0 : offset, 1 + number(number(2) ? 2000 : 150000)); break;
    }
}

static void test_random(void **state)
{
    unsigned int i, rounds = getenv("EFS_TEST_FULL") ? 3000 : 300;
    struct efs_plaintext *file;

    (void)state;
    seed = 20261126;
    make("f");
    file = open_to_write("f");
    for (i = 0; i < rounds; i++)
    {
        random_change(file);
        check(file);
        if (i % 5 == 0) check_fresh("f");
        if (i % 7) continue;
        assert_int_equal(end_file(file), EFS_OK);
        check_closed("f");
        if (number(2)) continue;
        efs_plaintext_close(file);
        file = open_to_write("f");
    }
    efs_plaintext_close(file);
}

/* What is far ahead isn't written: it costs no room, open or closed. */
static void test_far_ahead(void **state)
{
    struct efs_plaintext *file;
    uint8_t bytes[600 + EFS_WRITE_ROOM], zeros[600] = { 0 };
    uint64_t far = (uint64_t)1 << 36;
    struct stat st;
    size_t written, got;

    (void)state;
    make("f");
    file = open_to_write("f");
    write_at(file, 0, 1000);
    assert_int_equal(efs_plaintext_set_size(file, far + 77, NULL), EFS_OK);
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(efs_plaintext_pwrite(file, far / 2 + 5, bytes, 600, &written, NULL), EFS_OK);
    assert_int_equal(end_file(file), EFS_OK);
    efs_plaintext_close(file);
    assert_false(is_open("f"));
    assert_true(getxattr(in_dir("f"), EFS_STORE_LAYOUT, NULL, 0) > 0);
    assert_int_equal(stat(in_dir("f"), &st), 0);
    assert_true(st.st_blocks < 4096);
    /* again, from its layout */
    file = open_to_write("f");
    assert_true(efs_plaintext_size(file) == far + 77);
    memset(bytes, 'y', sizeof(bytes));
    assert_int_equal(efs_plaintext_pwrite(file, far / 4, bytes, 10, &written, NULL), EFS_OK);
    assert_true(is_open("f") && getxattr(in_dir("f"), EFS_STORE_LAYOUT, NULL, 0) < 0);
    assert_int_equal(efs_plaintext_pread(file, 0, far / 2, seen, 605, &got, NULL), EFS_OK);
    assert_memory_equal(seen, zeros, 5);
    assert_true(seen[5] == 'x' && seen[604] == 'x');
    assert_int_equal(efs_plaintext_pread(file, 0, far / 4, seen, 11, &got, NULL), EFS_OK);
    assert_true(seen[0] == 'y' && seen[9] == 'y' && !seen[10]);
    assert_int_equal(efs_plaintext_pread(file, 0, 0, seen, 1001, &got, NULL), EFS_OK);
    assert_true(!memcmp(seen, model, 1000) && !seen[1000]);
    assert_int_equal(end_file(file), EFS_OK);
    efs_plaintext_close(file);
    assert_false(is_open("f"));
}

/* A killed view's file: whatever its size is, it is read; a repair closes it, without its key. */
static void test_left(void **state)
{
    static const uint64_t extra[] = { 0, 1, 510, 1000, 70000 };
    struct efs_plaintext *file;
    struct efs_diag diag;
    size_t i;
    int fd;

    (void)state;
    for (i = 0; i < sizeof(extra) / sizeof(extra[0]); i++)
    {
        make("f");
        file = open_to_write("f");
        write_at(file, 0, 3000);
        fd = open(in_dir("f"), O_PATH);
        assert_int_equal(efs_open_check(fd, true, &diag), EFS_OPEN_RUNNING);
        efs_plaintext_close(file);
        assert_int_equal(truncate(in_dir("f"), (off_t)(file_size("f") - 2 + extra[i])), 0);
        check_fresh("f");
        check_exported("f");
        assert_int_equal(efs_open_check(fd, false, &diag), EFS_OPEN_LEFT);
        assert_int_equal(efs_open_check(fd, true, &diag), EFS_OPEN_CLOSED);
        assert_int_equal(efs_open_check(fd, true, &diag), EFS_OPEN_NOT);
        close(fd);
        check_closed("f");
        /* and the next view goes on with it, repaired or not */
        if (i % 2) assert_int_equal(setxattr(in_dir("f"), EFS_STORE_SIZE, (uint8_t[8]){ 0xb8, 0x0b }, 8, 0), 0);
        file = open_to_write("f");
        write_at(file, 3500, 10);
        assert_int_equal(end_file(file), EFS_OK);
        efs_plaintext_close(file);
        check_closed("f");
    }
}

/* What a power cut may leave: a size without its data, data without its size, units that never arrived. */
static void test_mixes(void **state)
{
    static const uint8_t zeros[UNIT];
    struct efs_plaintext *file;
    uint8_t bytes[8];
    struct efs_diag diag;
    int fd;

    (void)state;
    make("f");
    file = open_to_write("f");
    write_at(file, 0, 200000);
    efs_plaintext_close(file);
    fd = open(in_dir("f"), O_RDWR);
    store64_le(bytes, 1000000);
    assert_int_equal(fsetxattr(fd, EFS_STORE_SIZE, bytes, 8, 0), 0);
    memset(model + 200000, 0, 200192 - 200000);
    size = 200192; /* whole units */
    check_fresh("f");
    /* units that never arrived are zeros, not noise; a piece of them is a hole */
    assert_int_equal(pwrite(fd, zeros, UNIT, 100 * UNIT), UNIT);
    memset(model + 100 * UNIT, 0, UNIT);
    check_fresh("f");
    assert_int_equal(efs_open_check(fd, true, &diag), EFS_OPEN_NEEDS_KEY);
    assert_int_equal(file_size("f"), size + 2);
    check_fresh("f");
    file = open_to_write("f");
    write_at(file, size, 5);
    assert_int_equal(end_file(file), EFS_OK);
    efs_plaintext_close(file);
    close(fd);
    check_closed("f");
    /* an attribute that is none means nothing */
    assert_int_equal(setxattr(in_dir("f"), EFS_STORE_SIZE, "x", 1, 0), 0);
    check_fresh("f");
}

static void test_full_disk(void **state)
{
    struct rlimit before, limit;
    struct efs_plaintext *file;
    struct efs_diag diag = { 0 };
    enum efs_error err;
    size_t written, i;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    for (i = 0; i < 40; i++)
    {
        make("f");
        file = open_to_write("f");
        write_at(file, 0, 100 + number(5000));
        limit.rlim_cur = file_size("f") + number(3000);
        memset(model + size, 0, (size_t)(20000 - size));
        memset(buffer, 'z', sizeof(buffer));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        err = efs_plaintext_pwrite(file, i % 2 ? size : size + 300, buffer, 10000, &written, &diag);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(err ? !written : written > 0 && written < 10000);
        if (!err)
        {
            uint64_t at = i % 2 ? size : size + 300;

            memset(model + at, 'z', written);
            size = at + written;
        }
        check(file);
        check_fresh("f");
        assert_int_equal(file_size("f") % UNIT, 2);
        write_at(file, size, 50);
        assert_int_equal(end_file(file), EFS_OK);
        efs_plaintext_close(file);
        check_closed("f");
    }
}

static void test_refused(void **state)
{
    struct efs_plaintext *file, *second;
    struct efs_plaintext_end end;
    struct efs_diag diag = { 0 };
    struct efs_target target;
    uint8_t bytes[1 + EFS_WRITE_ROOM];
    size_t written;
    int fd;

    (void)state;
    make("f");
    file = open_to_write("f");
    write_at(file, 0, 100);
    /* one at a time */
    second = open_to_write("f");
    assert_int_equal(efs_plaintext_set_size(second, 5, &diag), EFS_ERR_ACCESS);
    assert_true(efs_plaintext_pwrite(file, INT64_MAX - 5, bytes, 1, &written, &diag) && diag.sys_errno == EFBIG);
    /* changed between the two steps of its end: it stays open */
    assert_int_equal(efs_plaintext_begin_end(file, &end, &diag), EFS_OK);
    write_at(file, 100, 1);
    assert_int_equal(efs_plaintext_complete_end(file, &end, &diag), EFS_ERR_CHANGED);
    assert_true(is_open("f"));
    check_fresh("f");
    assert_int_equal(end_file(file), EFS_OK);
    efs_plaintext_close(file);
    efs_plaintext_close(second);
    check_closed("f");
    /* a container, until it is converted; it stays the same file */
    fd = open(in_dir("f"), O_RDONLY);
    assert_int_equal(efs_target_open_fd(&target, fd, &diag), EFS_OK);
    assert_int_equal(efs_convert(&target, fd, EFS_FORM_CONTAINER, &diag), EFS_OK);
    efs_target_close(&target);
    close(fd);
    file = open_to_read("f");
    assert_true(efs_plaintext_is_container(file));
    assert_int_equal(efs_plaintext_make_writable(file, open(in_dir("f"), O_RDWR), &diag), EFS_ERR_READ_ONLY_VOLUME);
    assert_int_equal(efs_plaintext_set_size(file, 5, &diag), EFS_ERR_INVALID);
    efs_plaintext_close(file);
    fd = open(in_dir("f"), O_RDONLY);
    assert_int_equal(efs_target_open_fd(&target, fd, &diag), EFS_OK);
    target.keep_file = true;
    assert_int_equal(efs_convert(&target, fd, EFS_FORM_SPLIT, &diag), EFS_OK);
    efs_target_close(&target);
    close(fd);
    check_closed("f");
}

/* Nobody else's change of its size goes unnoticed, and another file isn't taken for it. */
static void test_changed_below(void **state)
{
    struct efs_plaintext *file;
    struct efs_diag diag = { 0 };

    (void)state;
    make("f");
    file = open_to_write("f");
    write_at(file, 0, 100);
    assert_int_equal(end_file(file), EFS_OK);
    assert_int_equal(truncate(in_dir("f"), 0), 0);
    assert_int_equal(efs_plaintext_set_size(file, 500, &diag), EFS_ERR_CHANGED);
    efs_plaintext_close(file);
    make("g");
    file = open_to_read("f");
    assert_int_equal(efs_plaintext_make_writable(file, open(in_dir("g"), O_RDWR), &diag), EFS_ERR_CHANGED);
    efs_plaintext_close(file);
}

static void test_times(void **state)
{
    struct timespec times[2] = { { 5, 6 }, { 1000000000, 123456789 } };
    struct efs_plaintext *file;
    struct stat st;

    (void)state;
    make("f");
    file = open_to_write("f");
    write_at(file, 0, 100);
    assert_int_equal(utimensat(AT_FDCWD, in_dir("f"), times, 0), 0);
    assert_int_equal(end_file(file), EFS_OK);
    efs_plaintext_close(file);
    assert_int_equal(stat(in_dir("f"), &st), 0);
    assert_true(st.st_mtim.tv_sec == 1000000000 && st.st_mtim.tv_nsec == 123456789);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_sizes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_overwrite, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_random, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_far_ahead, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_left, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_mixes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_full_disk, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_refused, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_changed_below, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_times, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
