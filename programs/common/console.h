/*
 * What our Windows programs share: text for people, codes in words, and names of any length.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PROGRAMS_CONSOLE_H
#define PROGRAMS_CONSOLE_H

#include <stdbool.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* ---- output.c ---- */

/* printf to standard output or standard error (STD_OUTPUT_HANDLE, STD_ERROR_HANDLE): UTF-16 to a
 * console, UTF-8 to anything else. Strings are wide: %ls. */
void print(DWORD device, const WCHAR *format, ...);

/* ---- message.c ---- */

/* The text of a Win32 code, without line end; buffer is filled in any case. */
const WCHAR *code_text(DWORD code, WCHAR *buffer, DWORD size);

/* ---- path.c ---- */

/* The name in a form that every Windows call takes, whatever its length; to be freed with
 * HeapFree(GetProcessHeap()). NULL: see GetLastError. */
WCHAR *usable_path(const WCHAR *name);
/* The same, so that nothing that is put behind it means anything but a name: no devices (AUX.C), no dots or blanks that
   go. */
WCHAR *verbatim_path(const WCHAR *name);

#endif
