/*
 * What kernel32 does elsewhere, by ntdll alone: for code that runs while the process is being set up, before kernel32's
 * and kernelbase's own initialisation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_NATIVE_H
#define WINEEFS_NATIVE_H

#include "nt.h"

/* A DLL that is loaded, by its base name; NULL if it isn't. Takes the loader's lock, as the next does: for DllMain
   only. */
HMODULE native_find_module(const WCHAR *name);

/* Wine's own kernelbase.dll, whether ours stands before it or not. */
HMODULE native_find_kernelbase(void);

/* An export, wherever forwarders lead; NULL if there is none, or no module. */
FARPROC native_find_function(HMODULE module, const char *name);

/* The module that an address lies in, or whatever else was mapped there as one; NULL if nothing is. Takes no lock. */
const void *native_find_owner(const void *address);

/* Was the handle opened with one of these rights? */
BOOL native_has_right(HANDLE handle, ACCESS_MASK rights);

/* Where FILE_RENAME_INFORMATION or FILE_LINK_INFORMATION (MS-FSCC 2.4.42, 2.4.27) wants a file to go; both structures,
   which point into it, are filled. FALSE: it isn't whole. */
BOOL native_read_target(const BYTE *info, ULONG length, OBJECT_ATTRIBUTES *attr, UNICODE_STRING *name);

/* VirtualProtect. `old` gets what it was. FALSE if it can't be changed. */
BOOL native_protect(const void *start, SIZE_T size, ULONG protection, ULONG *old);

/* VirtualAlloc of committed memory at just that address (of a multiple of 64 KiB), readable and writable. NULL if it is
   taken. */
void *native_allocate_at(ULONG_PTR address, SIZE_T size);
void  native_free(void *start);

/* Instructions were written there. */
void native_flush_code(const void *start, SIZE_T size);

#endif
