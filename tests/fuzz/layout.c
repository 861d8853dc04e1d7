/*
 * The layout codec: a layout of any bytes is measured without being played, and played it gives just that many bytes,
 * from inside of content and $EFS alone.
 * Input: bytes of content / 512 (2 bytes), bytes of $EFS (1 byte), size (4 bytes), the operations.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "efs/layout.h"
#include "efs/raw_writer.h"

#define PIECES_MAX 2000 /* a layout may stand for far more than can be played here */

/* A fresh reader of it. */
static enum efs_error begin(struct efs_layout_reader *reader, const struct build *value, const struct build *metadata,
                            uint64_t limit, struct efs_diag *diag)
{
    return efs_layout_reader_init(reader, value->data, value->length, metadata->data, (uint32_t)metadata->length, limit,
                                  diag);
}

static enum efs_error play(struct efs_layout_reader *reader, uint32_t metadata_length, uint64_t limit, uint64_t *length,
                           bool *whole, struct efs_diag *diag)
{
    struct efs_raw_piece piece;
    enum efs_error err;
    unsigned int i;

    *length = 0;
    *whole = false;
    for (i = 0; i < PIECES_MAX; i++)
    {
        if ((err = efs_layout_reader_next(reader, &piece, diag))) return err;
        if (piece.type == EFS_RAW_PIECE_END)
        {
            *whole = true;
            return EFS_OK;
        }
        REQUIRE(piece.length);
        if (piece.type == EFS_RAW_PIECE_METADATA)
            REQUIRE(piece.offset <= metadata_length && piece.length <= metadata_length - piece.offset);
        if (piece.type == EFS_RAW_PIECE_DATA) REQUIRE(piece.offset <= limit && piece.length <= limit - piece.offset);
        if (piece.type == EFS_RAW_PIECE_BYTES) REQUIRE(piece.bytes);
        *length += piece.length;
    }
    return EFS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct efs_layout_reader reader;
    struct fuzz_input input = { data, size };
    struct build value = { 0 }, metadata = { 0 };
    struct efs_diag diag = { 0 };
    uint64_t limit = fuzz_u16(&input) * 512ull, hash, total = 0, length;
    uint32_t seed = 1;
    uint64_t data_size;
    enum efs_error measured, played;
    uint8_t version = EFS_LAYOUT_VERSION;
    bool whole;

    build_random(&metadata, 1 + (size_t)fuzz_u8(&input), &seed);
    data_size = fuzz_u32(&input);
    hash = efs_layout_hash(metadata.data, (uint32_t)metadata.length);
    build_bytes(&value, &version, 1);
    build_u64(&value, hash);
    build_bytes(&value, input.data, input.left);

    measured = begin(&reader, &value, &metadata, limit, &diag);
    if (!measured) measured = efs_layout_reader_measure(&reader, data_size, &total, &diag);
    REQUIRE(!measured || (measured == EFS_ERR_CORRUPT && diag.code == measured && diag.rule));
    /* however it is made, it can't stand for more than the file's sizes let it */
    if (!measured) REQUIRE(total <= efs_layout_bound((uint32_t)metadata.length, limit, data_size));
    played = begin(&reader, &value, &metadata, limit, &diag);
    if (!played)
    {
        played = play(&reader, (uint32_t)metadata.length, limit, &length, &whole, &diag);
        if (!measured) REQUIRE(!played && (whole ? length == total : length < total));
    }
    build_free(&value);
    build_free(&metadata);
    return 0;
}
