/*
 * Which handles of this process lead into a shadow copy: a mark for each number of a handle, in blocks that are there
 * once they are needed. Without a lock, as a handle is one thread's business while it is opened or closed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shadow_marks.h"

#include "wine/native.h"

#define BLOCK_MARKS 32768 /* 64 KiB, the least that can be had */
#define BLOCKS      512   /* all that Wine's server can give are below 4 * BLOCKS * BLOCK_MARKS */

LONG shadow_marks;
static USHORT *blocks[BLOCKS];

static USHORT *find_block(ULONG_PTR index, BOOL make)
{
    USHORT *block, *other;

    if (index / BLOCK_MARKS >= BLOCKS) return NULL;
    block = blocks[index / BLOCK_MARKS];
    if (block || !make || !(block = native_allocate_at(0, BLOCK_MARKS * sizeof(*block)))) return block;
    other = InterlockedCompareExchangePointer((void **)(void *)&blocks[index / BLOCK_MARKS], block, NULL);
    if (!other) return block;
    native_free(block);
    return other;
}

USHORT shadow_get_mark(HANDLE handle)
{
    ULONG_PTR index = (ULONG_PTR)handle / 4;
    const USHORT *block = find_block(index, FALSE);

    return block ? block[index % BLOCK_MARKS] : 0;
}

BOOL shadow_set_mark(HANDLE handle, USHORT mark)
{
    ULONG_PTR index = (ULONG_PTR)handle / 4;
    USHORT *block = find_block(index, mark != 0), old;

    if (!block) return !mark;
    old = __atomic_exchange_n(&block[index % BLOCK_MARKS], mark, __ATOMIC_SEQ_CST);
    if (mark && !old) InterlockedIncrement(&shadow_marks);
    if (!mark && old) InterlockedDecrement(&shadow_marks);
    return TRUE;
}
