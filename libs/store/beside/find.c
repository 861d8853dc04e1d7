/*
 * Which alternate streams a file has, in both homes; and reading them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "store/ntfs.h"
#include "store/stage/stage.h"

#define VALUE_MAX 65536 /* bytes: Linux takes no longer attribute */
#define FOUND     EFS_ERROR_COUNT /* ends a walk; nobody else sees it */

/* The value without what closes it. Samba can be told to write none: then all of it is data. */
static size_t data_size(const uint8_t *value, size_t length)
{
    return length && !value[length - 1] ? length - 1 : length;
}

/* All of the attribute; *value is VALUE_MAX bytes, allocated. */
static enum efs_error get_value(int fd, const char *attribute, uint8_t **value, size_t *length, struct efs_diag *diag)
{
    ssize_t n;

    *length = 0;
    if (!(*value = malloc(VALUE_MAX))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    n = fgetxattr(fd, attribute, *value, VALUE_MAX);
    if (n < 0)
        return errno == ENODATA ? efs_fail(diag, EFS_ERR_CHANGED, 0, "the attribute has gone")
            : efs_fail_errno(diag, errno, 0, "get an alternate stream");
    *length = (size_t)n;
    return EFS_OK;
}

static enum efs_error visit_attribute(int fd, const char *name, efs_stream_visit *visit, void *context,
                                      struct efs_diag *diag)
{
    struct efs_stream_info info = { .home = EFS_HOME_ATTRIBUTE };
    uint8_t *value = NULL;
    enum efs_error err;
    size_t length = 0;

    if (strlen(name) >= sizeof(info.host) || !(info.name_length = host_attribute_stream(name, info.name)))
        return EFS_OK;
    snprintf(info.host, sizeof(info.host), "%s", name);
    err = get_value(fd, info.host, &value, &length, diag);
    if (!err) info.size = data_size(value, length);
    free(value);
    if (err) return err == EFS_ERR_CHANGED ? EFS_OK : err;
    return visit(context, &info, diag);
}

enum efs_error beside_attributes(int fd, efs_stream_visit *visit, void *context, struct efs_diag *diag)
{
    struct efs_diag own = { 0 };
    enum efs_error err;
    size_t length, at;
    char *names;

    if ((err = io_list_attributes(fd, &names, &length, &own)))
    {
        if (own.sys_errno == ENOTSUP) return EFS_OK;
        if (diag) *diag = own;
        return err;
    }
    for (at = 0; !err && at < length; at += strlen(names + at) + 1)
        err = visit_attribute(fd, names + at, visit, context, diag);
    free(names);
    return err;
}

/* ---- both homes ---- */

struct walk
{
    const struct efs_owner *owner;
    efs_stream_visit       *visit;
    void                   *context;
};

struct search
{
    const uint8_t          *name;
    size_t                  length;
    struct efs_stream_info *info;
};

static enum efs_error compare(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    const struct search *search = context;

    (void)diag;
    if (!bstream_same_name(info->name, info->name_length, search->name, search->length)) return EFS_OK;
    *search->info = *info;
    return (enum efs_error)FOUND;
}

static enum efs_error visit_file(void *context, const char *host, int fd, struct efs_diag *diag)
{
    struct efs_stream_info info = { .home = EFS_HOME_FILE }, other;
    struct search search = { info.name, 0, &other };
    const struct walk *walk = context;
    enum efs_error err;
    struct stat st;

    if (strlen(host) >= sizeof(info.host)) return EFS_OK;
    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    search.length = info.name_length = host_file_stream(walk->owner->name, host, info.name);
    info.size = (uint64_t)st.st_size;
    snprintf(info.host, sizeof(info.host), "%s", host);
    /* One that was killed while it changed its home is in both: the attribute counts. */
    if ((err = beside_attributes(walk->owner->fd, compare, &search, diag)))
        return err == (enum efs_error)FOUND ? EFS_OK : err;
    return walk->visit(walk->context, &info, diag);
}

enum efs_error efs_streams_list(const struct efs_owner *owner, efs_stream_visit *visit, void *context,
                                struct efs_diag *diag)
{
    struct walk walk = { owner, visit, context };
    uint64_t number;
    enum efs_error err;
    struct stat st;
    bool ntfs;

