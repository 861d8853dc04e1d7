/*
 * NTFS-3G: is a file on such a mount, has it got the $EFS, and which attribute is which stream?
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
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/replace.h"
#include "store/ntfs.h"
#include "store/xattr.h"
#include "lib/host.h"
#include "lib/metadata_sample.h"
#include "lib/ntfs_mount.h"

static int fd;
static struct build metadata, other;

static int begin(void **state)
{
    if (make_dir(state)) return -1;
    ntfs_mount_on();
    metadata = other = (struct build){ 0 };
    build_metadata_value(&metadata, BUILD_METADATA_SIZE, 1);
    build_metadata_value(&other, BUILD_METADATA_SIZE, 2);
    write_plain(in_dir("file"), "");
    fd = open(in_dir("file"), O_RDWR);
    return fd == -1;
}

static int end(void **state)
{
    close(fd);
    build_free(&metadata);
    build_free(&other);
    ntfs_mount_off();
    return drop_dir(state);
}

/* ---- the look ---- */

static void test_look(void **state)
{
    static const int unknown[] = { ENODATA, ENOTSUP, ENOSYS, EINVAL, EPERM };
    struct efs_diag diag = { 0 };
    bool ntfs = false;
    size_t i;

    (void)state;
    assert_int_equal(ntfs_is_mount(fd, &ntfs, &diag), EFS_OK);
    assert_true(ntfs);
    for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
    {
        ntfs_mount_on();
        mount.look_at = 1;
        mount.look_err = unknown[i];
        ntfs = true;
        assert_int_equal(ntfs_is_mount(fd, &ntfs, &diag), EFS_OK);
        assert_false(ntfs);
    }
    /* what NTFS-3G may answer, too, is no answer */
    ntfs_mount_on();
    mount.look_at = 1;
    mount.look_err = EACCES;
    assert_int_equal(ntfs_is_mount(fd, &ntfs, &diag), EFS_ERR_ACCESS);
    assert_int_equal(diag.sys_errno, EACCES);
    /* another file system's attribute of this name */
    ntfs_mount_on();
    mount.look_at = 1;
    mount.look_length = 3;
    ntfs = true;
    assert_int_equal(ntfs_is_mount(fd, &ntfs, &diag), EFS_OK);
    assert_false(ntfs);

    ntfs_mount_on();
    mount.statfs_err = EIO;
    assert_int_equal(ntfs_is_mount(fd, &ntfs, &diag), EFS_ERR_IO);
    /* what isn't in user space isn't asked */
    ntfs_mount_off();
    ntfs = true;
    mount.looks = 0;
    assert_int_equal(ntfs_is_mount(fd, &ntfs, &diag), EFS_OK);
    assert_false(ntfs);
    assert_int_equal(mount.looks, 0);
}

/* ---- the $EFS ---- */

static enum efs_error set(const struct build *value, struct efs_diag *diag)
{
    return xattr_set_metadata(fd, value->data, (uint32_t)value->length, diag);
}

static void assert_has(const struct build *value)
{
    uint8_t there[4096];
    ssize_t n = fgetxattr(fd, EFS_STORE_XATTR, there, sizeof(there));

    assert_int_equal(n, value ? (ssize_t)value->length : -1);
    if (value) assert_memory_equal(there, value->data, value->length);
}

static void test_metadata(void **state)
{
    struct build longer = { 0 };
    struct efs_diag diag = { 0 };

    (void)state;
    build_metadata_value(&longer, BUILD_METADATA_SIZE + 8, 1);
    assert_int_equal(set(&metadata, &diag), EFS_OK);
    assert_has(&metadata);
    /* it is never replaced: by itself there is no need to, by another one there is no way */
    assert_int_equal(set(&metadata, &diag), EFS_OK);
    assert_int_equal(set(&other, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_int_equal(set(&longer, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_has(&metadata);
    build_free(&longer);
}

static void test_metadata_refused(void **state)
{
    struct efs_diag diag = { 0 };

    (void)state;
    mount.efs_err = EINVAL;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_VOLUME);
    /* it claims to have one, but there is none */
    mount.efs_err = EEXIST;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_NOT_ENCRYPTED);
    mount.efs_err = E2BIG;
    assert_int_equal(set(&metadata, &diag), FORM_UNFIT);
    mount.efs_err = ERANGE;
    assert_int_equal(set(&metadata, &diag), FORM_UNFIT);
    mount.efs_err = EIO;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_IO);
    assert_has(NULL);

    ntfs_mount_on();
    mount.efs_raw = false;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_VOLUME);
    assert_non_null(strstr(diag.rule, "efs_raw"));
    assert_has(NULL);
    mount.ntfs3 = true;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_VOLUME);
    assert_has(NULL);
}

