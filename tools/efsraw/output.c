/*
 * Where a command writes to: all or nothing where it is a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define TEMPORARY_TRIES 16

/* The descriptor that the name is an alias of, or -1. Opening such a name anew would forget its position. */
static int alias_of_descriptor(const char *name)
{
    static const char * const prefixes[] = { "/dev/fd/", "/proc/self/fd/" };
    char *end;
    long n;
    size_t i;

    if (!strcmp(name, "-") || !strcmp(name, "/dev/stdout")) return STDOUT_FILENO;
    if (!strcmp(name, "/dev/stderr")) return STDERR_FILENO;
    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
    {
        const char *digits = name + strlen(prefixes[i]);

        if (strncmp(name, prefixes[i], strlen(prefixes[i])) || *digits < '0' || *digits > '9') continue;
        n = strtol(digits, &end, 10);
        if (!*end && n <= INT_MAX) return (int)n;
    }
    return -1;
}

static enum efs_error check_direct(struct output *output, unsigned int flags, struct efs_diag *diag)
{
    if (fstat(output->fd, &output->old)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((flags & OUTPUT_NO_TERMINAL) && isatty(output->fd))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "a raw stream isn't written to a terminal");
    return EFS_OK;
}

static enum efs_error open_beside(struct output *output, struct efs_diag *diag)
{
    unsigned int i;
    uint64_t number;

    for (i = 0; i < TEMPORARY_TRIES; i++)
    {
        if (getrandom(&number, sizeof(number), 0) != sizeof(number)) return efs_fail_errno(diag, errno, 0, "getrandom");
        snprintf(output->temporary, sizeof(output->temporary), ".efsraw-%016llx", (unsigned long long)number);
        output->fd = openat(output->dir_fd, output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd >= 0)
        {
            output->form = OUTPUT_BESIDE;
            return EFS_OK;
        }
        if (errno != EEXIST) break;
    }
    output->temporary[0] = 0;
    return efs_fail_errno(diag, errno, 0, "open");
}

/* path: without a symbolic link as its last component. */
static enum efs_error open_staged(struct output *output, const char *path, struct efs_diag *diag)
{
    const char *slash = strrchr(path, '/');
    char *directory;

    output->target = strdup(slash ? slash + 1 : path);
    directory = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    if (!output->target || !directory)
    {
        free(directory);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    }
    output->dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (output->dir_fd < 0) return efs_fail_errno(diag, errno, 0, "open the directory");
    if (!output->target[0]) return efs_fail_errno(diag, EISDIR, 0, "open");

    /* A rename would replace even a file that may not be written. */
    if (output->replaces && faccessat(output->dir_fd, output->target, W_OK, AT_EACCESS))
        return efs_fail_errno(diag, errno, 0, "open");

    output->fd = openat(output->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (output->fd >= 0) output->form = OUTPUT_UNNAMED;
    /* NTFS-3G, NFS and others know no unnamed files; what they answer differs. */
    else if (open_beside(output, diag)) return diag->code;

    if (!output->replaces) return EFS_OK;
    /* Before there is anything to read in it. The owner can be kept only by root. */
    if (fchown(output->fd, output->old.st_uid, output->old.st_gid) && errno != EPERM) return efs_fail_errno(diag, errno, 0, "fchown");
    if (fchmod(output->fd, output->old.st_mode & 0777)) return efs_fail_errno(diag, errno, 0, "fchmod");
    return EFS_OK;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && !S_ISCHR(a->st_mode) && !S_ISFIFO(a->st_mode) && !S_ISSOCK(a->st_mode);
}

/* Finds out what stands under the name; opens it where it is written straight. */
static enum efs_error look_at_target(struct output *output, const char *name, unsigned int flags, struct efs_diag *diag)
{
    output->fd = alias_of_descriptor(name);
    if (output->fd == STDOUT_FILENO) output->name = "standard output";
    if (output->fd >= 0) return check_direct(output, flags, diag);

