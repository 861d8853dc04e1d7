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
#include "efs/store.h"
#include "efs/utf8.h"

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
    uint32_t i, end;
    size_t at = PREFIX_LENGTH;

    /* Is it in the form that FileStreamInformation has? */
    if (length <= 2 + sizeof(type) || memcmp(name + length - sizeof(type), type, sizeof(type))) return false;
    end = length - sizeof(type);
    memcpy(out, PREFIX, PREFIX_LENGTH);
    for (i = 2; i < end; i += 2)
    {
        uint32_t c = load16_le(name + i);

        if (c >= 0xd800 && c < 0xdc00 && i + 2 < end)
        {
            i += 2;
            c = 0x10000 + ((c - 0xd800) << 10) + (load16_le(name + i) - 0xdc00u);
        }
        if (c > 0x10ffff || at + EFS_UTF8_MAX + 1 > NTFS_ATTRIBUTE_MAX) return false;
        at += efs_put_utf8(out + at, c);
    }
    out[at] = 0;
    /* Does it lead back to the same stream? Not with half a pair of surrogates. */
    return strcmp(out, EFS_STORE_XATTR) && ntfs_stream_name(out, back) == length && !memcmp(back, name, length);
}

/* One character; false if it isn't UTF-8. */
static bool get_utf8(const uint8_t **p, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 }; /* below it, a shorter form is the right one */
    const uint8_t *s = *p;
    unsigned int more = *s < 0xc0 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3, i;

    if ((*s >= 0x80 && *s < 0xc0) || *s >= 0xf8) return false;
    *c = more ? *s & (0x3fu >> more) : *s;
    for (i = 1; i <= more; i++)
    {
        if ((s[i] & 0xc0) != 0x80) return false;
        *c = *c << 6 | (s[i] & 0x3f);
    }
    *p = s + 1 + more;
    return *c >= least[more] && *c <= 0x10ffff && (*c < 0xd800 || *c >= 0xe000);
}

uint32_t ntfs_stream_name(const char *attribute, uint8_t out[NTFS_STREAM_NAME_MAX])
{
    const uint8_t *p = (const uint8_t *)attribute + PREFIX_LENGTH;
    uint32_t at = 2, c;

    store16_le(out, ':');
    while (*p)
    {
        if (at + 4 + sizeof(type) > NTFS_STREAM_NAME_MAX || !get_utf8(&p, &c)) return 0;
        if (c >= 0x10000)
        {
            store16_le(out + at, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
            at += 2;
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        store16_le(out + at, (uint16_t)c);
        at += 2;
    }
    if (at == 2) return 0;
    memcpy(out + at, type, sizeof(type));
    return at + (uint32_t)sizeof(type);
}

enum efs_error ntfs_list_streams(int fd, char **names, size_t *length, struct efs_diag *diag)
{
    char *list, *name, *end, *out;
    ssize_t n = flistxattr(fd, NULL, 0);

    *names = NULL;
    *length = 0;
    if (n < 0) return efs_fail_errno(diag, errno, 0, "list extended attributes");
    if (!(list = malloc((size_t)n + 1))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    if (n) n = flistxattr(fd, list, (size_t)n);
    if (n < 0)
    {
        free(list);
        return efs_fail_errno(diag, errno, 0, "list extended attributes");
    }
    list[n] = 0;
    for (name = out = list, end = list + n; name < end;)
    {
        size_t size = strlen(name) + 1;

        if (!strncmp(name, PREFIX, PREFIX_LENGTH) && strcmp(name, EFS_STORE_XATTR))
        {
            memmove(out, name, size);
            out += size;
        }
        name += size;
    }
    *length = (size_t)(out - list);
    if (*length) *names = list;
    else free(list);
    return EFS_OK;
}
