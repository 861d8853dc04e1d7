/*
 * A file that is opened by its name: which one it is, without asking by the handle.
 *
 * A handle's descriptor, by which Wine tells a size, costs a request to its server, which an open has only one of.
 * Where the name led to the same file before the open and after it, that file was opened: one that is put in another's
 * place, and back, has another time of change. What has just changed is asked by the handle, as is all that isn't seen
 * so, or not within a millisecond.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_NAMED_H
#define WINEEFS_NAMED_H

#include "call/unixlib.h"
#include "nt.h"

#define NAMED_PATH_SIZE 520 /* longer paths are asked by the handle */

struct named
{
    struct identify_params before;
    char                   path[NAMED_PATH_SIZE]; /* on the host */
};

/* Before the open. It has to stay where it is until named_is_plain. */
void named_begin(struct named *named, const OBJECT_ATTRIBUTES *attr, ULONG options);

/* No name was looked at. */
static inline void named_none(struct named *named)
{
    named->before.plain = 0;
}

/* After it has succeeded: is it certain that the file that was opened can't be an encrypted one, by its size? */
BOOL named_is_plain(const struct named *named);

#endif
