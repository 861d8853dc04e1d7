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
#include "efs/store.h"
#include "forms/form.h"
#include "xattr.h"

void efs_probe_fd(int fd, struct efs_probe *probe)
{
    struct stat st;

    memset(probe, 0, sizeof(*probe));
    if (fstat(fd, &st)) return;
    probe->directory = S_ISDIR(st.st_mode);
    probe->data_size = (uint64_t)st.st_size;
    if (probe->directory || (S_ISREG(st.st_mode) && efs_is_candidate_size(probe->data_size))) form_probe(fd, probe);
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
    if (!form_has_attribute(path)) return;

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
    char path[FD_PATH_SIZE];
    struct efs_diag diag;
    struct stat st;
    unsigned int i;

    if (fstat(fd, &st)) return errno;
    /* Wine truncates nothing that it opened for reading alone, and what was in there is no plaintext. The data first:
       an empty file with metadata is an encrypted one, ciphertext without metadata is garbage. */
    fd_path(path, fd);
    if (S_ISREG(st.st_mode) && st.st_size && truncate(path, 0)) return errno;
    /* an encrypted file without a layout is one, a layout alone means nothing: so the $EFS goes last */
    for (i = XATTR_COUNT; i-- > XATTR_METADATA;)
        if (xattr_remove(fd, i, &diag)) return diag.sys_errno;
    return 0;
}
