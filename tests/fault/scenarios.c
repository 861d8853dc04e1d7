/*
 * The scenarios of the fault, kill and crash tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/metadata.h"
#include "efs/replace.h"
#include "efs/session.h"
#include "efs/store.h"
#include "efs/target.h"
#include "operations.h"
#include "scratch.h"

/* `old` is what the target holds, `new` what is imported: of other sizes, so that a mix shows. */
static struct build ntfs_stream, named_stream, odd_stream, other_odd_stream, bare_stream, directory_with_stream,
old_directory_with_stream,
    same_directory_with_stream, same_directory_stream, large_directory_stream, other_large_directory_stream;
static struct build users_stream;
static struct build old_stream, new_stream, small_stream, empty_stream, directory_stream, old_directory_stream;

static uint8_t other_metadata[1024];
static size_t other_metadata_length;

/* One that its reader accepts. */
static void make_metadata(void)
{
    static const uint8_t id[16] = { 1 }, bytes[256] = { 1, 1, 0, 0, 0, 0, 0, 5, 18 };
    struct efs_key_entry entry =
    {
        .pki_type = EFS_PKI_CERTIFICATE, .sid = { bytes, 12 }, .thumbprint = { bytes, 20 },
        .encrypted_fek = { bytes, 256 },
    };

    MUST(!efs_metadata_make(other_metadata, sizeof(other_metadata), 2, id, &entry, 1, NULL, 0, &other_metadata_length));
}

/* Too large for any attribute. */
static void build_large_directory(struct build *stream, uint8_t seed, uint32_t length)
{
    uint32_t i;

    build_directory_stream(stream, seed);
    build_stream_header(stream, 1, ":name:$DATA");
    build_plain_segment(stream, length);
    build_zeros(stream, length);
    for (i = 1; i <= length; i++) stream->data[stream->length - i] = (uint8_t)(i % 251 + seed);
}

void scenarios_begin(void)
{
    build_file_stream(&old_stream, 5000, 1);
    build_file_stream(&new_stream, 70000, 2);
    build_file_stream(&small_stream, 100, 3);
    build_file_stream(&empty_stream, 0, 4);
    build_directory_stream(&old_directory_stream, 5);
    build_directory_stream(&directory_stream, 6);

    make_metadata();

    /* a container's: only its end tells */
    build_file_stream(&named_stream, 70000, 7);
    build_stream_header(&named_stream, 0, ":name:$DATA");
    build_data_segment(&named_stream, 0, 100, 512, 9);
    build_zeros(&named_stream, 512);
    /* what NTFS-3G keeps: the old file's stream and a small named one */
    build_file_stream(&ntfs_stream, 5000, 1);
    build_stream_header(&ntfs_stream, 0, ":name:$DATA");
    build_data_segment(&ntfs_stream, 0, 100, 512, 9);
    build_zeros(&ntfs_stream, 512);
    /* with a layout: other clusters; a hole; no data stream; a directory's stream */
    build_file_stream(&odd_stream, 5000, 8);
    odd_stream.data[AT_ENCRYPTION + 0x18] = 9;
    build_file_stream(&other_odd_stream, 65536, 9);
    build_data_segment(&other_odd_stream, 300 * 512, 500, 512, 9);
    build_zeros(&other_odd_stream, 512);
    build_directory_stream(&bare_stream, 10);
    build_directory_stream(&directory_with_stream, 11);
    build_stream_header(&directory_with_stream, 1, ":name:$DATA");
    build_plain_segment(&directory_with_stream, 10);
    build_zeros(&directory_with_stream, 10);
    build_directory_stream(&old_directory_with_stream, 12);
    build_stream_header(&old_directory_with_stream, 1, ":old:$DATA");
    build_plain_segment(&old_directory_with_stream, 20);
    build_zeros(&old_directory_with_stream, 20);
    /* the same $EFS, another stream, or none */
    build_directory_stream(&same_directory_stream, 12);
    build_directory_stream(&same_directory_with_stream, 12);
    build_stream_header(&same_directory_with_stream, 1, ":new:$DATA");
    build_plain_segment(&same_directory_with_stream, 5);
    build_zeros(&same_directory_with_stream, 5);
    /* a $EFS that is read in more than one call, and no data */
    build_file_header(&users_stream);
    build_stream_header(&users_stream, 0, NULL);
    build_plain_segment(&users_stream, 2000);
    build_metadata_value(&users_stream, 2000, 15);
    build_stream_header(&users_stream, 0, "::$DATA");
    build_large_directory(&large_directory_stream, 13, 70000);
    build_large_directory(&other_large_directory_stream, 14, 66000);
}

