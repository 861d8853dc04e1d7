/*
 * Where a file of the host has data, and where holes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_RANGES_H
#define WINEEFS_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A descriptor of its own for the file behind fd, which is closed: asking for holes moves the position that all duplicates
 * of a descriptor share. -1 if the file can't be read.
 */
int ranges_open(int fd);

/*
 * The first range with data at or behind `from`: [*start, *end), as far as it is below `size`. *start is `size` if there is
 * none. A file system that knows no holes has data everywhere.
 */
void ranges_next(int fd, uint64_t from, uint64_t size, uint64_t *start, uint64_t *end);

/* Has a Windows program marked the file as sparse? */
bool ranges_is_sparse(int fd);
/* Marks a regular file, or takes the mark away. What can't be done isn't: nobody's data hangs on it. */
void ranges_set_sparse(int fd, bool sparse);

#endif
