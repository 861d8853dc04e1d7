/*
 * Lists of extended attributes: FILE_FULL_EA_INFORMATION (MS-FSCC 2.4.15).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/content.h"

#include <string.h>

#include "base/bytes.h"

#define AT_NEXT         0
#define AT_FLAGS        4
#define AT_NAME_LENGTH  5
#define AT_VALUE_LENGTH 6

bool bea_is_name(const uint8_t *name, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++)
        if (name[i] < 0x20 || strchr("\\/:*?\"<>|,+=[];", name[i])) return false;
    return length && length <= BEA_NAME_MAX;
}

static bool fail(struct bstream_fault *fault, size_t position, const char *rule)
{
    fault->position = position;
    fault->rule = rule;
    return false;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
    while (length && !*bytes) bytes++, length--;
    return !length;
}

bool bea_next(const uint8_t *list, size_t length, size_t *at, struct bea *ea, struct bstream_fault *fault)
{
    const uint8_t *entry = list + *at;
    size_t left = length - *at, size;
    uint32_t next;

    fault->rule = NULL;
    if (!left) return false;
    if (left < BEA_FIXED) return fail(fault, *at, "an extended attribute begins with 8 bytes");
    next = load32_le(entry + AT_NEXT);
    ea->flags = entry[AT_FLAGS];
    ea->name_length = entry[AT_NAME_LENGTH];
    ea->value_length = load16_le(entry + AT_VALUE_LENGTH);
    ea->name = entry + BEA_FIXED;
    size = (size_t)BEA_FIXED + ea->name_length + 1 + ea->value_length;
    if (size > left) return fail(fault, *at + AT_NAME_LENGTH, "an extended attribute ends within its list");
    ea->value = ea->name + ea->name_length + 1;
    if (!bea_is_name(ea->name, ea->name_length) || ea->name[ea->name_length])
        return fail(fault, *at + BEA_FIXED, "the name of an extended attribute is a legal one, and ends with 0");
    if (ea->flags & ~BEA_NEED) return fail(fault, *at + AT_FLAGS, "an extended attribute has no flag but 0x80");
    if (!next)
    {
        /* Windows may round the length of the last one up. */
        if (!is_zero(entry + size, left - size)) return fail(fault, *at + size, "nothing follows the last attribute");
        *at = length;
        return true;
    }
    if (next < size || next % 4 || next >= left)
        return fail(fault, *at, "the next extended attribute begins behind this one, at a multiple of 4");
    *at += next;
    return true;
}

bool bea_add(uint8_t *list, size_t capacity, size_t *length, size_t *last, const struct bea *ea)
{
    size_t begin = (*length + 3) & ~(size_t)3, size = (size_t)BEA_FIXED + ea->name_length + 1 + ea->value_length;
    uint8_t *entry = list + begin;

    if (begin > capacity || size > capacity - begin) return false;
    memset(list + *length, 0, begin - *length);
    if (*last != SIZE_MAX) store32_le(list + *last + AT_NEXT, (uint32_t)(begin - *last));
    store32_le(entry + AT_NEXT, 0);
    entry[AT_FLAGS] = ea->flags;
    entry[AT_NAME_LENGTH] = ea->name_length;
    store16_le(entry + AT_VALUE_LENGTH, ea->value_length);
    memcpy(entry + BEA_FIXED, ea->name, ea->name_length);
    entry[BEA_FIXED + ea->name_length] = 0;
    if (ea->value_length) memcpy(entry + BEA_FIXED + ea->name_length + 1, ea->value, ea->value_length);
    *last = begin;
    *length = begin + size;
    return true;
}