/* ---- what stands there before ---- */

static void nothing(void) { }

static void plain_file(void)
{
    scratch_write("file", "plain text", 10);
    scratch_attribute("file", "user.DOSATTRIB", "0x20", 4);
    scratch_attribute("file", "user.empty", "", 0);
    MUST(!chmod("file", 0640));
}

/* As a program that restores makes it before it writes into it. */
static void plain_empty(void) { scratch_write("file", "", 0); }

static void encrypted_empty(void) { MUST(!operation_import("file", &empty_stream, false, false)); }

static void many_users(void) { MUST(!operation_import("file", &users_stream, false, false)); }
static void small_one(void) { MUST(!operation_import("file", &small_stream, false, false)); }

static void encrypted_file(void)
{
    MUST(!operation_import("file", &old_stream, false, false));
    scratch_attribute("file", "user.other", "carried over", 12);
}

/* As an NTFS-3G mount shows it. */
static void ntfs_named(void)
{
    uint8_t value[514] = { 0 };

    MUST(!operation_import("file", &old_stream, false, false));
    value[512] = (uint8_t)(512 - 100);
    value[513] = (512 - 100) >> 8;
    scratch_attribute("file", "user.name", value, sizeof(value));
}

/* As another user's that one may write but not make: only root can prepare that, for others it is an ordinary one. */
static void foreign_file(void)
{
    encrypted_file();
    if (!geteuid()) MUST(!chown("file", 12, 34));
}

static void linked_plain(void)
{
    plain_file();
    MUST(!link("file", "second"));
}

static void linked_encrypted(void)
{
    encrypted_file();
    MUST(!link("file", "second"));
}

/* The end is a hole. */
static void linked_sparse(void)
{
    plain_file();
    MUST(!truncate("file", 300000) && !link("file", "second"));
}

/* With a Windows descriptor, and what says that it is its own. */
static void described_file(void)
{
    plain_file();
    scratch_attribute("file", EFS_STORE_DESCRIPTOR, "descriptor", 10);
    scratch_attribute("file", EFS_STORE_DESCRIPTOR_MARK, "mark", 4);
}

/* Another group, which root and its members can give to the new file. */
static void other_group(void)
{
    plain_file();
    if (!geteuid()) MUST(!chown("file", (uid_t)-1, 34));
}

static void linked_large(void)
{
    MUST(!operation_import("file", &new_stream, false, false));
    MUST(!link("file", "second"));
}

static void plain_directory(void)
{
    MUST(!mkdir("dir", 0755));
    scratch_write("dir/child", "x", 1);
}

static void encrypted_directory(void)
{
    MUST(!operation_import("dir", &old_directory_stream, true, false));
    scratch_write("dir/child", "x", 1);
}

/* The streams above are what they are taken for. */
static bool has(const char *name, const char *attribute)
{
    return getxattr(name, attribute, NULL, 0) > 0;
}

static void container(void)
{
    MUST(!operation_import("file", &named_stream, false, false) && has("file", EFS_STORE_CONTAINER));
    scratch_attribute("file", "user.other", "carried over", 12);
}

static void linked_container(void)
{
    container();
    MUST(!link("file", "second"));
}

static void with_layout(void)
{
    MUST(!operation_import("file", &odd_stream, false, false) && has("file", EFS_STORE_LAYOUT));
}

static void linked_with_layout(void)
{
    with_layout();
    MUST(!link("file", "second"));
}

