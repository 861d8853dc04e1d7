/*
 * The C functions that the compiler takes for granted, and this DLL has no C runtime for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <windows.h>

#undef RtlMoveMemory
#undef RtlFillMemory

void WINAPI RtlMoveMemory(void *to, const void *from, SIZE_T size);
void WINAPI RtlFillMemory(void *to, SIZE_T size, BYTE value);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    RtlMoveMemory(to, from, size);
    return to;
}

void *memset(void *to, int value, size_t size)
{
    RtlFillMemory(to, size, (BYTE)value);
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const BYTE *p = a, *q = b;

    for (; size; size--, p++, q++)
        if (*p != *q) return *p < *q ? -1 : 1;
    return 0;
}
