/*
 * Alternate streams of plain files, for BackupRead and BackupWrite.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup_stream.h"

#include "backup/content.h"
#include "efs/error.h"
#include "streams/stream_list.h"
#include "wine/native.h"
#include "wine/unixcall.h"

#define LIST_SIZE 0x1000    /* bytes, at first; */
#define LIST_MAX  0x8000000 /* more streams than a host's directory can hold files are none */

static DWORD fail(const char *function, const struct unix_result *result)
{
    DWORD err = unixcall_error(function, result);

    switch (result->error)
    {
    case EFS_ERR_INVALID:         return ERROR_INVALID_NAME;
    case EFS_ERR_UNREPRESENTABLE: return ERROR_FILENAME_EXCED_RANGE;
    case EFS_ERR_VOLUME:          return ERROR_EA_TABLE_FULL; /* no room for attributes */
    default:                      return err;
    }
}

DWORD backup_stream_list(HANDLE file, struct blob *list)
{
    ULONG size = LIST_SIZE;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    DWORD err;

    do
    {
        if ((err = blob_alloc(list, size))) return err;
        status = NtQueryInformationFile(file, &io, list->data, size, (FILE_INFORMATION_CLASS)CLASS_STREAM);
        size *= 2;
    }
    while (status == STATUS_BUFFER_OVERFLOW && size <= LIST_MAX);
    if (status) blob_free(list);
    else list->size = (ULONG)io.Information;
    return status == STATUS_NOT_IMPLEMENTED || status == STATUS_INVALID_INFO_CLASS ? ERROR_SUCCESS
        : status_to_win32(status);
}

static DWORD get_fd(HANDLE file, ACCESS_MASK right, struct substream_params *params)
{
    DWORD err;
    int fd;

    if (!native_has_right(file, right)) return ERROR_ACCESS_DENIED;
    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    params->fd = fd;
    return ERROR_SUCCESS;
}

DWORD backup_stream_open(struct backup_stream *stream, HANDLE file, const BYTE *name, ULONG length)
{
    struct bstream_header header = { .name = name, .name_size = length };
    struct substream_params params = { 0 };
    const uint8_t *own;
    DWORD err;

    if ((err = get_fd(file, FILE_READ_DATA, &params))) return err;
    params.name_units = (ULONG)(bstream_own_name(&header, &own) / sizeof(WCHAR));
    params.name = (UINT_PTR)own;
    unixcall_substream_open(&params);
    if (params.result.error) return fail(__func__, &params.result);
    stream->object = params.stream;
    stream->size = params.size;
    return ERROR_SUCCESS;
}

DWORD backup_stream_read(const struct backup_stream *stream, UINT64 offset, BYTE *buffer, ULONG length, ULONG *got)
{
    struct substream_params params = { 0 };

    params.stream = stream->object;
    params.offset = offset;
    params.buffer = (UINT_PTR)buffer;
    params.length = length;
    unixcall_substream_read(&params);
    *got = params.result.error ? 0 : params.length;
    return params.result.error ? fail(__func__, &params.result) : ERROR_SUCCESS;
}

DWORD backup_stream_begin(struct backup_stream *stream, HANDLE file, const struct bstream_header *header)
{
    struct substream_params params = { 0 };
    struct backup_file_info info;
    const uint8_t *name;
    DWORD err;

    if ((err = backup_file_query(file, &info))) return err;
    /* An encrypted file's are restored by WriteEncryptedFileRaw. */
    if (info.attributes & FILE_ATTRIBUTE_ENCRYPTED) return ERROR_ACCESS_DENIED;
    if ((err = get_fd(file, FILE_WRITE_DATA, &params))) return err;
    params.name_units = (ULONG)(bstream_own_name(header, &name) / sizeof(WCHAR));
    params.name = (UINT_PTR)name;
    unixcall_substream_begin(&params);
    if (params.result.error) return fail(__func__, &params.result);
    stream->object = params.stream;
    stream->size = 0;
    return ERROR_SUCCESS;
}

DWORD backup_stream_write(struct backup_stream *stream, UINT64 offset, const BYTE *bytes, ULONG length)
{
    struct substream_params params = { 0 };

    params.stream = stream->object;
    params.offset = offset;
    params.buffer = (UINT_PTR)bytes;
    params.length = length;
    unixcall_substream_write(&params);
    return params.result.error ? fail(__func__, &params.result) : ERROR_SUCCESS;
}

void backup_stream_end(struct backup_stream *stream, const struct bstream_header *header)
{
    UINT64 end = header->offset + header->size;

    /* Blocks may come in any order: only an empty one says where the stream ends. */
    if (end > stream->size || !header->size) stream->size = end;
}

DWORD backup_stream_commit(struct backup_stream *stream)
{
    struct substream_params params = { 0 };

    params.stream = stream->object;
    params.size = stream->size;
    unixcall_substream_commit(&params);
    backup_stream_close(stream);
    return params.result.error ? fail(__func__, &params.result) : ERROR_SUCCESS;
}

void backup_stream_close(struct backup_stream *stream)
{
    struct session_params params = { stream->object };

    if (stream->object) unixcall_substream_free(&params);
    stream->object = 0;
}
