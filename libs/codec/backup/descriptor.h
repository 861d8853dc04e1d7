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

#endif
