/*
 * Windows' extended attributes as attributes of the host's, in Samba's form: user.NAME.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/beside.h"
#include "efs/beside_attributes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "store/ntfs.h"
#include "store/xattr.h"

#define VALUE_ROOM 65536 /* bytes: Linux takes no longer attribute */

static enum efs_error check_mount(int fd, struct efs_diag *diag)
{
    enum efs_error err;
    bool ntfs;

    if ((err = ntfs_is_mount(fd, &ntfs, diag)) || !ntfs) return err;
    return efs_fail(diag, EFS_ERR_VOLUME, 0, "extended attributes aren't kept on NTFS-3G, where they are streams");
}

/* The attribute that has this name in other letters, if there is one. */
static enum efs_error find_spelling(int fd, char attribute[HOST_NAME_SIZE], struct efs_diag *diag)
{
    enum efs_error err;
    size_t length, at;
    char *names;

    if ((err = io_list_attributes(fd, &names, &length, diag))) return err;
    for (at = 0; at < length; at += strlen(names + at) + 1)
        if (host_attribute_ea(names + at) && !strcasecmp(names + at, attribute))
        {
            snprintf(attribute, HOST_NAME_SIZE, "%s", names + at); /* of the same length */
            break;
        }
    free(names);
    return EFS_OK;
}

enum efs_error efs_ea_set(int fd, const struct bea *ea, struct efs_diag *diag)
{
    const char *refused = host_ea_refused(ea->name, ea->name_length);
    char attribute[HOST_NAME_SIZE];
    enum efs_error err;

    if (refused) return efs_fail(diag, EFS_ERR_ACCESS, 0, refused);
    host_ea_attribute(ea->name, ea->name_length, attribute);
    if ((err = check_mount(fd, diag)) || (err = find_spelling(fd, attribute, diag))) return err;
    if (!ea->value_length)
        return !fremovexattr(fd, attribute) || errno == ENODATA ? EFS_OK
            : efs_fail_errno(diag, errno, 0, "remove an extended attribute");
    err = xattr_set_other(fd, attribute, ea->value, ea->value_length, diag);
    return err == FORM_UNFIT ? efs_fail(diag, EFS_ERR_VOLUME, 0, "too large for the attributes of a file here") : err;
}

/* ---- a list of them, all or nothing ---- */

/* What an attribute was before it was set: the next older one, its name and a NUL, its value. */
struct undo
{
    struct undo *older;
    bool         there;
    size_t       length; /* bytes of the value */
    char         attribute[HOST_NAME_SIZE];
    uint8_t      value[];
};

static enum efs_error remember(struct undo **undo, int fd, const struct bea *ea, uint8_t *room, struct efs_diag *diag)
{
    struct undo *one;
    enum efs_error err;
    ssize_t n;

    if (!(one = malloc(sizeof(*one)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    host_ea_attribute(ea->name, ea->name_length, one->attribute);
    if (!(err = find_spelling(fd, one->attribute, diag))
        && (n = fgetxattr(fd, one->attribute, room, VALUE_ROOM)) < 0 && errno != ENODATA)
        err = efs_fail_errno(diag, errno, 0, "get an extended attribute");
    if (!err)
    {
        struct undo *larger = realloc(one, sizeof(*one) + (n > 0 ? (size_t)n : 0));

        if (larger) one = larger;
        else err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "realloc");
    }
    if (err)
    {
        free(one);
        return err;
    }
    one->there = n >= 0;
    one->length = n > 0 ? (size_t)n : 0;
    memcpy(one->value, room, one->length);
    one->older = *undo;
    *undo = one;
    return EFS_OK;
}

/* Frees all; back: sets what they were, the newest one first, so that there is room for it. */
static void finish(struct undo *undo, int fd, bool back)
{
    struct undo *older;

    for (; undo; undo = older)
    {
        older = undo->older;
        if (back && undo->there) xattr_set_other(fd, undo->attribute, undo->value, undo->length, NULL);
        else if (back) fremovexattr(fd, undo->attribute);
        free(undo);
    }
}

enum efs_error efs_eas_set(int fd, const uint8_t *list, size_t length, struct efs_diag *diag)
{
    struct bstream_fault fault = { 0 };
    struct undo *undo = NULL;
    enum efs_error err = EFS_OK;
    size_t at = 0;
    struct bea ea;
    uint8_t *room;

    if (!(room = malloc(VALUE_ROOM))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    while (!err && bea_next(list, length, &at, &ea, &fault))
        if (!(err = remember(&undo, fd, &ea, room, diag))) err = efs_ea_set(fd, &ea, diag);
    if (!err && fault.rule) err = efs_fail(diag, EFS_ERR_INVALID, fault.position, fault.rule);
    free(room);
    finish(undo, fd, err != EFS_OK);
    return err;
}

/* ---- listing ---- */

static enum efs_error visit_one(int fd, const char *attribute, uint8_t *value, efs_ea_visit *visit, void *context,
                                struct efs_diag *diag)
{
    const char *name = host_attribute_ea(attribute);
    ssize_t n = name ? fgetxattr(fd, attribute, value, VALUE_ROOM) : -1;
    struct bea ea = { 0 };

    if (name && n < 0 && errno != ENODATA && errno != ERANGE)
        return efs_fail_errno(diag, errno, 0, "get an extended attribute");
    if (n <= 0 || n > BEA_VALUE_MAX) return EFS_OK;
    ea.name = (const uint8_t *)name;
    ea.name_length = (uint8_t)strlen(name);
    ea.value = value;
    ea.value_length = (uint16_t)n;
    return visit(context, &ea, diag);
}

enum efs_error efs_eas_list(int fd, efs_ea_visit *visit, void *context, struct efs_diag *diag)
{
    struct efs_diag own = { 0 };
    enum efs_error err;
    size_t length, at;
    uint8_t *value;
    char *names;
    bool ntfs;

    if ((err = ntfs_is_mount(fd, &ntfs, diag)) || ntfs) return err;
    if ((err = io_list_attributes(fd, &names, &length, &own)))
    {
        if (own.sys_errno == ENOTSUP) return EFS_OK;
        if (diag) *diag = own;
        return err;
    }
    if (!(value = malloc(VALUE_ROOM))) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    for (at = 0; !err && at < length; at += strlen(names + at) + 1)
        err = visit_one(fd, names + at, value, visit, context, diag);
    free(value);
    free(names);
    return err;
}
