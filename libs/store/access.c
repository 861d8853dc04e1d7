/*
 * Who may read what replaces another file, where that file's group can't be kept; and who may read a new one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "access.h"

#include "base/bytes.h"

/* linux/posix_acl_xattr.h: a version, then entries of u16 tag, u16 permissions, u32 id */
#define LIST_VERSION    2
#define LIST_HEADER     4
#define LIST_ENTRY      8
#define AT_PERMISSIONS  2
#define TAG_USER_OBJ    0x01
#define TAG_GROUP_OBJ   0x04
#define TAG_MASK        0x10
#define TAG_OTHER       0x20

mode_t access_without_group(mode_t mode)
{
    mode_t both = mode >> 3 & mode & 07;

    return (mode & ~(mode_t)077) | both << 3 | both;
}

/* The entry of a class that there is once, NULL if it isn't there. */
static uint8_t *find_entry(uint8_t *list, size_t length, uint16_t tag)
{
    size_t at;

    for (at = LIST_HEADER; at + LIST_ENTRY <= length; at += LIST_ENTRY)
        if (load16_le(list + at) == tag) return list + at;
    return NULL;
}

void access_list_without_group(uint8_t *list, size_t length, mode_t *mode)
{
    uint8_t *group, *other, *mask;
    uint16_t both;

    *mode &= ~(mode_t)077;
    if (length < LIST_HEADER || load32_le(list) != LIST_VERSION) return;
    group = find_entry(list, length, TAG_GROUP_OBJ);
    other = find_entry(list, length, TAG_OTHER);
    mask = find_entry(list, length, TAG_MASK);
    if (!group || !other || !mask) return;
    both = load16_le(group + AT_PERMISSIONS) & load16_le(mask + AT_PERMISSIONS) & load16_le(other + AT_PERMISSIONS)
        & 07;
    store16_le(group + AT_PERMISSIONS, 0);
    store16_le(other + AT_PERMISSIONS, both);
    *mode |= (mode_t)(load16_le(mask + AT_PERMISSIONS) & 07) << 3 | both;
}

/* Of a class that there is once, 0 if it isn't there. */
static mode_t find_rights(const uint8_t *list, size_t length, uint16_t tag)
{
    const uint8_t *entry = find_entry((uint8_t *)(uintptr_t)list, length, tag);

    return entry ? load16_le(entry + AT_PERMISSIONS) & 07 : 0;
}

mode_t access_of_new(const uint8_t *list, size_t length, mode_t mode, bool *masked)
{
    *masked = false;
    if (length < LIST_HEADER || load32_le(list) != LIST_VERSION) return 0;
    *masked = find_entry((uint8_t *)(uintptr_t)list, length, TAG_MASK) != NULL;
    return mode & (find_rights(list, length, TAG_USER_OBJ) << 6
                   | find_rights(list, length, *masked ? TAG_MASK : TAG_GROUP_OBJ) << 3
                       | find_rights(list, length, TAG_OTHER));
}
