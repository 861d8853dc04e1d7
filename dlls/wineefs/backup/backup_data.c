/*
 * The data of a file that BackupWrite restores: where it goes, and what of it becomes a hole.
 *
 * A run of at least HOLE_MIN zeros isn't written where the file reads as zeros without: behind its end, and behind all
 * that was written before. Over what was there already, zeros are written as any other data.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup_data.h"

#include "visible/sparse.h"

#define HOLE_MIN 0x10000 /* bytes; a power of two. Smaller holes would make a file of many pieces */

static BOOL is_zero(const BYTE *bytes, ULONG length)
{
    UINT64 word;

    for (; length >= sizeof(word); bytes += sizeof(word), length -= sizeof(word))
    {
        memcpy(&word, bytes, sizeof(word));
        if (word) return FALSE;
    }
    while (length && !*bytes) bytes++, length--;
    return !length;
}

/* How many bytes from `at` on are in units (of HOLE_MIN, aligned in the file) that are zero throughout, or that
   aren't. */
static ULONG measure(UINT64 offset, const BYTE *bytes, ULONG length, BOOL zero)
{
    ULONG at, unit;

    for (at = 0; at < length; at += unit)
    {
        unit = HOLE_MIN - (ULONG)((offset + at) % HOLE_MIN);
        unit = min(unit, length - at);
        if (is_zero(bytes + at, unit) != zero) break;
    }
    return at;
}

/* Zeros of earlier calls that turned out to be too few for a hole. */
static DWORD write_zeros(struct backup_data *data, HANDLE file, UINT64 end)
{
    static const BYTE zeros[HOLE_MIN];
    DWORD err = ERROR_SUCCESS;
    ULONG written;

    for (; !err && data->zeros_from < end; data->zeros_from += written)
        err = backup_file_write(file, data->zeros_from, zeros, (ULONG)(end - data->zeros_from), &written);
    return err;
}

DWORD backup_data_write(struct backup_data *data, HANDLE file, UINT64 offset, const BYTE *bytes, ULONG length,
                        ULONG *taken)
{
    ULONG zeros = 0, used, written;
    BOOL short_run;
    DWORD err;

    *taken = 0;
    /*
     * The data goes on in another place: what lies between was passed over, so the zeros before stay a hole, however
     * few.
     */
    if (offset != data->zeros_end) data->zeros_from = data->zeros_end = offset;
    if (offset >= data->reached) zeros = measure(offset, bytes, length, TRUE);
    data->zeros_end += zeros;
    if (zeros == length)
    {
        *taken = length;
        return ERROR_SUCCESS;
    }
    short_run = data->zeros_end - data->zeros_from < HOLE_MIN;
    if (short_run && (err = write_zeros(data, file, offset)))
    {
        data->zeros_end = offset; /* the caller will give these bytes again */
        return err;
    }
    /* A short run of this call is written together with the data that follows it. */
    used = short_run ? 0 : zeros;
    length = zeros + (offset >= data->reached ? measure(offset + zeros, bytes + zeros, length - zeros, FALSE) : length);
    err = backup_file_write(file, offset + used, bytes + used, length - used, &written);
    *taken = used + written;
    data->zeros_from = data->zeros_end = offset + *taken;
    data->reached = max(data->reached, data->zeros_end);
    return err;
}

DWORD backup_data_begin(struct backup_data *data, HANDLE file, const struct bstream_header *header)
{
    struct backup_file_info info;
    DWORD err;

    if ((err = backup_file_query(file, &info))) return err;
    if (info.attributes & FILE_ATTRIBUTE_DIRECTORY) return ERROR_DIRECTORY;
    /* An encrypted file is restored by WriteEncryptedFileRaw. */
    if (info.attributes & FILE_ATTRIBUTE_ENCRYPTED) return ERROR_ACCESS_DENIED;
    if (header->attributes & BSTREAM_SPARSE) sparse_set(file, TRUE);
    /* A sparse file is written block by block. Old data must not show where there is no block. */
    if (header->id == BSTREAM_DATA && (header->attributes & BSTREAM_SPARSE) && info.size)
    {
        if ((err = backup_file_set_end(file, 0))) return err;
        info.size = 0;
    }
    data->begun = TRUE;
    data->reached = info.size;
    data->zeros_from = data->zeros_end = 0;
    return ERROR_SUCCESS;
}

DWORD backup_data_end(struct backup_data *data, HANDLE file, const struct bstream_header *header)
{
    UINT64 end = header->offset + header->size;
    struct backup_file_info info;
    DWORD err;

    /* Other blocks may follow behind this one: only an empty block says where the file ends. */
    if (header->id == BSTREAM_SPARSE_BLOCK && header->size && end <= data->reached) return ERROR_SUCCESS;
    if ((err = backup_file_query(file, &info))) return err;
    if (info.size == end || (header->id == BSTREAM_SPARSE_BLOCK && header->size && info.size > end))
        return ERROR_SUCCESS;
    if ((err = backup_file_set_end(file, end))) return err;
    data->reached = header->size ? max(data->reached, end) : end;
    return ERROR_SUCCESS;
}
