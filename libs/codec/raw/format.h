/*
 * Signatures of the raw stream's records, shared by the reader and the maker.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_RAW_FORMAT_H
#define EFS_RAW_FORMAT_H

#include <stdint.h>

#define RAW_VERSION 0x100u /* MS-EFSR 2.2.3 gives it as fixed bytes */
#define RAW_ENCRYPTION_FORMAT_DEFAULT 1
#define RAW_EXTENDED_SIZE 0x10

extern const uint8_t raw_file_signature[8];    /* "ROBS" in UTF-16LE */
extern const uint8_t raw_stream_signature[8];  /* "NTFS" */
extern const uint8_t raw_segment_signature[8]; /* "GURE" */
extern const uint8_t raw_extended_signature[4];/* "EXTD" in ASCII */

#endif
