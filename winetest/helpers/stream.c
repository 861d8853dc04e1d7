/*
 * Raw streams for the tests (MS-EFSR 2.2.3), as Windows 10 writes them, with metadata (2.2.2) for one
 * user. Made on purpose without the project's engine, so that they can't share a mistake.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs_test.h"

#define TRANSFER 0x10000 /* stream bytes of a segment */

static const BYTE ntfs_signature[8] = { 'N', 0, 'T', 0, 'F', 0, 'S', 0 };
static const BYTE gure_signature[8] = { 'G', 0, 'U', 0, 'R', 0, 'E', 0 };
static const BYTE robs_signature[8] = { 'R', 0, 'O', 0, 'B', 0, 'S', 0 };
static const BYTE metadata_name[2] = { 0x10, 0x19 };
static const BYTE unnamed_name[14] = { ':', 0, ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0 };
static const char display_name[] = "tester(tester@WINETEST)";

DWORD next_random(DWORD *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void put16(BYTE *at, DWORD value)
{
    at[0] = value;
    at[1] = value >> 8;
}

void put32(BYTE *at, DWORD value)
{
    put16(at, value & 0xffff);
    put16(at + 2, value >> 16);
}

static void fill_random(BYTE *at, DWORD size, DWORD *state)
{
    while (size--) *at++ = next_random(state);
}

void append_bytes(struct stream *stream, const void *data, DWORD size)
{
    stream->data = realloc(stream->data, stream->size + size + 1);
    if (data) memcpy(stream->data + stream->size, data, size);
    else memset(stream->data + stream->size, 0, size);
    stream->size += size;
}

void append_stream_header(struct stream *stream, DWORD flag, const void *name, DWORD name_length)
{
    DWORD at = stream->size;

    append_bytes(stream, NULL, 0x1c);
    append_bytes(stream, name, name_length);
    put32(stream->data + at, 0x1c + name_length);
    memcpy(stream->data + at + 4, ntfs_signature, 8);
    put32(stream->data + at + 0x0c, flag);
    put32(stream->data + at + 0x18, name_length);
}

/* One DDF entry, as for a user who was added: thumbprint and display name. Returns the length. */
static DWORD make_metadata(BYTE *out, DWORD seed)
{
    const DWORD certificate_length = 0x14 + 0x14 + 2 * sizeof(display_name);
    const DWORD pki_length = 0x1c + certificate_length, fek_length = 0x100;
    const DWORD entry_length = 0x14 + pki_length + fek_length;
    const DWORD length = (0x54 + 4 + entry_length + 7) & ~7u;
    BYTE *entry = out + 0x58, *pki = entry + 0x14, *certificate = pki + 0x1c;
    DWORD i, state = seed ^ 0x5eed;

    memset(out, 0, length);
    put32(out, length);
    put32(out + 0x08, 2);                   /* version: RSA and AES */
    fill_random(out + 0x10, 16, &state);    /* EFS_ID */
    put32(out + 0x40, 0x54);                /* DDF */
    put32(out + 0x54, 1);                   /* entries */
    put32(entry, entry_length);
    put32(entry + 0x04, 0x14);
    put32(entry + 0x08, fek_length);
    put32(entry + 0x0c, 0x14 + pki_length);
    put32(pki, pki_length);
    put32(pki + 0x08, 3);                   /* certificate data */
    put32(pki + 0x0c, certificate_length);
    put32(pki + 0x10, 0x1c);
    put32(certificate, 0x14);
    put32(certificate + 0x04, 0x14);
    put32(certificate + 0x10, 0x28);        /* display name */
    fill_random(certificate + 0x14, 0x14, &state);
    for (i = 0; i < sizeof(display_name); i++) put16(certificate + 0x28 + 2 * i, display_name[i]);
    fill_random(pki + pki_length, fek_length, &state);
    return length;
}

static void append_data_segment(struct stream *stream, DWORD offset, DWORD bytes, DWORD *state)
{
    DWORD stored = (bytes + 511) & ~511u, shift = 9, at = stream->size;
    BYTE *segment, *encryption;

    while ((1u << shift) < stored) shift++;
    append_bytes(stream, NULL, 0x200 + stored);
    segment = stream->data + at;
    encryption = segment + 0x10;
    put32(segment, 0x200 + stored);
    memcpy(segment + 4, gure_signature, 8);
    put32(encryption, offset);
    put32(encryption + 0x08, 0x1f0);
    put32(encryption + 0x0c, bytes);        /* below the end of file */
    put32(encryption + 0x10, bytes);        /* below the valid data length */
    encryption[0x16] = encryption[0x17] = shift;
    encryption[0x18] = 0x0c;                /* clusters of 4 KiB */
    encryption[0x19] = 1;
    put16(encryption + 0x1a, 1);            /* blocks */
    put32(encryption + 0x1c, stored);
    memcpy(encryption + 0x20, "EXTD", 4);
    put32(encryption + 0x24, 0x10);
    fill_random(segment + 0x200, stored, state);
}

void build_directory_stream_of(struct stream *stream, const BYTE *metadata, DWORD metadata_length)
{
    BYTE header[0x14] = { 0, 1, 0, 0 }, segment[0x10] = { 0 };

    memset(stream, 0, sizeof(*stream));
    memcpy(header + 4, robs_signature, 8);
    append_bytes(stream, header, sizeof(header));

    stream->metadata_header = stream->size;
    append_stream_header(stream, 0, metadata_name, sizeof(metadata_name));
    stream->metadata_segment = stream->size;
    stream->metadata_length = metadata_length;
    put32(segment, sizeof(segment) + stream->metadata_length);
    memcpy(segment + 4, gure_signature, 8);
    append_bytes(stream, segment, sizeof(segment));
    stream->metadata = stream->size;
    append_bytes(stream, metadata, stream->metadata_length);
}

void build_directory_stream(struct stream *stream, DWORD seed)
{
    BYTE metadata[0x400];
    DWORD length = make_metadata(metadata, seed);

    build_directory_stream_of(stream, metadata, length);
}

void build_stream(struct stream *stream, DWORD data_size, DWORD seed)
{
    BYTE metadata[0x400];
    DWORD length = make_metadata(metadata, seed);

    build_stream_of(stream, data_size, seed, metadata, length);
}

void build_stream_of(struct stream *stream, DWORD data_size, DWORD seed, const BYTE *metadata, DWORD metadata_length)
{
    DWORD offset, state = seed ^ 0xda7a;

    build_directory_stream_of(stream, metadata, metadata_length);
    /* all memory at once: this may be large */
    stream->data = realloc(stream->data, stream->size + 0x100 + data_size + (data_size / TRANSFER + 1) * 0x400);
    stream->data_size = data_size;
    stream->data_header = stream->size;
    append_stream_header(stream, 0, unnamed_name, sizeof(unnamed_name));
    stream->first_segment = stream->size;
    for (offset = 0; offset < data_size; offset += TRANSFER)
    {
        if (offset == TRANSFER) stream->second_segment = stream->size;
        append_data_segment(stream, offset, min(TRANSFER, data_size - offset), &state);
    }
}

void copy_stream(struct stream *copy, const struct stream *stream)
{
    *copy = *stream;
    copy->data = malloc(stream->size + 1);
    memcpy(copy->data, stream->data, stream->size);
}

void free_stream(struct stream *stream)
{
    free(stream->data);
    memset(stream, 0, sizeof(*stream));
}
