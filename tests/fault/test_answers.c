/*
 * What a certain call answers in a certain place, where the answer decides: that the file system can't do it, that a
 * name is taken, that somebody was faster. Either another way is found, with the same result, or the error has its code
 * and the directory is as it was. The faults that have no meaning of their own are in test_fault.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/store.h"
#include "scenarios.h"
#include "scratch.h"

/* ---- what somebody else does meanwhile ---- */

static void take_name(void)
{
    scratch_write("file", "another's", 9);
}

static void replace_file(void)
{
    scratch_write("other", "another's", 9);
    MUST(!rename("other", "file"));
}

static void remove_file(void)
{
    MUST(!unlink("file"));
}

static void shrink_attribute(void)
{
    static const uint8_t bytes[100] = { 1 };

    scratch_attribute("file", EFS_STORE_XATTR, bytes, sizeof(bytes));
}

/* The staging file's name leads to another file from now on. */
static void replace_stage(void)
{
    scratch_write("other", "another's", 9);
    MUST(!system("mv other .efs-import-*"));
}

/* By whoever had the removed directory open; by its old name nobody comes any more. */
static void come_in(void)
{
    MUST(!system("for d in .efs-import-*; do [ ! -d $d ] || echo x >$d/child; done"));
}

static void sweep_stage(void)
{
    MUST(!system("rmdir .efs-import-*"));
}

static void replace_directory(void)
{
    MUST(!rename("dir", "moved") && !rename("beside", "dir"));
}

#define EVERY 0 /* each call of this name */

static const struct answer
{
    const char       *scenario, *call;
    unsigned int      at;       /* which of the calls of this name, 1 is the first */
    int               err;
    enum efs_error    code;     /* EFS_OK: the result is the same */
    const char       *why;
    void            (*meanwhile)(void);
    struct shim_world world;    /* beside the scenario's */
} answers[] =
{
    /* another way is there */
    { "new file", "openat", 2, EISDIR, EFS_OK, "no nameless files (an old kernel)", NULL, { 0 } },
    { "new file", "openat", 2, EINVAL, EFS_OK, "no nameless files", NULL, { 0 } },
    { "new file", "openat", 2, ENOENT, EFS_OK, "no nameless files", NULL, { 0 } },
    { "new file, named staging file", "renameat2", 1, ENOSYS, EFS_OK, "no renameat2", NULL, { 0 } },
    { "over an encrypted file with two names", "fallocate", EVERY, ENOSYS, EFS_OK, "no fallocate", NULL, { 0 } },
    { "over an encrypted file with two names", "lseek", 3, ENXIO, EFS_OK, "no data to reserve space for", NULL, { 0 } },
    { "over a plain file", "listxattr", 1, ENOTSUP, EFS_OK, "no attributes to carry over", NULL, { 0 } },
    { "directory, layout over layout", "fremovexattr", 1, ENOTSUP, EFS_OK, "none is there", NULL, { 0 } },
    { "directory, layout over layout", "fremovexattr", 1, ENODATA, EFS_OK, "none is there", NULL, { 0 } },
    { "new file, named staging file", "flock", 1, EWOULDBLOCK, EFS_OK, "a sweep has it already", NULL, { 0 } },
    { "new file, named staging file", "openat", 4, EEXIST, EFS_OK, "the name was taken", NULL, { 0 } },
    { "over a plain, empty file", "getxattr", 1, ENOTSUP, EFS_OK, "no attributes: nothing to lose", NULL, { 0 } },
    { "plain output, new", "getxattr", 1, ENOTSUP, EFS_OK, "no access control lists", NULL, { 0 } },
    { "over a plain file", "fremovexattr", 1, ENOTSUP, EFS_OK, "no access control lists", NULL, { 0 } },
    { "over a file of another group, which can't be kept", "fchown", EVERY, EINVAL, EFS_OK,
        "an owner that the mount can't say", NULL, { 0 } },

    /* no way is there */
    { "new file, named staging file", "flock", EVERY, EWOULDBLOCK, EFS_ERR_EXISTS, "a sweep has each of them already",
        NULL, { 0 } },
    { "new file", "linkat", 1, ENOENT, EFS_ERR_IO, "the directory has gone", NULL, { 0 } },
    { "new file", "fsetxattr", 1, ENOSPC, EFS_ERR_DISK_FULL, "it is the disk that is full", NULL, { .full = true } },
    { "new file", "fsetxattr", EVERY, E2BIG, EFS_ERR_VOLUME, "too large for any attribute", NULL, { 0 } },
    { "new file", "fsetxattr", EVERY, ERANGE, EFS_ERR_VOLUME, "too large for any attribute", NULL, { 0 } },
    { "new file", "fsetxattr", EVERY, ENOTSUP, EFS_ERR_VOLUME, "no attributes", NULL, { 0 } },
    { "new file", "pwrite", 1, SHIM_NOTHING, EFS_ERR_DISK_FULL, "nothing is written", NULL, { 0 } },
    { "export of a file", "pread", 1, SHIM_NOTHING, EFS_ERR_CORRUPT, "it became shorter", NULL, { 0 } },
    { "export of a file", "fgetxattr", 1, ENOTSUP, EFS_ERR_NOT_ENCRYPTED, "no attributes", NULL, { 0 } },
    { "export of a file of many users", "fgetxattr", 2, ENODATA, EFS_ERR_CORRUPT, "it has gone between two looks",
        NULL, { 0 } },
    { "export of a file of many users", "fgetxattr", 3, ENODATA, EFS_ERR_CORRUPT, "it has gone between two looks",
        NULL, { 0 } },
    { "export of a file of many users", "fgetxattr", 3, ERANGE, EFS_ERR_CORRUPT, "it has grown between two looks",
        NULL, { 0 } },

    /* somebody was faster */
    { "export of a file of many users", "fgetxattr", 3, SHIM_NONE, EFS_ERR_CORRUPT, "it has shrunk between two looks",
        shrink_attribute, { 0 } },
    { "new file, named staging file", "renameat2", 1, EINVAL, EFS_ERR_EXISTS, "no flags, and the name is taken",
        take_name, { 0 } },
    { "new file, named staging file", "renameat2", 1, SHIM_NONE, EFS_ERR_EXISTS, "the name is taken", take_name,
        { 0 } },
    { "new file", "linkat", 1, SHIM_NONE, EFS_ERR_EXISTS, "the name is taken", take_name, { 0 } },
    { "new file, named staging file", "fstatat", 2, SHIM_NONE, EFS_OK, "the staging file's name is another's",
        replace_stage, { 0 } },
    { "over a plain file", "openat", 1, SHIM_NONE, EFS_ERR_CHANGED, "it isn't the one that was opened", replace_file,
        { 0 } },
    { "over a plain file", "openat", 1, SHIM_NONE, EFS_ERR_CHANGED, "it has gone", remove_file, { 0 } },
    { "new directory", "openat", 3, SHIM_NONE, EFS_OK, "a sweep came before it was opened", sweep_stage, { 0 } },
    { "over an encrypted file, by descriptor", "fstatat", 1, SHIM_NONE, EFS_ERR_CHANGED,
        "it isn't the one that was opened", replace_file, { 0 } },

    /* removals */
    { "removal", "renameat2", EVERY, ENOSYS, EFS_OK, "no renameat2", NULL, { 0 } },
    { "removal", "flock", EVERY, ENOLCK, EFS_OK, "no locks", NULL, { 0 } },
    { "removal", "flock", 1, EWOULDBLOCK, EFS_ERR_CHANGED, "an import holds the directory", NULL, { 0 } },
    { "removal", "flock", 2, EWOULDBLOCK, EFS_ERR_CHANGED, "an import holds its container", NULL, { 0 } },
    { "removal", "fgetxattr", 2, ENODATA, EFS_ERR_EXISTS, "the container isn't one", NULL, { 0 } },
    { "removal", "getxattr", 1, ENODATA, EFS_ERR_NOT_ENCRYPTED, "no mark", NULL, { 0 } },
    { "removal", "getxattr", 1, ENOTSUP, EFS_ERR_NOT_ENCRYPTED, "no attributes", NULL, { 0 } },
    { "removal", "getxattr", 1, ERANGE, EFS_ERR_NOT_ENCRYPTED, "a mark that is none", NULL, { 0 } },
    { "removal", "unlinkat", 1, ENOTEMPTY, EFS_ERR_EXISTS, "something had come into it, and went", NULL, { 0 } },
    { "removal", "unlinkat", 1, SHIM_NONE, EFS_ERR_EXISTS, "something comes into it at the end", come_in, { 0 } },
    { "removal", "fsync", 1, SHIM_NONE, EFS_ERR_EXISTS, "something comes into it", come_in, { 0 } },
    { "removal", "renameat2", 1, SHIM_NONE, EFS_ERR_CHANGED, "another one has its name", replace_directory, { 0 } },
};