static void directory_layout(void)
{
    MUST(!operation_import("dir", &old_directory_with_stream, true, false) && has("dir", EFS_STORE_LAYOUT));
}

static void directory_container(void)
{
    MUST(!operation_import("dir", &large_directory_stream, true, false) && has("dir", EFS_STORE_CONTAINER));
    scratch_write("dir/child", "x", 1);
}

static void litter(void)
{
    scratch_write(".efs-import-0123456789abcdef", "x", 1);
    MUST(!mkdir(".efs-import-fedcba9876543210", 0700));
    scratch_write(".efs-import-fedcba9876543210/.efs-directory-0123456789abcdef", "x", 1);
}

/* Of version 2: the owner rw-, user 1234 rw-, the group ---, the mask rw-, others ---. Not every file system has such
   lists. */
static const uint8_t some_list[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 0xd2, 4, 0, 0, 4, 0, 0, 0,
                                     255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255,
                                     255 };

static void listed_file(void)
{
    plain_file();
    setxattr("file", "system.posix_acl_access", some_list, sizeof(some_list), 0);
}

static void foreign_listed(void)
{
    listed_file();
    if (!geteuid()) MUST(!chown("file", 12, 34));
}

static void default_list(void) { setxattr(".", "system.posix_acl_default", some_list, sizeof(some_list), 0); }

/* ---- what happens ---- */

static enum efs_error new_file(void) { return operation_import("file", &new_stream, false, false); }
static enum efs_error empty_file(void) { return operation_import("file", &empty_stream, false, false); }
static enum efs_error small_file(void) { return operation_import("file", &small_stream, false, false); }
static enum efs_error over_by_fd(void) { return operation_import("file", &new_stream, false, true); }
static enum efs_error new_directory(void) { return operation_import("dir", &directory_stream, true, false); }
static enum efs_error directory_by_fd(void) { return operation_import("dir", &directory_stream, true, true); }
static enum efs_error exports_file(void) { return operation_export("file", &old_stream); }
static enum efs_error exports_directory(void) { return operation_export("dir", &old_directory_stream); }
static enum efs_error imports_by_unix(void) { return operation_unix_import("file", &new_stream, false); }
static enum efs_error imports_by_unix_fd(void) { return operation_unix_import("file", &new_stream, true); }
static enum efs_error imports_new_by_unix(void) { return operation_unix_import_new("file", &new_stream); }
static enum efs_error exports_by_unix(void) { return operation_unix_export("file", &old_stream); }

static enum efs_error named_file(void) { return operation_import("file", &named_stream, false, false); }
static enum efs_error ntfs_named_file(void) { return operation_import("file", &ntfs_stream, false, false); }
static enum efs_error exports_ntfs(void) { return operation_export("file", &ntfs_stream); }
static enum efs_error exports_users(void) { return operation_export("file", &users_stream); }
static enum efs_error exports_small(void) { return operation_export("file", &small_stream); }
static enum efs_error odd_file(void) { return operation_import("file", &other_odd_stream, false, false); }
static enum efs_error bare_file(void) { return operation_import("file", &bare_stream, false, false); }
static enum efs_error directory_with(void) { return operation_import("dir", &directory_with_stream, true, false); }
static enum efs_error same_directory_with(void) { return operation_import("dir", &same_directory_with_stream, true,
                                                                          false); }
static enum efs_error same_directory_without(void) { return operation_import("dir", &same_directory_stream, true,
                                                                             false); }
static enum efs_error large_directory(void) { return operation_import("dir", &other_large_directory_stream, true,
                                                                      false); }
static enum efs_error large_directory_by_fd(void) { return operation_import("dir", &other_large_directory_stream, true,
                                                                            true); }
static enum efs_error exports_large_directory(void) { return operation_export("dir", &large_directory_stream); }
static enum efs_error exports_container(void) { return operation_export("file", &named_stream); }
static enum efs_error exports_container_dropping(void) { return operation_export_dropping("file", &named_stream); }
static enum efs_error exports_layout(void) { return operation_export("file", &odd_stream); }
static enum efs_error exports_directory_with(void) { return operation_export("dir", &old_directory_with_stream); }
static enum efs_error exports_container_by_unix(void) { return operation_unix_export("file", &named_stream); }

