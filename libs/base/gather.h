/*
 * A range of a file whose bytes lie in several places of memory, as a raw stream's data does between its headers: read
 * or written by one call of the system.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_GATHER_H
#define EFS_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "efs/error.h"

#define GATHER_PARTS 32

struct gather /* zeros: empty */
{
    uint64_t     offset; /* in the file */
    uint64_t     length; /* of all parts */
    unsigned int count;
    struct iovec parts[GATHER_PARTS];
};

/* Adds what comes next in the file; the memory has to stay. False: it isn't next, or there's no room, and it wasn't
   added. */
bool gather_add(struct gather *gather, uint64_t offset, const void *data, size_t length);

/* Transfer all. What an error has kept from it stays gathered, from its offset on. Reading: EFS_ERR_CORRUPT if the file
   ends before. */
enum efs_error gather_read(struct gather *gather, int fd, struct efs_diag *diag);
enum efs_error gather_write(struct gather *gather, int fd, struct efs_diag *diag);

/* Copies from what is gathered, beginning at `offset` in the file. Returns how much of it there was: 0 if that isn't in
   it. */
size_t gather_peek(const struct gather *gather, uint64_t offset, void *buffer, size_t length);

#endif
