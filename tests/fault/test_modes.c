/*
 * A descriptor is set, and each call of it fails once, alone or with all calls after it: others never get more than
 * they had or are to have, and nothing leaks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../dlls/wineefs/call/unixlib.h"
#include "scratch.h"
#include "shim.h"

extern int32_t (* const __wine_unix_call_funcs[])(void *args);

/* Owner SYSTEM; SYSTEM may do everything, Everyone may read and execute. */
static const uint8_t for_all[] =
{
    1, 0, 4, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
    2, 0, 48, 0, 2, 0, 0, 0,
    0, 0, 20, 0, 0xff, 1, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
    0, 0, 20, 0, 0xa9, 0, 0x12, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
};
/* The same without the second entry. */
static const uint8_t for_one[] =
{
    1, 0, 4, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
    2, 0, 28, 0, 1, 0, 0, 0,
    0, 0, 20, 0, 0xff, 1, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
};
/* user::rw-, user 1: rw-, group::---, mask::rw-, other::--- */
static const uint8_t list[] =
{
    2, 0, 0, 0, 1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 6, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
};

#define LIST "system.posix_acl_access"

static const struct
{
    const char    *name;
    mode_t         old, wanted; /* umask 022 */
    bool           has_list;
    const uint8_t *kept; /* before */
    const uint8_t *descriptor;
    size_t         length;
} cases[] =
{
    { "narrower", 0644, 0600, false, NULL, for_one, sizeof(for_one) },
    { "wider", 0600, 0644, false, NULL, for_all, sizeof(for_all) },
    { "over another one", 0644, 0600, false, for_all, for_one, sizeof(for_one) },
    { "of one with an access list", 0660, 0644, true, NULL, for_all, sizeof(for_all) },
};

static unsigned int failures;

static uint32_t set(const uint8_t *descriptor, size_t length)
{
    struct security_set_params params = { 0 };
    static const uint8_t user[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };

    params.fd = open("file", O_RDONLY | O_CLOEXEC);
    params.descriptor = (uintptr_t)descriptor;
    params.length = (uint32_t)length;
    params.user = (uintptr_t)user;
    params.user_length = sizeof(user);
    __wine_unix_call_funcs[unix_security_set](&params);
    return params.result.error;
}

/* The length of what is given back; 0: Wine's own. */
static size_t get(uint8_t *out, size_t capacity)
{
    struct security_get_params params = { 0 };

    params.fd = open("file", O_RDONLY | O_CLOEXEC);
    params.descriptor = (uintptr_t)for_one; /* none of Wine's */
    params.length = sizeof(for_one);
    params.buffer = (uintptr_t)out;
    params.capacity = (uint32_t)capacity;
    __wine_unix_call_funcs[unix_security_get](&params);
    return params.got;
}

static void prepare(size_t n)
{
    int fd;

    scratch_clear();
    fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1) exit(2);
    if (cases[n].kept) set(cases[n].kept, sizeof(for_all));
    if (fchmod(fd, cases[n].old) || (cases[n].has_list && fsetxattr(fd, LIST, list, sizeof(list), 0))) exit(2);
    close(fd);
}

static void check(size_t n, uint32_t err, const char *what, unsigned int at, int with)
{
    uint8_t out[512];
    struct stat st;
    size_t got;
    bool had_list, right;

    if (stat("file", &st)) exit(2);
    had_list = getxattr("file", LIST, NULL, 0) > 0;
    /* as it was, the owner's alone, or as it is to be */
    right = err ? (st.st_mode & 07777) == cases[n].old || !(st.st_mode & 077) : (st.st_mode & 07777) == cases[n].wanted;
    /* without /proc/self/status others get nothing */
    if (!err && !(st.st_mode & 077) && (st.st_mode & 0700) == (cases[n].wanted & 0700)) right = true;
    /* a list that is there has its mask in the mode */
    if (had_list && (!cases[n].has_list || !err)) right = false;
    /* a descriptor is that of the mode, whole, or isn't given */
    got = get(out, sizeof(out));
    if (!err && got && (got != cases[n].length || memcmp(out, cases[n].descriptor, got))) right = false;
    if (shim.blocks) right = false;
    if (right) return;
    failures++;
    printf("# %s, call %u (%s) with %d: code %u, mode %o, list %d, %zu bytes given back, %ld blocks\n", cases[n].name,
           at, what ? what : "none", with, err, (unsigned int)st.st_mode, had_list, got, shim.blocks);
}

int main(void)
{
    static const int errors[] = { EIO, ENOSPC, EPERM, EACCES, ENOTSUP, ENOMEM, E2BIG, EINTR };
    struct shim_world world = { 0 };
    unsigned int at, count, faults = 0, later, descriptors;
    size_t n, i;
    uint32_t err;

    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    scratch_begin();
    descriptors = scratch_descriptors();
    for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
    {
        prepare(n);
        shim_start(SHIM_COUNT, 0, 0, &world);
        err = set(cases[n].descriptor, cases[n].length);
        shim_stop();
        check(n, err, NULL, 0, 0);
        if (err) failures++;
        count = shim.count;
        for (at = 1; at <= count; at++)
            for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
                for (later = 0; later < 2; later++)
                {
                    if (errors[i] == ENOTSUP && cases[n].has_list) continue; /* there are none: it would be a lie */
                    prepare(n);
                    shim_set_later(later ? errors[i] : 0);
                    shim_start(SHIM_FAIL, at, errors[i], &world);
                    err = set(cases[n].descriptor, cases[n].length);
                    shim_stop();
                    shim_set_later(0);
                    check(n, err, shim.hit, at, errors[i]);
                    faults++;
                }
    }
    if (scratch_descriptors() != descriptors) failures++;
    printf("# %u faults\n%sok 1 - a mode is never wider than before and after\n1..1\n", faults, failures ? "not " : "");
    return failures != 0;
}
