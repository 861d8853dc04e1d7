/*
 * Functions whose beginning is made to be replaced ("hotpatch"): there is a way to the original.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_PROLOGUE_H
#define WINEEFS_PROLOGUE_H

#include "jump.h"

#ifdef _WIN64
#define PROLOGUE_SIZE 8
#else
#define PROLOGUE_SIZE 5
#endif
#define PROLOGUE_WAY_SIZE (PROLOGUE_SIZE + JUMP_FAR_SIZE)

BOOL prologue_is_known(const BYTE *code);

/* Writes the way to the function, PROLOGUE_WAY_SIZE bytes: to be done before its beginning is replaced. */
void prologue_put_way(BYTE *p, const BYTE *code);

#endif
