/*
 * Win32 codes in words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/console.h"

#include <wchar.h>

const WCHAR *code_text(DWORD code, WCHAR *buffer, DWORD size)
{
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, buffer,
                                  size, NULL);

    while (length && (buffer[length - 1] == '\r' || buffer[length - 1] == '\n' || buffer[length - 1] == ' ')) length--;
    buffer[length] = 0;
    if (!length) _snwprintf(buffer, size, L"Unknown error.");
    buffer[size - 1] = 0;
    return buffer;
}
