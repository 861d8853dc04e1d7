/*
 * What killed imports leave behind, and how it is told from what living ones are at work on.
 *
 * A staging file has a name for a moment, or, where the file system has no nameless files, all the time. While it has,
 * its import holds a lock on it (flock), which ends with the process. So a name of this kind that can be locked is
 * nobody's any more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

/* The staging directory of a directory in container form has a file in it: what could only be an import's is
   removed. */
static void empty_directory(int dir_fd)
{
    DIR *directory = io_list_directory(dir_fd);
    struct dirent *entry;

    if (!directory) return;
    while ((entry = readdir(directory)))
        if (efs_is_stage_name(entry->d_name) || efs_is_container_name(entry->d_name))
            unlinkat(dir_fd, entry->d_name, 0);
    closedir(directory);
}

bool efs_sweep_one(int dir_fd, const char *name, bool remove)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool abandoned = false;
    struct stat st;

    if (fd == -1) return false;
    /* The lock is held until the name has gone: an import that has just made the file finds that out by it. */
    if (!fstat(fd, &st) && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) && !flock(fd, LOCK_EX | LOCK_NB)
        && stage_has_name(dir_fd, name, fd))
    {
        if (remove && S_ISDIR(st.st_mode)) empty_directory(fd);
        abandoned = !remove || !unlinkat(dir_fd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
    }
    close(fd);
    return abandoned;
}

/*
 * efsbackup is a Windows program: it holds its files by LockFile, which Wine's server makes a lock of fcntl's. The lock
 * that is asked for here, for reading, keeps one that was made just now from being locked: then efsbackup takes another
 * name.
 */
static bool lock_backup(int fd)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

    if (flock(fd, LOCK_EX | LOCK_NB) || fcntl(fd, F_OFD_SETLK, &lock)) return false;
    /* Wine has a lock for reading where it can't have one for writing: that one shows here. */
    lock.l_type = F_WRLCK;
    return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type == F_UNLCK;
}

bool efs_sweep_backup(int dir_fd, const char *name, bool remove)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool abandoned = false;
    struct stat st;

    if (fd == -1) return false;
    /* one of several names, or somebody else's: whoever made it, it wasn't us */
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid() && lock_backup(fd)
        && stage_has_name(dir_fd, name, fd))
        abandoned = !remove || !unlinkat(dir_fd, name, 0);
    close(fd);
    return abandoned;
}

unsigned int efs_sweep(int dir_fd)
{
    DIR *directory = io_list_directory(dir_fd);
    unsigned int removed = 0;
    struct dirent *entry;

    if (!directory) return 0;
    while ((entry = readdir(directory)))
    {
        if (efs_is_stage_name(entry->d_name) && efs_sweep_one(dir_fd, entry->d_name, true)) removed++;
        if (efs_is_backup_name(entry->d_name) && efs_sweep_backup(dir_fd, entry->d_name, true)) removed++;
        if (efs_is_rewrite_name(entry->d_name)
            && efs_rewrite_check(dir_fd, entry->d_name, true, NULL) == EFS_REWRITE_REPAIRED)
            removed++;
    }
    closedir(directory);
    return removed;
}

void stage_sweep(const struct efs_target *target)
{
    static _Atomic uint64_t last; /* the directory that was swept last: a restore of many files reads it once */
    uint64_t id;
    struct stat st;

    if (fstat(target->dir_fd, &st)) return;
    id = (uint64_t)st.st_dev * 0x9e3779b97f4a7c15u ^ (uint64_t)st.st_ino;
    if (atomic_exchange(&last, id) != id) efs_sweep(target->dir_fd);
}
