/*
 * The C functions that the compiler takes for granted, and this DLL has no C runtime for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <windows.h>

#include <intrin.h>

/* The processor's own copy: Wine 8.0's ntdll and msvcrt copy byte by byte, which is slower than the page cache. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    __movsb(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    BYTE *p = to;
    const BYTE *q = from;

    if (p <= q || p >= q + size) __movsb(to, from, size);
    else while (size--) p[size] = q[size];
    return to;
}

void *memset(void *to, int value, size_t size)
{
    __stosb(to, (BYTE)value, size);
    return to;
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (!*text) return NULL;
    return (char *)(ULONG_PTR)text;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const BYTE *p = a, *q = b;

    for (; size; size--, p++, q++)
        if (*p != *q) return *p < *q ? -1 : 1;
    return 0;
}
