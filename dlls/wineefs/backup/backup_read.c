/*
 * BackupRead: a file or directory as a backup stream.
 *
 * The order of the substreams: security, reparse data, data, with the blocks of a sparse file behind it, extended
 * attributes, alternate streams (docs/backup.md says where it comes from). Wine has no object ids.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup_direct.h"
#include "backup_stream.h"

#include "wine/debug.h"
#include "visible/security.h"
#include "wine/settings.h"
#include "visible/sparse.h"
#include "streams/stream_list.h"
#include "wine/unixcall.h"

enum next
{
    NEXT_QUERY,
    NEXT_SECURITY,
    NEXT_REPARSE,
    NEXT_DATA,
    NEXT_BLOCK,
    NEXT_LAST_BLOCK, /* an empty one, where the file ends */
    NEXT_EA,
    NEXT_STREAMS,
    NEXT_STREAM,
    NEXT_NOTHING,
};

/* Where a substream's data comes from. */
enum source
{
    SOURCE_BLOB,
    SOURCE_FILE,
    SOURCE_STREAM,
};

struct backup_reader
{
    struct bstream_writer   writer;
    enum next               next;
    BOOL                    security;
    enum source             source;
    struct backup_file_info info;
    struct blob             blob;
    struct backup_direct    direct;
    int                     fd;        /* of the Unix half, for holes; -1: none */
    UINT64                  searched;  /* sparse file: how far blocks were given */
    struct blob             streams;   /* FILE_STREAM_INFORMATION, */
    ULONG                   stream_at; /* the next of which is here */
    struct backup_stream    stream;
    struct blob             ahead;     /* of the file's data or the stream's, for small buffers */
    UINT64                  ahead_offset;
    ULONG                   ahead_length;
};

/*
 * A request to Wine costs more than copying a small piece: so pieces up to SMALL_PIECE are copied from one request of
 * AHEAD_SIZE.
 */
#define AHEAD_SIZE  0x10000
#define SMALL_PIECE 0x4000

struct backup_reader *backup_reader_create(BOOL security)
{
    struct backup_reader *reader = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*reader));

    if (!reader) return NULL;
    bstream_writer_init(&reader->writer);
    reader->security = security;
    backup_direct_init(&reader->direct);
    reader->fd = -1;
    return reader;
}

void backup_reader_destroy(struct backup_reader *reader)
{
    struct fd_params params = { reader->fd, 0 };

    if (reader->fd != -1) unixcall_close_fd(&params);
    backup_direct_close(&reader->direct);
    backup_stream_close(&reader->stream);
    blob_free(&reader->blob);
    blob_free(&reader->streams);
    blob_free(&reader->ahead);
    HeapFree(GetProcessHeap(), 0, reader);
}

static void begin(struct backup_reader *reader, enum bstream_id id, DWORD attributes, UINT64 size, UINT64 offset)
{
    struct bstream_header header = { id, attributes, size, offset, 0, NULL };

    bstream_writer_begin(&reader->writer, &header);
    reader->source = id == BSTREAM_DATA || id == BSTREAM_SPARSE_BLOCK ? SOURCE_FILE : SOURCE_BLOB;
}

static void begin_blob(struct backup_reader *reader, enum bstream_id id, DWORD attributes)
{
    if (reader->blob.size) begin(reader, id, attributes, reader->blob.size, 0);
}

/*
 * Opens a descriptor of the host by which holes can be found. FALSE: there is none, and the file is taken for data
 * throughout.
 */
static BOOL open_ranges(struct backup_reader *reader, HANDLE file)
{
    struct fd_params params = { 0 };
    int fd;

    if (reader->fd != -1) return TRUE;
    if (unixcall_get_fd(file, FILE_READ_DATA, &fd)) return FALSE;
    params.fd = fd;
    unixcall_ranges_open(&params);
    reader->fd = (int)params.result;
    return reader->fd != -1;
}

static struct ranges_params find_range(const struct backup_reader *reader, UINT64 from)
{
    struct ranges_params params = { 0 };

    params.fd = reader->fd;
    params.from = from;
    params.size = reader->info.size;
    unixcall_ranges_next(&params);
    return params;
}

/* Are there holes to be left out? Programs that take streams apart themselves know data alone: so holes of a file that
 * no program marked are zeros to them. */
