/*
 * An NTFS-3G mount, as its system calls show it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ntfs_mount.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "efs/store.h"

#define FUSE_MAGIC  0x65735546
#define NTFS3_MAGIC 0x7366746e
#define STREAMS    512

struct ntfs_mount mount;

static struct stream { char *name; void *value; size_t length; } streams[STREAMS];
static size_t count;

/* Declares the C library's function behind a wrapped one, and begins the wrapper. */
#define WRAP(type, name, ...) \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

static void *copy(const void *bytes, size_t length)
{
    void *p = malloc(length + 1);

    if (!p) abort();
    return memcpy(p, bytes, length);
}

static void clear(void)
{
    for (; count; count--)
    {
        free(streams[count - 1].name);
        free(streams[count - 1].value);
    }
}

void ntfs_mount_on(void)
{
    clear();
    mount = (struct ntfs_mount){ .on = true, .efs_raw = true };
}

void ntfs_mount_off(void)
{
    clear();
    mount.on = false;
}

void ntfs_mount_put(const char *attribute, const void *value, size_t length)
{
    if (count == STREAMS) abort();
    streams[count++] = (struct stream){ copy(attribute, strlen(attribute) + 1), copy(value, length), length };
}

size_t ntfs_mount_count(void)
{
    return count;
}

static bool is_stream(const char *name)
{
    return mount.on && !strncmp(name, "user.", 5) && strcmp(name, EFS_STORE_XATTR) && strcmp(name, EFS_STORE_CONTAINER);
}

static struct stream *find(const char *name)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (!strcmp(streams[i].name, name)) return &streams[i];
    return NULL;
}

static int fail(int err)
{
    errno = err;
    return -1;
}

WRAP(int, fstatfs64, int fd, struct statfs *fs)
{
    if (mount.on && mount.statfs_err) return fail(mount.statfs_err);
    if (__real_fstatfs64(fd, fs)) return -1;
    if (mount.on) fs->f_type = mount.ntfs3 ? NTFS3_MAGIC : FUSE_MAGIC;
    return 0;
}

static ssize_t get_attributes(bool encrypted, void *value)
{
    const uint8_t bytes[4] = { 0x20, mount.hides || (encrypted && mount.efs_raw) ? 0x40 : 0 };

    if (++mount.looks == mount.look_at)
    {
        if (mount.look_err) return fail(mount.look_err);
        return (ssize_t)mount.look_length;
    }
    memcpy(value, bytes, sizeof(bytes));
    return sizeof(bytes);
}

WRAP(ssize_t, fgetxattr, int fd, const char *name, void *value, size_t size)
{
    struct stream *stream;

    if (mount.on && !strcmp(name, "system.ntfs_attrib"))
        return get_attributes(__real_fgetxattr(fd, EFS_STORE_XATTR, NULL, 0) > 0, value);
    if (!is_stream(name)) return __real_fgetxattr(fd, name, value, size);
    if (mount.get_err) return fail(mount.get_err);
    if (!(stream = find(name))) return fail(ENODATA);
    if (size < stream->length) return fail(ERANGE);
    memcpy(value, stream->value, stream->length);
    return (ssize_t)stream->length;
}

WRAP(int, fsetxattr, int fd, const char *name, const void *value, size_t size, int flags)
{
    if (mount.on && !strcmp(name, EFS_STORE_XATTR))
    {
        if (mount.efs_err) return fail(mount.efs_err);
        if (mount.efs_raw && __real_fgetxattr(fd, name, NULL, 0) > 0) return fail(EEXIST);
    }
    if (!is_stream(name)) return __real_fsetxattr(fd, name, value, size, flags);
    if (mount.set_err) return fail(mount.set_err);
    if (find(name)) return fail(EEXIST); /* nobody replaces one */
    if (!mount.loses) ntfs_mount_put(name, value, size);
    return 0;
}

WRAP(int, fremovexattr, int fd, const char *name)
{
    if (mount.on && mount.remove_err && !strcmp(name, EFS_STORE_XATTR)) return fail(mount.remove_err);
    if (mount.on && mount.efs_raw && !strcmp(name, EFS_STORE_XATTR)) return fail(EPERM);
    return __real_fremovexattr(fd, name);
}

/* In the volume's order: by name. */
static int compare(const void *a, const void *b)
{
    return strcasecmp(((const struct stream *)a)->name, ((const struct stream *)b)->name);
}

WRAP(ssize_t, flistxattr, int fd, char *list, size_t size)
{
    size_t i, length = 0;

    if (!mount.on) return __real_flistxattr(fd, list, size);
    if (size && mount.list_err) return fail(mount.list_err);
    qsort(streams, count, sizeof(*streams), compare);
    for (i = 0; i < count; i++)
    {
        size_t n = strlen(streams[i].name) + 1;

        if (size && length + n > size) return fail(ERANGE);
        if (size) memcpy(list + length, streams[i].name, n);
        length += n;
    }
    return (ssize_t)length;
}