    if ((err = ntfs_is_mount(owner->fd, &ntfs, diag))) return err;
    if (ntfs) return EFS_OK;
    if ((err = beside_attributes(owner->fd, visit, context, diag))) return err;
    if (owner->dir_fd == -1) return EFS_OK;
    if ((err = beside_number(owner->fd, &number, diag)) || !number) return err;
    if (fstat(owner->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    return beside_each_file(owner->dir_fd, owner->name, number, st.st_uid, visit_file, &walk, diag);
}

enum efs_error efs_stream_find(const struct efs_owner *owner, const uint8_t *name, size_t length,
                               struct efs_stream_info *info, struct efs_diag *diag)
{
    struct search search = { name, length, info };
    enum efs_error err = efs_streams_list(owner, compare, &search, diag);

    if (err == (enum efs_error)FOUND) return EFS_OK;
    return err ? err : efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "there is no such alternate stream");
}

/* ---- reading ---- */

/* O_PATH */
static enum efs_error find_file(const struct efs_owner *owner, const char *host, int *fd, struct efs_diag *diag)
{
    enum efs_error err;
    uint64_t number;
    struct stat st;

    if (fstat(owner->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((err = beside_number(owner->fd, &number, diag))) return err;
    *fd = beside_open_file(owner->dir_fd, host, number, st.st_uid);
    if (*fd != -1) return EFS_OK;
    return errno == ENOENT || errno == EEXIST ? efs_fail(diag, EFS_ERR_CHANGED, 0, "the stream's file has gone")
        : efs_fail_errno(diag, errno, 0, "look at a stream's file");
}

static enum efs_error open_file(const struct efs_owner *owner, const struct efs_stream_info *info, int *fd,
                                struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];
    enum efs_error err;
    int found;

    if ((err = find_file(owner, info->host, &found, diag))) return err;
    *fd = open(fd_path(path, found), O_RDONLY | O_CLOEXEC);
    if (*fd == -1) err = efs_fail_errno(diag, errno, 0, "open a stream's file");
    close(found);
    return err;
}

enum efs_error efs_stream_open(struct efs_stream_reader *reader, const struct efs_owner *owner,
                               const struct efs_stream_info *info, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st;
    size_t length;

    reader->fd = -1;
    reader->value = NULL;
    reader->size = 0;
    if (info->home == EFS_HOME_ATTRIBUTE)
    {
        if ((err = get_value(owner->fd, info->host, &reader->value, &length, diag))) return err;
        reader->size = data_size(reader->value, length);
        return EFS_OK;
    }
    if ((err = open_file(owner, info, &reader->fd, diag))) return err;
    if (fstat(reader->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    reader->size = (uint64_t)st.st_size;
    return EFS_OK;
}

enum efs_error efs_stream_read(const struct efs_stream_reader *reader, uint64_t offset, void *buffer, size_t capacity,
                               size_t *length, struct efs_diag *diag)
{
    uint64_t left = offset < reader->size ? reader->size - offset : 0;

    *length = left < capacity ? (size_t)left : capacity;
    if (!*length) return EFS_OK;
    if (reader->fd != -1) return io_read_exactly(reader->fd, offset, buffer, *length, diag);
    memcpy(buffer, reader->value + offset, *length);
    return EFS_OK;
}

void efs_stream_close(struct efs_stream_reader *reader)
{
    if (reader->fd != -1) close(reader->fd);
    free(reader->value);
    reader->fd = -1;
    reader->value = NULL;
}

enum efs_error efs_stream_remove(const struct efs_owner *owner, const struct efs_stream_info *info,
                                 struct efs_diag *diag)
{
    enum efs_error err;
    int fd;

    if (info->home == EFS_HOME_ATTRIBUTE)
    {
        if (!fremovexattr(owner->fd, info->host)) return EFS_OK;
        return errno == ENODATA ? efs_fail(diag, EFS_ERR_CHANGED, 0, "the attribute has gone")
            : efs_fail_errno(diag, errno, 0, "remove an alternate stream");
    }
    if ((err = find_file(owner, info->host, &fd, diag))) return err;
    close(fd);
    return unlinkat(owner->dir_fd, info->host, 0) ? efs_fail_errno(diag, errno, 0, "remove a stream's file") : EFS_OK;
}
