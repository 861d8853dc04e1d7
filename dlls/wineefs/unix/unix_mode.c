/*
 * The mode of a file whose attributes are set. Wine knows one bit of it, READONLY, and each time that attributes
 * without it are set, it adds write permission for all who may read and whom the umask doesn't exclude: 0644 becomes
 * 0664 under umask 002.
 *
 * Here READONLY alone changes a mode, and gives back what it took: to the owner always, to group and others what they
 * had.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/beside.h"
#include "efs/beside_attributes.h"
#include "efs/store.h"

#define ALL_WRITE 0222u
#define OTHERS_WRITE 0022u

uint32_t get_umask(void)
{
    char text[512], *line;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd == -1) return 077;
    n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    line = strstr(text, "\nUmask:");
    return line ? (uint32_t)strtoul(line + 7, NULL, 8) & 0777 : 077;
}

/* Group's and others' permission to write, in one character; no attribute: they had none. */
static void remember(int fd, uint32_t mode)
{
    char had = (char)('0' + ((mode >> 4 & 1) << 1 | (mode >> 1 & 1)));

    if (mode & OTHERS_WRITE) fsetxattr(fd, EFS_STORE_WRITABLE, &had, 1, 0);
    else if (mode & ALL_WRITE) fremovexattr(fd, EFS_STORE_WRITABLE);
}

/* Who may write the file may write this, too: so they get no more than they can read and the umask leaves. */
static uint32_t recall(int fd, uint32_t mode, uint32_t umask)
{
    uint32_t bits = 0;
    char had;

    if (fgetxattr(fd, EFS_STORE_WRITABLE, &had, 1) == 1 && had >= '0' && had <= '3')
        bits = ((uint32_t)(had - '0') >> 1) << 4 | ((uint32_t)(had - '0') & 1) << 1;
    return bits & (mode & 044) >> 1 & ~umask;
}

bool lift_read_only(int fd, mode_t *mode)
{
    struct stat st;

    if (fstat(fd, &st) || (st.st_mode & S_IWUSR)) return false;
    *mode = st.st_mode & 07777;
    return !fchmod(fd, *mode | S_IWUSR);
}

void call_mode_hold(struct mode_params *params)
{
    uint32_t mode, umask, wanted, others;
    int fd = take_fd(params->fd);
    struct stat st;

    params->held = 0;
    if (!fstat(fd, &st) && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
    {
        mode = st.st_mode & 07777;
        /* Wine ignores a directory's READONLY. */
        if (params->read_only && S_ISREG(st.st_mode)) remember(fd, mode);
        params->before = mode;
        if (params->read_only)
        {
            params->mode = mode & ~ALL_WRITE;
            params->held = params->mode != mode && fgetxattr(fd, EFS_STORE_DESCRIPTOR_MARK, NULL, 0) >= 0;
        }
        else
        {
            umask = get_umask();
            others = (mode & 044) >> 1 & ~umask;
            wanted = mode & ALL_WRITE ? mode : mode | 0200 | recall(fd, mode, umask);
            params->mode = wanted;
            if (wanted != (mode | (0600 & ~umask) | others) || fgetxattr(fd, EFS_STORE_WRITABLE, NULL, 0) >= 0
                || (wanted != mode && fgetxattr(fd, EFS_STORE_DESCRIPTOR_MARK, NULL, 0) >= 0))
                /*
                 * Wine gives write permission to all who can read. Those who mustn't get it can't read either, until
                 * it is settled.
                 */
                params->held = !(others & ~wanted) || !fchmod(fd, mode & ~044u);
        }
    }
    if (!params->held && fd != -1) close(fd);
}

/* A descriptor that is kept goes on to belong to the file: READONLY is no part of it on Windows. */
static void keep_descriptor(int fd, uint32_t before, uint32_t mode)
{
    struct stat st;
    mode_t now;
    bool lifted;

    if (fstat(fd, &st) || (st.st_mode & 07777) != mode || mode == before) return;
    lifted = lift_read_only(fd, &now);
    efs_descriptor_move(fd, before, mode);
    if (lifted) fchmod(fd, now);
}

void call_mode_settle(struct mode_params *params)
{
    if (!params->read_only)
    {
        fchmod(params->fd, params->mode);
        fremovexattr(params->fd, EFS_STORE_WRITABLE);
    }
    keep_descriptor(params->fd, params->before, params->mode);
    close(params->fd);
}
