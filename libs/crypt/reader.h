/*
 * Reads the fields of a key file one after the other, and never beyond its end: the first field that isn't there in
 * full, and all after it, read as zeros, and `broken` says so.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_READER_H
#define EFS_KEYS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "efs/metadata.h"

/* No file of keys is longer (bytes): certificates and key files of Windows have some thousand. */
#define KEY_FILE_MAX 1048576

struct key_reader
{
    const uint8_t *at;
    size_t         left;
    bool           broken;
};

/* What is beyond KEY_FILE_MAX isn't read: so each length fits into 32 bits. */
static inline struct key_reader read_from(const uint8_t *bytes, size_t length)
{
    return (struct key_reader){ bytes, length < KEY_FILE_MAX ? length : KEY_FILE_MAX, false };
}

/* The next count bytes; NULL if they aren't there. */
static inline const uint8_t *read_bytes(struct key_reader *reader, uint64_t count)
{
    const uint8_t *bytes = reader->at;

    if (reader->broken || count > reader->left)
    {
        reader->broken = true;
        return NULL;
    }
    if (count) reader->at += count;
    reader->left -= (size_t)count;
    return bytes;
}

/* The same with the length; data is NULL if there are no such bytes, or none are wanted. */
static inline struct efs_bytes read_field(struct key_reader *reader, uint64_t length)
{
    const uint8_t *data = read_bytes(reader, length);

    return (struct efs_bytes){ length ? data : NULL, data ? (uint32_t)length : 0 };
}

static inline uint32_t read_u32(struct key_reader *reader)
{
    const uint8_t *bytes = read_bytes(reader, 4);

    return bytes ? load32_le(bytes) : 0;
}

static inline uint64_t read_u64(struct key_reader *reader)
{
    const uint8_t *bytes = read_bytes(reader, 8);

    return bytes ? load64_le(bytes) : 0;
}

/* A length of four bytes, and as many bytes. */
static inline struct efs_bytes read_counted(struct key_reader *reader)
{
    return read_field(reader, read_u32(reader));
}

/* size bytes are copied, zeros if they aren't there. */
static inline void read_array(struct key_reader *reader, uint8_t *out, size_t size)
{
    const uint8_t *bytes = read_bytes(reader, size);

    if (bytes) memcpy(out, bytes, size);
    else memset(out, 0, size);
}

#endif