/* A look that fails is no look that says no. */
static void test_metadata_unseen(void **state)
{
    struct efs_diag diag = { 0 };

    (void)state;
    mount.look_at = 1;
    mount.look_err = EIO;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_IO);
    assert_int_equal(diag.sys_errno, EIO);
    assert_has(NULL);

    /* the second look: it can be taken back only where it didn't become a $EFS */
    ntfs_mount_on();
    mount.look_at = 2;
    mount.look_err = EACCES;
    mount.efs_raw = false;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_ACCESS);
    assert_has(NULL);

    /* another reason for not being removed says nothing */
    ntfs_mount_on();
    mount.efs_raw = false;
    mount.remove_err = EIO;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_VOLUME);
    ntfs_mount_on();
    mount.efs_raw = false;
    mount.remove_err = EIO;
    mount.look_at = 2;
    mount.look_err = EACCES;
    assert_int_equal(set(&metadata, &diag), EFS_ERR_ACCESS);
    mount.remove_err = 0;
    assert_int_equal(fremovexattr(fd, EFS_STORE_XATTR), 0);

    ntfs_mount_on();
    mount.look_at = 2;
    mount.look_err = EACCES;
    assert_int_equal(set(&metadata, &diag), EFS_OK);
    assert_has(&metadata);
}

/* ---- directories ---- */

/* A directory has no layout there; where it isn't known whether it is there, nothing changes. */
/* What the mount shows of an encrypted file without efs_raw: its ciphertext, and that it is encrypted. */
static void test_hidden(void **state)
{
    struct efs_diag diag = { 0 };
    struct efs_stored stored;
    unsigned int looks;

    (void)state;
    mount.efs_raw = false;
    mount.hides = true;
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_VOLUME);
    assert_int_equal(diag.code, EFS_ERR_VOLUME);
    assert_non_null(strstr(diag.rule, "efs_raw"));
    looks = mount.looks;
    /* who isn't told what it is takes it for what it looks like; each look fails in turn */
    for (mount.look_at = 1; mount.look_at <= looks; mount.look_at++)
    {
        mount.looks = 0;
        mount.look_err = EACCES;
        assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_NOT_ENCRYPTED);
    }
    mount.statfs_err = EIO;
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_NOT_ENCRYPTED);
    mount.statfs_err = 0;
    /* a plain file of the mount, and an encrypted one where Linux' own driver has mounted it */
    mount.hides = false;
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_NOT_ENCRYPTED);
    mount.hides = mount.ntfs3 = true;
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_VOLUME);
}

/* Another $EFS for what is encrypted there: the same one is no change; for another a file is written anew, and a
   directory can't be. */
