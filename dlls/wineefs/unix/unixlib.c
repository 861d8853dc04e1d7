/*
 * The two tables in which Wine looks for the calls of the Unix half: that of 64-bit programs, and that of 32-bit
 * programs in a 64-bit Wine. Both are the same, as the structures of unixlib.h are.
 *
 * The Unix half is plain POSIX, without a symbol of Wine's: its internal conventions differ between versions, the
 * tables and the structures don't.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

/* Wine's NTSTATUS. 0: the call has taken place; what came of it is in the structure. */
typedef int32_t (*unixlib_entry)(void *params);

#define DEFINE_ENTRY(name, type)              \
    static int32_t enter_##name(void *params) \
    {                                         \
        call_##name(params);                  \
        return 0;                             \
    }
UNIX_CALLS(DEFINE_ENTRY)

#define EXPORTED __attribute__((visibility("default")))
#define ENTRY(name, type) enter_##name,

extern const unixlib_entry __wine_unix_call_funcs[];
extern const unixlib_entry __wine_unix_call_wow64_funcs[];

EXPORTED const unixlib_entry __wine_unix_call_funcs[] = { UNIX_CALLS(ENTRY) };
EXPORTED const unixlib_entry __wine_unix_call_wow64_funcs[] = { UNIX_CALLS(ENTRY) };
