/*
 * The code of ntdll's system calls, as bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STUB_H
#define WINEEFS_STUB_H

#include <windows.h>

#define STUB_MAX 48 /* bytes; Wine 8.0 and 10.0 have 32 at most */

enum stub_shape
{
    STUB_UNKNOWN,
    STUB_WHOLE,  /* a stub as Wine makes it */
    STUB_HOOKED, /* somebody put a jump at its head */
};

struct stub
{
    enum stub_shape shape;
    unsigned int    jump_at; /* where a jump of ours may stand: an instruction begins there that can give way */
    unsigned int    size;    /* STUB_WHOLE: bytes, to behind the last return. The code works at any address */
    const void     *target;  /* STUB_HOOKED: where the jump leads that stands at jump_at */
};

/* Reads the code at the head of a function. */
void stub_read(const BYTE *code, struct stub *stub);

#endif
