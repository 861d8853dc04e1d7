/*
 * Where a command writes to: all or nothing where it is a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "common/cleanup.h"

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

enum efs_error output_may_replace(const struct efs_target *target, bool force, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];
    struct stat st;
    bool writable;

    if (!target->exists || target->directory) return EFS_OK;
    fd_path(path, target->fd);
    writable = !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS);
    if (!writable && errno != EACCES && errno != EPERM) return efs_fail_errno(diag, errno, 0, "open");
    if (fstat(target->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (force || (writable && st.st_mode & 0222)) return EFS_OK;
    return efs_fail(diag, EFS_ERR_ACCESS, 0, "it may not be written; --force replaces it all the same");
}

/* The process' own, which no command changes: asked for once, since a tree has thousands of files. */
static mode_t get_umask(void)
{
    static mode_t mask;
    static bool known;

    if (!known)
    {
        mask = umask(077);
        umask(mask);
        known = true;
    }
    return mask;
}

/* The file that is going to have the target's name. */
static enum efs_error begin_stage(struct output *output, unsigned int flags, struct efs_diag *diag)
{
    enum efs_error error = output_may_replace(&output->target, (flags & OUTPUT_FORCE) != 0, diag);
    sigset_t before;

    if (error) return error;
    output->end.mask = get_umask();
    cleanup_hold(&before);
    error = efs_plain_begin(&output->stage, &output->target, diag);
    if (!error)
    {
        cleanup_set(&output->temporary, output->target.dir_fd, efs_plain_name(output->stage));
        output->fd = efs_plain_fd(output->stage);
    }
    cleanup_release(&before);
    return error;
}

static enum efs_error open_staged(struct output *output, const char *name, unsigned int flags, struct efs_diag *diag)
{
    enum efs_error error;

    if (name[0] && name[strlen(name) - 1] == '/') return efs_fail_errno(diag, EISDIR, 0, "open");
    /* A symbolic link stays and what it leads to is written, as with every tool. */
    error = efs_target_open(&output->target, name, diag);
    if (!error && output->replaces != output->target.exists)
        error = efs_fail(diag, EFS_ERR_CHANGED, 0, "it came or went just now");
    return error ? error : begin_stage(output, flags, diag);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && !S_ISCHR(a->st_mode) && !S_ISFIFO(a->st_mode)
        && !S_ISSOCK(a->st_mode);
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
    static const struct output none = OUTPUT_NONE;
    enum efs_error error;
    size_t i;

    *output = none;
    output->name = name;

    error = look_at_target(output, name, flags, diag);
    if (error) return error;
    for (i = 0; i < input_count; i++)
        if ((output->fd >= 0 || output->replaces) && is_same_file(&inputs[i], &output->old))
            return efs_fail(diag, EFS_ERR_INVALID, 0, "it is also an input");
    return output->fd >= 0 ? EFS_OK : open_staged(output, name, flags, diag);
}

enum efs_error output_open_at(struct output *output, int dir_fd, const char *name, const char *path,
                              unsigned int flags, const struct stat *inputs, size_t input_count,
                              struct efs_diag *diag)
{
    static const struct output none = OUTPUT_NONE;
    enum efs_error error;
    size_t i;
    int copy;

    *output = none;
    output->name = path;
    if ((copy = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3)) < 0) return efs_fail_errno(diag, errno, 0, "fcntl");
    if ((error = efs_target_open_at(&output->target, copy, name, diag)))
    {
        close(copy);
        return error;
    }
    output->replaces = output->target.exists;
    if (output->replaces && fstat(output->target.fd, &output->old)) return efs_fail_errno(diag, errno, 0, "fstat");
    for (i = 0; i < input_count; i++)
        if (output->replaces && is_same_file(&inputs[i], &output->old))
            return efs_fail(diag, EFS_ERR_INVALID, 0, "it is also an input");
    return begin_stage(output, flags, diag);
}

void output_expect(struct output *output, uint64_t length)
{
    /* a tree has thousands of small files, for which the system needn't be asked */
    output->direct.wanted = output->stage && length >= DIRECT_MIN && direct_pays(length, direct_memory());
}

/* For calls that don't look at how what they transfer is aligned. */
static enum efs_error use_cache(struct output *output, struct efs_diag *diag)
{
    return direct_end(&output->direct, output->fd) ? EFS_OK : efs_fail_errno(diag, errno, output->position, "fcntl");
}

