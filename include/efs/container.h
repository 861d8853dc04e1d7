/*
 * The mark of a container: the value of the attribute that makes a file whose content is a raw stream an encrypted
 * file (docs/representation.md). A pure codec.
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

#endif
