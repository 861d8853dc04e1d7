/*
 * Functions whose beginning is made to be replaced ("hotpatch"): there is a way to the original.
 *
 * The way is a copy of the beginning, which works at any address, and a jump behind it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "prologue.h"

/* what __attribute__((ms_hook_prologue)) makes compilers begin a function with */
static const BYTE prologue[PROLOGUE_SIZE] =
#ifdef _WIN64
    { 0x48, 0x8d, 0xa4, 0x24, 0, 0, 0, 0 }; /* lea rsp,[rsp+0] */
#else
    { 0x8b, 0xff, 0x55, 0x8b, 0xec }; /* mov edi,edi; push ebp; mov ebp,esp */
#endif

BOOL prologue_is_known(const BYTE *code)
{
    return !memcmp(code, prologue, PROLOGUE_SIZE);
}

void prologue_put_way(BYTE *p, const BYTE *code)
{
    memcpy(p, prologue, PROLOGUE_SIZE);
    jump_put_far(p + PROLOGUE_SIZE, code + PROLOGUE_SIZE);
}
