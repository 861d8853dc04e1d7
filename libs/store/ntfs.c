/*
 * What a file on an NTFS-3G mount is, and its named streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ntfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/bytes.h"
#include "base/io.h"
#include "base/text.h"
#include "efs/store.h"

#define FUSE_MAGIC  0x65735546
#define NTFS3_MAGIC 0x7366746e /* Linux' own driver, which has the attribute, too, but makes no EFS files: not tried */
#define ATTRIBUTES "system.ntfs_attrib"
#define PREFIX     "user."
#define PREFIX_LENGTH 5

static const uint8_t type[] = { ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0 };

/* How file systems say that they don't know an attribute. Any other answer may come from NTFS-3G, too. */
static bool is_unknown(int err)
{
    static const int answers[] = { ENODATA, ENOTSUP, ENOSYS, EINVAL, EPERM };
    size_t i;

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (err == answers[i]) return true;
    return false;
}

static enum efs_error fail_to_look(struct efs_diag *diag)
{
    return efs_fail_errno(diag, errno, 0, "get extended attribute " ATTRIBUTES);
}

enum efs_error ntfs_is_mount(int fd, bool *ntfs, struct efs_diag *diag)
{
    uint8_t bytes[4];
    struct statfs fs;
    ssize_t n;

    *ntfs = false;
    if (fstatfs(fd, &fs)) return efs_fail_errno(diag, errno, 0, "fstatfs");
    if (fs.f_type != FUSE_MAGIC && fs.f_type != NTFS3_MAGIC) return EFS_OK;
    n = fgetxattr(fd, ATTRIBUTES, bytes, sizeof(bytes));
    if (n < 0 && !is_unknown(errno)) return fail_to_look(diag);
    *ntfs = n == sizeof(bytes);
    return EFS_OK;
}

enum efs_error ntfs_get_attributes(int fd, uint32_t *attributes, struct efs_diag *diag)
{
    uint8_t bytes[4] = { 0 };

    if (fgetxattr(fd, ATTRIBUTES, bytes, sizeof(bytes)) < 0) return fail_to_look(diag);
    *attributes = load32_le(bytes);
    return EFS_OK;
}

bool ntfs_attribute_name(const uint8_t *name, uint32_t length, char out[NTFS_ATTRIBUTE_MAX])
{
    uint8_t back[NTFS_STREAM_NAME_MAX];

    /* Is it in the form that FileStreamInformation has? */
    if (length <= 2 + sizeof(type) || memcmp(name + length - sizeof(type), type, sizeof(type))) return false;
    memcpy(out, PREFIX, sizeof(PREFIX));
    if (!utf16_to_utf8(name + 2, (length - 2 - sizeof(type)) / 2, out + PREFIX_LENGTH,
                       NTFS_ATTRIBUTE_MAX - PREFIX_LENGTH))
        return false;
    /* Does it lead back to the same stream? Not with a NUL in it. */
    return strcmp(out, EFS_STORE_XATTR) && ntfs_stream_name(out, back) == length && !memcmp(back, name, length);
}

uint32_t ntfs_stream_name(const char *attribute, uint8_t out[NTFS_STREAM_NAME_MAX])
{
    const uint8_t *p = (const uint8_t *)attribute + PREFIX_LENGTH;
    size_t at = 2, n;
    uint32_t c = 0;

    store16_le(out, ':');
    for (; *p; p += n)
    {
        if (at + 4 + sizeof(type) > NTFS_STREAM_NAME_MAX || !(n = utf8_get(p, &c))) return 0;
        at += utf16_put(out + at, c);
    }
    if (at == 2) return 0;
    memcpy(out + at, type, sizeof(type));
    return (uint32_t)(at + sizeof(type));
}

enum efs_error ntfs_list_streams(int fd, char **names, size_t *length, struct efs_diag *diag)
{
    enum efs_error err = io_list_attributes(fd, names, length, diag);
    char *name, *end, *out;

    if (err || !*names) return err;
    for (name = out = *names, end = name + *length; name < end;)
    {
        size_t size = strlen(name) + 1;

        if (!strncmp(name, PREFIX, PREFIX_LENGTH) && strcmp(name, EFS_STORE_XATTR))
        {
            memmove(out, name, size);
            out += size;
        }
        name += size;
    }
    *length = (size_t)(out - *names);
    if (*length) return EFS_OK;
    free(*names);
    *names = NULL;
    return EFS_OK;
}
