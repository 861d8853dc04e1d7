/*
 * Little-endian loads and stores: the only way that format code reads and writes integers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_BYTES_H
#define EFS_BYTES_H

#include <stdint.h>

static inline uint16_t load16_le(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load32_le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load64_le(const uint8_t *p)
{
    return load32_le(p) | (uint64_t)load32_le(p + 4) << 32;
}

static inline void store16_le(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void store32_le(uint8_t *p, uint32_t v)
{
    store16_le(p, (uint16_t)v);
    store16_le(p + 2, (uint16_t)(v >> 16));
}

static inline void store64_le(uint8_t *p, uint64_t v)
{
    store32_le(p, (uint32_t)v);
    store32_le(p + 4, (uint32_t)(v >> 32));
}

#endif
