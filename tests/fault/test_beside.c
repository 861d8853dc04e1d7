/*
 * What a plain file has beside its content is set, and each call of it fails once, alone or with all calls after it: a
 * stream is the old one or the new one, an error says that it isn't the new one, and neither memory, descriptors nor
 * files are left over. What is listed is all there is, or an error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/beside.h"
#include "efs/beside_attributes.h"
#include "efs/beside_writer.h"
#include "efs/plain.h"
#include "efs/target.h"
#include "scratch.h"
#include "shim.h"

#define SMALL 10
#define OTHER 20
#define LARGE 70000
#define LARGER 80000

static const uint8_t name[] = { 's', 0 };
static char data[LARGER];

/* ---- what there is ---- */

/* Without the shim: the size of the stream "s" of "file", -1: it has none; -2: its bytes are wrong. */
static long look(void)
{
    struct efs_owner owner = { .fd = open("file", O_RDONLY | O_CLOEXEC), .dir_fd = AT_FDCWD, .name = "file" };
    struct efs_stream_reader reader;
    struct efs_stream_info info;
    static char bytes[LARGER];
    size_t length;
    long size = -1;

    MUST(owner.fd != -1);
    owner.dir_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!efs_stream_find(&owner, name, sizeof(name), &info, NULL))
    {
        MUST(!efs_stream_open(&reader, &owner, &info, NULL));
        size = (long)reader.size;
        MUST(!efs_stream_read(&reader, 0, bytes, sizeof(bytes), &length, NULL));
        if (length != reader.size || memcmp(bytes, data, length)) size = -2;
        efs_stream_close(&reader);
    }
    close(owner.dir_fd);
    close(owner.fd);
    return size;
}

/* The names that are there, but for "file" and its one stream. */
static unsigned int litter(void)
{
    DIR *dir = opendir(".");
    struct dirent *entry;
    unsigned int count = 0;

    MUST(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.' ? strcmp(entry->d_name, "file") && strcmp(entry->d_name, "file:s")
            : strlen(entry->d_name) > 2)
            count++;
    closedir(dir);
    return count;
}

/* ---- what is done ---- */

static enum efs_error write_one(const struct efs_owner *owner, size_t size, struct efs_stream_writer **writer,
                                bool *in_file)
{
    enum efs_error err = efs_stream_begin(writer, owner, name, sizeof(name), NULL);

    if (!err) err = efs_stream_write(*writer, 0, data, size, NULL);
    return err ? err : efs_stream_complete(*writer, in_file, NULL);
}

static enum efs_error put(size_t size)
{
    struct efs_owner owner = { .fd = open("file", O_RDONLY | O_CLOEXEC), .name = "file" };
    struct efs_stream_writer *writer = NULL;
    enum efs_error err = EFS_ERR_IO;
    bool in_file = false;

    owner.dir_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (owner.fd != -1 && owner.dir_fd != -1) err = write_one(&owner, size, &writer, &in_file);
    if (!err && in_file) err = efs_stream_install(writer, NULL);
    efs_stream_free(writer);
    if (owner.fd != -1) close(owner.fd);
    if (owner.dir_fd != -1) close(owner.dir_fd);
    return err;
}

static enum efs_error put_small(void) { return put(OTHER); }
static enum efs_error put_large(void) { return put(LARGER); }

static enum efs_error remove_it(void)
{
    struct efs_owner owner = { .fd = open("file", O_RDONLY | O_CLOEXEC), .name = "file" };
    struct efs_stream_info info;
    enum efs_error err = EFS_ERR_IO;

    owner.dir_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (owner.fd != -1 && owner.dir_fd != -1) err = efs_stream_find(&owner, name, sizeof(name), &info, NULL);
    if (!err) err = efs_stream_remove(&owner, &info, NULL);
    if (owner.fd != -1) close(owner.fd);
    if (owner.dir_fd != -1) close(owner.dir_fd);
    return err;
}

