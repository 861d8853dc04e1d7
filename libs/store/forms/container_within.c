/*
 * A directory's container: the file within it that holds its raw stream.
 *
 * The directory's mark says which file it is, by a number made at random that is in the file's name. So setting the
 * mark, one call, is what gives the directory another stream; and a file that has come here from another directory
 * isn't taken for its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "container_within.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/container.h"
#include "efs/store.h"
#include "store/stage/stage.h"

#define OPEN_TRIES 8

/* By this name, since an O_PATH descriptor has no attributes of its own. The mark's length; below 0: none, or it can't
   be read (errno). */
static ssize_t get_mark(int dir_fd, uint8_t mark[EFS_CONTAINER_MARK_SIZE])
{
    char path[FD_PATH_SIZE];

    fd_path(path, dir_fd);
    return getxattr(path, EFS_STORE_CONTAINER, mark, EFS_CONTAINER_MARK_SIZE);
}

static int open_candidate(int dir_fd, const char *name)
{
    return openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

enum efs_error container_open_within(int dir_fd, int *fd, struct efs_diag *diag)
{
    uint8_t mark[EFS_CONTAINER_MARK_SIZE], before[EFS_CONTAINER_MARK_SIZE] = { 0 };
    char name[EFS_CONTAINER_NAME_SIZE];
    enum efs_error err = EFS_OK;
    unsigned int tries;
    struct stat st;
    uint64_t id;
    ssize_t n;

    /* An import may replace both the mark and what it names. */
    for (tries = 0; tries < OPEN_TRIES; tries++)
    {
        n = fgetxattr(dir_fd, EFS_STORE_CONTAINER, mark, sizeof(mark));
        if (n < 0 && (errno == ENODATA || errno == ENOTSUP))
            return efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "no extended attribute of EFS");
        if (n < 0 && errno != ERANGE)
            return efs_fail_errno(diag, errno, 0, "get extended attribute " EFS_STORE_CONTAINER);
        if (n < 0 || !efs_container_mark_read_within(mark, (size_t)n, &id))
            return efs_fail(diag, EFS_ERR_CORRUPT, 0,
                            EFS_STORE_CONTAINER ": not a directory's mark of the known version");
        efs_container_make_name(name, id);
        if ((*fd = open_candidate(dir_fd, name)) != -1) break;
        if (errno != ENOENT && errno != ELOOP) return efs_fail_errno(diag, errno, 0, "open the directory's container");
        if (!memcmp(mark, before, sizeof(mark))) break;
        memcpy(before, mark, sizeof(mark));
    }
    if (*fd == -1) return efs_fail(diag, EFS_ERR_CORRUPT, 0, "the directory's container isn't there");
    if (fstat(*fd, &st)) err = efs_fail_errno(diag, errno, 0, "fstat");
    else if (!S_ISREG(st.st_mode)) err = efs_fail(diag, EFS_ERR_CORRUPT, 0, "the directory's container is no file");
    if (err) close(*fd);
    return err;
}

enum efs_error container_get_name(int dir_fd, char name[EFS_CONTAINER_NAME_SIZE], struct efs_diag *diag)
{
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    ssize_t n = get_mark(dir_fd, mark);
    uint64_t id;

    if (n < 0 && errno != ENODATA && errno != ENOTSUP && errno != ERANGE)
        return efs_fail_errno(diag, errno, 0, "get extended attribute " EFS_STORE_CONTAINER);
    if (n < 0 || !efs_container_mark_read_within(mark, (size_t)n, &id))
        return efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "the directory has no container");
    efs_container_make_name(name, id);
    return EFS_OK;
}

/* Is it a file in container form? */
static bool has_mark(int dir_fd, const char *name)
{
    int fd = open_candidate(dir_fd, name);
    struct stat st;
    bool has;

    if (fd == -1) return false;
    has = !fstat(fd, &st) && S_ISREG(st.st_mode) && fgetxattr(fd, EFS_STORE_CONTAINER, NULL, 0) >= 0;
    close(fd);
    return has;
}

/* Is there another name of this length that begins like this one? What can't be read may have one. */
static bool is_ambiguous(int dir_fd, const char *name, size_t length)
{
    DIR *directory = io_list_directory(dir_fd);
    struct dirent *entry;
    bool found = false;

    if (!directory) return true;
    while (errno = 0, !found && (entry = readdir(directory)))
        found = strlen(entry->d_name) == strlen(name) && !strncmp(entry->d_name, name, length)
            && strcmp(entry->d_name, name) != 0;
    found = found || errno;
    closedir(directory);
    return found;
}

bool efs_container_is_own(int dir_fd, const char *name, size_t length)
{
    char own[EFS_CONTAINER_NAME_SIZE];

    if (length > sizeof(own) - 1 || container_get_name(dir_fd, own, NULL)) return false;
    if (strncmp(own, name, length) || !has_mark(dir_fd, own)) return false;
    return length == sizeof(own) - 1 || !is_ambiguous(dir_fd, own, length);
}

/* Does the directory's mark name it? What can't be read may well do so. */
static bool is_needed(int dir_fd, const char *name)
{
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    char named[EFS_CONTAINER_NAME_SIZE];
    ssize_t n = get_mark(dir_fd, mark);
    uint64_t id;

    if (n < 0) return errno != ENODATA && errno != ENOTSUP;
    if (!efs_container_mark_read_within(mark, (size_t)n, &id)) return true;
    efs_container_make_name(named, id);
    return !strcmp(name, named);
}

bool efs_sweep_container(int dir_fd, const char *name, bool remove)
{
    int fd = open_candidate(dir_fd, name);
    bool abandoned = false;
    struct stat st;

    if (fd == -1) return false;
    /* Its import holds it until the mark is set: so what can be locked and isn't named then won't be. */
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && fgetxattr(fd, EFS_STORE_CONTAINER, NULL, 0) >= 0
        && !flock(fd, LOCK_EX | LOCK_NB) && stage_has_name(dir_fd, name, fd) && !is_needed(dir_fd, name))
        abandoned = !remove || !unlinkat(dir_fd, name, 0);
    close(fd);
    return abandoned;
}

void container_sweep_within(int dir_fd)
{
    DIR *directory = io_list_directory(dir_fd);
    struct dirent *entry;

    if (!directory) return;
    while ((entry = readdir(directory)))
    {
        if (efs_is_container_name(entry->d_name)) efs_sweep_container(dir_fd, entry->d_name, true);
        if (efs_is_stage_name(entry->d_name)) efs_sweep_one(dir_fd, entry->d_name, true);
    }
    closedir(directory);
}