static enum efs_error write_all(struct output *output, const uint8_t *data, size_t length, struct efs_diag *diag)
{
    while (length)
    {
        ssize_t done = direct_write(&output->direct, output->fd, output->position, data, length);

        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return efs_fail_errno(diag, errno, output->position, "write");
        if (!done) return efs_fail_errno(diag, EIO, output->position, "write");
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

ssize_t output_writev(struct output *output, const struct iovec *parts, int count)
{
    ssize_t done;

    if (!direct_end(&output->direct, output->fd)) return -1;
    output->hole = false;
    do done = writev(output->fd, parts, count);
    while (done < 0 && errno == EINTR);
    if (done > 0) output->position += (uint64_t)done;
    return done;
}

/* By a buffer, where the kernel doesn't copy. */
static enum efs_error copy_through(struct output *output, int fd, uint64_t offset, uint64_t length,
                                   struct efs_diag *diag)
{
    static uint8_t buffer[65536];
    enum efs_error error = EFS_OK;
    size_t part;

    while (length && !error)
    {
        part = length < sizeof(buffer) ? (size_t)length : sizeof(buffer);
        error = io_read_exactly(fd, offset, buffer, part, diag);
        if (!error) error = write_all(output, buffer, part, diag);
        offset += part;
        length -= part;
    }
    explicit_bzero(buffer, sizeof(buffer));
    return error;
}

enum efs_error output_copy(struct output *output, int fd, uint64_t offset, uint64_t length, struct efs_diag *diag)
{
    enum efs_error error = use_cache(output, diag);
    off_t from = (off_t)offset;
    ssize_t done = 1;

    if (error) return error;
    output->hole = output->hole && !length;
    while (length && output->stage && done > 0)
    {
        done = copy_file_range(fd, &from, output->fd, NULL, length < INT32_MAX ? (size_t)length : INT32_MAX, 0);
        if (done <= 0) break;
        output->position += (uint64_t)done;
        length -= (uint64_t)done;
    }
    return length ? copy_through(output, fd, (uint64_t)from, length, diag) : EFS_OK;
}

enum efs_error output_zeros(struct output *output, uint64_t length, struct efs_diag *diag)
{
    static const uint8_t zeros[65536];
    enum efs_error error = EFS_OK;

    if (!length) return EFS_OK;
    if (output->stage)
    {
        /* A stream of a few bytes can name a hole of exabytes: no disk should have to take that in zeros. */
        if (length > INT64_MAX - output->position) return efs_fail_errno(diag, EFBIG, output->position, "lseek");
        if (lseek(output->fd, (off_t)length, SEEK_CUR) < 0)
            return efs_fail_errno(diag, errno, output->position, "lseek");
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

enum efs_error output_write_at(struct output *output, uint64_t offset, const void *data, size_t length,
                               struct efs_diag *diag)
{
    enum efs_error error;

    if (!output->stage)
    {
        if (offset < output->position)
            return efs_fail(diag, EFS_ERR_INVALID, 0, "what is out of order can be written to a file only");
        error = output_zeros(output, offset - output->position, diag);
        return error ? error : output_write(output, data, length, diag);
    }
    if (length > (uint64_t)INT64_MAX || offset > INT64_MAX - (uint64_t)length)
        return efs_fail_errno(diag, EFBIG, offset, "write");
    if ((error = use_cache(output, diag))) return error;
    output->hole = true; /* what was passed over, or its end */
    if (output->position < offset + length) output->position = offset + length;
    return efs_plain_write(output->stage, &output->holes, offset, data, length, diag);
}

enum efs_error output_set_end(struct output *output, uint64_t end, struct efs_diag *diag)
{
    if (end < output->position && !output->stage)
        return efs_fail(diag, EFS_ERR_INVALID, 0, "what was written can be cut off in a file only");
    if (!output->stage) return output_zeros(output, end - output->position, diag);
    if (end > INT64_MAX) return efs_fail_errno(diag, EFBIG, end, "ftruncate");
    if (end < output->position)
    {
        if (ftruncate(output->fd, (off_t)end)) return efs_fail_errno(diag, errno, end, "ftruncate");
        bholes_init(&output->holes, end);
    }
    output->position = end;
    output->hole = true;
    return EFS_OK;
}

static enum efs_error commit_staged(struct output *output, struct efs_diag *diag)
{
    enum efs_error error;
    sigset_t before;

    if ((error = use_cache(output, diag))) return error;
    if (output->hole && ftruncate(output->fd, (off_t)output->position))
        return efs_fail_errno(diag, errno, output->position, "ftruncate");
    /* What takes long is done before the signals are held back; the commit has little left to sync. */
    if (output->replaces && output->old.st_size && fsync(output->fd)) return efs_fail_errno(diag, errno, 0, "fsync");
    cleanup_hold(&before);
    error = efs_plain_commit(output->stage, &output->end, diag);
    /* It may have got a name for the last step; after that it has the target's. */
    cleanup_set(&output->temporary, output->target.dir_fd, efs_plain_name(output->stage));
    cleanup_release(&before);
    return error;
}

enum efs_error output_commit(struct output *output, struct efs_diag *diag)
{
    int fd = output->fd;

    if (output->stage) return commit_staged(output, diag);
    output->fd = -1;
    return close(fd) ? efs_fail_errno(diag, errno, output->position, "close") : EFS_OK;
}

void output_close(struct output *output)
{
    static const struct output none = OUTPUT_NONE;
    sigset_t before;

    if (output->stage && !efs_plain_name(output->stage)[0] && !output->temporary.name[0])
        efs_stage_free(output->stage); /* a signal has nothing to remove */
    else if (output->stage)
    {
        cleanup_hold(&before);
        efs_stage_free(output->stage);
        cleanup_set(&output->temporary, -1, "");
        cleanup_release(&before);
    }
    else if (output->fd > STDERR_FILENO) close(output->fd);
    efs_target_close(&output->target);
    *output = none;
}
