/*
 * Builds raw streams for the tests, byte by byte, without the engine's code: so that a mistake of the
 * engine's isn't made twice.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_BUILD_H
#define TESTS_BUILD_H

#include <stddef.h>
#include <stdint.h>

struct build
{
    uint8_t *data;
    size_t   length, capacity;
};

void build_free(struct build *b);
void build_bytes(struct build *b, const void *bytes, size_t length);
void build_zeros(struct build *b, size_t length);
void build_u16(struct build *b, unsigned int v);
void build_u32(struct build *b, uint32_t v);
void build_u64(struct build *b, uint64_t v);
void build_ascii16(struct build *b, const char *text); /* UTF-16LE, no terminator */
void build_random(struct build *b, size_t length, uint32_t *seed);

/* Changes what is there. */
void put_u16(struct build *b, size_t offset, unsigned int v);
void put_u32(struct build *b, size_t offset, uint32_t v);
void put_u64(struct build *b, size_t offset, uint64_t v);

/* Records */
void build_file_header(struct build *b);
void build_stream_header(struct build *b, uint32_t flag, const char *name); /* NULL: the metadata's */
void build_plain_segment(struct build *b, size_t length);                   /* header alone */
/* Header alone; stored: bytes of the one block. */
void build_data_segment(struct build *b, uint64_t offset, uint32_t bytes, uint32_t stored, unsigned int shift);
/* A $EFS of version 2 that passes for one: header, no user in it. */
void build_metadata_value(struct build *b, size_t length, uint32_t seed);

/* Whole streams as Windows writes them. */
void build_file_stream(struct build *b, uint64_t size, uint32_t seed);
void build_directory_stream(struct build *b, uint32_t seed);

#define BUILD_METADATA_SIZE 0x2a8
#define AT_METADATA_STREAM  0x14
#define AT_METADATA_SEGMENT 0x32
#define AT_METADATA         0x42
#define AT_DATA_STREAM      (AT_METADATA + BUILD_METADATA_SIZE)
#define AT_SEGMENT          (AT_DATA_STREAM + 0x2a)
#define AT_ENCRYPTION       (AT_SEGMENT + 0x10)
#define AT_DATA             (AT_SEGMENT + 0x200)

/* Where the stored ciphertext of a file is in the stream, for comparing with the host's file. */
void build_host_content(struct build *host, const struct build *stream, uint64_t size);

#endif
