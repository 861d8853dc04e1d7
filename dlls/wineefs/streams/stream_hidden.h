/*
 * Files of the host that hold alternate streams: no listing has them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_HIDDEN_H
#define WINEEFS_STREAM_HIDDEN_H

#include "wine/nt.h"

/* Is this entry of the directory such a file? bytes: the name, of `length` bytes. Costs a look at each character for
   nearly every name. */
BOOL stream_is_hidden(HANDLE dir, const BYTE *bytes, ULONG length);

#endif
