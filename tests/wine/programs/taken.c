/*
 * Ways to make something under a name that is free as far as Wine knows: each is tried, and its error printed. What was
 * made goes again.
 *
 * taken DIR NAME: DIR has a file and a directory for the moves, "file" and "dir". Imports kernel32 and the C runtime
 * alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _WIN32_WINNT 0x0601
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static WCHAR dir[1024], name[1024], stream[1100], file[1100], folder[1100];

static void say(const char *way, BOOL done)
{
    printf("%s: %lu\n", way, done ? 0 : GetLastError());
}

static void try_create(const char *way, const WCHAR *path, DWORD disposition, DWORD flags)
{
    HANDLE made = CreateFileW(path, GENERIC_WRITE | DELETE, 7, NULL, disposition, flags, NULL);

    say(way, made != INVALID_HANDLE_VALUE);
    if (made == INVALID_HANDLE_VALUE) return;
    CloseHandle(made);
    DeleteFileW(name);
}

int wmain(int argc, WCHAR **argv)
{
    BOOL done;

    if (argc != 3 || !LoadLibraryA("advapi32.dll")) return 2;
    swprintf(dir, 1024, L"%ls", argv[1]);
    swprintf(name, 1024, L"%ls\\%ls", argv[1], argv[2]);
    swprintf(stream, 1100, L"%ls:stream", name);
    swprintf(file, 1100, L"%ls\\file", dir);
    swprintf(folder, 1100, L"%ls\\dir", dir);

    try_create("CREATE_NEW", name, CREATE_NEW, 0);
    try_create("CREATE_ALWAYS", name, CREATE_ALWAYS, 0);
    try_create("OPEN_ALWAYS", name, OPEN_ALWAYS, 0);
    try_create("with DELETE_ON_CLOSE", name, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE);
    try_create("a stream of it", stream, CREATE_NEW, 0);
    say("CreateDirectory", done = CreateDirectoryW(name, NULL));
    if (done) RemoveDirectoryW(name);
    say("MoveFileEx of a file", done = MoveFileExW(file, name, MOVEFILE_REPLACE_EXISTING));
    if (done) MoveFileExW(name, file, 0);
    say("MoveFileEx of a directory", done = MoveFileExW(folder, name, 0));
    if (done) MoveFileExW(name, folder, 0);
    say("CreateHardLink", done = CreateHardLinkW(name, file, NULL));
    if (done) DeleteFileW(name);
    say("CopyFile", done = CopyFileW(file, name, FALSE));
    if (done) DeleteFileW(name);
    return 0;
}
