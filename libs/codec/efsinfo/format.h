/*
 * Where the fields of $EFS versions 1 to 3 are (MS-EFSR 2.2.2.1, checked against Windows 10): shared by
 * the reader and the writer. Each offset is relative to its own structure, in bytes; all fields are
 * little-endian u32 unless told otherwise; nothing is aligned.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_METADATA_LAYOUT_H
#define EFS_METADATA_LAYOUT_H

#define EFS_VERSION_READ_MAX 3 /* the highest EFS_Version that has this layout */

/* what the total is a multiple of; 8 or 4 can't be told from real ones, see efs-format 2.1 */
#define EFS_METADATA_ROUND 8u

/* The header: EFS_METADATA_HEADER_SIZE bytes. What has no name here is zero. */
#define HEADER_LENGTH  0x00 /* of all the metadata, also in versions 4 and 5 */
#define HEADER_VERSION 0x08 /* also in versions 4 and 5 */
#define HEADER_ID      0x10 /* GUID */
#define HEADER_HASH    0x20 /* 16 bytes: MD5 on Windows 2000, zero since XP */
#define HEADER_DDF     0x40 /* offset of the users' key list */
#define HEADER_DRF     0x44 /* offset of the recovery agents' key list, 0 for none */

/* A key list: the number of entries, then the entries back to back */
#define LIST_SIZE 0x04

/* A key list entry */
#define ENTRY_LENGTH     0x00
#define ENTRY_PKI_OFFSET 0x04
#define ENTRY_FEK_LENGTH 0x08
#define ENTRY_FEK_OFFSET 0x0c
#define ENTRY_FLAGS      0x10
#define ENTRY_SIZE       0x14

/* Its public key information. In type 1, from 0x0c on, names and blob of a container (ntfs-3g) */
#define PKI_LENGTH      0x00
#define PKI_OWNER_HINT  0x04 /* offset of a SID, 0 for none */
#define PKI_TYPE        0x08
#define PKI_CERT_LENGTH 0x0c
#define PKI_CERT_OFFSET 0x10
#define PKI_SIZE        0x1c

/* A binary SID: u8 revision, u8 number of subauthorities, 6 bytes authority, u32 each */
#define SID_FIXED        8u
#define SID_REVISION     1
#define SID_SUBAUTHS_MAX 15

/* The certificate data of the public key information; the names are NUL-terminated UTF-16LE */
#define CERT_THUMBPRINT_OFFSET 0x00
#define CERT_THUMBPRINT_LENGTH 0x04
#define CERT_CONTAINER         0x08 /* offset, 0 for none */
#define CERT_PROVIDER          0x0c /* the same */
#define CERT_DISPLAY           0x10 /* the same */
#define CERT_SIZE              0x14

#endif