static enum efs_error replace_metadata(const char *name)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    enum efs_error err;

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    err = efs_replace_metadata(fd, NULL, 0, other_metadata, (uint32_t)other_metadata_length, NULL);
    close(fd);
    return err;
}

static enum efs_error writes_plain(void) { return operation_plain("file"); }
static enum efs_error replaces_metadata(void) { return replace_metadata("file"); }
static enum efs_error replaces_metadata_of_directory(void) { return replace_metadata("dir"); }

static enum efs_error makes_empty(void)
{
    struct efs_target target;
    enum efs_error err;

    if ((err = efs_target_open(&target, "file", NULL))) return err;
    err = efs_make_empty(&target, false, other_metadata, (uint32_t)other_metadata_length, NULL);
    efs_target_close(&target);
    return err;
}

static enum efs_error sweeps(void)
{
    int dir_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    efs_sweep(dir_fd);
    if (dir_fd != -1) close(dir_fd);
    return EFS_OK;
}

const struct scenario scenarios[] =
{
    { "new file", IMPORTS, nothing, new_file, { 0 } },
    { "new file, empty", IMPORTS, nothing, empty_file, { 0 } },
    { "new file, named staging file", IMPORTS, nothing, new_file, { .no_tmpfile = true } },
    { "new file, named staging file, no flags", IMPORTS, nothing, new_file, { .no_tmpfile = true, .no_flags = true } },
    { "over a plain file", IMPORTS, plain_file, new_file, { 0 } },
    { "over a plain, empty file", IMPORTS | UNSYNCED, plain_empty, new_file, { 0 } },
    { "over an encrypted, empty file", IMPORTS, encrypted_empty, new_file, { 0 } },
    { "over an encrypted file", IMPORTS, encrypted_file, new_file, { 0 } },
    { "over an encrypted file, smaller", IMPORTS, encrypted_file, small_file, { 0 } },
    { "over an encrypted file, empty", IMPORTS, encrypted_file, empty_file, { 0 } },
    { "over an encrypted file, by descriptor", IMPORTS, encrypted_file, over_by_fd, { 0 } },
    { "over an encrypted file, named staging file", IMPORTS, encrypted_file, new_file, { .no_tmpfile = true } },
    { "over an encrypted file, no locks", IMPORTS | UNSWEPT, encrypted_file, new_file, { .no_locks = true } },
    { "over a plain file with two names", IMPORTS | IN_PLACE, linked_plain, new_file, { 0 } },
    { "over an encrypted file with two names", IMPORTS | IN_PLACE, linked_encrypted, new_file, { 0 } },
    { "over a larger file with two names", IMPORTS | IN_PLACE, linked_large, small_file, { 0 } },
    { "over a file with two names, named staging file", IMPORTS | IN_PLACE, linked_encrypted, new_file,
      { .no_tmpfile = true } },
    { "over a file with two names, no fallocate", IMPORTS | IN_PLACE, linked_encrypted, new_file,
      { .no_fallocate = true } },
    { "over a file with a descriptor", IMPORTS | DESCRIBED, described_file, new_file, { 0 } },
    { "over a sparse file with two names", IMPORTS | IN_PLACE, linked_sparse, new_file, { 0 } },
    { "over a file of another group", IMPORTS, other_group, new_file, { 0 } },
    { "over a file of another group, which can't be kept", IMPORTS, other_group, new_file, { .foreign = true } },
    { "over another user's file", IMPORTS | IN_PLACE, foreign_file, new_file, { .foreign = true } },
    { "new directory", IMPORTS, nothing, new_directory, { 0 } },
    { "new directory, no flags", IMPORTS, nothing, new_directory, { .no_flags = true } },
    { "over a plain directory", IMPORTS, plain_directory, new_directory, { 0 } },
    { "over an encrypted directory", IMPORTS, encrypted_directory, new_directory, { 0 } },
    { "over an encrypted directory, by descriptor", IMPORTS, encrypted_directory, directory_by_fd, { 0 } },
    { "new file, NTFS-3G", IMPORTS, nothing, new_file, { .ntfs = true, .no_tmpfile = true, .no_flags = true } },
    { "over a plain file, NTFS-3G", IMPORTS, plain_file, new_file,
      { .ntfs = true, .no_tmpfile = true, .no_flags = true } },
    { "new file with a named stream, NTFS-3G", IMPORTS, nothing, ntfs_named_file,
      { .ntfs = true, .no_tmpfile = true, .no_flags = true } },
    { "over a plain file with a named stream, NTFS-3G", IMPORTS, plain_file, ntfs_named_file,
      { .ntfs = true, .no_tmpfile = true, .no_flags = true } },
    { "export of a file with a named stream, NTFS-3G", READS, ntfs_named, exports_ntfs, { .ntfs = true } },
    { "over a plain directory, NTFS-3G", IMPORTS, plain_directory, new_directory, { .ntfs = true } },
    { "new container", IMPORTS, nothing, named_file, { 0 } },
    { "new container, for want of room in attributes", IMPORTS, nothing, new_file, { .small = true } },
    { "new container, named staging file", IMPORTS, nothing, named_file, { .no_tmpfile = true } },
    { "container over a plain file", IMPORTS, plain_file, named_file, { 0 } },
    { "container over a split file", IMPORTS, encrypted_file, named_file, { 0 } },
    { "split file over a container", IMPORTS, container, small_file, { 0 } },
    { "container over two names", IMPORTS | IN_PLACE, linked_encrypted, named_file, { 0 } },
    { "split file over a container with two names", IMPORTS | IN_PLACE, linked_container, new_file, { 0 } },
    { "new file with a layout", IMPORTS, nothing, odd_file, { 0 } },
    { "new file without a data stream", IMPORTS, nothing, bare_file, { 0 } },
    { "layout over layout", IMPORTS, with_layout, odd_file, { 0 } },
    { "layout over a container", IMPORTS, container, odd_file, { 0 } },
    { "layout over two names with a layout", IMPORTS | IN_PLACE, linked_with_layout, odd_file, { 0 } },
    { "layout over two names, data where a hole comes", IMPORTS | IN_PLACE, linked_large, odd_file, { 0 } },
    { "layout over two names, no fallocate", IMPORTS | IN_PLACE, linked_encrypted, odd_file, { .no_fallocate = true } },
    { "new directory with a layout", IMPORTS, nothing, directory_with, { 0 } },
    { "directory, layout over a plain one", IMPORTS | STALE, plain_directory, directory_with, { 0 } },
    { "directory, layout over layout", IMPORTS, directory_layout, directory_with, { 0 } },
    { "directory, layout over layout, the same $EFS", IMPORTS, directory_layout, same_directory_with, { 0 } },
    { "directory, no layout over layout", IMPORTS, directory_layout, new_directory, { 0 } },
    { "directory, no layout over layout, the same $EFS", IMPORTS, directory_layout, same_directory_without, { 0 } },
    { "new directory with a container", IMPORTS, nothing, large_directory, { 0 } },
    { "new directory with a container, named staging file", IMPORTS, nothing, large_directory,
      { .no_tmpfile = true, .no_flags = true } },
    { "new directory with a container, for want of room in attributes", IMPORTS, nothing, new_directory,
      { .small = true } },
    { "directory, container over a plain one", IMPORTS, plain_directory, large_directory, { 0 } },
    { "directory, container over a plain one, named staging file", IMPORTS, plain_directory, large_directory,
      { .no_tmpfile = true } },
    { "directory, container over a plain one, of another owner", IMPORTS, plain_directory, large_directory,
      { .foreign = true } },
    { "directory, container over a plain one, small attributes", IMPORTS, plain_directory, new_directory,
      { .small = true } },
    { "directory, container over layout", IMPORTS, directory_layout, large_directory, { 0 } },
    { "directory, container over a container", IMPORTS, directory_container, large_directory, { 0 } },
    { "directory, container over a container, by descriptor", IMPORTS, directory_container, large_directory_by_fd,
      { 0 } },
    { "directory, no container over a container", IMPORTS, directory_container, new_directory, { 0 } },
    { "directory, layout over a container", IMPORTS, directory_container, directory_with, { 0 } },
    { "another $EFS of a directory with a container", IMPORTS, directory_container, replaces_metadata_of_directory,
      { 0 } },
    { "export of a directory with a container", READS, directory_container, exports_large_directory, { 0 } },
    { "another $EFS", IMPORTS, encrypted_file, replaces_metadata, { 0 } },
    { "another $EFS, small attributes", IMPORTS, encrypted_file, replaces_metadata, { .small = true } },
    { "another $EFS of a container", IMPORTS, container, replaces_metadata, { 0 } },
    { "another $EFS of a file with a layout", IMPORTS, with_layout, replaces_metadata, { 0 } },
    { "another $EFS of a directory", IMPORTS, encrypted_directory, replaces_metadata_of_directory, { 0 } },
    { "another $EFS of a directory with a layout", IMPORTS, directory_layout, replaces_metadata_of_directory, { 0 } },
    { "empty file over an encrypted one", IMPORTS, encrypted_file, makes_empty, { 0 } },
    { "export of a container", READS, container, exports_container, { 0 } },
    { "export of a file with a layout", READS, with_layout, exports_layout, { 0 } },
    { "export of a directory with a layout", READS, directory_layout, exports_directory_with, { 0 } },
    { "Unix half: export of a container", READS, container, exports_container_by_unix, { 0 } },
    { "export of a file", READS, encrypted_file, exports_file, { 0 } },
    { "export of a file of many users", READS, many_users, exports_users, { 0 } },
    { "export of a small file", READS, small_one, exports_small, { 0 } },
    { "export of a container without its named stream", READS, container, exports_container_dropping, { 0 } },
    { "export of a directory", READS, encrypted_directory, exports_directory, { 0 } },
    { "Unix half: new file", IMPORTS, nothing, imports_by_unix, { 0 } },
    { "Unix half: new name", IMPORTS | REMEMBERS, nothing, imports_new_by_unix, { 0 } },
    { "Unix half: over a file", IMPORTS, encrypted_file, imports_by_unix_fd, { 0 } },
    { "Unix half: export", READS, encrypted_file, exports_by_unix, { 0 } },
    { "Unix half: looks", READS, encrypted_file, operation_unix_looks, { 0 } },
    { "Unix half: strip", DESTROYS, encrypted_file, operation_unix_strips, { 0 } },
    { "plain output, new", IMPORTS, nothing, writes_plain, { 0 } },
    { "plain output, new, default list", IMPORTS, default_list, writes_plain, { 0 } },
    { "plain output, new, named staging file", IMPORTS, nothing, writes_plain, { .no_tmpfile = true } },
    { "plain output over a plain file", IMPORTS, plain_file, writes_plain, { 0 } },
    { "plain output over an encrypted file", IMPORTS, encrypted_file, writes_plain, { 0 } },
    { "plain output over a file with a list", IMPORTS, listed_file, writes_plain, { 0 } },
    { "plain output over a file with a descriptor", IMPORTS | DESCRIBED, described_file, writes_plain, { 0 } },
    { "plain output over two names", IMPORTS, linked_encrypted, writes_plain, { 0 } },
    { "plain output over a file of another group", IMPORTS, other_group, writes_plain, { 0 } },
    { "plain output over another user's file", IMPORTS, foreign_file, writes_plain, { .foreign = true } },
    { "plain output over another user's file with a list", IMPORTS, foreign_listed, writes_plain, { .foreign = true } },
    { "plain output over a plain file, NTFS-3G", IMPORTS, plain_file, writes_plain,
      { .ntfs = true, .no_tmpfile = true, .no_flags = true } },
    { "sweep", SWEEPS, litter, sweeps, { 0 } },
};
const unsigned int scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
