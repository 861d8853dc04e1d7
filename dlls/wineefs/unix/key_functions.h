/*
 * What wineefs-keys.so hands to wineefs.so: a function for each call of KEY_CALLS.
 *
 * Both are installed together; a module of another version is refused by the structures' size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_KEY_FUNCTIONS_H
#define WINEEFS_KEY_FUNCTIONS_H

#include "call/unixlib.h"

#define KEY_FUNCTION(name, type) void (*(name))(struct type *params);
struct key_functions
{
    uint32_t size;  /* of this structure, bytes */
    uint32_t calls; /* unix_call_count */
    KEY_CALLS(KEY_FUNCTION)
};

#define KEY_MODULE_NAME  "wineefs-keys.so"
#define KEY_MODULE_TABLE "wineefs_key_functions" /* its one symbol */

#endif
