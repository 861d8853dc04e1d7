/*
 * The extended attributes of the store: $EFS, and what an overwritten file had beside it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "xattr.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "access.h"
#include "backup/host_names.h"
#include "efs/container.h"
#include "efs/metadata.h"
#include "efs/store.h"
#include "ntfs.h"

/* More free blocks than one attribute can need: then "no space" can't have meant the disk. */
#define BLOCKS_FOR_METADATA 256

#define NTFS_EAS "system.ntfs_ea" /* of NTFS-3G: all in one value */

/* What a refused attribute means. */
static enum efs_error fail_to_set(int fd, int err, const char *call, struct efs_diag *diag)
{
    struct statfs fs;

    /* ext4 and Btrfs say ENOSPC for a value that is too large, too; XFS and the VFS have codes of their own for it */
    if (err == E2BIG || err == ERANGE || (err == ENOSPC && !fstatfs(fd, &fs) && fs.f_bavail > BLOCKS_FOR_METADATA))
        return efs_fail(diag, FORM_UNFIT, 0, "too large for the extended attributes of a file here");
    return efs_fail_errno(diag, err, 0, call);
}

static const struct
{
    const char *name;
    uint32_t    min;         /* bytes of a value; Linux takes at most 65,536 */
    const char *get, *set, *length; /* messages */
} store_xattrs[XATTR_COUNT] =
{
#define MESSAGES(name) \
    "get extended attribute " name, "set extended attribute " name, name ": a length that it can't have"
    [XATTR_METADATA] = { EFS_STORE_XATTR, EFS_METADATA_MIN, MESSAGES(EFS_STORE_XATTR) },
    /* not the mark's own length: what is no mark is a broken one, and not just absent */
    [XATTR_CONTAINER] = { EFS_STORE_CONTAINER, 0, MESSAGES(EFS_STORE_CONTAINER) },
    [XATTR_LAYOUT] = { EFS_STORE_LAYOUT, 0, MESSAGES(EFS_STORE_LAYOUT) },
    [XATTR_LAYOUT2] = { EFS_STORE_LAYOUT2, 0, MESSAGES(EFS_STORE_LAYOUT2) },
    [XATTR_SIZE] = { EFS_STORE_SIZE, 0, MESSAGES(EFS_STORE_SIZE) },
#undef MESSAGES
};

/* The file system has refused to replace what is there: is it this very metadata? */
static enum efs_error compare_metadata(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag)
{
    struct xattr_value old;
    enum efs_error err;
    bool same;

    if ((err = xattr_get(fd, XATTR_METADATA, &old, diag))) return err;
    same = old.length == length && !memcmp(old.bytes, metadata, length);
    free(old.bytes);
    if (same) return EFS_OK;
    return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0,
                    "the file system doesn't replace the metadata of what is encrypted");
}

/*
 * Without the mount option efs_raw, NTFS-3G makes a named stream of the $EFS, and Windows would find plain garbage. If
 * it doesn't say what it has made, that the attribute can't be removed says so: only a genuine $EFS is kept (EPERM).
 */
static enum efs_error check_encrypted(int fd, struct efs_diag *diag)
{
    uint32_t attributes = 0;
    enum efs_error err = ntfs_get_attributes(fd, &attributes, diag);

    if (attributes & NTFS_ATTRIBUTE_ENCRYPTED) return EFS_OK;
    if (fremovexattr(fd, EFS_STORE_XATTR) && errno == EPERM) return EFS_OK;
    return err ? err : efs_fail(diag, EFS_ERR_VOLUME, 0, "NTFS, but not NTFS-3G mounted with the option efs_raw");
}

enum efs_error xattr_set_metadata(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag)
{
    enum efs_error err;
    bool ntfs;

