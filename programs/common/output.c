/*
 * Text to standard output and standard error, on a console and elsewhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/console.h"

#include <wchar.h>

/* Paths may have 32767 units. */
#define LINE_MAX 34000

void print(DWORD device, const WCHAR *format, ...)
{
    HANDLE handle = GetStdHandle(device);
    WCHAR *line = HeapAlloc(GetProcessHeap(), 0, LINE_MAX * sizeof(*line));
    char *bytes = NULL;
    DWORD mode, written;
    int length, size;
    va_list args;

    if (!line) return;
    va_start(args, format);
    length = _vsnwprintf(line, LINE_MAX, format, args);
    va_end(args);
    if (length < 0) length = LINE_MAX;

    if (GetConsoleMode(handle, &mode))
        WriteConsoleW(handle, line, length, &written, NULL);
    else if ((size = WideCharToMultiByte(CP_UTF8, 0, line, length, NULL, 0, NULL, NULL)) > 0 &&
             (bytes = HeapAlloc(GetProcessHeap(), 0, size)))
    {
        WideCharToMultiByte(CP_UTF8, 0, line, length, bytes, size, NULL, NULL);
        WriteFile(handle, bytes, size, &written, NULL);
    }
    HeapFree(GetProcessHeap(), 0, bytes);
    HeapFree(GetProcessHeap(), 0, line);
}
