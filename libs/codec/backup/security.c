/*
 * Self-relative security descriptors (MS-DTYP 2.4): whether they can be walked without leaving them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "descriptor.h"

static bool is_sid(const uint8_t *sid, size_t length)
{
    return length >= SID_FIXED && sid[0] == 1 && sid[1] <= SID_AUTHORITIES && (size_t)4 * sid[1] <= length - SID_FIXED;
}

/* Types whose SID follows the mask: MS-DTYP 2.4.4.1 */
static bool has_plain_sid(uint8_t type)
{
    switch (type)
    {
    case 0x00: /* allowed, denied, audit, alarm */
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x09: /* with a condition */
    case 0x0a:
    case 0x0d:
    case 0x11: /* label, attribute, policy */
    case 0x12:
    case 0x13:
        return true;
    default:
        return false;
    }
}

static bool is_acl(const uint8_t *acl, size_t length)
{
    size_t size, at = ACL_SIZE, ace_size;
    unsigned int i, count;

    if (length < ACL_SIZE || acl[0] < 2 || acl[0] > 4) return false;
    size = load16_le(acl + 2);
    count = load16_le(acl + 4);
    if (size < ACL_SIZE || size > length) return false;
    for (i = 0; i < count; i++)
    {
        if (size - at < ACE_SIZE) return false;
        ace_size = load16_le(acl + at + 2);
        if (ace_size < ACE_SIZE || ace_size % 4 || ace_size > size - at) return false;
        if (has_plain_sid(acl[at]) && (ace_size < ACE_SID || !is_sid(acl + at + ACE_SID, ace_size - ACE_SID)))
            return false;
        at += ace_size;
    }
    return true;
}

bool bsecurity_is_valid(const uint8_t *descriptor, size_t length)
{
    /* where the offsets of owner, group, SACL and DACL are */
    static const struct { size_t at; bool (*is_valid)(const uint8_t *, size_t); } parts[] =
    {
        { 4, is_sid }, { 8, is_sid }, { 12, is_acl }, { 16, is_acl },
    };
    size_t i;

    if (length < DESCRIPTOR_SIZE || descriptor[0] != 1
        || !(load16_le(descriptor + DESCRIPTOR_CONTROL) & CONTROL_SELF_RELATIVE))
        return false;
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
    {
        uint32_t offset = load32_le(descriptor + parts[i].at);

        if (!offset) continue;
        if (offset < DESCRIPTOR_SIZE || offset > length || offset % 4) return false;
        if (!parts[i].is_valid(descriptor + offset, length - offset)) return false;
    }
    return true;
}

const uint8_t *bsecurity_owner(const uint8_t *descriptor, bool group, size_t *length)
{
    return descriptor_part(descriptor, group ? PART_GROUP : PART_OWNER, length);
}
