/*
 * Observations of a directory: conform DIRECTORY prints them, one a line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "conform.h"

static char own_path[MAX_PATH];

void saw(const char *name, const char *format, ...)
{
    va_list list;

    printf("%s: ", name);
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
}

void saw_done(const char *name, BOOL done)
{
    if (done) saw(name, "yes");
    else saw(name, "error %lu", GetLastError());
}

void saw_content(const char *name, const char *path)
{
    static BYTE bytes[65536];
    HANDLE file = CreateFileA(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    DWORD got, i, sum = 0;
    ULONGLONG length = 0;

    if (file == INVALID_HANDLE_VALUE)
    {
        saw_done(name, FALSE);
        return;
    }
    while (ReadFile(file, bytes, sizeof(bytes), &got, NULL) && got)
    {
        for (i = 0; i < got; i++) sum = sum * 31 + bytes[i] + 1;
        length += got;
    }
    CloseHandle(file);
    saw(name, "%llu bytes, %08lx", length, sum);
}

HANDLE open_file(const char *path, DWORD disposition, DWORD flags)
{
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, disposition, flags, NULL);

    if (file != INVALID_HANDLE_VALUE) return file;
    saw(path, "can't be opened, error %lu", GetLastError());
    fflush(stdout);
    ExitProcess(3);
}

void fill(BYTE *bytes, DWORD length, DWORD seed)
{
    DWORD i;

    for (i = 0; i < length; i++)
    {
        seed = seed * 1103515245 + 12345;
        bytes[i] = (BYTE)(seed >> 16);
    }
}

void make_file(const char *path, DWORD length, DWORD seed)
{
    HANDLE file = open_file(path, CREATE_ALWAYS, 0);
    BYTE *bytes = malloc(length + 1);
    DWORD done = 0;

    fill(bytes, length, seed);
    if (!WriteFile(file, bytes, length, &done, NULL) || done != length)
        saw(path, "%lu of %lu bytes written, error %lu", done, length, GetLastError());
    free(bytes);
    CloseHandle(file);
}

int run_self(const char *arguments, BOOL inherit)
{
    STARTUPINFOA startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;
    char line[2 * MAX_PATH];
    DWORD status = 0;

    fflush(stdout);
    snprintf(line, sizeof(line), "\"%s\" %s", own_path, arguments);
    if (!CreateProcessA(own_path, line, NULL, NULL, inherit, 0, NULL, NULL, &startup, &process)) return -1;
    if (WaitForSingleObject(process.hProcess, 60000)) TerminateProcess(process.hProcess, 99);
    GetExitCodeProcess(process.hProcess, &status);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return (int)status;
}

int main(int argc, char **argv)
{
    GetModuleFileNameA(NULL, own_path, sizeof(own_path));
    if (argc > 2 && !strcmp(argv[1], "sharing")) return help_sharing(argc - 2, argv + 2);
    if (argc > 2 && !strcmp(argv[1], "mapping")) return help_mappings(argc - 2, argv + 2);
    if (argc == 2 && !strcmp(argv[1], "42")) return 42;
    if (argc != 2 || !SetCurrentDirectoryA(argv[1])) return 2;
    observe_data();
    observe_names();
    observe_sharing();
    observe_mappings();
    return 0;
}
