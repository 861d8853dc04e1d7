/*
 * Opens a file for reading again and again, while others put another one in its place, and prints how often it was the
 * plain one (whose content begins with P), an encrypted one, or denied.
 *
 *   race PATH SECONDS
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

int wmain(int argc, WCHAR **argv)
{
    unsigned int plain = 0, encrypted = 0, denied = 0;
    DWORD start = GetTickCount(), length;
    HANDLE file;
    char first;

    if (argc != 3) return 1;
    while (GetTickCount() - start < 1000 * (DWORD)_wtoi(argv[2]))
    {
        file = CreateFileW(argv[1], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                           OPEN_EXISTING, 0, NULL);
        if (file == INVALID_HANDLE_VALUE)
        {
            if (GetLastError() == ERROR_ACCESS_DENIED) denied++;
            continue;
        }
        if (ReadFile(file, &first, 1, &length, NULL) && length)
        {
            if (first == 'P') plain++;
            else encrypted++;
        }
        CloseHandle(file);
    }
    printf("plain=%u encrypted=%u denied=%u\n", plain, encrypted, denied);
    return 0;
}
