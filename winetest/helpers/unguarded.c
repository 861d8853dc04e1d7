/*
 * A child of this program that runs without the guard: for what a test has to do to the bytes of an encrypted file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "efs_test.h"

#define GUARD_KEY L"Software\\Wine\\EFS"

bool start_unguarded(const WCHAR *arguments, PROCESS_INFORMATION *process)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    WCHAR program[MAX_PATH], command[1024];
    HKEY key;

    if (!GetModuleHandleW(L"wineefs.dll")) return false; /* not our guard */
    check_call(!RegCreateKeyExW(HKEY_CURRENT_USER, GUARD_KEY, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL));
    check_call(!RegSetValueExW(key, L"Guard", 0, REG_SZ, (const BYTE *)L"off", sizeof(L"off")));
    RegCloseKey(key);
    GetModuleFileNameW(NULL, program, ARRAY_SIZE(program));
    _snwprintf(command, ARRAY_SIZE(command), L"\"%ls\" %ls", program, arguments);
    check_call(CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, process));
    return true;
}

void finish_unguarded(PROCESS_INFORMATION *process)
{
    HKEY key;

    winetest_wait_child_process(process->hProcess);
    CloseHandle(process->hThread);
    CloseHandle(process->hProcess);
    check_call(!RegOpenKeyExW(HKEY_CURRENT_USER, GUARD_KEY, 0, KEY_WRITE, &key));
    check_call(!RegDeleteValueW(key, L"Guard"));
    RegCloseKey(key);
}
