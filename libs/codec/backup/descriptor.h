/*
 * Where things are in a self-relative security descriptor (MS-DTYP 2.4). What is walked was found valid before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUP_DESCRIPTOR_H
#define BACKUP_DESCRIPTOR_H

#include "base/bytes.h"
#include "backup/security.h"

#define DESCRIPTOR_SIZE       20
#define DESCRIPTOR_CONTROL    2
#define CONTROL_DACL_PRESENT  0x0004u
#define CONTROL_SELF_RELATIVE 0x8000u
#define SID_FIXED       8
#define SID_AUTHORITIES 15
#define SID_MAX         (SID_FIXED + 4 * SID_AUTHORITIES)
#define ACL_SIZE        8
#define ACE_SIZE        4
#define ACE_MASK        4
#define ACE_SID         8 /* behind the access mask, in the types that have no object */

/* Access rights of files and directories: MS-DTYP 2.4.3 */
#define FILE_ALL        0x001f01ffu
#define FILE_READ       0x00120089u
#define FILE_WRITE      0x00120116u
#define FILE_EXECUTE    0x001200a0u
#define GENERIC_ALL     0x10000000u
#define GENERIC_EXECUTE 0x20000000u
#define GENERIC_WRITE   0x40000000u
#define GENERIC_READ    0x80000000u
#define GENERIC_RIGHTS  0xf0000000u

/* The rights that the generic ones stand for, beside these. */
static inline uint32_t map_generic(uint32_t mask)
{
    return mask | (mask & GENERIC_ALL ? FILE_ALL : 0) | (mask & GENERIC_READ ? FILE_READ : 0) |
           (mask & GENERIC_WRITE ? FILE_WRITE : 0) | (mask & GENERIC_EXECUTE ? FILE_EXECUTE : 0);
}

enum descriptor_part
{
    PART_OWNER,
    PART_GROUP,
    PART_SACL,
    PART_DACL,
    PART_COUNT
};

/* The place of a part; *length is 0 if it is absent. */
static inline const uint8_t *descriptor_part(const uint8_t *descriptor, enum descriptor_part part, size_t *length)
{
    const uint8_t *p = descriptor + load32_le(descriptor + 4 + 4 * (size_t)part);

    *length = p == descriptor ? 0 : part <= PART_GROUP ? SID_FIXED + 4u * p[1] : load16_le(p + 2);
    return p;
}

/*
 * Puts valid parts behind each other, the control bits before them. One without bytes is left as zeros, to be filled
 * in. Returns the length; more than `capacity`: nothing was written.
 */
size_t descriptor_join(uint16_t control, const uint8_t *const parts[PART_COUNT], const size_t lengths[PART_COUNT],
                       uint8_t *out, size_t capacity);

#endif
