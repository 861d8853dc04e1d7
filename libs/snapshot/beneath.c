/*
 * Ways into trees that others may change meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 16 /* while somebody renames */

int beneath_open(int dir_fd, const char *path)
{
    struct open_how how =
    {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int tries = TRIES, fd;

    /* EAGAIN: somebody renames things just now, and the kernel can't say that it stayed beneath */
    do fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
    while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries);
    return fd;
}

const char *beneath_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int beneath_open_parent(int dir_fd, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    int fd = folder ? beneath_open(dir_fd, folder) : -1, err = errno;

    free(folder);
    errno = err;
    return fd;
}

bool beneath_same_mount(int a, int b)
{
    struct statx of_a, of_b;

    return !statx(a, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &of_a)
        && !statx(b, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &of_b)
        && (of_a.stx_mask & of_b.stx_mask & STATX_MNT_ID) && of_a.stx_mnt_id == of_b.stx_mnt_id;
}
