/*
 * A copy of a tree whose files share their data with the original's (reflinks): XFS, Btrfs.
 *
 * Every file is of one moment, but not all of the same one. Content, attributes (and with them encryption, alternate
 * streams, access lists), owner, mode and times are as they were; names of one file become files of their own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "copy_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "beneath.h"
#include "folder.h"

#define OPEN_SOURCE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

struct copy
{
    struct copy_tally *tally;
    struct efs_diag   *diag;
    struct timespec    end;
    dev_t              dev; /* of the source */
    int                source;
    unsigned int       depth;
};

static enum efs_error check_limits(struct copy *copy)
{
    struct timespec now;

    if (++copy->tally->entries > COPY_ENTRIES_MAX)
        return efs_fail(copy->diag, EFS_ERR_INVALID, copy->tally->entries, "too many files for a tree of reflinks");
    if (copy->tally->entries % 64) return EFS_OK;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < copy->end.tv_sec) return EFS_OK;
    return efs_fail(copy->diag, EFS_ERR_INVALID, copy->tally->entries, "a tree of reflinks takes too long");
}

/* ---- what a file has beside its data ---- */

static bool is_users(const char *name)
{
    return !strncmp(name, "user.", 5) || !strcmp(name, "system.posix_acl_access")
        || !strcmp(name, "system.posix_acl_default");
}

static enum efs_error copy_attribute(struct copy *copy, int from, int to, const char *name)
{
    ssize_t size = fgetxattr(from, name, NULL, 0);
    char *value = size > 0 ? malloc((size_t)size) : NULL;
    enum efs_error err = EFS_OK;

    if (size > 0 && value) size = fgetxattr(from, name, value, (size_t)size);
    if (size > 0 && !value) err = efs_fail(copy->diag, EFS_ERR_NO_MEMORY, 0, "an attribute's value");
    else if (size < 0 && errno == ENODATA) err = EFS_OK; /* it has gone meanwhile */
    else if (size < 0 || fsetxattr(to, name, value, (size_t)size, 0))
        /* labels and the like are the system's to give */
        err = is_users(name) ? efs_fail_errno(copy->diag, errno, 0, "copying an attribute") : EFS_OK;
    free(value);
    return err;
}

static enum efs_error copy_attributes(struct copy *copy, int from, int to)
{
    char *names = NULL, *name;
    size_t length = 0;
    enum efs_error err = io_list_attributes(from, &names, &length, copy->diag);

    for (name = names; !err && name && name < names + length; name += strlen(name) + 1)
        err = copy_attribute(copy, from, to, name);
    free(names);
    return err;
}

static enum efs_error copy_properties(struct copy *copy, int from, int to, const struct stat *st)
{
    const struct timespec times[2] = { st->st_atim, st->st_mtim };
    mode_t mode = st->st_mode & 07777;
    enum efs_error err = copy_attributes(copy, from, to);

    if (err) return err;
    /*
     * Others' files: what the owner of the copy sees is theirs all the same, by mode; but nobody is to become the
     * owner of the copy by running it.
     */
    if ((st->st_uid != geteuid() || st->st_gid != getegid()) && fchown(to, st->st_uid, st->st_gid)) mode &= 01777;
    if (fchmod(to, mode) || futimens(to, times))
        return efs_fail_errno(copy->diag, errno, 0, "mode or times of a copy");
    return EFS_OK;
}

/* ---- entries ---- */

/* So that a program learns that it can't be read, as it would of the original. */
static enum efs_error put_unreadable(struct copy *copy, int target, const char *name)
{
    int fd;

    copy->tally->unreadable++;
    if (!geteuid()) return efs_fail(copy->diag, EFS_ERR_ACCESS, 0, "a file that not even root can read");
    fd = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd == -1) return efs_fail_errno(copy->diag, errno, 0, "open of a copy");
    close(fd);
    return EFS_OK;
}

static bool cannot_share(int err)
{
    return err == EOPNOTSUPP || err == EXDEV || err == EINVAL || err == ENOTTY || err == ENOSYS;
}

static enum efs_error copy_file(struct copy *copy, int from, int target, const char *name, const struct stat *st)
{
    int to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    enum efs_error err;

    if (to == -1) return efs_fail_errno(copy->diag, errno, 0, "open of a copy");
    if (!ioctl(to, FICLONE, from)) err = copy_properties(copy, from, to, st);
    else if (cannot_share(errno)) err = efs_fail(copy->diag, EFS_ERR_VOLUME, 0, "files there can't share data");
    else err = efs_fail_errno(copy->diag, errno, 0, "FICLONE");
    close(to);
    return err;
}

static enum efs_error copy_link(struct copy *copy, int source, int target, const char *name)
{
    char text[PATH_MAX + 1];
    ssize_t n = readlinkat(source, name, text, sizeof(text) - 1);

