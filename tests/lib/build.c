/*
 * Builds raw streams for the tests, byte by byte, without the engine's code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

void build_free(struct build *b)
{
    free(b->data);
    memset(b, 0, sizeof(*b));
}

static void reserve(struct build *b, size_t more)
{
    if (b->length + more <= b->capacity) return;
    b->capacity = (b->length + more) * 2;
    b->data = realloc(b->data, b->capacity);
    if (!b->data) abort();
}

void build_bytes(struct build *b, const void *bytes, size_t length)
{
    reserve(b, length);
    if (length) memcpy(b->data + b->length, bytes, length);
    b->length += length;
}

void build_zeros(struct build *b, size_t length)
{
    reserve(b, length);
    memset(b->data + b->length, 0, length);
    b->length += length;
}

static void build_le(struct build *b, uint64_t v, int bytes)
{
    int i;

    for (i = 0; i < bytes; i++)
    {
        uint8_t byte = (uint8_t)(v >> (8 * i));

        build_bytes(b, &byte, 1);
    }
}

void build_u16(struct build *b, unsigned int v) { build_le(b, v, 2); }
void build_u32(struct build *b, uint32_t v) { build_le(b, v, 4); }
void build_u64(struct build *b, uint64_t v) { build_le(b, v, 8); }

void build_ascii16(struct build *b, const char *text)
{
    for (; *text; text++) build_u16(b, (unsigned char)*text);
}

void build_random(struct build *b, size_t length, uint32_t *seed)
{
    size_t i;

    reserve(b, length);
    for (i = 0; i < length; i++)
    {
        *seed = *seed * 1664525 + 1013904223;
        b->data[b->length + i] = (uint8_t)(*seed >> 24);
    }
    b->length += length;
}

static void put_le(struct build *b, size_t offset, uint64_t v, int bytes)
{
    int i;

    for (i = 0; i < bytes; i++) b->data[offset + (size_t)i] = (uint8_t)(v >> (8 * i));
}

void put_u16(struct build *b, size_t offset, unsigned int v) { put_le(b, offset, v, 2); }
void put_u32(struct build *b, size_t offset, uint32_t v) { put_le(b, offset, v, 4); }
void put_u64(struct build *b, size_t offset, uint64_t v) { put_le(b, offset, v, 8); }

void build_file_header(struct build *b)
{
    build_u32(b, 0x100);
    build_ascii16(b, "ROBS");
    build_u64(b, 0);
}

void build_stream_header(struct build *b, uint32_t flag, const char *name)
{
    uint32_t length = name ? 2 * (uint32_t)strlen(name) : 2;

    build_u32(b, 0x1c + length);
    build_ascii16(b, "NTFS");
    build_u32(b, flag);
    build_u64(b, 0);
    build_u32(b, length);
    if (name) build_ascii16(b, name);
    else build_u16(b, 0x1910);
}

void build_plain_segment(struct build *b, size_t length)
{
    build_u32(b, 0x10 + (uint32_t)length);
    build_ascii16(b, "GURE");
    build_u32(b, 0);
}

void build_data_segment(struct build *b, uint64_t offset, uint32_t bytes, uint32_t stored, unsigned int shift)
{
    build_u32(b, 0x200 + stored);
    build_ascii16(b, "GURE");
    build_u32(b, 0);
    build_u64(b, offset);
    build_u32(b, 0x1f0);
    build_u32(b, bytes);
    build_u32(b, bytes);
    build_u16(b, 0);
    build_u16(b, shift | shift << 8);
    build_u16(b, 12 | 1 << 8);
    build_u16(b, 1);
    build_u32(b, stored);
    build_bytes(b, "EXTD", 4);
    build_u32(b, 0x10);
    build_zeros(b, 8 + 0x1c0);
}

void build_metadata_value(struct build *b, size_t length, uint32_t seed)
{
    size_t start = b->length;

    build_random(b, length, &seed);
    put_u32(b, start, (uint32_t)length);
    put_u32(b, start + 4, 0);
    put_u32(b, start + 8, 2);
}

static void build_head(struct build *b, uint32_t seed)
{
    build_file_header(b);
    build_stream_header(b, 0, NULL);
    build_plain_segment(b, BUILD_METADATA_SIZE);
    build_metadata_value(b, BUILD_METADATA_SIZE, seed);
}

static const struct { uint32_t stored; unsigned int shift; } shifts[] =
{
    { 512, 9 }, { 1024, 10 }, { 2048, 11 }, { 4096, 12 }, { 8192, 13 }, { 16384, 14 }, { 32768, 15 }, { 65536, 16 },
};

void build_file_stream(struct build *b, uint64_t size, uint32_t seed)
{
    uint64_t offset;

    build_head(b, seed);
    build_stream_header(b, 0, "::$DATA");
    for (offset = 0; offset < size; offset += 65536)
    {
        uint32_t bytes = size - offset < 65536 ? (uint32_t)(size - offset) : 65536;
        uint32_t stored = (bytes + 511) / 512 * 512;
        unsigned int i = 0;

        while (shifts[i].stored < stored) i++;
        build_data_segment(b, offset, bytes, stored, shifts[i].shift);
        build_random(b, stored, &seed);
    }
}

void build_directory_stream(struct build *b, uint32_t seed)
{
    build_head(b, seed);
}

void build_host_content(struct build *host, const struct build *stream, uint64_t size)
{
    size_t at = AT_SEGMENT;

    if (!size) return;
    while (at < stream->length)
    {
        size_t length = stream->data[at] | (size_t)stream->data[at + 1] << 8 | (size_t)stream->data[at + 2] << 16;

        build_bytes(host, stream->data + at + 0x200, length - 0x200);
        at += length;
    }
    build_u16(host, (unsigned int)(host->length - size));
}