static void test_replace(void **state)
{
    uint8_t *sample = make_test(2);
    struct efs_diag diag = { 0 };
    struct build stream = { 0 }, out = { 0 };
    struct stat before, after;

    (void)state;
    assert_int_equal(fsetxattr(fd, EFS_STORE_XATTR, sample, TOTAL, 0), 0);
    assert_int_equal(efs_replace_metadata(fd, sample, TOTAL, sample, TOTAL, &diag), EFS_OK);
    assert_int_equal(export(in_dir("file"), &stream, 1000), EFS_OK);
    sample[END - 1] ^= 1; /* of an encrypted FEK */
    mount.statfs_err = EIO;
    assert_int_not_equal(efs_replace_metadata(fd, NULL, 0, sample, TOTAL, &diag), EFS_OK);
    mount.statfs_err = 0;
    assert_int_equal(fstat(fd, &before), 0);
    assert_int_equal(efs_replace_metadata(fd, NULL, 0, sample, TOTAL, &diag), EFS_OK);
    assert_int_equal(stat(in_dir("file"), &after), 0);
    assert_int_not_equal(after.st_ino, before.st_ino);
    assert_int_equal(export(in_dir("file"), &out, 1000), EFS_OK);
    assert_int_equal(out.length, stream.length);
    assert_memory_equal(out.data + AT_METADATA, sample, TOTAL);
    assert_int_equal(count_entries(), 1);
    /* nor can a file that has another name, too */
    sample[END - 1] ^= 1;
    assert_int_equal(link(in_dir("file"), in_dir("other")), 0);
    close(fd);
    fd = open(in_dir("file"), O_RDWR);
    assert_int_equal(efs_replace_metadata(fd, NULL, 0, sample, TOTAL, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_int_equal(stat(in_dir("file"), &before), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(count_entries(), 2);
    unlink(in_dir("other"));
    build_free(&stream);
    build_free(&out);
    free(sample);
}

static void test_directories(void **state)
{
    struct build plain = { 0 }, with_stream = { 0 };
    uint8_t *sample = make_test(2);
    struct efs_diag diag = { 0 };
    int i, directory_fd;

    (void)state;
    build_directory_stream(&plain, 1);
    build_directory_stream(&with_stream, 1);
    build_stream_header(&with_stream, 1, ":name:$DATA");
    build_plain_segment(&with_stream, 10);
    build_zeros(&with_stream, 10);
    /* a new one, and one that is there */
    for (i = 0; i < 2; i++)
    {
        ntfs_mount_on();
        assert_int_equal(import(in_dir("dir"), &with_stream, 100, true, &diag), EFS_ERR_UNREPRESENTABLE);
        mount.statfs_err = EIO;
        assert_int_equal(import(in_dir("dir"), &with_stream, 100, true, &diag), EFS_ERR_IO);
        assert_int_equal(import(in_dir("dir"), &plain, 100, true, &diag), EFS_ERR_IO);
        mount.statfs_err = 0;
        mount.look_at = mount.looks + 1;
        mount.look_err = EACCES;
        assert_int_equal(import(in_dir("dir"), &plain, 100, true, &diag), EFS_ERR_ACCESS);
        assert_int_equal(getxattr(in_dir("dir"), EFS_STORE_XATTR, NULL, 0), -1);
        assert_int_equal(count_entries(), 1 + i);
        if (!i) assert_int_equal(mkdir(in_dir("dir"), 0700), 0);
    }
    assert_int_equal(import(in_dir("dir"), &plain, 100, true, &diag), EFS_OK);
    assert_int_equal(getxattr(in_dir("dir"), EFS_STORE_XATTR, NULL, 0), BUILD_METADATA_SIZE);
    assert_exports(in_dir("dir"), &plain, 100);
    /* another $EFS */
    directory_fd = open(in_dir("dir"), O_RDONLY);
    assert_int_equal(efs_replace_metadata(directory_fd, NULL, 0, sample, TOTAL, &diag), EFS_ERR_UNREPRESENTABLE);
    close(directory_fd);
    free(sample);
    assert_exports(in_dir("dir"), &plain, 100);
    build_free(&plain);
    build_free(&with_stream);
}

/* ---- names ---- */

/* The units of a name, with its colon and its type. */
static uint32_t make_name(uint8_t *out, const uint16_t *units, uint32_t count)
{
    static const char type[] = ":$DATA";
    struct build b = { 0 };
    uint32_t i, length;

    build_u16(&b, ':');
    for (i = 0; i < count; i++) build_u16(&b, units[i]);
    build_ascii16(&b, type);
    length = (uint32_t)b.length;
    memcpy(out, b.data, length);
    build_free(&b);
    return length;
}

static void test_names(void **state)
{
    static const struct { uint16_t units[4]; uint32_t count; const char *attribute; } names[] =
    {
        { { 'a', 'B' }, 2, "user.aB" },
        { { 0x7f, 0x80, 0x7ff, 0x800 }, 4, "user.\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80" },
        { { 0xd7ff, 0xe000, 0xffff }, 3, "user.\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf" },
        { { 0xd800, 0xdc00 }, 2, "user.\xf0\x90\x80\x80" },
        { { 0xd83d, 0xde00, 'x' }, 3, "user.\xf0\x9f\x98\x80x" },
        { { 0xdbff, 0xdfff }, 2, "user.\xf4\x8f\xbf\xbf" },
        /* no attribute's: surrogates without their other half, a zero, none at all */
        { { 0xd800 }, 1, NULL },
        { { 0xdc00 }, 1, NULL },
        { { 0xdfff, 'x' }, 2, NULL },
        { { 0xd800, 'x' }, 2, NULL },
        { { 0xd800, 0xd800 }, 2, NULL },
        { { 0xd800, 0xe000 }, 2, NULL },
        { { 0xdbff, 0xffff }, 2, NULL },
        { { 'a', 0, 'b' }, 3, NULL },
        { { 0 }, 0, NULL },
    };
    uint8_t name[2048], back[NTFS_STREAM_NAME_MAX];
    char attribute[NTFS_ATTRIBUTE_MAX];
    uint32_t length;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        length = make_name(name, names[i].units, names[i].count);
        assert_int_equal(ntfs_attribute_name(name, length, attribute), names[i].attribute != NULL);
        if (!names[i].attribute) continue;
        assert_string_equal(attribute, names[i].attribute);
        assert_int_equal(ntfs_stream_name(attribute, back), length);
        assert_memory_equal(back, name, length);
    }
}

static void test_name_forms(void **state)
{
    static const uint16_t efs[] = { 'n', 't', 'f', 's', '.', 'e', 'f', 's', 'i', 'n', 'f', 'o' };
    uint16_t longest[300];
    uint8_t name[2048];
    char attribute[NTFS_ATTRIBUTE_MAX];
    struct build b = { 0 };
    uint32_t i;

    (void)state;
    /* the $EFS itself */
    assert_false(ntfs_attribute_name(name, make_name(name, efs, 12), attribute));
    /* without the type */
    build_ascii16(&b, ":with:another");
    assert_false(ntfs_attribute_name(b.data, (uint32_t)b.length, attribute));
    assert_false(ntfs_attribute_name(b.data, 4, attribute));
    build_free(&b);
    /* the longest that surely fits; one that doesn't */
    for (i = 0; i < 300; i++) longest[i] = 'x';
    assert_true(ntfs_attribute_name(name, make_name(name, longest, 247), attribute));
    assert_false(ntfs_attribute_name(name, make_name(name, longest, 251), attribute));
}

static void test_no_names(void **state)
{
    static const char * const attributes[] =
    {
        "user.", "user.\x80", "user.\xc3", "user.\xc3(", "user.\xe2\x82", "user.\xf0\x9f\x98",
        /* longer than need be */
        "user.\xc1\x80", "user.\xc1\xbf", "user.\xe0\x80\x80", "user.\xe0\x9f\xbf", "user.\xf0\x8f\xbf\xbf",
        /* half a pair of surrogates; above all characters */
        "user.\xed\xa0\x80", "user.\xed\xbf\xbf", "user.\xf4\x90\x80\x80", "user.\xf5\x80\x80\x80",
        "user.\xfb\xbf\xbf\xbf", "user.\xff",
    };
    uint8_t name[NTFS_STREAM_NAME_MAX];
    char attribute[2048] = "user.";
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        assert_int_equal(ntfs_stream_name(attributes[i], name), 0);
    /* longer than the file systems' names are */
    memset(attribute + 5, 'x', 600);
    attribute[605] = 0;
    assert_int_equal(ntfs_stream_name(attribute, name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_look, begin, end),
        cmocka_unit_test_setup_teardown(test_metadata, begin, end),
        cmocka_unit_test_setup_teardown(test_metadata_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_metadata_unseen, begin, end),
        cmocka_unit_test_setup_teardown(test_hidden, begin, end),
        cmocka_unit_test_setup_teardown(test_replace, begin, end),
        cmocka_unit_test_setup_teardown(test_directories, begin, end),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_name_forms),
        cmocka_unit_test(test_no_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