    if (n < 0) return errno == ENOENT || errno == EINVAL ? EFS_OK : efs_fail_errno(copy->diag, errno, 0, "readlink");
    text[n] = 0;
    return symlinkat(text, target, name) ? efs_fail_errno(copy->diag, errno, 0, "symlink") : EFS_OK;
}

static enum efs_error copy_directory(struct copy *copy, int source, int target);

/* Something that is mounted there. A Btrfs subvolume has a device number of its own, and shares data all the same. */
static bool is_mounted(const struct copy *copy, int from, const struct stat *st)
{
    return st->st_dev != copy->dev && !beneath_same_mount(from, copy->source);
}

static void note_mounted(struct copy *copy, int from)
{
    char link[FD_PATH_SIZE], path[PATH_MAX], top[PATH_MAX];
    ssize_t n = readlink(fd_path(link, from), path, sizeof(path) - 1);
    ssize_t of_top = readlink(fd_path(link, copy->source), top, sizeof(top) - 1);

    if (of_top == 1) of_top = 0; /* the root has the slash that the others lack */
    if (n > 0) path[n] = 0;
    if (of_top >= 0 && n > of_top + 1 && !memcmp(path, top, (size_t)of_top))
        names_add(&copy->tally->mounted, path + of_top + 1);
    else names_add_more(&copy->tally->mounted, 1);
}

static enum efs_error copy_subdirectory(struct copy *copy, int from, int target, const char *name,
                                        const struct stat *st)
{
    bool mounted = is_mounted(copy, from, st);
    enum efs_error err = EFS_OK;
    int to;

    if (mkdirat(target, name, S_IRWXU)) return efs_fail_errno(copy->diag, errno, 0, "mkdir");
    if ((to = openat(target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1)
        return efs_fail_errno(copy->diag, errno, 0, "open of a copied directory");
    if (mounted) note_mounted(copy, from);
    else if (++copy->depth > COPY_DEPTH_MAX)
        err = efs_fail(copy->diag, EFS_ERR_INVALID, copy->depth, "too many directories in each other");
    else err = copy_directory(copy, from, to);
    if (!mounted) copy->depth--;
    if (!err) err = copy_properties(copy, from, to, st);
    close(to);
    return err;
}

/* Snapshots of ours, or where they are kept. */
static bool is_own(const char *name)
{
    return !strcmp(name, FOLDER_BESIDE) || !strcmp(name, FOLDER_NAME);
}

static enum efs_error copy_entry(struct copy *copy, int source, int target, const char *name)
{
    enum efs_error err;
    struct stat st;
    int from;

    if (!strcmp(name, ".") || !strcmp(name, "..") || is_own(name)) return EFS_OK;
    if ((err = check_limits(copy))) return err;
    if (fstatat(source, name, &st, AT_SYMLINK_NOFOLLOW)) return EFS_OK; /* it has gone meanwhile */
    if (S_ISLNK(st.st_mode)) return copy_link(copy, source, target, name);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
    {
        copy->tally->special++;
        return EFS_OK;
    }
    if ((from = openat(source, name, OPEN_SOURCE)) == -1)
    {
        if (errno == ENOENT) return EFS_OK;
        if (errno == EACCES || errno == EPERM || errno == ELOOP) return put_unreadable(copy, target, name);
        return efs_fail_errno(copy->diag, errno, 0, "open of a file");
    }
    if (fstat(from, &st)) err = efs_fail_errno(copy->diag, errno, 0, "fstat");
    else if (S_ISDIR(st.st_mode)) err = copy_subdirectory(copy, from, target, name, &st);
    else if (S_ISREG(st.st_mode) && is_mounted(copy, from, &st)) note_mounted(copy, from);
    else if (S_ISREG(st.st_mode)) err = copy_file(copy, from, target, name, &st);
    else copy->tally->special++;
    close(from);
    return err;
}

static enum efs_error copy_directory(struct copy *copy, int source, int target)
{
    DIR *list = io_list_directory(source);
    enum efs_error err = EFS_OK;
    struct dirent *entry;

    if (!list) return efs_fail_errno(copy->diag, errno, 0, "reading a directory");
    while (!err && (entry = readdir(list))) err = copy_entry(copy, source, target, entry->d_name);
    closedir(list);
    return err;
}

enum efs_error copy_tree(int source, int target, struct copy_tally *tally, struct efs_diag *diag)
{
    struct copy copy = { .tally = tally, .diag = diag };
    enum efs_error err;
    struct stat st;

    memset(tally, 0, sizeof(*tally));
    if (fstat(source, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    copy.dev = st.st_dev;
    copy.source = source;
    clock_gettime(CLOCK_MONOTONIC, &copy.end);
    copy.end.tv_sec += COPY_SECONDS_MAX;
    err = copy_directory(&copy, source, target);
    return err ? err : copy_properties(&copy, source, target, &st);
}