    /* A failed look is an error while nothing has changed yet. */
    if ((err = ntfs_is_mount(fd, &ntfs, diag))) return err;
    if (!fsetxattr(fd, EFS_STORE_XATTR, metadata, length, 0)) return ntfs ? check_encrypted(fd, diag) : EFS_OK;
    /* NTFS-3G neither replaces nor removes a $EFS */
    if (errno == EEXIST) return compare_metadata(fd, metadata, length, diag);
    /* NTFS-3G knows versions 1 to 5 */
    if (errno == EINVAL) return efs_fail(diag, EFS_ERR_VOLUME, 0, "the file system doesn't take this metadata");
    return fail_to_set(fd, errno, "set extended attribute " EFS_STORE_XATTR, diag);
}

enum efs_error xattr_set(int fd, enum store_xattr which, const uint8_t *bytes, uint32_t length, struct efs_diag *diag)
{
    if (!fsetxattr(fd, store_xattrs[which].name, bytes, length, 0)) return EFS_OK;
    return fail_to_set(fd, errno, store_xattrs[which].set, diag);
}

enum efs_error xattr_set_other(int fd, const char *name, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    return fsetxattr(fd, name, bytes, length, 0)
        ? fail_to_set(fd, errno, "set an extended attribute of a rewriting", diag) : EFS_OK;
}

enum efs_error xattr_remove(int fd, enum store_xattr which, struct efs_diag *diag)
{
    if (!fremovexattr(fd, store_xattrs[which].name) || errno == ENODATA || errno == ENOTSUP) return EFS_OK;
    return efs_fail_errno(diag, errno, 0, "remove an extended attribute");
}

#define NAMES_SIZE 512 /* bytes of names; a file with more is asked for each */

unsigned int xattr_find_absent(int fd)
{
    unsigned int absent = (1u << XATTR_COUNT) - 1, i;
    char names[NAMES_SIZE + 1];
    ssize_t length = flistxattr(fd, names, NAMES_SIZE), at;

    if (length >= 0) names[length] = 0; /* whoever wrote the file system */
    for (at = 0; at < length; at += (ssize_t)strlen(names + at) + 1)
        for (i = 0; i < XATTR_COUNT; i++)
            if (!strcmp(names + at, store_xattrs[i].name)) absent &= ~(1u << i);
    return absent & 1u << XATTR_METADATA ? 0 : absent;
}

bool xattr_is_there(const char *path, enum store_xattr which)
{
    return getxattr(path, store_xattrs[which].name, NULL, 0) >= 0;
}

/* Most values fit this: one call then, instead of one for the length and one for the bytes. */
#define USUAL_SIZE 1024

static enum efs_error keep_value(struct xattr_value *value, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    value->bytes = malloc(length + 1); /* never of no length: that may give NULL */
    if (!value->bytes) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    if (bytes) memcpy(value->bytes, bytes, length);
    value->length = (uint32_t)length;
    return EFS_OK;
}

static enum efs_error get_large(int fd, enum store_xattr which, struct xattr_value *value, struct efs_diag *diag)
{
    ssize_t n = fgetxattr(fd, store_xattrs[which].name, NULL, 0), got = -1;
    enum efs_error err;

    if (n >= 0)
    {
        if ((err = keep_value(value, NULL, (size_t)n, diag))) return err;
        /* A writer between the calls would make the lengths differ. */
        if (n && (got = fgetxattr(fd, store_xattrs[which].name, value->bytes, (size_t)n)) == n) return EFS_OK;
    }
    err = got < 0 && errno != ERANGE && errno != ENODATA
        ? efs_fail_errno(diag, errno, 0, store_xattrs[which].get)
        : efs_fail(diag, EFS_ERR_CORRUPT, 0, "an extended attribute changed while it was read");
    free(value->bytes);
    *value = (struct xattr_value){ 0 };
    return err;
}

/* Whatever its length. */
static enum efs_error get_value(int fd, enum store_xattr which, struct xattr_value *value, struct efs_diag *diag)
{
    uint8_t bytes[USUAL_SIZE];
    ssize_t n = fgetxattr(fd, store_xattrs[which].name, bytes, sizeof(bytes));

