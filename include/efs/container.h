/*
 * The mark of a container: the value of the attribute that makes a file whose content is a raw stream an encrypted
 * file, or a directory whose raw stream is in a file within it an encrypted directory (docs/representation.md). A pure
 * codec.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CONTAINER_H
#define EFS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFS_CONTAINER_MARK_SIZE 16
#define EFS_CONTAINER_VERSION   1

/* data_size: plain bytes of the unnamed stream. */
void efs_container_mark_make(uint8_t out[EFS_CONTAINER_MARK_SIZE], uint64_t data_size);
/* False if it is no mark of the known version. */
bool efs_container_mark_read(const uint8_t *mark, size_t length, uint64_t *data_size);

/* ---- of directories ---- */

#define EFS_CONTAINER_WITHIN_VERSION 2
#define EFS_CONTAINER_NAME_PREFIX    ".efs-directory-"
#define EFS_CONTAINER_NAME_DIGITS    16
#define EFS_CONTAINER_NAME_SIZE      (sizeof(EFS_CONTAINER_NAME_PREFIX) + EFS_CONTAINER_NAME_DIGITS)

/* id: which of the files within the directory is its container. */
void efs_container_mark_make_within(uint8_t out[EFS_CONTAINER_MARK_SIZE], uint64_t id);
bool efs_container_mark_read_within(const uint8_t *mark, size_t length, uint64_t *id);
/* The file's name: the prefix and the id in 16 hexadecimal digits, lower case. */
void efs_container_make_name(char name[EFS_CONTAINER_NAME_SIZE], uint64_t id);
bool efs_is_container_name(const char *name);

#endif
