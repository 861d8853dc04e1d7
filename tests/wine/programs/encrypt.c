/*
 * Encrypts and decrypts files for test_keys.sh. Commands, in order: +FILE encrypts, -FILE decrypts, @FILE asks for its
 * status, =FILE waits until that file exists, !: is crypt32.dll loaded? For each a line: the code of the error, or 0;
 * for @ the status.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <windows.h>

static DWORD run(char command, const WCHAR *name)
{
    DWORD status = 0;

    switch (command)
    {
    case '+': return EncryptFileW(name) ? 0 : GetLastError();
    case '-': return DecryptFileW(name, 0) ? 0 : GetLastError();
    case '@': return FileEncryptionStatusW(name, &status) ? status : 1000000 + GetLastError();
    case '!': return GetModuleHandleW(L"crypt32.dll") != NULL;
    case '=':
        while (GetFileAttributesW(name) == INVALID_FILE_ATTRIBUTES && status++ < 1000) Sleep(20);
        return status == 1001;
    }
    return 1000000;
}

int wmain(int argc, WCHAR **argv)
{
    int i;

    for (i = 1; i < argc; i++)
    {
        printf("%lu\n", run((char)argv[i][0], argv[i] + 1));
        fflush(stdout);
    }
    return 0;
}