    if (stat(name, &output->old)) return errno == ENOENT ? EFS_OK : efs_fail_errno(diag, errno, 0, "stat");
    if (S_ISDIR(output->old.st_mode)) return efs_fail_errno(diag, EISDIR, 0, "open");
    output->replaces = S_ISREG(output->old.st_mode);
    if (output->replaces) return EFS_OK;
    output->fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return output->fd < 0 ? efs_fail_errno(diag, errno, 0, "open") : check_direct(output, flags, diag);
}

enum efs_error output_open(struct output *output, const char *name, unsigned int flags,
                           const struct stat *inputs, size_t input_count, struct efs_diag *diag)
{
    enum efs_error error;
    char *path = NULL;
    struct stat st;
    size_t i;

    memset(output, 0, sizeof(*output));
    output->fd = output->dir_fd = -1;
    output->form = OUTPUT_DIRECT;
    output->name = name;

    error = look_at_target(output, name, flags, diag);
    if (error) return error;
    for (i = 0; i < input_count; i++)
        if ((output->fd >= 0 || output->replaces) && is_same_file(&inputs[i], &output->old))
            return efs_fail(diag, EFS_ERR_INVALID, 0, "it is also an input");
    if (output->fd >= 0) return EFS_OK;

    /* A symbolic link stays and what it leads to is written, as with every tool. */
    if (!lstat(name, &st) && S_ISLNK(st.st_mode))
    {
        path = realpath(name, NULL);
        if (!path) return efs_fail_errno(diag, errno, 0, "follow the symbolic link");
    }
    error = open_staged(output, path ? path : name, diag);
    free(path);
    return error;
}

static enum efs_error write_all(struct output *output, const uint8_t *data, size_t length, struct efs_diag *diag)
{
    while (length)
    {
        ssize_t done = write(output->fd, data, length);

        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return efs_fail_errno(diag, errno, output->position, "write");
        data += done;
        length -= (size_t)done;
        output->position += (uint64_t)done;
    }
    return EFS_OK;
}

enum efs_error output_write(struct output *output, const void *data, size_t length, struct efs_diag *diag)
{
    if (!length) return EFS_OK;
    output->hole = false;
    return write_all(output, data, length, diag);
}

enum efs_error output_zeros(struct output *output, uint64_t length, struct efs_diag *diag)
{
    static const uint8_t zeros[65536];
    enum efs_error error = EFS_OK;

    if (!length) return EFS_OK;
    if (output->form != OUTPUT_DIRECT)
    {
        /* A stream of a few bytes can name a hole of exabytes: no disk should have to take that in zeros. */
        if (length > INT64_MAX - output->position) return efs_fail_errno(diag, EFBIG, output->position, "lseek");
        if (lseek(output->fd, (off_t)length, SEEK_CUR) < 0) return efs_fail_errno(diag, errno, output->position, "lseek");
        output->position += length;
        output->hole = true;
        return EFS_OK;
    }
    while (length && !error)
    {
        size_t part = length < sizeof(zeros) ? (size_t)length : sizeof(zeros);

        error = write_all(output, zeros, part, diag);
        length -= part;
    }
    return error;
}

/* The unnamed file gets a name: the target's where that is free, else one beside it. */
static enum efs_error link_unnamed(struct output *output, struct efs_diag *diag)
{
    char self[32];
    unsigned int i;
    uint64_t number;

    snprintf(self, sizeof(self), "/proc/self/fd/%d", output->fd);
    if (!linkat(AT_FDCWD, self, output->dir_fd, output->target, AT_SYMLINK_FOLLOW)) return EFS_OK;
    for (i = 0; i < TEMPORARY_TRIES && errno == EEXIST; i++)
    {
        if (getrandom(&number, sizeof(number), 0) != sizeof(number)) return efs_fail_errno(diag, errno, 0, "getrandom");
        snprintf(output->temporary, sizeof(output->temporary), ".efsraw-%016llx", (unsigned long long)number);
        if (!linkat(AT_FDCWD, self, output->dir_fd, output->temporary, AT_SYMLINK_FOLLOW)) return EFS_OK;
    }
    output->temporary[0] = 0;
    return efs_fail_errno(diag, errno, 0, "link");
}

enum efs_error output_commit(struct output *output, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    int fd = output->fd;

    if (output->form != OUTPUT_DIRECT)
    {
        if (output->hole && ftruncate(fd, (off_t)output->position)) return efs_fail_errno(diag, errno, output->position, "ftruncate");
        /* Without this a power cut could leave the name with neither the old content nor the new. */
        if (output->replaces && fsync(fd)) return efs_fail_errno(diag, errno, 0, "fsync");
        if (output->form == OUTPUT_UNNAMED) error = link_unnamed(output, diag);
        if (error) return error;
    }

    output->fd = -1;
    if (close(fd)) return efs_fail_errno(diag, errno, output->position, "close");
    if (output->temporary[0])
    {
        if (renameat(output->dir_fd, output->temporary, output->dir_fd, output->target)) return efs_fail_errno(diag, errno, 0, "rename");
        output->temporary[0] = 0;
    }
    return EFS_OK;
}

void output_close(struct output *output)
{
    if (output->temporary[0]) unlinkat(output->dir_fd, output->temporary, 0);
    if (output->fd > STDERR_FILENO) close(output->fd);
    if (output->dir_fd >= 0) close(output->dir_fd);
    free(output->target);
    memset(output, 0, sizeof(*output));
    output->fd = output->dir_fd = -1;
}
