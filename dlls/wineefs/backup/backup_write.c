/*
 * BackupWrite: a backup stream into a file or directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup_data.h"
#include "backup_stream.h"

#include "backup/security.h"
#include "wine/debug.h"
#include "visible/security.h"

/* What is done with the substream that is being read. */
enum sink
{
    SINK_NOTHING,
    SINK_FILE, /* the file's data, or a block of it */
    SINK_STREAM, /* an alternate stream's */
    SINK_BLOB, /* gathered, and set as a whole */
};

struct backup_writer
{
    struct bstream_reader reader;
    BOOL                  security;
    BOOL                  foreign;   /* sparse blocks are those of a stream that was left out, */
    BOOL                  beside;    /* or of another one that isn't the file's data */
    struct backup_data    data;
    struct backup_stream  stream;    /* open until no block of it can follow */
    enum sink             sink;
    struct bstream_header header;    /* of the substream; without the name */
    struct blob           blob;
    ULONG                 gathered;  /* bytes of the blob */
};

struct backup_writer *backup_writer_create(BOOL security)
{
    struct backup_writer *writer = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*writer));

    if (!writer) return NULL;
    bstream_reader_init(&writer->reader);
    backup_data_init(&writer->data);
    writer->security = security;
    return writer;
}

void backup_writer_destroy(struct backup_writer *writer)
{
    backup_data_close(&writer->data);
    backup_stream_close(&writer->stream);
    blob_free(&writer->blob);
    HeapFree(GetProcessHeap(), 0, writer);
}

/* ---- substreams that are set as a whole ---- */

/* The right may be missing: then "restoration will not occur", as Microsoft says of bProcessSecurity. */
static DWORD set_security(HANDLE file, const struct blob *blob)
{
    DWORD err;

    if (!bsecurity_is_valid(blob->data, blob->size)) return ERROR_INVALID_DATA;
    err = security_set(file, blob);
    if (err != ERROR_ACCESS_DENIED && err != ERROR_PRIVILEGE_NOT_HELD) return err;
    WARN("no right to set the owner or the access control list: they stay as they are\n");
    return ERROR_SUCCESS;
}

/* Where the file system keeps none, the file is restored without them, and its user is told. */
static DWORD set_ea(HANDLE file, const struct blob *blob)
{
    DWORD err = backup_file_set_ea(file, blob);

    if (!err || (backup_file_volume(file) & FILE_SUPPORTS_EXTENDED_ATTRIBUTES)) return err;
    ERR("%lu bytes of extended attributes are left out: the file system keeps none\n", blob->size);
    return ERROR_SUCCESS;
}

static const struct
{
    uint32_t id;
    DWORD  (*set)(HANDLE file, const struct blob *blob);
} blobs[] =
{
    { BSTREAM_SECURITY, set_security },
    { BSTREAM_EA, set_ea },
    { BSTREAM_REPARSE, backup_file_set_reparse },
};

static DWORD set_blob(struct backup_writer *writer, HANDLE file)
{
    DWORD err = ERROR_SUCCESS;
    unsigned int i;

    /* If BackupSeek has passed over a part of it, it isn't set. */
    for (i = 0; i < sizeof(blobs) / sizeof(blobs[0]) && writer->gathered == writer->blob.size; i++)
        if (blobs[i].id == writer->header.id) err = blobs[i].set(file, &writer->blob);
    blob_free(&writer->blob);
    if (err == ERROR_INVALID_DATA)
        WARN("the security descriptor that ends at byte 0x%I64x of the backup stream is damaged\n",
             (ULONGLONG)writer->reader.position);
    return err;
}

/* ---- one substream after the other ---- */

static const char *type_name(uint32_t id)
{
    switch (id)
    {
    case BSTREAM_OBJECT_ID: return "an object id";
    case BSTREAM_TXFS: return "transactional data";
    default: return "ghosted extents";
    }
}

/* header: with the name */
static DWORD begin_stream(struct backup_writer *writer, HANDLE file, const struct bstream_header *header)
{
    DWORD err;

    writer->beside = TRUE;
    writer->foreign = !(backup_file_volume(file) & FILE_SUPPORTS_EXTENDED_ATTRIBUTES);
    if (writer->foreign)
    {
        ERR("an alternate stream of 0x%I64x bytes is left out: the file system keeps none\n", (ULONGLONG)header->size);
        return ERROR_SUCCESS;
    }
    if (!(err = backup_stream_begin(&writer->stream, file, header))) writer->sink = SINK_STREAM;
    return err;
}

static DWORD begin_block(struct backup_writer *writer, HANDLE file)
{
    DWORD err = ERROR_SUCCESS;

    if (writer->foreign) return ERROR_SUCCESS;
    if (writer->stream.object) writer->sink = SINK_STREAM;
    else if (writer->beside) err = ERROR_INVALID_DATA; /* of a stream that isn't sparse */
    /* Some programs use a context for each substream: then a block is the first that comes. */
    else if (writer->data.begun || !(err = backup_data_begin(&writer->data, file, &writer->header)))
        writer->sink = SINK_FILE;
    return err;
}

