/*
 * The layout of a file in which some was never written: a sparse stream, as the owner of its key would seal it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "open_form.h"

#include <stdlib.h>
#include <string.h>

#include "efs/layout.h"
#include "efs/raw_writer.h"

struct making
{
    bool                    sparse; /* there was a hole */
    struct efs_raw_reader   reader;
    struct efs_layout_maker maker;
};

static enum efs_error unfit(struct efs_diag *diag)
{
    return efs_fail(diag, FORM_UNFIT, 0, "the layout of what was never written is too large");
}

/* One event of our own stream goes into the layout. */
static bool put_event(struct making *making, const struct efs_raw_event *event, bool *data)
{
    if (event->type == EFS_RAW_DATA) return efs_layout_put_metadata(&making->maker, event->data_length);
    if (event->type == EFS_RAW_SEGMENT && event->segment.encrypted)
    {
        *data = true;
        return efs_layout_put_segment(&making->maker, event->record, event->record_length, &event->segment);
    }
    return efs_layout_put_bytes(&making->maker, event->record, event->record_length);
}

static enum efs_error put(struct making *making, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct efs_raw_event event;
    bool data = false;
    enum efs_error err;

    for (;;)
    {
        if ((err = efs_raw_reader_next(&making->reader, &bytes, &length, &event, diag))) return err;
        if (event.type == EFS_RAW_NEED_INPUT) break;
        if (!put_event(making, &event, &data)) return unfit(diag);
    }
    if (data) efs_raw_reader_skip(&making->reader, EFS_RAW_TRANSFER);
    return EFS_OK;
}

static enum efs_error put_head(struct making *making, const uint8_t *metadata, uint32_t length, struct efs_diag *diag)
{
    uint8_t header[EFS_RAW_STREAM_HEADER_FIXED + sizeof(efs_raw_unnamed_name)];
    struct efs_raw_writer writer;
    struct efs_raw_piece piece;
    enum efs_error err = EFS_OK;

    efs_raw_writer_init(&writer, length, 0, true);
    for (efs_raw_writer_next(&writer, &piece); !err && piece.type != EFS_RAW_PIECE_END;
         efs_raw_writer_next(&writer, &piece))
        err = put(making, piece.type == EFS_RAW_PIECE_METADATA ? metadata + piece.offset : piece.bytes, piece.length,
                  diag);
    if (err) return err;
    return put(making, header, efs_raw_make_stream_header(header, sizeof(header), 0, efs_raw_unnamed_name,
                                                          sizeof(efs_raw_unnamed_name)), diag);
}

static enum efs_error put_segment(struct making *making, uint64_t offset, uint64_t length, bool hole,
                                  struct efs_diag *diag)
{
    uint8_t header[EFS_RAW_DATA_SEGMENT_SIZE];

    efs_raw_make_sparse_segment(header, offset, (uint32_t)length, hole ? 0 : (uint32_t)efs_raw_padded(length));
    return put(making, header, sizeof(header), diag);
}

static enum efs_error put_hole(struct making *making, uint64_t offset, uint64_t length, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint64_t n;

    making->sparse = true;
    if (length > EFS_RAW_HOLE_MAX)
    {
        /* a gap; the last piece has its segment, since it may be what tells the stream's size */
        n = ((length - 1) / EFS_RAW_TRANSFER) * EFS_RAW_TRANSFER;
        offset += n;
        length -= n;
    }
    for (; !err && length; offset += n, length -= n)
    {
        n = length < EFS_RAW_TRANSFER ? length : EFS_RAW_TRANSFER;
        err = put_segment(making, offset, n, true, diag);
    }
    return err;
}

static enum efs_error see(void *context, enum open_piece kind, uint64_t offset, uint64_t length, uint8_t *units,
                          struct efs_diag *diag)
{
    struct making *making = context;

    (void)units;
    if (kind == OPEN_MIXED) return efs_fail(diag, FORM_UNFIT, offset, "a part of 64 KiB was never written");
    return kind == OPEN_HOLE ? put_hole(making, offset, length, diag)
        : put_segment(making, offset, length, false, diag);
}

enum efs_error open_form_make_layout(int fd, uint64_t size, const uint8_t *metadata, uint32_t length,
                                     struct xattr_value *layout, struct efs_diag *diag)
{
    struct making *making = malloc(sizeof(*making));
    enum efs_error err;

    layout->bytes = NULL;
    layout->length = 0;
    if (!making) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    making->sparse = false;
    efs_raw_reader_init(&making->reader);
    efs_layout_maker_init(&making->maker);
    err = put_head(making, metadata, length, diag);
    if (!err) err = open_form_walk(fd, size, see, making, diag);
    if (!err && making->sparse)
    {
        layout->length = (uint32_t)efs_layout_maker_finish(&making->maker, metadata, length);
        if (!(layout->bytes = malloc(layout->length))) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        else memcpy(layout->bytes, making->maker.value, layout->length);
    }
    free(making);
    return err;
}
