/*
 * The calls for extended attributes that the linker leads here (shim.c has the others).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shim_inside.h"

#include <errno.h>
#include <string.h>

#define NTFS_ATTRIB "system.ntfs_attrib"

/* What Windows keeps of a file beside its attributes: NTFS-3G has and takes it. */
static bool is_of_windows(const char *name)
{
    return !strcmp(name, "system.ntfs_acl") || !strcmp(name, "system.ntfs_ea");
}

WRAP(ssize_t, fgetxattr, int fd, const char *name, void *value, size_t size)
{
    if (shim_is_the_one("fgetxattr")) return -1;
    if (shim.mode != SHIM_OFF && shim.world.ntfs && !strcmp(name, NTFS_ATTRIB))
    {
        uint8_t bytes[4] = { 0x20, __real_fgetxattr(fd, SHIM_EFSINFO, NULL, 0) > 0 ? 0x40 : 0 };

        memcpy(value, bytes, sizeof(bytes));
        return sizeof(bytes);
    }
    return __real_fgetxattr(fd, name, value, size);
}

WRAP(ssize_t, getxattr, const char *path, const char *name, void *value, size_t size)
{
    static const uint8_t bytes[20] = { 1, 0, 4, 0x80 };

    if (shim_is_the_one("getxattr")) return -1;
    if (shim.mode == SHIM_OFF || !shim.world.ntfs || !is_of_windows(name))
        return __real_getxattr(path, name, value, size);
    if (size) memcpy(value, bytes, sizeof(bytes));
    return sizeof(bytes);
}

WRAP(ssize_t, listxattr, const char *path, char *list, size_t size)
{
    return shim_is_the_one("listxattr") ? -1 : __real_listxattr(path, list, size);
}

WRAP(ssize_t, flistxattr, int fd, char *list, size_t size)
{
    return shim_is_the_one("flistxattr") ? -1 : __real_flistxattr(fd, list, size);
}

WRAP(int, fsetxattr, int fd, const char *name, const void *value, size_t size, int flags)
{
    if (shim_is_the_one("fsetxattr")) return -1;
    if (shim.mode != SHIM_OFF && shim.world.ntfs && is_of_windows(name)) return 0;
    if (shim.mode != SHIM_OFF && shim.world.small && (!strcmp(name, SHIM_EFSINFO) || strstr(name, ".layout")))
    {
        errno = ENOSPC;
        return -1;
    }
    if (shim.mode != SHIM_OFF && shim.world.ntfs && !strcmp(name, SHIM_EFSINFO)
        && __real_fgetxattr(fd, SHIM_EFSINFO, NULL, 0) > 0)
    {
        errno = EEXIST;
        return -1;
    }
    if (__real_fsetxattr(fd, name, value, size, flags)) return -1;
    shim_record(CHANGE_SET, shim_ino_of(fd), name, value, size);
    return 0;
}

WRAP(int, fremovexattr, int fd, const char *name)
{
    int result;

    if (shim_is_the_one("fremovexattr")) return -1;
    if (shim.mode != SHIM_OFF && shim.world.ntfs && !strcmp(name, SHIM_EFSINFO)
        && __real_fgetxattr(fd, SHIM_EFSINFO, NULL, 0) > 0)
    {
        errno = EPERM;
        return -1;
    }
    if (!(result = __real_fremovexattr(fd, name))) shim_record(CHANGE_REMOVE, shim_ino_of(fd), name, NULL, 0);
    return result;
}
