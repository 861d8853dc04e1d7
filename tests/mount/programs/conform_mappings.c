/*
 * Mappings, of one process and of two; programs and libraries that lie in the directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "conform.h"

static void observe_mapped_writes(void)
{
    HANDLE file, map;
    BYTE *view, bytes[4] = { 0 };
    DWORD done;

    make_file("mapped", 200000, 30);
    file = open_file("mapped", OPEN_EXISTING, 0);
    map = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    saw_done("mapping", map != NULL);
    view = MapViewOfFile(map, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    saw("... shows", "%02x %02x", view[0], view[199999]);
    memcpy(view + 4094, "over a page", 11);
    saw_done("... flushed", FlushViewOfFile(view, 0));
    SetFilePointer(file, 4094, NULL, FILE_BEGIN);
    ReadFile(file, bytes, 4, &done, NULL);
    saw("... read by the handle", "%.4s", (char *)bytes);
    SetFilePointer(file, 100000, NULL, FILE_BEGIN);
    WriteFile(file, "by the handle", 13, &done, NULL);
    saw("... written by it", "%.13s", (char *)view + 100000);
    SetFilePointer(file, 1000, NULL, FILE_BEGIN);
    saw_done("... can't be cut", SetEndOfFile(file));
    saw("... another process", "%d", run_self("mapping change mapped", FALSE));
    saw("... wrote", "%.5s", (char *)view + 150000);
    UnmapViewOfFile(view);
    CloseHandle(map);
    CloseHandle(file);
    saw_content("... all of it", "mapped");
}

static void observe_kinds(void)
{
    HANDLE file = open_file("mapped", OPEN_EXISTING, 0), map, empty;
    LARGE_INTEGER size;
    BYTE *view;

    map = CreateFileMappingA(file, NULL, PAGE_WRITECOPY, 0, 0, NULL);
    view = MapViewOfFile(map, FILE_MAP_COPY, 0, 65536, 4096);
    saw_done("copy on write, at 64 KiB", view != NULL);
    memset(view, 'c', 4096);
    UnmapViewOfFile(view);
    CloseHandle(map);
    saw_content("... leaves the file", "mapped");
    map = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 300000, NULL);
    saw_done("longer than the file", map != NULL && GetFileSizeEx(file, &size));
    saw("... which has", "%lld bytes", size.QuadPart);
    view = MapViewOfFile(map, FILE_MAP_WRITE, 0, 0, 0);
    view[299999] = 'e';
    UnmapViewOfFile(view);
    CloseHandle(map);
    saw_content("... and its last byte", "mapped");
    map = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    view = MapViewOfFile(map, FILE_MAP_READ, 0, 0, 0);
    CloseHandle(map);
    CloseHandle(file);
    saw_done("mapped, deleted", DeleteFileA("mapped"));
    saw("... still shows", "%02x", view[299999]);
    UnmapViewOfFile(view);
    empty = open_file("empty", CREATE_ALWAYS, 0);
    saw_done("of an empty file", CreateFileMappingA(empty, NULL, PAGE_READWRITE, 0, 0, NULL) != NULL);
    CloseHandle(empty);
}

static void observe_images(void)
{
    STARTUPINFOA startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;
    char own[MAX_PATH], library[MAX_PATH], path[MAX_PATH], line[] = "run.exe 42";
    DWORD status = 0;
    HMODULE module;

    GetModuleFileNameA(NULL, own, sizeof(own));
    saw_done("a program, copied", CopyFileA(own, "run.exe", TRUE));
    saw_done("... started", CreateProcessA("run.exe", line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    saw("... ended", "%lu", WaitForSingleObject(process.hProcess, 60000));
    GetExitCodeProcess(process.hProcess, &status);
    saw("... with", "%lu", status);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    GetFullPathNameA("library.dll", sizeof(library), library, NULL);
    saw_done("a library, copied", CopyFileA(own, library, TRUE));
    module = LoadLibraryA(library);
    saw_done("... loaded", module != NULL);
    saw("... by this name", "%d", GetModuleFileNameA(module, path, sizeof(path)) && !lstrcmpiA(path, library));
    saw_done("... isn't deleted meanwhile", DeleteFileA(library));
    FreeLibrary(module);
    saw_done("... but afterwards", DeleteFileA(library) || GetLastError() == ERROR_FILE_NOT_FOUND);
}

void observe_mappings(void)
{
    observe_mapped_writes();
    observe_kinds();
    observe_images();
}

int help_mappings(int argc, char **argv)
{
    HANDLE file = CreateFileA(argv[argc - 1], GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE map = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    char *view = map ? MapViewOfFile(map, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;

    if (!view) return (int)GetLastError();
    if (memcmp(view + 4094, "over a page", 11)) return 1000;
    memcpy(view + 150000, "other", 5);
    return 0;
}
