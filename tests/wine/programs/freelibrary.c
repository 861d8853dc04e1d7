/*
 * A program that looks into advapi32.dll at run time and frees it again, as many do: what it does afterwards must
 * not run into hooks whose code has gone. Imports kernel32 and the C runtime alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <windows.h>

int main(void)
{
    HMODULE advapi32 = LoadLibraryA("advapi32.dll");

    if (GetModuleHandleA("wineefs.dll")) puts("the drop-in is loaded");
    if (!advapi32 || !FreeLibrary(advapi32)) return 1;
    if (GetFileAttributesA("c:\\windows") == INVALID_FILE_ATTRIBUTES) return 2;
    puts("survived");
    return 0;
}
