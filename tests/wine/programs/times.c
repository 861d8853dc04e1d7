/*
 * times FILE...: SetFileTime of each, which gives no attributes; prints those that it has afterwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <windows.h>

int main(int argc, char **argv)
{
    const FILETIME time = { 0x7db50500, 0x01c08d96 };
    int i, bad = 0;

    LoadLibraryA("advapi32.dll"); /* the linker finds nothing that needs it */
    for (i = 1; i < argc; i++)
    {
        HANDLE file = CreateFileA(argv[i], FILE_WRITE_ATTRIBUTES, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                                  NULL);

        if (file == INVALID_HANDLE_VALUE || !SetFileTime(file, NULL, NULL, &time)) bad = 1;
        CloseHandle(file);
        printf("%lx\n", GetFileAttributesA(argv[i]));
    }
    return bad;
}
