/*
 * What Wine's wine/debug.h has for tests, for a build without Wine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include <wine/test.h>

const char *wine_dbg_sprintf(const char *format, ...)
{
    static char buffers[8][512];
    static LONG next;
    char *buffer = buffers[InterlockedIncrement(&next) % ARRAY_SIZE(buffers)];
    va_list args;

    va_start(args, format);
    vsnprintf(buffer, sizeof(buffers[0]), format, args);
    va_end(args);
    buffer[sizeof(buffers[0]) - 1] = 0;
    return buffer;
}

const char *wine_dbgstr_w(const WCHAR *str)
{
    char text[400];
    DWORD i = 0;

    if (!str) return "(null)";
    for (; *str && i < sizeof(text) - 8; str++)
        i += *str < 127 ? sprintf(text + i, "%c", *str) : sprintf(text + i, "\\%04x", *str);
    text[i] = 0;
    return wine_dbg_sprintf("L\"%s\"", text);
}
