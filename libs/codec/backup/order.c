/*
 * Which substreams of a backup stream may follow each other: so that nothing is restored twice, or cut off again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/content.h"

#include "base/bytes.h"
#include "base/hash.h"

void bstream_order_init(struct bstream_order *order)
{
    order->seen = 0;
    order->alternate = false;
    order->count = 0;
    order->names = 0;
}

/* False: it was there before. Two names of one hash, made so on purpose, harm the stream that they are in alone. */
static bool add_name(struct bstream_order *order, const struct bstream_header *header)
{
    const uint8_t *name;
    size_t length = bstream_own_name(header, &name), i;
    uint64_t hash = FNV1A_BEGIN;
    uint8_t unit[2];

    for (i = 0; i + 1 < length; i += 2)
    {
        store16_le(unit, bstream_fold(load16_le(name + i)));
        hash = fnv1a_add(hash, unit, sizeof(unit));
    }
    for (i = 0; i < order->names; i++)
        if (order->hashes[i] == hash) return false;
    order->hashes[order->names++] = hash;
    return true;
}

const char *bstream_order_next(struct bstream_order *order, const struct bstream_header *header)
{
    static const char twice[] = "a file has one substream of this type";
    bool again = header->id < 32 && order->seen & UINT32_C(1) << header->id;

    if (header->id == BSTREAM_SPARSE_BLOCK)
    {
        if (!order->alternate) order->seen |= UINT32_C(1) << BSTREAM_SPARSE_BLOCK;
        return NULL;
    }
    if (order->count == BSTREAM_STREAMS_MAX) return "no file has more than 8192 substreams";
    order->count++;
    if (header->id < 32) order->seen |= UINT32_C(1) << header->id;
    switch (header->id)
    {
    case BSTREAM_DATA:
        if (!again && order->seen & UINT32_C(1) << BSTREAM_SPARSE_BLOCK)
            return "a file's data comes before its sparse blocks";
        order->alternate = false;
        return again ? twice : NULL;
    case BSTREAM_EA:
    case BSTREAM_SECURITY:
    case BSTREAM_OBJECT_ID:
    case BSTREAM_REPARSE:
        return again ? twice : NULL;
    case BSTREAM_ALTERNATE:
        order->alternate = true;
        return add_name(order, header) ? NULL : "a file has one alternate stream of each name";
    default:
        return NULL;
    }
}
