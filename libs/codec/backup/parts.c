/*
 * Security descriptors part by part, as SECURITY_INFORMATION names them (MS-DTYP 2.4.7): what a program asks for, and
 * what it sets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "descriptor.h"

#define ACE_LABEL        0x11 /* the types of entries: MS-DTYP 2.4.4.1 */
#define ACE_INHERIT_ONLY 0x08
#define ACE_LAST_KNOWN   0x13 /* in all up to here the mask stands behind the header */

/* Control bits of each part (MS-DTYP 2.4.6), without those that ask for inheritance, which aren't kept. */
#define CONTROL_SACL_PRESENT 0x0010u
#define CONTROL_OF_OWNER     0x0001u
#define CONTROL_OF_GROUP     0x0002u
#define CONTROL_OF_DACL      0x140cu
#define CONTROL_OF_SACL      0x2830u

static const uint32_t part_bits[PART_COUNT] =
{
    [PART_OWNER] = BSECURITY_OWNER,
    [PART_GROUP] = BSECURITY_GROUP,
    [PART_SACL] = BSECURITY_SACL,
    [PART_DACL] = BSECURITY_DACL,
};

static const uint16_t control_bits[PART_COUNT] =
{
    [PART_OWNER] = CONTROL_OF_OWNER,
    [PART_GROUP] = CONTROL_OF_GROUP,
    [PART_SACL] = CONTROL_OF_SACL,
    [PART_DACL] = CONTROL_OF_DACL,
};

size_t descriptor_join(uint16_t control, const uint8_t *const parts[PART_COUNT], const size_t lengths[PART_COUNT],
                       uint8_t *out, size_t capacity)
{
    size_t at = DESCRIPTOR_SIZE;
    unsigned int i;

    for (i = 0; i < PART_COUNT; i++) at += (lengths[i] + 3) & ~(size_t)3;
    if (at > capacity) return at;
    memset(out, 0, at);
    out[0] = 1;
    store16_le(out + DESCRIPTOR_CONTROL, (uint16_t)(control | CONTROL_SELF_RELATIVE));
    for (i = 0, at = DESCRIPTOR_SIZE; i < PART_COUNT; i++)
    {
        if (!lengths[i]) continue;
        store32_le(out + 4 + 4 * (size_t)i, (uint32_t)at);
        if (parts[i]) memcpy(out + at, parts[i], lengths[i]);
        at += (lengths[i] + 3) & ~(size_t)3;
    }
    return at;
}

/* The bytes of a list's labels, or of all its other entries, which are put at out unless that is NULL. */
static size_t take_entries(const uint8_t *acl, size_t length, bool labels, uint8_t *out, uint16_t *count)
{
    size_t at = ACL_SIZE, taken = 0, size;
    unsigned int i;

    for (i = 0; length && i < load16_le(acl + 4); i++, at += size)
    {
        size = load16_le(acl + at + 2);
        if ((acl[at] == ACE_LABEL) != labels) continue;
        if (out) memcpy(out + taken, acl + at, size);
        taken += size;
        ++*count;
    }
    return taken;
}

/* A SACL of the labels of one list and all else of another, each of which may be absent (length 0). */
static size_t mix_labels(const uint8_t *labels, size_t labels_length, const uint8_t *others, size_t others_length,
                         uint8_t *out)
{
    uint16_t count = 0;
    size_t length = ACL_SIZE;

    length += take_entries(others, others_length, false, out ? out + length : NULL, &count);
    length += take_entries(labels, labels_length, true, out ? out + length : NULL, &count);
    if (out)
    {
        memset(out, 0, ACL_SIZE);
        out[0] = others_length ? others[0] : labels[0];
        store16_le(out + 2, (uint16_t)length);
        store16_le(out + 4, count);
    }
    return count ? length : 0;
}

size_t bsecurity_merge(const uint8_t *base, size_t base_length, const uint8_t *from, size_t from_length, uint32_t which,
                       uint8_t *out, size_t capacity)
{
    const uint8_t *descriptors[2] = { base, from }, *parts[PART_COUNT] = { NULL }, *sacls[2] = { NULL };
    bool valid[2] = { bsecurity_is_valid(base, base_length), bsecurity_is_valid(from, from_length) };
    size_t lengths[PART_COUNT] = { 0 }, sacl_lengths[2] = { 0 }, total;
    bool label = (which & (BSECURITY_LABEL | BSECURITY_SACL)) == BSECURITY_LABEL;
    uint32_t control = 0;
    unsigned int i, source;

    for (i = 0; i < PART_COUNT; i++)
    {
        source = which & part_bits[i] ? 1 : 0;
        if (!valid[source]) continue;
        control |= load16_le(descriptors[source] + DESCRIPTOR_CONTROL) & control_bits[i];
        parts[i] = descriptor_part(descriptors[source], (enum descriptor_part)i, &lengths[i]);
    }
    if (label)
    {
        for (i = 0; i < 2; i++)
            if (valid[i]) sacls[i] = descriptor_part(descriptors[i], PART_SACL, &sacl_lengths[i]);
        lengths[PART_SACL] = mix_labels(sacls[1], sacl_lengths[1], sacls[0], sacl_lengths[0], NULL);
        if (lengths[PART_SACL] > UINT16_MAX) return 0;
        parts[PART_SACL] = NULL;
        if (lengths[PART_SACL]) control |= CONTROL_SACL_PRESENT;
        else control &= ~CONTROL_OF_SACL;
    }
    total = descriptor_join((uint16_t)control, parts, lengths, out, capacity);
    if (label && lengths[PART_SACL] && total <= capacity)
        mix_labels(sacls[1], sacl_lengths[1], sacls[0], sacl_lengths[0],
                   out + load32_le(out + 4 + 4 * PART_SACL));
    return total;
}

uint32_t bsecurity_parts(const uint8_t *descriptor)
{
    uint32_t control = load16_le(descriptor + DESCRIPTOR_CONTROL), parts = 0;

    if (load32_le(descriptor + 4 + 4 * PART_OWNER)) parts |= BSECURITY_OWNER;
    if (load32_le(descriptor + 4 + 4 * PART_GROUP)) parts |= BSECURITY_GROUP;
    if (control & CONTROL_SACL_PRESENT) parts |= BSECURITY_SACL;
    if (control & CONTROL_DACL_PRESENT) parts |= BSECURITY_DACL;
    return parts;
}

void bsecurity_map_generic(uint8_t *descriptor)
{
    static const enum descriptor_part lists[] = { PART_DACL, PART_SACL };
    size_t i, at, length, ace_size;
    unsigned int n;
    uint8_t *acl;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
    {
        acl = descriptor + (descriptor_part(descriptor, lists[i], &length) - descriptor);
        for (n = 0, at = ACL_SIZE; length && n < load16_le(acl + 4); n++, at += ace_size)
        {
            ace_size = load16_le(acl + at + 2);
            if (acl[at] > ACE_LAST_KNOWN || (acl[at + 1] & ACE_INHERIT_ONLY) || ace_size < ACE_SID) continue;
            store32_le(acl + at + ACE_MASK, map_generic(load32_le(acl + at + ACE_MASK)) & ~GENERIC_RIGHTS);
        }
    }
}
