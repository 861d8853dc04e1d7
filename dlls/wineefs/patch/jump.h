/*
 * Jumps from the code of Wine's DLLs to ours.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_JUMP_H
#define WINEEFS_JUMP_H

#include <windows.h>

#define JUMP_NEAR      0xe9 /* jmp rel32 */
#define JUMP_NEAR_SIZE 5
#ifdef _WIN64
#define JUMP_FAR_SIZE  14
#else
#define JUMP_FAR_SIZE  5
#endif

/* Writes a jump that reaches everywhere, JUMP_FAR_SIZE bytes; returns its end. */
BYTE *jump_put_far(BYTE *p, const void *target);

/* Readable and writable memory that a near jump from there reaches; NULL if there is none. */
BYTE *jump_allocate_near(const BYTE *near_to, SIZE_T size);

/*
 * Puts a near jump at code + at, in one store, since other threads may be about to run it. The 8 bytes at `code`, which
 * is a multiple of 8, are writable, and hold the whole jump.
 */
void jump_put_near(BYTE *code, unsigned int at, const void *target);

#endif
