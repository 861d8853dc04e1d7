/*
 * A quick look at a file on the host: is it encrypted, and how long is its plaintext?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/look.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/metadata.h"
#include "efs/store.h"
#include "stored.h"

void efs_look_fd(int fd, struct efs_look *look)
{
    struct stat st;
    ssize_t n;

    memset(look, 0, sizeof(*look));
    if (fstat(fd, &st)) return;
    look->directory = S_ISDIR(st.st_mode);
    look->data_size = (uint64_t)st.st_size;
    if (!look->directory && (!S_ISREG(st.st_mode) || !efs_is_candidate_size((uint64_t)st.st_size))) return;
    n = fgetxattr(fd, EFS_STORE_XATTR, NULL, 0);
    look->encrypted = n >= EFS_METADATA_MIN && n <= EFS_METADATA_MAX;
    /* A file whose padding count can't be read, or is no such count, is encrypted all the same: an export says what is wrong. */
    if (look->encrypted && !look->directory) stored_read_data_size(fd, (uint64_t)st.st_size, &look->data_size, NULL);
}

void efs_look_at(int dir_fd, const char *name, struct efs_look *look)
{
    char path[PATH_MAX];
    int fd, n;

    memset(look, 0, sizeof(*look));
    /* By name first: a device must not be opened just to be looked at, and only files and directories have user attributes. */
    if (dir_fd == AT_FDCWD) n = snprintf(path, sizeof(path), "%s", name);
    else n = snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
    if (n < 0 || (size_t)n >= sizeof(path) || getxattr(path, EFS_STORE_XATTR, NULL, 0) < 0) return;

    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd == -1) return;
    efs_look_fd(fd, look);
    close(fd);
}

bool efs_look_volume(int fd)
{
    return fgetxattr(fd, EFS_STORE_XATTR, NULL, 0) >= 0 || errno == ENODATA;
}

int efs_look_strip(int fd)
{
    char path[32];
    struct stat st;

    if (fstat(fd, &st)) return errno;
    /* Wine truncates nothing that it opened for reading alone, and what was in there is no plaintext. The data first:
       an empty file with metadata is an encrypted one, ciphertext without metadata is garbage. */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (S_ISREG(st.st_mode) && st.st_size && truncate(path, 0)) return errno;
    return !fremovexattr(fd, EFS_STORE_XATTR) || errno == ENODATA || errno == ENOTSUP ? 0 : errno;
}