static enum efs_error count_one(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    (void)info;
    (void)diag;
    ++*(unsigned int *)context;
    return EFS_OK;
}

static enum efs_error count_ea(void *context, const struct bea *ea, struct efs_diag *diag)
{
    (void)ea;
    (void)diag;
    ++*(unsigned int *)context;
    return EFS_OK;
}

/* Both streams and the attribute, or an error; so is the content. */
static enum efs_error list(void)
{
    struct efs_owner owner = { .fd = open("file", O_RDONLY | O_CLOEXEC), .name = "file" };
    struct efs_stream_reader reader = { .fd = -1 };
    struct efs_stream_info info;
    enum efs_error err = EFS_ERR_IO;
    static char bytes[LARGER];
    unsigned int count = 0;
    size_t length;

    owner.dir_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (owner.fd != -1 && owner.dir_fd != -1) err = efs_streams_list(&owner, count_one, &count, NULL);
    if (!err) err = efs_eas_list(owner.fd, count_ea, &count, NULL);
    if (!err && count != 3) err = EFS_ERROR_COUNT;
    if (!err && !(err = efs_stream_find(&owner, name, sizeof(name), &info, NULL)))
    {
        err = efs_stream_open(&reader, &owner, &info, NULL);
        if (!err) err = efs_stream_read(&reader, 0, bytes, sizeof(bytes), &length, NULL);
        if (!err && (length != LARGE || memcmp(bytes, data, length))) err = EFS_ERROR_COUNT;
        efs_stream_close(&reader);
    }
    else if (err == EFS_ERR_NOT_FOUND) err = EFS_ERROR_COUNT;
    if (owner.fd != -1) close(owner.fd);
    if (owner.dir_fd != -1) close(owner.dir_fd);
    return err;
}

/* ---- a list of attributes ---- */

/* GONE is removed, NEW is there, EA has another value */
static const uint8_t eas[] = {
    16, 0, 0, 0, 0, 4, 0, 0, 'G', 'O', 'N', 'E', 0, 0, 0, 0,
    16, 0, 0, 0, 0, 3, 1, 0, 'N', 'E', 'W', 0, '1', 0, 0, 0,
    0, 0, 0, 0, 0, 2, 2, 0, 'E', 'A', 0, 'y', 'y',
};

/* Each letter is one that is there: g, n, and x or y for the value of EA; in no order. */
static enum efs_error sum_eas(void *context, const struct bea *ea, struct efs_diag *diag)
{
    unsigned int *sum = context;

    (void)diag;
    if (ea->name[0] == 'G') *sum += 1;
    else if (ea->name[0] == 'N') *sum += 10;
    else *sum += ea->value_length == 2 ? 200 : 100;
    return EFS_OK;
}

static unsigned int look_at_eas(void)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    unsigned int sum = 0;

    MUST(fd != -1 && !efs_eas_list(fd, sum_eas, &sum, NULL));
    close(fd);
    return sum;
}

#define EAS_OLD 101
#define EAS_NEW 210

static enum efs_error set_eas(void)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    enum efs_error err;

    if (fd == -1) return EFS_ERR_IO;
    err = efs_eas_set(fd, eas, sizeof(eas), NULL);
    close(fd);
    return err;
}

static enum efs_error clear(void)
{
    struct efs_owner owner = { .fd = open("file", O_RDONLY | O_CLOEXEC), .name = "file" };
    enum efs_error err = EFS_ERR_IO;

    owner.dir_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (owner.fd != -1 && owner.dir_fd != -1) err = efs_beside_clear(&owner, NULL);
    if (owner.fd != -1) close(owner.fd);
    if (owner.dir_fd != -1) close(owner.dir_fd);
    return err;
}

static enum efs_error keep(void *context, int fd, mode_t mode, struct efs_diag *diag)
{
    struct bea ea = { .name = (const uint8_t *)"EA", .name_length = 2, .value = (const uint8_t *)"x",
                      .value_length = 1 };

