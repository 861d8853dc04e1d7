/*
 * The scenarios about removing directories: one whose streams are in a file within it, and those that aren't removed.
 *
 * Beside it are a file and another such directory, which nothing may happen to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efs/container.h"
#include "operations.h"
#include "operations_remove.h"
#include "scenarios.h"
#include "scratch.h"

#define OTHER_CONTAINER ".efs-directory-000000000000000z" /* as long as one's name, but none */

static struct build directory_stream, beside_stream, file_stream, small_stream;
static char container_name[EFS_CONTAINER_NAME_SIZE]; /* in "dir" */

void removals_begin(void)
{
    uint32_t seed = 20;

    build_directory_stream(&directory_stream, 21);
    build_stream_header(&directory_stream, 1, ":large:$DATA");
    build_plain_segment(&directory_stream, 70000);
    build_random(&directory_stream, 70000, &seed);
    build_directory_stream(&beside_stream, 22);
    build_stream_header(&beside_stream, 1, ":beside:$DATA");
    build_plain_segment(&beside_stream, 66000);
    build_random(&beside_stream, 66000, &seed);
    build_file_stream(&file_stream, 5000, 23);
    build_file_stream(&small_stream, 100, 24);
}

/* ---- what stands there before ---- */

static void find_container(void)
{
    DIR *dir = opendir("dir");
    struct dirent *entry;

    *container_name = 0;
    MUST(dir);
    while ((entry = readdir(dir)))
    {
        if (!efs_is_container_name(entry->d_name)) continue;
        snprintf(container_name, sizeof(container_name), "%.31s", entry->d_name);
    }
    closedir(dir);
    MUST(*container_name);
}

static void alone(void)
{
    MUST(!operation_import("file", &file_stream, false, false));
    MUST(!operation_import("beside", &beside_stream, true, false));
    MUST(!operation_import("dir", &directory_stream, true, false));
    find_container();
    /* at the end: the directory that an import has swept last isn't swept again by its process */
    MUST(!operation_import("beside/child", &small_stream, false, false));
    MUST(!operation_import("beside/child", &file_stream, false, false));
}

static void with_child(void)
{
    alone();
    scratch_write("dir/child", "x", 1);
}

static void with_similar(void)
{
    alone();
    scratch_write("dir/" OTHER_CONTAINER, "x", 1);
}

static void plain(void)
{
    MUST(!mkdir("dir", 0755));
}

/* ---- what happens ---- */

/* This answer is right, too, where nothing else goes wrong; no other success is. */
static enum efs_error expect(enum efs_error err, enum efs_error expected)
{
    if (!err) return EFS_ERROR_COUNT;
    return err == expected ? EFS_OK : err;
}

static enum efs_error removes(void) { return operation_remove("dir", true); }
static enum efs_error asks(void) { return operation_remove("dir", false); }
static enum efs_error removes_by_unix(void) { return operation_unix_remove("dir"); }
static enum efs_error finds_more(void) { return expect(operation_remove("dir", true), EFS_ERR_EXISTS); }
static enum efs_error finds_more_by_unix(void) { return expect(operation_unix_remove("dir"), EFS_ERR_EXISTS); }
static enum efs_error finds_no_mark(void) { return expect(operation_remove("dir", true), EFS_ERR_NOT_ENCRYPTED); }
static enum efs_error looks_within(void) { return operation_unix_within("dir", container_name, OTHER_CONTAINER); }

const struct scenario removals[] =
{
    { "removal", REMOVES, alone, removes, { 0 } },
    { "removal, no flags", REMOVES, alone, removes, { .no_flags = true } },
    { "removal, no locks", REMOVES | UNSWEPT, alone, removes, { .no_locks = true } },
    { "removal that is taken back", REMOVES, alone, finds_more, { .not_empty = true } },
    { "removal that is taken back, no flags", REMOVES, alone, finds_more, { .not_empty = true, .no_flags = true } },
    { "Unix half: removal", REMOVES, alone, removes_by_unix, { 0 } },
    { "Unix half: removal that is taken back", REMOVES, alone, finds_more_by_unix, { .not_empty = true } },
    { "removal, only asked for", READS, alone, asks, { 0 } },
    { "removal of a directory with something in it", READS, with_child, finds_more, { 0 } },
    { "removal of a plain directory", READS, plain, finds_no_mark, { 0 } },
    { "Unix half: looks within a directory", READS, with_similar, looks_within, { 0 } },
};
const unsigned int removal_count = sizeof(removals) / sizeof(removals[0]);

void removal_finish(void)
{
    DIR *dir = opendir("dir");
    struct dirent *entry;

    MUST(dir);
    while ((entry = readdir(dir))) unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    MUST(!rmdir("dir"));
}

enum efs_error removal_import_beside(void)
{
    return operation_import("file", &small_stream, false, false);
}