static DWORD begin(struct backup_writer *writer, HANDLE file, const struct bstream_header *header)
{
    DWORD err = ERROR_SUCCESS;

    writer->header = *header;

    writer->header.name = NULL;
    writer->gathered = 0;
    writer->sink = SINK_NOTHING;
    switch (writer->header.id)
    {
    case BSTREAM_SECURITY:
        if (!writer->security) break;
        /* fall through */
    case BSTREAM_EA:
    case BSTREAM_REPARSE:
        if (!(err = blob_alloc(&writer->blob, (ULONG)writer->header.size))) writer->sink = SINK_BLOB;
        break;
    case BSTREAM_DATA:
        writer->foreign = writer->beside = FALSE;
        if (!(err = backup_data_begin(&writer->data, file, &writer->header))) writer->sink = SINK_FILE;
        break;
    case BSTREAM_SPARSE_BLOCK:
        err = begin_block(writer, file);
        break;
    case BSTREAM_LINK:
        WARN("another name of the file is ignored, as MS-BKUP 2.6 demands\n");
        break;
    case BSTREAM_ALTERNATE:
        err = begin_stream(writer, file, header);
        break;
    default:
        ERR("Wine doesn't keep %s: 0x%I64x bytes are left out\n", type_name(writer->header.id),
            (ULONGLONG)writer->header.size);
        break;
    }
    return err;
}

static DWORD end(struct backup_writer *writer, HANDLE file)
{
    if (writer->sink == SINK_BLOB) return set_blob(writer, file);
    if (writer->sink == SINK_FILE) return backup_data_end(&writer->data, file, &writer->header);
    if (writer->sink != SINK_STREAM) return ERROR_SUCCESS;
    backup_stream_end(&writer->stream, &writer->header);
    /* What is sparse goes on with its blocks. */
    if (writer->header.id != BSTREAM_ALTERNATE || (writer->header.attributes & BSTREAM_SPARSE)) return ERROR_SUCCESS;
    return backup_stream_commit(&writer->stream);
}

/* *taken: of the event's bytes */
static DWORD take(struct backup_writer *writer, HANDLE file, const struct bstream_event *event, ULONG *taken)
{
    DWORD err = ERROR_SUCCESS;

    *taken = (ULONG)event->length;
    if (writer->sink == SINK_FILE)
        err = backup_data_write(&writer->data, file, event->offset, event->bytes, (ULONG)event->length, taken);
    if (writer->sink == SINK_STREAM
        && (err = backup_stream_write(&writer->stream, event->offset, event->bytes, (ULONG)event->length)))
        *taken = 0;
    if (writer->sink == SINK_BLOB)
    {
        memcpy(writer->blob.data + event->offset, event->bytes, event->length);
        writer->gathered += (ULONG)event->length;
    }
    bstream_reader_skip(&writer->reader, *taken);
    return err;
}

static DWORD report_fault(const struct bstream_fault *fault)
{
    WARN("bad backup stream at byte 0x%I64x, where this doesn't hold: %s\n", (ULONGLONG)fault->position, fault->rule);
    return ERROR_INVALID_DATA;
}

DWORD backup_writer_write(struct backup_writer *writer, HANDLE file, const BYTE *buffer, ULONG length, ULONG *taken)
{
    const uint8_t *input = buffer;
    struct bstream_event event;
    DWORD late, err = ERROR_SUCCESS;
    size_t left = length;
    ULONG n;

    while (!err && bstream_reader_next(&writer->reader, &input, &left, &event) != BSTREAM_NEED_INPUT)
    {
        switch (event.type)
        {
        case BSTREAM_BEGIN:
            /* No block of the stream before can follow any more. What was wrong with it is said, and all else done. */
            late = ERROR_SUCCESS;
            if (writer->stream.object && event.header.id != BSTREAM_SPARSE_BLOCK)
                late = backup_stream_commit(&writer->stream);
            err = begin(writer, file, &event.header);
            if (late) err = late;
            break;
        case BSTREAM_BYTES:
            err = take(writer, file, &event, &n);
            input += n;
            left -= n;
            break;
        case BSTREAM_END:
            err = end(writer, file);
            break;
        default:
            err = report_fault(&writer->reader.fault);
            break;
        }
    }
    *taken = length - (ULONG)left;
    return err;
}

DWORD backup_writer_skip(struct backup_writer *writer, HANDLE file, UINT64 length, UINT64 *skipped)
{
    ULONG taken;

    *skipped = bstream_reader_skip(&writer->reader, length);
    /* If that was the end of the substream, it is finished now. */
    return backup_writer_write(writer, file, NULL, 0, &taken);
}

DWORD backup_writer_finish(struct backup_writer *writer)
{
    if (!bstream_reader_finish(&writer->reader)) return report_fault(&writer->reader.fault);
    return writer->stream.object ? backup_stream_commit(&writer->stream) : ERROR_SUCCESS;
}
