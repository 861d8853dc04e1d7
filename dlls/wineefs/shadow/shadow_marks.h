/*
 * Which handles of this process lead into a shadow copy: nothing may be changed through them.
 *
 * Programs that open none pay a comparison. A handle's mark goes when it is closed, or when its number is another
 * file's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SHADOW_MARKS_H
#define WINEEFS_SHADOW_MARKS_H

#include "wine/nt.h"

#define SHADOW_ROOT   0x8000 /* a mark's bit: the handle is to the root directory */
#define SHADOW_NUMBER 0x7fff /* and which shadow copy it is */

/* How many handles have one. */
extern LONG shadow_marks;

/* 0: it has none */
USHORT shadow_get_mark(HANDLE handle);
/* FALSE: there's no room, and the handle can't be given to the program. */
BOOL shadow_set_mark(HANDLE handle, USHORT mark);

static inline void shadow_forget(HANDLE handle)
{
    if (shadow_marks && shadow_get_mark(handle)) shadow_set_mark(handle, 0);
}

/* Would a change through the handle be one of a shadow copy? */
static inline BOOL shadow_is_marked(HANDLE handle)
{
    return shadow_marks && shadow_get_mark(handle);
}

#endif
