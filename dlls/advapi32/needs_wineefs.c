/*
 * The reference by which a drop-in imports wineefs.dll.
 *
 * A drop-in is an export table and has no code. Its forwarders load their DLL only when they are first used. An import
 * is loaded before the program runs: so the hooks stand when it begins.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The name that wineefs.def gives the import slot: undecorated, plus the underscore of i686 */
#ifdef __i386__
#define IMPORT_SLOT "__imp__wineefs_get_status"
#else
#define IMPORT_SLOT "__imp_wineefs_get_status"
#endif

extern const void *const import_slot __asm__(IMPORT_SLOT);

const void *const needs_wineefs __attribute__((used)) = &import_slot;
