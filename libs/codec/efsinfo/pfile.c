/*
 * The header of a .PFILE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/pfile.h"

#include <string.h>

#include "base/bytes.h"
#include "efs/metadata.h"
#include "efs/raw.h"
#include "format.h"

#define PFILE_SIZE      0x0c   /* the field of $EFS that says the plain size, and that it is there */
#define PFILE_SIZE_BASE 0x8000

uint64_t efs_pfile_stored(uint64_t size)
{
    return (size + EFS_AES_BLOCK - 1) / EFS_AES_BLOCK * EFS_AES_BLOCK;
}

enum efs_error efs_pfile_read(const uint8_t header[EFS_PFILE_HEADER], uint64_t file_length, uint32_t *metadata_length,
                              uint64_t *size, struct efs_diag *diag)
{
    uint32_t length = load32_le(header + HEADER_LENGTH), field = load32_le(header + PFILE_SIZE), version;
    uint64_t stored, said = field >= PFILE_SIZE_BASE ? field - PFILE_SIZE_BASE : 0;
    enum efs_error err;

    *metadata_length = 0;
    *size = 0;
    /* Is there a header, and does the $EFS lie in it? */
    if (file_length < EFS_PFILE_HEADER)
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, ".PFILE: shorter than its header of 4096 bytes");
    if (length > EFS_PFILE_HEADER)
        return efs_fail(diag, EFS_ERR_METADATA, HEADER_LENGTH, ".PFILE: $EFS is longer than 4096 bytes");
    if ((err = efs_metadata_identify(header, length, &version, diag))) return err;
    stored = file_length - EFS_PFILE_HEADER;
    if (stored % EFS_AES_BLOCK)
        return efs_fail(diag, EFS_ERR_CORRUPT, file_length - stored % EFS_AES_BLOCK,
                        ".PFILE: its ciphertext ends inside a block of 16 bytes");
    *metadata_length = length;
    /* How many bits of it count in larger files isn't known: it is believed where it fits, also with all of the last
       unit, as it is on the disk. */
    *size = stored == efs_pfile_stored(said) || stored == efs_raw_padded(said) ? said : stored;
    return EFS_OK;
}

enum efs_error efs_pfile_make(uint8_t header[EFS_PFILE_HEADER], const uint8_t *metadata, uint32_t metadata_length,
                              uint64_t size, struct efs_diag *diag)
{
    uint32_t version;
    enum efs_error err = efs_metadata_identify(metadata, metadata_length, &version, diag);

    if (err) return err;
    if (version > 3)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, ".PFILE: what it is like is known of $EFS version 2 alone");
    if (metadata_length > EFS_PFILE_HEADER)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, ".PFILE: there is room for a $EFS of 4096 bytes");
    if (size > EFS_PFILE_SIZE_MAX)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, ".PFILE: it has no number for a size of 4 GiB and more");
    memset(header, 0, EFS_PFILE_HEADER);
    memcpy(header, metadata, metadata_length);
    if (size) store32_le(header + HEADER_LENGTH, EFS_PFILE_HEADER);
    store32_le(header + PFILE_SIZE, size ? PFILE_SIZE_BASE + (uint32_t)size : 0);
    return EFS_OK;
}