static BOOL has_holes(struct backup_reader *reader, HANDLE file, BOOL sparse)
{
    struct ranges_params range;

    /* As many bytes on the disk as the file is long: no holes. That saves the questions below for most files. */
    if (reader->info.allocated >= reader->info.size) return FALSE;
    if ((!sparse && !settings_holes()) || !open_ranges(reader, file)) return FALSE;
    range = find_range(reader, 0);
    return range.start || range.end < reader->info.size;
}

static DWORD begin_data(struct backup_reader *reader, HANDLE file)
{
    BOOL sparse;

    if (reader->info.attributes & FILE_ATTRIBUTE_DIRECTORY) return ERROR_SUCCESS;
    /* An encrypted file is saved by ReadEncryptedFileRaw. */
    if (reader->info.attributes & FILE_ATTRIBUTE_ENCRYPTED) return ERROR_ACCESS_DENIED;
    sparse = sparse_get(file);
    if (has_holes(reader, file, sparse))
    {
        begin(reader, BSTREAM_DATA, BSTREAM_SPARSE, 0, 0);
        reader->next = NEXT_BLOCK;
    }
    /* As on Windows, an empty file has no data substream, unless it is a sparse file. */
    else if (sparse || reader->info.size)
        begin(reader, BSTREAM_DATA, sparse ? BSTREAM_SPARSE : 0, reader->info.size, 0);
    return ERROR_SUCCESS;
}

static DWORD begin_block(struct backup_reader *reader, HANDLE file)
{
    struct ranges_params range = find_range(reader, reader->searched);
    struct backup_file_info info;
    DWORD err;

    if (range.start < reader->info.size)
    {
        begin(reader, BSTREAM_SPARSE_BLOCK, BSTREAM_SPARSE, range.end - range.start, range.start);
        reader->searched = range.end;
        return ERROR_SUCCESS;
    }
    /* Was the end cut off meanwhile? That would look like a hole. */
    if ((err = backup_file_query(file, &info))) return err;
    if (info.size < reader->info.size) return ERROR_HANDLE_EOF;
    reader->next = NEXT_LAST_BLOCK;
    return ERROR_SUCCESS;
}

/* The streams that are left in the list: the next of them that is still there. */
static DWORD begin_stream(struct backup_reader *reader, HANDLE file)
{
    struct bstream_header header = { .id = BSTREAM_ALTERNATE };
    const BYTE *entry;
    ULONG next;
    DWORD err;

    backup_stream_close(&reader->stream);
    while (reader->stream_at < reader->streams.size)
    {
        entry = reader->streams.data + reader->stream_at;
        next = get_ulong(entry + STREAM_NEXT);
        header.name = entry + STREAM_NAME;
        header.name_size = get_ulong(entry + STREAM_NAME_LENGTH);
        /* The file's data has no name of its own. */
        if (*(const WCHAR *)(const void *)(header.name + sizeof(WCHAR)) == ':') err = ERROR_FILE_NOT_FOUND;
        else err = backup_stream_open(&reader->stream, file, header.name, header.name_size);
        if (err && err != ERROR_FILE_NOT_FOUND) return err;
        reader->stream_at = next ? reader->stream_at + next : reader->streams.size;
        if (err) continue;
        header.size = reader->stream.size;
        bstream_writer_begin(&reader->writer, &header);
        reader->source = SOURCE_STREAM;
        reader->ahead_length = 0;
        return ERROR_SUCCESS;
    }
    reader->next = NEXT_NOTHING;
    return ERROR_SUCCESS;
}

/* One step towards the next substream. What fails is tried again by the next call. */
static DWORD advance(struct backup_reader *reader, HANDLE file)
{
    DWORD err = ERROR_SUCCESS;

    blob_free(&reader->blob);
    switch (reader->next)
    {
    case NEXT_QUERY:
        if (!(err = backup_file_query(file, &reader->info)))
            reader->next = reader->security ? NEXT_SECURITY : NEXT_REPARSE;
        break;
    case NEXT_SECURITY:
        if ((err = security_get(file, &reader->blob))) break;
        begin_blob(reader, BSTREAM_SECURITY, BSTREAM_CONTAINS_SECURITY);
        reader->next = NEXT_REPARSE;
        break;
    case NEXT_REPARSE:
        if ((reader->info.attributes & FILE_ATTRIBUTE_REPARSE_POINT)
            && (err = backup_file_get_reparse(file, &reader->blob)))
            break;
        begin_blob(reader, BSTREAM_REPARSE, 0);
        reader->next = NEXT_DATA;
        break;
    case NEXT_DATA:
        reader->next = NEXT_EA;
        if ((err = begin_data(reader, file))) reader->next = NEXT_DATA;
        break;
    case NEXT_BLOCK:
        err = begin_block(reader, file);
        break;
    case NEXT_LAST_BLOCK:
        begin(reader, BSTREAM_SPARSE_BLOCK, BSTREAM_SPARSE, 0, reader->info.size);
        reader->next = NEXT_EA;
        break;
    case NEXT_EA:
        if ((err = backup_file_get_ea(file, reader->info.ea_size, &reader->blob))) break;
        begin_blob(reader, BSTREAM_EA, 0);
        reader->next = NEXT_STREAMS;
        break;
    case NEXT_STREAMS:
        if (!(err = backup_stream_list(file, &reader->streams))) reader->next = NEXT_STREAM;
        break;
    case NEXT_STREAM:
        err = begin_stream(reader, file);
        break;
    case NEXT_NOTHING:
        break;
    }
    return err;
}

