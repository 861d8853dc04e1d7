/*
 * The backup stream writer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/stream.h"

#include <string.h>

#include "base/bytes.h"

void bstream_writer_init(struct bstream_writer *writer)
{
    memset(writer, 0, offsetof(struct bstream_writer, bytes));
}

bool bstream_writer_begin(struct bstream_writer *writer, const struct bstream_header *header)
{
    bool block = header->id == BSTREAM_SPARSE_BLOCK;
    uint8_t *p = writer->bytes;

    if (header->name_size > BSTREAM_NAME_MAX) return false;
    store32_le(p, header->id);
    store32_le(p + 4, header->attributes);
    store64_le(p + 8, header->size + (block ? BSTREAM_OFFSET_SIZE : 0));
    store32_le(p + 16, header->name_size);
    p += BSTREAM_FIXED_SIZE;
    if (header->name_size) memcpy(p, header->name, header->name_size);
    p += header->name_size;
    writer->data_at = (size_t)(p - writer->bytes);
    if (block)
    {
        store64_le(p, header->offset);
        p += BSTREAM_OFFSET_SIZE;
    }
    writer->length = (size_t)(p - writer->bytes);
    writer->given = 0;
    writer->left = header->size;
    writer->offset = block ? header->offset : 0;
    return true;
}

size_t bstream_writer_header(struct bstream_writer *writer, uint8_t *out, size_t capacity)
{
    size_t n = writer->length - writer->given;

    if (n > capacity) n = capacity;
    if (n) memcpy(out, writer->bytes + writer->given, n);
    writer->given += n;
    return n;
}

uint64_t bstream_writer_skip(struct bstream_writer *writer, uint64_t length)
{
    size_t offset_bytes = writer->length - writer->given;

    if (writer->given < writer->data_at) return 0;
    if (offset_bytes > length) offset_bytes = (size_t)length;
    writer->given += offset_bytes;
    length -= offset_bytes;
    if (length > writer->left) length = writer->left;
    writer->left -= length;
    writer->offset += length;
    return offset_bytes + length;
}
