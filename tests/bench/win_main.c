/*
 * The commands' loop.
 *
 * Each line of standard input is a command and its arguments, with TABs between; the answer is one line: the
 * microseconds that it took. A failure ends the program. So two of these processes, with and without the drop-in, can
 * take turns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

#define LINE_MAX 4096
#define ARGS_MAX 6

BYTE *stream;
DWORD stream_length;

void fail_with(const char *what, DWORD code)
{
    fprintf(stderr, "bench: %s: error %lu\n", what, code);
    exit(1);
}

void fail(const char *what)
{
    fail_with(what, GetLastError());
}

const WCHAR *file_name(const WCHAR *dir, unsigned int i)
{
    static WCHAR name[MAX_PATH + 16];

    swprintf(name, MAX_PATH + 16, L"%ls\\%06u", dir, i);
    return name;
}

DWORD WINAPI give_stream(PBYTE data, PVOID context, PULONG length)
{
    DWORD *given = context, left = stream_length - *given;

    if (*length > left) *length = left;
    memcpy(data, stream + *given, *length);
    *given += *length;
    return ERROR_SUCCESS;
}

DWORD WINAPI count_bytes(PBYTE data, PVOID context, ULONG length)
{
    (void)data;
    *(UINT64 *)context += length;
    return ERROR_SUCCESS;
}

/* stream FILE */
static void load_stream(WCHAR **args)
{
    HANDLE file = CreateFileW(args[0], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) fail("open the stream");
    free(stream);
    stream = malloc(GetFileSize(file, NULL));
    if (!stream || !ReadFile(file, stream, GetFileSize(file, NULL), &stream_length, NULL)) fail("read the stream");
    CloseHandle(file);
}

/* imports NAME: is such a DLL in the process? */
static void need_module(WCHAR **args)
{
    if (!GetModuleHandleW(args[0])) fail("GetModuleHandle");
}

/* lacks NAME */
static void refuse_module(WCHAR **args)
{
    if (GetModuleHandleW(args[0])) fail_with("the DLL is there", 0);
}

static const struct command own_commands[] =
{
    { "stream", 1, load_stream },
    { "has", 1, need_module },
    { "lacks", 1, refuse_module },
    { 0 },
};

static const struct command *find(const char *name)
{
    /* BENCH_BARE: the program that doesn't load advapi32.dll */
    const struct command * const tables[] =
    {
        own_commands, query_commands,
#ifndef BENCH_BARE
        large_commands, small_commands, plain_commands, tree_commands, keys_commands,
#endif
    };
    const struct command *command;
    unsigned int i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (command = tables[i]; command->name; command++)
            if (!strcmp(command->name, name)) return command;
    return NULL;
}

static void run(char *line)
{
    WCHAR wide[LINE_MAX], *args[ARGS_MAX + 1] = { NULL };
    LARGE_INTEGER frequency, start, end;
    const struct command *command;
    unsigned int count = 0;
    char *rest = strchr(line, '\t');
    WCHAR *p;

    if (rest) *rest++ = 0;
    MultiByteToWideChar(CP_UTF8, 0, rest ? rest : "", -1, wide, LINE_MAX);
    for (p = wide; *p && count < ARGS_MAX; count++)
    {
        args[count] = p;
        p += wcscspn(p, L"\t");
        if (*p) *p++ = 0;
    }
    if (!(command = find(line)) || count != command->args) fail_with(line, ERROR_INVALID_PARAMETER);

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&start);
    command->run(args);
    QueryPerformanceCounter(&end);
    printf("%.3f\n", 1e6 * (double)(end.QuadPart - start.QuadPart) / (double)frequency.QuadPart);
    fflush(stdout);
}

int wmain(void)
{
    static char line[LINE_MAX];

    while (fgets(line, sizeof(line), stdin))
    {
        line[strcspn(line, "\r\n")] = 0;
        run(line);
    }
    return 0;
}
