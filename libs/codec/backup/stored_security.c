/*
 * Security descriptors in extended attributes: wine-staging's form, and the mark beside it.
 *
 * The form says nothing of the order in which the parts were. Each of the possible ones is tried until it gives the
 * hash that was kept: so what comes back is the descriptor that was given, byte for byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "base/hash.h"
#include "descriptor.h"

#define FORM_CONTROL 2
#define FORM_LENGTHS 6
#define ORDERS       24 /* of four parts */

struct parts
{
    uint32_t       control;
    const uint8_t *bytes[PART_COUNT];
    size_t         length[PART_COUNT]; /* 0: absent */
};

/* Order number `n` of the parts; 0 is owner, group, SACL, DACL. */
static void choose_order(unsigned int n, unsigned int order[PART_COUNT])
{
    unsigned int left[PART_COUNT] = { PART_OWNER, PART_GROUP, PART_SACL, PART_DACL }, i, j, at;
    static const unsigned int ways[PART_COUNT] = { 6, 2, 1, 1 };

    for (i = 0; i < PART_COUNT; i++)
    {
        at = n / ways[i];
        n %= ways[i];
        order[i] = left[at];
        for (j = at; j + 1 < PART_COUNT; j++) left[j] = left[j + 1];
    }
}

/* The descriptor's first bytes in that order. Returns its length. */
static size_t lay_out(const struct parts *parts, const unsigned int order[PART_COUNT], uint8_t fixed[DESCRIPTOR_SIZE])
{
    size_t at = DESCRIPTOR_SIZE;
    unsigned int i;

    memset(fixed, 0, DESCRIPTOR_SIZE);
    fixed[0] = 1;
    store16_le(fixed + DESCRIPTOR_CONTROL, (uint16_t)(parts->control | CONTROL_SELF_RELATIVE));
    for (i = 0; i < PART_COUNT; i++)
    {
        if (!parts->length[order[i]]) continue;
        at = (at + 3) & ~(size_t)3;
        store32_le(fixed + 4 + 4 * (size_t)order[i], (uint32_t)at);
        at += parts->length[order[i]];
    }
    return at;
}

/* It isn't meant to stop anybody: who can change one attribute can the other. */
static uint64_t hash_order(const struct parts *parts, const unsigned int order[PART_COUNT])
{
    static const uint8_t zeros[4];
    uint8_t fixed[DESCRIPTOR_SIZE];
    size_t at = DESCRIPTOR_SIZE;
    unsigned int i;
    uint64_t hash;

    lay_out(parts, order, fixed);
    hash = fnv1a_add(FNV1A_BEGIN, fixed, sizeof(fixed));
    for (i = 0; i < PART_COUNT; i++)
    {
        if (!parts->length[order[i]]) continue;
        hash = fnv1a_add(hash, zeros, -at & 3);
        at = (at + 3) & ~(size_t)3;
        hash = fnv1a_add(hash, parts->bytes[order[i]], parts->length[order[i]]);
        at += parts->length[order[i]];
    }
    return hash;
}

/* In which order the descriptor is; 0 if in none. */
static unsigned int find_order(const struct parts *parts, const uint8_t *descriptor, size_t length)
{
    unsigned int n, order[PART_COUNT];
    uint8_t fixed[DESCRIPTOR_SIZE];

    for (n = 0; n < ORDERS; n++)
    {
        choose_order(n, order);
        if (lay_out(parts, order, fixed) == length && !memcmp(fixed, descriptor, sizeof(fixed))) return n;
    }
    return 0;
}

size_t bsecurity_pack(const uint8_t *descriptor, size_t length, uint8_t *out, size_t capacity, uint64_t *hash)
{
    size_t size = BSECURITY_FORM_FIXED;
    unsigned int i, order[PART_COUNT];
    struct parts parts;

    parts.control = load16_le(descriptor + DESCRIPTOR_CONTROL) & ~CONTROL_SELF_RELATIVE;
    for (i = 0; i < PART_COUNT; i++)
    {
        parts.bytes[i] = descriptor_part(descriptor, (enum descriptor_part)i, &parts.length[i]);
        size += parts.length[i];
    }
    choose_order(find_order(&parts, descriptor, length), order);
    *hash = hash_order(&parts, order);
    if (size > capacity) return size;
    out[0] = 1;
    out[1] = 0;
    store32_le(out + FORM_CONTROL, parts.control);
    for (i = 0, size = BSECURITY_FORM_FIXED; i < PART_COUNT; i++)
    {
        store32_le(out + FORM_LENGTHS + 4 * i, (uint32_t)parts.length[i]);
        if (parts.length[i]) memcpy(out + size, parts.bytes[i], parts.length[i]);
        size += parts.length[i];
    }
    return size;
}

static bool read_form(const uint8_t *form, size_t length, struct parts *parts)
{
    size_t at = BSECURITY_FORM_FIXED;
    unsigned int i;

    if (length < BSECURITY_FORM_FIXED || form[0] != 1 || form[1]) return false;
    parts->control = load32_le(form + FORM_CONTROL);
    if (parts->control > 0xffff) return false;
    for (i = 0; i < PART_COUNT; i++)
    {
        parts->length[i] = load32_le(form + FORM_LENGTHS + 4 * i);
        if (parts->length[i] > length - at) return false;
        parts->bytes[i] = form + at;
        at += parts->length[i];
    }
    return at == length;
}

size_t bsecurity_unpack(const uint8_t *form, size_t length, uint64_t hash, uint8_t *out, size_t capacity)
{
    unsigned int n = 0, i, order[PART_COUNT];
    uint8_t fixed[DESCRIPTOR_SIZE];
    struct parts parts;
    size_t size, at;

    if (!read_form(form, length, &parts)) return 0;
    for (;; n++)
    {
        if (n == ORDERS) return 0;
        choose_order(n, order);
        if (hash_order(&parts, order) == hash) break;
    }
    if ((size = lay_out(&parts, order, fixed)) > capacity) return size;
    memset(out, 0, size);
    memcpy(out, fixed, sizeof(fixed));
    for (i = 0; i < PART_COUNT; i++)
    {
        at = load32_le(fixed + 4 + 4 * (size_t)i);
        if (at) memcpy(out + at, parts.bytes[i], parts.length[i]);
    }
    return bsecurity_is_valid(out, size) ? size : 0;
}

void bsecurity_make_mark(uint8_t mark[BSECURITY_MARK_SIZE], uint32_t mode, uint64_t hash)
{
    store16_le(mark, (uint16_t)mode);
    store64_le(mark + 2, hash);
}

void bsecurity_read_mark(const uint8_t mark[BSECURITY_MARK_SIZE], uint32_t *mode, uint64_t *hash)
{
    *mode = load16_le(mark);
    *hash = load64_le(mark + 2);
}
