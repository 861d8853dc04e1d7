/*
 * The one symbol of wineefs-keys.so: its functions for wineefs.so.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_functions.h"
#include "unixlib_private.h"

extern const struct key_functions wineefs_key_functions;

#define ENTRY(name, type) .name = call_##name,

__attribute__((visibility("default"))) const struct key_functions wineefs_key_functions =
{
    .size = sizeof(struct key_functions),
    .calls = unix_call_count,
    KEY_CALLS(ENTRY)
};