/* The number among all calls of the one that is meant. */
static unsigned int number_of(const struct answer *answer)
{
    unsigned int i, seen = 0;

    for (i = 0; i < shim.count; i++)
        if (!strcmp(shim_calls[i], answer->call) && ++seen == (answer->at ? answer->at : 1)) return i + 1;
    must_fail(__FILE__, __LINE__, answer->call);
}

static bool test(const struct answer *answer)
{
    struct scenario scenario = *scenario_find(answer->scenario);
    struct build old, now, want, exported;
    enum efs_error code;
    unsigned int at;
    bool right;

    scenario_prepare(&scenario);
    MUST(!scenario_run(&scenario, SHIM_COUNT, 0, 0));
    at = number_of(answer);
    want = scenario_export();

    scenario_prepare(&scenario);
    old = scratch_picture();
    if (answer->world.full) scenario.world.full = true;
    shim_set_meanwhile(answer->meanwhile);
    if (!answer->at) shim_set_name(answer->call);
    code = scenario_run(&scenario, SHIM_FAIL, at, answer->err);
    right = code == answer->code && shim.hit && !strcmp(shim.hit, answer->call) && !shim.blocks;

    now = scratch_picture();
    exported = scenario_export();
    /* what somebody else did stays, and is his */
    if (!code) right = right && same_picture(&exported, &want);
    else if (!answer->meanwhile) right = right && same_picture(&now, &old);
    else right = right && !same_picture(&exported, &want);
    if (!right)
    {
        printf("# %s, %s: answered %d (%s)\n", answer->call, shim.hit ? shim.hit : "none", code,
               code < EFS_ERROR_COUNT ? efs_error_text(code) : "wrong bytes");
        scratch_print("now", &now);
    }
    build_free(&old);
    build_free(&now);
    build_free(&want);
    build_free(&exported);
    return right;
}

int main(void)
{
    unsigned int i, count = sizeof(answers) / sizeof(answers[0]);
    bool failed = false;

    setvbuf(stdout, NULL, _IOLBF, 0);
    scratch_begin();
    scenarios_begin();
    removals_begin();
    for (i = 0; i < count; i++)
    {
        const struct answer *answer = &answers[i];
        bool right = test(answer);

        failed = failed || !right;
        printf("%sok %u - %s: %s %u: %s\n", right ? "" : "not ", i + 1, answer->scenario, answer->call, answer->at,
               answer->why);
    }
    printf("1..%u\n", count);
    return failed;
}