    (void)context;
    (void)mode;
    return efs_ea_set(fd, &ea, diag);
}

static mode_t choose(void *context, mode_t mode)
{
    (void)context;
    return mode & 0640;
}

/* As backupraw does: a new file in the place of the old one, then its streams, then those of the old one go. */
static enum efs_error replace(void)
{
    struct efs_plain_end end = { .mask = 022, .choose = choose, .finish = keep };
    struct efs_stream_writer *writer = NULL;
    struct efs_stage *stage = NULL;
    struct efs_owner owner = { .name = "file" };
    struct bholes holes;
    struct efs_target target;
    enum efs_error err;
    bool in_file = false;

    if ((err = efs_target_open(&target, "file", NULL))) return err;
    owner.replaces = efs_streams_number(target.fd);
    err = efs_plain_begin(&stage, &target, NULL);
    bholes_init(&holes, 0);
    if (!err)
    {
        owner.fd = efs_plain_fd(stage);
        owner.dir_fd = target.dir_fd;
        err = efs_plain_write(stage, &holes, 0, data, 100, NULL);
    }
    if (!err) err = write_one(&owner, LARGER, &writer, &in_file);
    if (!err) err = efs_plain_commit(stage, &end, NULL);
    if (!err)
    {
        if (in_file) err = efs_stream_install(writer, NULL);
        efs_streams_drop(target.dir_fd, "file", owner.replaces, geteuid());
    }
    efs_stream_free(writer);
    efs_stage_free(stage);
    efs_target_close(&target);
    return err;
}

/* ---- what stands there before ---- */

static void nothing(void) { scratch_write("file", "old", 3); }

static void small_one(void)
{
    nothing();
    MUST(!put(SMALL));
}

/* What isn't a mark, though it is called so, gives way. */
static void no_mark(void)
{
    nothing();
    scratch_attribute("file", EFS_BESIDE_OWNER, "none", 4);
}

static void large_one(void)
{
    nothing();
    MUST(!put(LARGE));
}

static void both(void)
{
    large_one();
    scratch_attribute("file", "user.DosStream.t:$DATA", "xx", 3);
    scratch_attribute("file", "user.EA", "x", 1);
}

static void with_eas(void)
{
    nothing();
    scratch_attribute("file", "user.GONE", "x", 1);
    scratch_attribute("file", "user.ea", "x", 1);
}

static const struct test
{
    const char       *title;
    void            (*prepare)(void);
    enum efs_error  (*run)(void);
    long              old, new;
    bool              replaces; /* the file is another one when its name is given: what fails then is lost, and said */
    struct shim_world world;
} tests[] =
{
    { "small, new", nothing, put_small, -1, OTHER, false, { 0 } },
    { "large, new", nothing, put_large, -1, LARGER, false, { 0 } },
    { "large, new, named staging file", nothing, put_large, -1, LARGER, false, { .no_tmpfile = true } },
    { "large, where there is something else than a mark", no_mark, put_large, -1, LARGER, false, { 0 } },
    { "small over small", small_one, put_small, SMALL, OTHER, false, { 0 } },
    { "large over small", small_one, put_large, SMALL, LARGER, false, { 0 } },
    { "small over large", large_one, put_small, LARGE, OTHER, false, { 0 } },
    { "large over large", large_one, put_large, LARGE, LARGER, false, { 0 } },
    { "removal, small", small_one, remove_it, SMALL, -1, false, { 0 } },
    { "removal, large", large_one, remove_it, LARGE, -1, false, { 0 } },
    { "listing", both, list, LARGE, LARGE, false, { 0 } },
    { "removal of all, small", small_one, clear, SMALL, -1, false, { 0 } },
    { "removal of all", both, clear, LARGE, -1, false, { 0 } },
    { "attributes", with_eas, set_eas, -1, -1, false, { 0 } },
    { "a new file with a stream", nothing, replace, -1, LARGER, true, { 0 } },
    { "a new file over one with a stream", large_one, replace, LARGE, LARGER, true, { 0 } },
};

