/*
 * What the fuzz targets share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

_Noreturn void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: doesn't hold: %s\n", file, line, condition);
    abort();
}

const uint8_t *fuzz_bytes(struct fuzz_input *input, size_t most, size_t *length)
{
    const uint8_t *p = input->data;

    *length = input->left < most ? input->left : most;
    if (p) input->data += *length;
    input->left -= *length;
    return p;
}

static uint64_t take(struct fuzz_input *input, size_t bytes)
{
    uint64_t value = 0;
    size_t i, length;
    const uint8_t *p = fuzz_bytes(input, bytes, &length);

    for (i = 0; i < length; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

uint8_t fuzz_u8(struct fuzz_input *input) { return (uint8_t)take(input, 1); }
uint16_t fuzz_u16(struct fuzz_input *input) { return (uint16_t)take(input, 2); }
uint32_t fuzz_u32(struct fuzz_input *input) { return (uint32_t)take(input, 4); }
uint64_t fuzz_u64(struct fuzz_input *input) { return take(input, 8); }

static char dir[256];
static int dir_fd = -1;

static void drop_dir(void)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    while (d && (entry = readdir(d)))
        if (unlinkat(dirfd(d), entry->d_name, 0)) unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
    if (d) closedir(d);
    rmdir(dir);
}

/* Does this directory's file system keep user attributes? */
static bool make_dir(const char *parent)
{
    int fits = snprintf(dir, sizeof(dir), "%s/efs-fuzz-XXXXXX", parent);

    if (fits < 0 || (size_t)fits >= sizeof(dir) || !mkdtemp(dir)) return false;
    if (!setxattr(dir, "user.efs-fuzz", "1", 1, 0)) return true;
    rmdir(dir);
    return false;
}

int fuzz_dir(void)
{
    const char *tmp = getenv("TMPDIR");

    if (dir_fd != -1) return dir_fd;
    if (!make_dir("/dev/shm") && !make_dir(tmp ? tmp : "/tmp"))
    {
        fprintf(stderr, "no directory whose file system keeps user attributes\n");
        exit(77);
    }
    atexit(drop_dir);
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(dir_fd != -1);
    return dir_fd;
}

const char *fuzz_path(const char *name)
{
    static char path[512];

    fuzz_dir();
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

unsigned int fuzz_entries(void)
{
    int fd = openat(fuzz_dir(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fdopendir(fd);
    unsigned int count = 0;

    REQUIRE(d);
    while (readdir(d)) count++;
    closedir(d);
    return count - 2;
}

void fuzz_remove(const char *name)
{
    if (unlinkat(fuzz_dir(), name, 0)) unlinkat(fuzz_dir(), name, AT_REMOVEDIR);
}

enum efs_error fuzz_import(const char *name, const uint8_t *data, size_t size, bool directory, unsigned int pieces)
{
    struct efs_import *session = NULL;
    struct efs_target target;
    struct efs_diag diag = { 0 };
    enum efs_error err;
    size_t n;

    REQUIRE(!efs_target_open(&target, fuzz_path(name), &diag));
    err = efs_import_begin(&session, &target, directory, 0, &diag);
    while (!err && size)
    {
        /* 256: all at once */
        n = pieces >= 256 || size < pieces ? size : pieces;
        err = efs_import_feed(session, data, n, &diag);
        data += n;
        size -= n;
    }
    if (!err) err = efs_import_commit(session, &diag);
    REQUIRE(!err || (diag.code == err && diag.rule));
    efs_import_free(session);
    efs_target_close(&target);
    return err;
}

enum efs_error fuzz_export(const char *name, struct build *out, size_t piece)
{
    struct efs_export *session = NULL;
    struct efs_diag diag = { 0 };
    int fd = openat(fuzz_dir(), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum efs_error err = efs_export_begin(&session, fd, 0, &diag);
    uint64_t expected = err ? 0 : efs_export_length(session);
    size_t length = 0, start;

    while (!err)
    {
        start = out->length;
        build_zeros(out, piece);
        err = efs_export_read(session, out->data + start, piece, &length, &diag);
        REQUIRE(length <= piece);
        out->length = start + length;
        if (err || !length) break;
        REQUIRE(out->length <= expected);
    }
    REQUIRE(err || out->length == expected);
    REQUIRE(!err || (diag.code == err && diag.rule));
    efs_export_free(session);
    return err;
}

#define OLD_CONTENT "what was there before"

static void put_old(const char *name, bool directory)
{
    int fd;

    if (directory)
    {
        REQUIRE(!mkdirat(fuzz_dir(), name, 0700));
        return;
    }
    fd = openat(fuzz_dir(), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    REQUIRE(fd != -1 && write(fd, OLD_CONTENT, sizeof(OLD_CONTENT)) == sizeof(OLD_CONTENT));
    close(fd);
}

static void require_old(const char *name, bool directory)
{
    int fd = openat(fuzz_dir(), name, O_RDONLY | O_CLOEXEC);
    char content[sizeof(OLD_CONTENT) + 1], names[256];

    REQUIRE(fd != -1);
    REQUIRE(flistxattr(fd, names, sizeof(names)) == 0);
    if (!directory)
    {
        REQUIRE(read(fd, content, sizeof(content)) == sizeof(OLD_CONTENT));
        REQUIRE(!memcmp(content, OLD_CONTENT, sizeof(OLD_CONTENT)));
    }
    close(fd);
}

bool fuzz_round_trip(const uint8_t *data, size_t size, bool directory, bool exists, unsigned int pieces)
{
    struct build out = { 0 };
    enum efs_error err;

    if (exists) put_old("target", directory);
    err = fuzz_import("target", data, size, directory, pieces);
    if (err)
    {
        REQUIRE(fuzz_entries() == exists);
        if (exists) require_old("target", directory);
    }
    else
    {
        REQUIRE(fuzz_entries() == 1);
        REQUIRE(!fuzz_export("target", &out, pieces * 16));
        REQUIRE(out.length == size && (!size || !memcmp(out.data, data, size)));
        build_free(&out);
    }
    fuzz_remove("target");
    return !err;
}