    *value = (struct xattr_value){ 0 };
    if (n >= 0) return keep_value(value, bytes, (size_t)n, diag);
    if (errno == ERANGE) return get_large(fd, which, value, diag);
    if (errno == ENODATA || errno == ENOTSUP)
        return efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "no extended attribute of EFS");
    return efs_fail_errno(diag, errno, 0, store_xattrs[which].get);
}

enum efs_error xattr_get(int fd, enum store_xattr which, struct xattr_value *value, struct efs_diag *diag)
{
    enum efs_error err = get_value(fd, which, value, diag);

    if (err || value->length >= store_xattrs[which].min) return err;
    free(value->bytes);
    value->bytes = NULL;
    value->length = 0;
    return efs_fail(diag, EFS_ERR_CORRUPT, 0, store_xattrs[which].length);
}

enum efs_error xattr_save(int fd, struct xattr_value values[XATTR_COUNT], struct efs_diag *diag)
{
    enum store_xattr which;

    memset(values, 0, XATTR_COUNT * sizeof(*values));
    for (which = 0; which < XATTR_COUNT; which++)
    {
        enum efs_error err = get_value(fd, which, &values[which], diag);

        if (err && err != EFS_ERR_NOT_ENCRYPTED) return err;
    }
    return EFS_OK;
}

enum efs_error xattr_replace(int fd, const struct xattr_value values[XATTR_COUNT], struct efs_diag *diag)
{
    enum store_xattr which;
    enum efs_error err;

    /* Room is made before it is needed. */
    for (which = 0; which < XATTR_COUNT; which++)
        if (!values[which].bytes && (err = xattr_remove(fd, which, diag))) return err;
    for (which = 0; which < XATTR_COUNT; which++)
    {
        if (!values[which].bytes) continue;
        if (which == XATTR_METADATA) err = xattr_set_metadata(fd, values[which].bytes, values[which].length, diag);
        else err = xattr_set(fd, which, values[which].bytes, values[which].length, diag);
        if (err) return err;
    }
    return EFS_OK;
}

bool xattr_restore(int fd, const struct xattr_value values[XATTR_COUNT])
{
    enum store_xattr which;
    bool all = true;

    for (which = 0; which < XATTR_COUNT; which++)
        if (!values[which].bytes && xattr_remove(fd, which, NULL)) all = false;
    for (which = 0; which < XATTR_COUNT; which++)
        if (values[which].bytes && xattr_set(fd, which, values[which].bytes, values[which].length, NULL)) all = false;
    return all;
}

void xattr_free(struct xattr_value values[XATTR_COUNT])
{
    enum store_xattr which;

    for (which = 0; which < XATTR_COUNT; which++) free(values[which].bytes);
    memset(values, 0, XATTR_COUNT * sizeof(*values));
}