static unsigned int failures, faults;

static void complain(const struct test *test, const char *what, enum efs_error err, long size)
{
    failures++;
    printf("# %s: call %u (%s) with %d%s: %s; code %d, %ld bytes\n", test->title, shim.at, shim.hit ? shim.hit : "none",
           shim.err, shim.later ? " and all after it" : "", what, err, size);
}

/* One fault. */
static void try_one(const struct test *test, unsigned int at, int with, bool later)
{
    unsigned int descriptors;
    enum efs_error err;
    struct stat st;
    long size;

    scratch_clear();
    test->prepare();
    descriptors = scratch_descriptors();
    if (later) shim_set_later(EROFS);
    shim_start(SHIM_FAIL, at, with, &test->world);
    err = test->run();
    shim_stop();
    if (!shim.hit) return;
    faults++;
    if (shim.blocks) complain(test, "memory is lost", err, 0);
    if (scratch_descriptors() != descriptors) complain(test, "a descriptor is lost", err, 0);
    if (err >= EFS_ERROR_COUNT) complain(test, "something was left out", err, 0);
    size = look();
    MUST(!stat("file", &st));
    if (err ? size != test->old && size != test->new : size != test->new)
        if (!(err && test->replaces && st.st_size == 100))
            complain(test, err ? "neither the old one nor the new one" : "not the new one", err, size);
    if (err && test->replaces && st.st_size == 3 && size != test->old) complain(test, "not the old file's", err, size);
    if (test->run == set_eas && look_at_eas() != (err ? EAS_OLD : EAS_NEW) && !(err && later))
        complain(test, "attributes of both", err, look_at_eas());
    scratch_sweep();
    if (litter()) complain(test, "something is left", err, size);
}

static unsigned int count_calls(const struct test *test)
{
    unsigned int count;

    scratch_clear();
    test->prepare();
    shim_start(SHIM_COUNT, 0, 0, &test->world);
    MUST(!test->run());
    shim_stop();
    count = shim.count;
    if (look() != test->new || litter()) complain(test, "without a fault", EFS_OK, look());
    return count;
}

/* NTFS-3G keeps both in other forms: nothing is written there in these. */
static void try_ntfs(void)
{
    const struct test ntfs = { .title = "NTFS-3G", .world = { .ntfs = true } };
    struct efs_owner owner = { .dir_fd = -1, .name = "file" };
    enum efs_error set, written, listed;
    unsigned int count = 0;

    scratch_clear();
    both();
    owner.fd = open("file", O_RDONLY | O_CLOEXEC);
    shim_start(SHIM_COUNT, 0, 0, &ntfs.world);
    set = keep(NULL, owner.fd, 0, NULL);
    written = put(SMALL);
    listed = efs_streams_list(&owner, count_one, &count, NULL);
    if (!listed) listed = efs_eas_list(owner.fd, count_ea, &count, NULL);
    shim_stop();
    close(owner.fd);
    if (set != EFS_ERR_VOLUME || written != EFS_ERR_VOLUME || listed || count)
        complain(&ntfs, "not refused", written, (long)count);
}

int main(void)
{
    static const int errors[] = { EIO, ENOSPC, EACCES, EMFILE, ENOMEM, SHIM_SHORT };
    unsigned int at, count;
    size_t i, n;

    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    scratch_begin();
    memset(data, 'x', sizeof(data));
    for (n = 0; n < sizeof(tests) / sizeof(tests[0]); n++)
        for (at = 1, count = count_calls(&tests[n]); at <= count; at++)
            for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
            {
                try_one(&tests[n], at, errors[i], false);
                try_one(&tests[n], at, errors[i], true);
            }
    try_ntfs();
    printf("# %u faults\n%s 1 - a stream is the old one or the new one, whatever fails\n1..1\n", faults,
           failures ? "not ok" : "ok");
    return failures != 0;
}
