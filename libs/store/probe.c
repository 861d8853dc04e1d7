/*
 * The probe: a quick look at a file on the host. Is it encrypted, and how long is its plaintext?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/container.h"
#include "efs/metadata.h"
#include "efs/store.h"
#include "stored.h"

/* What has a mark, even one that can't be read, is a container: an export says what is wrong. */
static void probe_mark(int fd, struct efs_probe *probe)
{
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    ssize_t n = fgetxattr(fd, EFS_STORE_CONTAINER, mark, sizeof(mark));
    uint64_t size;

    probe->encrypted = n >= 0 || errno == ERANGE;
    if (n >= 0 && efs_container_mark_read(mark, (size_t)n, &size)) probe->data_size = size;
}

void efs_probe_fd(int fd, struct efs_probe *probe)
{
    struct stat st;
    ssize_t n;

    memset(probe, 0, sizeof(*probe));
    if (fstat(fd, &st)) return;
    probe->directory = S_ISDIR(st.st_mode);
    probe->data_size = (uint64_t)st.st_size;
    if (!probe->directory && (!S_ISREG(st.st_mode) || !efs_is_candidate_size((uint64_t)st.st_size))) return;
    n = fgetxattr(fd, EFS_STORE_XATTR, NULL, 0);
    probe->encrypted = n >= EFS_METADATA_MIN; /* Linux has no attribute that is too long */
    if (probe->directory)
    {
        if (!probe->encrypted && (n >= 0 || errno == ENODATA))
            probe->encrypted = fgetxattr(fd, EFS_STORE_CONTAINER, NULL, 0) >= 0;
        return;
    }
    /* A file whose padding count can't be read, or is no such count, is encrypted all the same: an export says what is
       wrong. */
    if (probe->encrypted) stored_read_content_length(fd, (uint64_t)st.st_size, &probe->data_size, NULL);
    else if (st.st_size && (n >= 0 || errno == ENODATA)) probe_mark(fd, probe);
}

void efs_probe_at(int dir_fd, const char *name, struct efs_probe *probe)
{
    char path[PATH_MAX];
    int fd, n;

    memset(probe, 0, sizeof(*probe));
    /* By name first: a device must not be opened just to be looked at, and only files and directories have user
       attributes. */
    if (dir_fd == AT_FDCWD) n = snprintf(path, sizeof(path), "%s", name);
    else n = snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
    if ((size_t)n >= sizeof(path)) return;
    if (getxattr(path, EFS_STORE_XATTR, NULL, 0) < 0
        && (errno != ENODATA || getxattr(path, EFS_STORE_CONTAINER, NULL, 0) < 0)) return;

    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd == -1) return;
    efs_probe_fd(fd, probe);
    close(fd);
}

bool efs_probe_volume(int fd)
{
    return fgetxattr(fd, EFS_STORE_XATTR, NULL, 0) >= 0 || errno == ENODATA;
}

int efs_strip(int fd)
{
    static const char * const names[] = { EFS_STORE_LAYOUT, EFS_STORE_LAYOUT2, EFS_STORE_CONTAINER, EFS_STORE_XATTR };
    char path[FD_PATH_SIZE];
    struct stat st;
    size_t i;

    if (fstat(fd, &st)) return errno;
    /* Wine truncates nothing that it opened for reading alone, and what was in there is no plaintext. The data first:
       an empty file with metadata is an encrypted one, ciphertext without metadata is garbage. */
    fd_path(path, fd);
    if (S_ISREG(st.st_mode) && st.st_size && truncate(path, 0)) return errno;
    /* an encrypted file without a layout is one, a layout alone means nothing: so it goes first */
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (fremovexattr(fd, names[i]) && errno != ENODATA && errno != ENOTSUP) return errno;
    return 0;
}
