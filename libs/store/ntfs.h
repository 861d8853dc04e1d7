/*
 * A file on an NTFS-3G mount, and its named streams: they are its user attributes. Of an encrypted file, the value is
 * the ciphertext and a padding count, as the content of the file itself (seen with NTFS-3G 2022.10.3, efs_raw).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_NTFS_H
#define EFS_NTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

#define NTFS_VALUE_MAX       65536 /* bytes: Linux takes no longer attribute */
#define NTFS_ATTRIBUTE_MAX   256   /* bytes of an attribute's name, with its terminator */
#define NTFS_STREAM_NAME_MAX 1024  /* bytes of ":NAME:$DATA" in UTF-16 that such an attribute can have */

/*
 * Is the file on an NTFS-3G mount, which makes genuine EFS files, by rules of its own? Taken for another file system it
 * would be given the wrong form: what can't be found out is an error.
 */
enum efs_error ntfs_is_mount(int fd, bool *ntfs, struct efs_diag *diag);

#define NTFS_ATTRIBUTE_ENCRYPTED 0x4000u /* FILE_ATTRIBUTE_ENCRYPTED */
/* The Windows attributes of a file on such a mount; left alone on failure. */
enum efs_error ntfs_get_attributes(int fd, uint32_t *attributes, struct efs_diag *diag);

/* The attribute of the stream ":NAME:$DATA" (length bytes of UTF-16LE). False if it has none. */
bool ntfs_attribute_name(const uint8_t *name, uint32_t length, char out[NTFS_ATTRIBUTE_MAX]);
/* The reverse; returns the length in bytes, 0 if it can't be one. */
uint32_t ntfs_stream_name(const char *attribute, uint8_t out[NTFS_STREAM_NAME_MAX]);

/* The attributes that are named streams, in NTFS' order, each terminated; allocated, NULL if there are none. */
enum efs_error ntfs_list_streams(int fd, char **names, size_t *length, struct efs_diag *diag);

#endif
