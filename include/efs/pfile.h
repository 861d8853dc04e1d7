/*
 * NAME.PFILE: how Windows 10 and later keep an encrypted file on FAT and exFAT. 4096 bytes with its $EFS, then the
 * ciphertext, cut to a multiple of 16. Known from ten files of at most 32 bytes alone (2021): how a larger one says its
 * size isn't known.
 *
 * A pure codec: no I/O, no allocation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_PFILE_H
#define EFS_PFILE_H

#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

#define EFS_PFILE_HEADER 0x1000 /* bytes */
#define EFS_AES_BLOCK    16     /* bytes that can only be decrypted together */

/*
 * Reads the header of a file of so many bytes: how long its $EFS is, which begins it, and how many plain bytes it has.
 * EFS_ERR_METADATA, EFS_ERR_VERSION: as efs_metadata_identify; EFS_ERR_CORRUPT: its length is no .PFILE's.
 */
enum efs_error efs_pfile_read(const uint8_t header[EFS_PFILE_HEADER], uint64_t file_length, uint32_t *metadata_length,
                              uint64_t *size, struct efs_diag *diag);

/* larger ones have no number for their size */
#define EFS_PFILE_SIZE_MAX (UINT32_MAX - 0x8000)

/*
 * Makes the header of a file of so many plain bytes. metadata: $EFS of version 1 to 3. EFS_ERR_UNREPRESENTABLE: $EFS is
 * of another version or longer than the header, or there are more than EFS_PFILE_SIZE_MAX bytes.
 */
enum efs_error efs_pfile_make(uint8_t header[EFS_PFILE_HEADER], const uint8_t *metadata, uint32_t metadata_length,
                              uint64_t size, struct efs_diag *diag);
/* Bytes of its ciphertext. */
uint64_t efs_pfile_stored(uint64_t size);

#endif
