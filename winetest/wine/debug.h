/*
 * What wine/test.h wants of Wine's wine/debug.h, without Wine: so the tests build with mingw-w64
 * alone, and run on Windows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_WINE_DEBUG_H
#define EFS_TEST_WINE_DEBUG_H

#include <stdarg.h>
#include <string.h>
#include <windef.h>
#include <winbase.h>

#define __WINE_PRINTF_ATTR(fmt, args) __attribute__((format(printf, fmt, args)))

/* Both give one of a few static buffers, good until the next calls. */
const char *wine_dbg_sprintf(const char *format, ...) __WINE_PRINTF_ATTR(1, 2);
const char *wine_dbgstr_w(const WCHAR *str);

#endif
