/*
 * The names of data streams in the raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_RAW_NAME_H
#define EFS_RAW_NAME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Checks a stream name of `length` bytes of UTF-16LE, in the form that FileStreamInformation has:
 * "::$DATA" or ":name:$DATA". Tells whether it is the unnamed stream, and gives a hash of the name
 * between the colons. Returns NULL, or the rule that the name breaks.
 */
const char *raw_name_check(const uint8_t *name, uint32_t length, bool *unnamed, uint64_t *id);

#endif