/* How much of the data at the writer's place is in memory. */
static ULONG in_memory(const struct backup_reader *reader)
{
    UINT64 behind = reader->writer.offset - reader->ahead_offset;

    return behind < reader->ahead_length ? reader->ahead_length - (ULONG)behind : 0;
}

/* From where the writer is, past what is in memory. */
static DWORD read_source(struct backup_reader *reader, HANDLE file, BYTE *buffer, ULONG length, ULONG *got)
{
    UINT64 offset = reader->writer.offset;

    return reader->source == SOURCE_STREAM ? backup_stream_read(&reader->stream, offset, buffer, length, got)
        : backup_direct_read(&reader->direct, file, offset, buffer, length, got);
}

/* Reads ahead. What fails is read again without, so that the caller gets all that can be read, and the error in its
   place. */
static BOOL fill_ahead(struct backup_reader *reader, HANDLE file)
{
    const struct bstream_writer *writer = &reader->writer;

    reader->ahead_length = 0;
    reader->ahead_offset = writer->offset;
    if (!reader->ahead.data && blob_alloc(&reader->ahead, AHEAD_SIZE)) return FALSE;
    return !read_source(reader, file, reader->ahead.data, (ULONG)min(writer->left, AHEAD_SIZE), &reader->ahead_length)
        && reader->ahead_length;
}

static DWORD read_data(struct backup_reader *reader, HANDLE file, BYTE *buffer, ULONG length, ULONG *given)
{
    const struct bstream_writer *writer = &reader->writer;

    if (!in_memory(reader) && (length > SMALL_PIECE || length == writer->left || !fill_ahead(reader, file)))
        return read_source(reader, file, buffer, length, given);
    *given = min(length, in_memory(reader));
    memcpy(buffer, reader->ahead.data + (writer->offset - reader->ahead_offset), *given);
    return ERROR_SUCCESS;
}

static DWORD give_data(struct backup_reader *reader, HANDLE file, BYTE *buffer, ULONG length, ULONG *given)
{
    struct bstream_writer *writer = &reader->writer;
    DWORD err = ERROR_SUCCESS;

    if (length > writer->left) length = (ULONG)writer->left;
    if (reader->source != SOURCE_BLOB)
    {
        err = read_data(reader, file, buffer, length, given);
        /* The file became shorter, but the header has promised all of it. */
        if (!err && !*given) err = ERROR_HANDLE_EOF;
    }
    else
    {
        memcpy(buffer, reader->blob.data + writer->offset, length);
        *given = length;
    }
    bstream_writer_skip(writer, *given);
    return err;
}

DWORD backup_reader_read(struct backup_reader *reader, HANDLE file, BYTE *buffer, ULONG length, ULONG *got)
{
    DWORD err = ERROR_SUCCESS;
    ULONG n;

    *got = 0;
    while (!err && *got < length)
    {
        n = (ULONG)bstream_writer_header(&reader->writer, buffer + *got, length - *got);
        if (!n)
        {
            if (reader->writer.left) err = give_data(reader, file, buffer + *got, length - *got, &n);
            else if (reader->next == NEXT_NOTHING) break;
            else err = advance(reader, file);
        }
        *got += n;
    }
    /* What was read is given first. The next call meets the error again. */
    return *got ? ERROR_SUCCESS : err;
}

UINT64 backup_reader_skip(struct backup_reader *reader, UINT64 length)
{
    return bstream_writer_skip(&reader->writer, length);
}