static bool has_prefix(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

/* narrow: of an access control list, not NULL if it is to be made narrower, with the mode in it */
static enum efs_error copy_one(const char *from, int to, const char *name, bool needed, mode_t *narrow,
                               struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint8_t *value = NULL;
    ssize_t n;

    n = getxattr(from, name, NULL, 0);
    if (n > 0)
    {
        value = malloc((size_t)n);
        if (!value) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        n = getxattr(from, name, value, (size_t)n);
    }
    if (n < 0)
    {
        if (needed) err = efs_fail_errno(diag, errno, 0, "get an extended attribute to carry over");
    }
    else
    {
        if (narrow) access_list_without_group(value, (size_t)n, narrow);
        if (fsetxattr(to, name, value ? (const void *)value : "", (size_t)n, 0) && needed)
            err = fail_to_set(to, errno, "carry over an extended attribute", diag);
    }
    free(value);
    return err;
}

/*
 * The Windows security descriptor of a file, and what says that it is its own: both, or none. It may be too large to
 * lie beside $EFS, and is no reason not to import: what Linux enforces, the mode, is kept in any case.
 */
static enum efs_error copy_descriptor(const char *from, int to, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;

    if (getxattr(from, EFS_STORE_DESCRIPTOR_MARK, NULL, 0) >= 0)
        err = copy_one(from, to, EFS_STORE_DESCRIPTOR_MARK, true, NULL, NULL);
    else if (errno != ENODATA) return EFS_OK;
    if (!err) err = copy_one(from, to, EFS_STORE_DESCRIPTOR, true, NULL, NULL);
    if (err) fremovexattr(to, EFS_STORE_DESCRIPTOR_MARK);
    return err == EFS_ERR_NO_MEMORY ? efs_fail(diag, err, 0, "malloc") : EFS_OK;
}

enum efs_error xattr_copy_ntfs(int from, int to, struct efs_diag *diag)
{
    static const char * const names[] = { "system.ntfs_acl", "system.ntfs_attrib", "system.ntfs_crtime" };
    enum efs_error err;
    char path[FD_PATH_SIZE];
    ssize_t n;
    size_t i;

    fd_path(path, from);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((err = copy_one(path, to, names[i], false, NULL, diag))) return err;
    /* Extended attributes of Windows' are the user's, and mustn't be lost without a word. */
    n = getxattr(path, NTFS_EAS, NULL, 0);
    if (n < 0 && errno != ENODATA && errno != ENOTSUP)
        return efs_fail_errno(diag, errno, 0, "get extended attribute " NTFS_EAS);
    return n > 0 ? copy_one(path, to, NTFS_EAS, true, NULL, diag) : EFS_OK;
}

enum efs_error xattr_drop_list(int fd, struct efs_diag *diag)
{
    if (!fremovexattr(fd, ACCESS_LIST) || errno == ENODATA || errno == ENOTSUP) return EFS_OK;
    return efs_fail_errno(diag, errno, 0, "remove the access control list that the directory gave");
}

enum efs_error xattr_copy_others(int from, int to, enum xattr_user user, mode_t *narrow, struct efs_diag *diag)
{
    mode_t mode = narrow ? *narrow : 0;
    enum efs_error err = EFS_OK;
    char path[FD_PATH_SIZE], *names = NULL, *name;
    ssize_t n;

    if (narrow) *narrow = access_without_group(mode);
    /* By this name, since an O_PATH descriptor has no attributes of its own. */
    fd_path(path, from);
    /* The staging file may have got a list from the directory's default one, which the old file hadn't. */
    if (getxattr(path, ACCESS_LIST, NULL, 0) < 0 && (err = xattr_drop_list(to, diag))) return err;
    n = listxattr(path, NULL, 0);
    if (n == 0 || (n < 0 && errno == ENOTSUP)) return EFS_OK;
    if (n > 0)
    {
        names = malloc((size_t)n);
        if (!names) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        n = listxattr(path, names, (size_t)n);
    }
    if (n < 0)
    {
        err = efs_fail_errno(diag, errno, 0, "list extended attributes");
        goto out;
    }
    for (name = names; !err && name < names + n; name += strlen(name) + 1)
    {
        /* What belongs to the old content isn't carried over. */
        if (!strcmp(name, EFS_STORE_XATTR) || has_prefix(name, "user.efs.") || !strcmp(name, "security.capability"))
            continue;
        if (user == XATTR_USER_NONE && has_prefix(name, "user.")) continue;
        if (user == XATTR_USER_BUT_STREAMS && has_prefix(name, HOST_STREAM_PREFIX)) continue;
        if (!strcmp(name, EFS_STORE_DESCRIPTOR)) err = copy_descriptor(path, to, diag);
        else if (narrow && !strcmp(name, ACCESS_LIST))
        {
            *narrow = mode;
            err = copy_one(path, to, name, true, narrow, diag);
        }
        else err = copy_one(path, to, name, has_prefix(name, "user.") || has_prefix(name, "system.posix_acl_"), NULL,
                            diag);
    }
out:
    free(names);
    return err;
}
