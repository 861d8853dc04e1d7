/*
 * The Unix half's calls about who may do what with a file: its mode, and the Windows descriptor that is kept beside it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bytes.h"
#include "backup/security.h"
#include "efs/beside.h"
#include "efs/beside_attributes.h"
#include "efs/store.h"

#define DESCRIPTOR  EFS_STORE_DESCRIPTOR
#define MARK        EFS_STORE_DESCRIPTOR_MARK
#define ACCESS_LIST "system.posix_acl_access"
#define NTFS_3G     "system.ntfs_attrib" /* every file on NTFS-3G has it; user attributes are named streams there */

/* An access list in its attribute: u32 version, entries of u16 tag, u16 permissions, u32 id
   (linux/posix_acl_xattr.h). */
#define LIST_VERSION    2
#define LIST_FIXED      4
#define LIST_ENTRY      8
#define LIST_MAX        (LIST_FIXED + 1024 * LIST_ENTRY)
#define LIST_GROUP      0x04
#define LIST_MASK       0x10

static bool is_absent(int err)
{
    return err == ENODATA || err == ENOTSUP || err == ENOSYS;
}

/* The group's three bits by an access list: in the mode itself the mask stands in their place. */
static uint32_t group_of_list(const uint8_t *list, size_t length)
{
    uint32_t group = 0, mask = 7;
    size_t at;

    if (length < LIST_FIXED || load32_le(list) != LIST_VERSION) return 0;
    for (at = LIST_FIXED; at + LIST_ENTRY <= length; at += LIST_ENTRY)
    {
        if (load16_le(list + at) == LIST_GROUP) group = load16_le(list + at + 2);
        if (load16_le(list + at) == LIST_MASK) mask = load16_le(list + at + 2);
    }
    return group & mask & 7;
}

/* What a restored file's mode is to be. A list that can't be read gives the group nothing. */
static uint32_t mode_to_save(int fd, uint32_t mode)
{
    uint8_t list[LIST_MAX];
    ssize_t n = fgetxattr(fd, ACCESS_LIST, list, sizeof(list));

    if (n < 0 && is_absent(errno)) return mode;
    return (mode & ~070u) | group_of_list(list, n < 0 ? 0 : (size_t)n) << 3;
}

void call_security_get(struct security_get_params *params)
{
    uint8_t *buffer = from_u64(params->buffer);
    int fd = take_fd(params->fd);
    struct stat st;

    params->got = params->is_file = 0;
    if (!fstat(fd, &st))
    {
        uint32_t shown = st.st_mode & BSECURITY_MODE;
        size_t got = efs_descriptor_get(fd, st.st_mode, buffer, params->capacity);

        if (!got)
            got = bsecurity_add_mode(from_u64(params->descriptor), params->length, shown, mode_to_save(fd, shown),
                                     S_ISDIR(st.st_mode), buffer, params->capacity);
        params->got = (uint32_t)got;
        params->is_file = S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
    }
    close(fd);
}

/* True also if it can't be looked at: then it may be there. */
static bool has_attribute(int fd, const char *name)
{
    return fgetxattr(fd, name, NULL, 0) >= 0 || !is_absent(errno);
}

/*
 * Some file systems refuse a mode with an errno that stands for a missing feature. EPERM: programs go on after
 * ERROR_ACCESS_DENIED.
 */
static enum efs_error change_mode(int fd, uint32_t mode, struct efs_diag *diag)
{
    if (!fchmod(fd, mode)) return EFS_OK;
    return efs_fail_errno(diag, is_absent(errno) ? EPERM : errno, 0, "fchmod");
}

/*
 * Gives a file its mode, and takes what the directory's default list may have given others. Until the last step it is
 * the owner's alone: so it is never wider than at the end, and the attributes can be set even if he may not write it.
 */
static enum efs_error change(int fd, const struct stat *st, uint32_t mode, const uint8_t *descriptor, size_t length,
                             bool *dropped, struct efs_diag *diag)
{
    bool list = has_attribute(fd, ACCESS_LIST), kept = has_attribute(fd, DESCRIPTOR) || has_attribute(fd, MARK);
    enum efs_error err;

    if (!list && !kept && !descriptor) return mode == (st->st_mode & 07777) ? EFS_OK : change_mode(fd, mode, diag);
    if ((err = change_mode(fd, (st->st_mode & 07000) | (S_ISDIR(st->st_mode) ? 0700 : 0600), diag))) return err;
    if (list && fremovexattr(fd, ACCESS_LIST) && !is_absent(errno))
        return efs_fail_errno(diag, errno, 0, "remove the access list");
    *dropped = !efs_descriptor_keep(fd, mode, descriptor, length) && descriptor;
    return change_mode(fd, mode, diag);
}

/* The descriptor alone, of a file that keeps its mode. False: it isn't kept. */
static bool keep(int fd, const struct stat *st, const uint8_t *descriptor, size_t length)
{
    mode_t mode;
    bool lifted = lift_read_only(fd, &mode), kept = efs_descriptor_keep(fd, st->st_mode, descriptor, length);

    if (lifted) fchmod(fd, mode);
    return kept;
}

/* Are there no user attributes, or, on NTFS-3G, none that aren't streams? */
static bool has_no_attributes(int fd)
{
    return has_attribute(fd, NTFS_3G) || (fgetxattr(fd, MARK, NULL, 0) == -1 && (errno == ENOTSUP || errno == ENOSYS));
}

void call_security_set(struct security_set_params *params)
{
    const uint8_t *descriptor = from_u64(params->descriptor);
    int fd = take_fd(params->fd);
    struct efs_diag diag = { 0 };
    enum efs_error err = EFS_OK;
    enum bsecurity_says says;
    struct stat st;
    uint32_t mode;
    bool directory = false, none = false, dropped = false;

    params->dropped = SECURITY_KEPT;
    if (!bsecurity_is_valid(descriptor, params->length))
        err = efs_fail(&diag, EFS_ERR_INVALID, 0, "not a security descriptor");
    else if (fstat(fd, &st)) err = efs_fail_errno(&diag, errno, 0, "fstat");
    else if (params->stays & SECURITY_STAYS_MODE)
    {
        none = has_no_attributes(fd);
        dropped = none || !keep(fd, &st, descriptor, params->length);
    }
    else
    {
        none = has_no_attributes(fd);
        directory = S_ISDIR(st.st_mode);
        says = bsecurity_read_mode(descriptor, params->length, from_u64(params->user), params->user_length, directory,
                                   &mode);
        mode = bsecurity_choose_mode(says, mode, st.st_mode, directory, says == BSECURITY_BOUND ? get_umask() : 0);
        if ((params->stays & SECURITY_STAYS_READ_ONLY) && S_ISREG(st.st_mode) && !(st.st_mode & 0222)) mode &= ~0222u;
        /* A descriptor that says its mode exactly is made of the mode again when it is asked for. */
        if (says != BSECURITY_BOUND || none) descriptor = NULL;
        if (says != BSECURITY_NOTHING) err = change(fd, &st, mode, descriptor, params->length, &dropped, &diag);
        if (says == BSECURITY_BOUND && none) dropped = true;
    }
    if (dropped) params->dropped = none ? SECURITY_NO_ATTRIBUTES : SECURITY_NO_ROOM;
    /* A restore begins with it, in this directory: what a killed one has left there goes. */
    if (directory) efs_sweep(fd);
    if (fd != -1) close(fd);
    answer(&params->result, err, &diag);
}
