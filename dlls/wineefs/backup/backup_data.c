/*
 * The data of a file that BackupWrite restores: where it goes, and what of it becomes a hole.
 *
 * A run of at least BHOLES_MIN zeros isn't written where the file reads as zeros without: behind its end, and behind
 * all that was written before. Over what was there already, zeros are written as any other data.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup_data.h"

#include "visible/sparse.h"

void backup_data_init(struct backup_data *data)
{
    data->begun = FALSE;
    backup_direct_init(&data->direct);
}

void backup_data_close(struct backup_data *data)
{
    backup_direct_close(&data->direct);
}

DWORD backup_data_write(struct backup_data *data, HANDLE file, UINT64 offset, const BYTE *bytes, ULONG length,
                        ULONG *taken)
{
    static const BYTE zeros[BHOLES_MIN];
    DWORD err = ERROR_SUCCESS;
    enum bholes_step step;
    uint64_t at;
    size_t n;

    *taken = 0;
    do
    {
        ULONG done;

        step = bholes_next(&data->holes, offset, bytes, length, &at, &n);
        done = (ULONG)n;
        if (step != BHOLES_PASS)
            err = backup_direct_write(&data->direct, file, at, step == BHOLES_ZEROS ? zeros : bytes, (ULONG)n, &done);
        if (!err) bholes_done(&data->holes, step, at, done);
        if (!err && step != BHOLES_ZEROS) *taken = done;
    }
    while (!err && step == BHOLES_ZEROS);
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
    bholes_init(&data->holes, info.size);
    return ERROR_SUCCESS;
}

DWORD backup_data_end(struct backup_data *data, HANDLE file, const struct bstream_header *header)
{
    UINT64 end = header->offset + header->size;
    struct backup_file_info info;
    DWORD err;

    /* Other blocks may follow behind this one: only an empty block says where the file ends. */
    if (header->id == BSTREAM_SPARSE_BLOCK && header->size && end <= data->holes.reached) return ERROR_SUCCESS;
    if ((err = backup_file_query(file, &info))) return err;
    if (info.size == end || (header->id == BSTREAM_SPARSE_BLOCK && header->size && info.size > end))
        return ERROR_SUCCESS;
    if ((err = backup_file_set_end(file, end))) return err;
    data->holes.reached = header->size ? max(data->holes.reached, end) : end;
    return ERROR_SUCCESS;
}
