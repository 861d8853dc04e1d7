/*
 * Does to files and their alternate streams what the lines of a script say, by the documented API, and prints a line
 * for each: "ok", what was asked for, or "error N".
 *
 *   streams.exe SCRIPT          words of a line are separated by tabs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define WORDS 8

/* so that advapi32.dll is loaded */
__declspec(dllimport) BOOL WINAPI EncryptionDisable(const WCHAR *dir, BOOL disable);

static HANDLE slots[10];

static void say(BOOL good)
{
    if (good) printf("ok\n");
    else printf("error %lu\n", GetLastError());
}

static HANDLE open_stream(char **words) /* NAME ACCESS SHARING DISPOSITION FLAGS, numbers in hexadecimal */
{
    WCHAR name[1024];

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, name, 1024);
    return CreateFileW(name, strtoul(words[1], NULL, 16), strtoul(words[2], NULL, 16), NULL,
                       strtoul(words[3], NULL, 16), strtoul(words[4], NULL, 16), NULL);
}

/* All of it, as text. */
static void print_content(HANDLE file)
{
    static char buffer[0x20000];
    DWORD got = 0;

    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    if (!ReadFile(file, buffer, sizeof(buffer) - 1, &got, NULL)) say(FALSE);
    else if (got <= 100) printf("\"%.*s\"\n", (int)got, buffer);
    else printf("%lu bytes\n", got);
}

static void do_cat(char **words)
{
    HANDLE file;
    WCHAR name[1024];

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, name, 1024);
    file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        say(FALSE);
        return;
    }
    print_content(file);
    CloseHandle(file);
}

static void do_size(char **words)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WCHAR name[1024];

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, name, 1024);
    if (!GetFileAttributesExW(name, GetFileExInfoStandard, &data)) say(FALSE);
    else printf("%lu bytes, attributes %lx\n", data.nFileSizeLow, data.dwFileAttributes);
}

static void do_ls(char **words)
{
    WIN32_FIND_DATAW data;
    WCHAR pattern[1024];
    char name[1024];
    HANDLE find;

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, pattern, 1024);
    find = FindFirstFileW(pattern, &data);
    if (find == INVALID_HANDLE_VALUE)
    {
        say(FALSE);
        return;
    }
    printf("names:");
    do
    {
        WideCharToMultiByte(CP_UTF8, 0, data.cFileName, -1, name, sizeof(name), NULL, NULL);
        if (strcmp(name, ".") && strcmp(name, "..")) printf(" %s", name);
    }
    while (FindNextFileW(find, &data));
    printf("%s\n", GetLastError() == ERROR_NO_MORE_FILES ? "" : " and an error");
    FindClose(find);
}

/* Its streams and their sizes, by FindFirstStreamW. */
static void do_streams(char **words)
{
    WIN32_FIND_STREAM_DATA data;
    WCHAR name[1024];
    char text[1024];
    HANDLE find;

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, name, 1024);
    find = FindFirstStreamW(name, FindStreamInfoStandard, &data, 0);
    if (find == INVALID_HANDLE_VALUE)
    {
        say(FALSE);
        return;
    }
    printf("streams:");
    do
    {
        WideCharToMultiByte(CP_UTF8, 0, data.cStreamName, -1, text, sizeof(text), NULL, NULL);
        printf(" %s=%lu", text, (ULONG)data.StreamSize.QuadPart);
    }
    while (FindNextStreamW(find, &data));
    printf("%s", GetLastError() == ERROR_HANDLE_EOF ? "" : " and an error");
    if (!FindClose(find) || FindNextStreamW(find, &data) || GetLastError() != ERROR_INVALID_HANDLE)
        printf(" and not closed");
    printf("\n");
}

/* The first one's name and size, of an open file, by GetFileInformationByHandleEx. */
static void do_information(char **words) /* SLOT BYTES */
{
    static union { FILE_STREAM_INFO first; BYTE bytes[0x1000]; } info;
    char text[1024];
    int length;

    if (!GetFileInformationByHandleEx(slots[atoi(words[0])], FileStreamInfo, &info, strtoul(words[1], NULL, 10)))
    {
        say(FALSE);
        return;
    }
    length = WideCharToMultiByte(CP_UTF8, 0, info.first.StreamName, (int)info.first.StreamNameLength / 2, text,
                                 sizeof(text), NULL, NULL);
    printf("%.*s=%lu\n", length, text, (ULONG)info.first.StreamSize.QuadPart);
}

static void do_flags(char **words) /* of a volume */
{
    DWORD flags;

    if (!GetVolumeInformationA(words[0], NULL, 0, NULL, NULL, &flags, NULL, 0)) say(FALSE);
    else printf("streams %d\n", (flags & FILE_NAMED_STREAMS) != 0);
}

static void do_open(char **words) /* SLOT NAME ACCESS SHARING DISPOSITION FLAGS */
{
    HANDLE *slot = &slots[atoi(words[0])];
    DWORD error;

    SetLastError(0);
    *slot = open_stream(words + 1);
    error = GetLastError();
    if (*slot != INVALID_HANDLE_VALUE && error == ERROR_ALREADY_EXISTS) printf("ok, was there\n");
    else say(*slot != INVALID_HANDLE_VALUE);
}

/* ":NAME" relative to the handle of a slot, for reading */
static void do_relative(char **words) /* SLOT OF-SLOT NAME */
{
    OBJECT_ATTRIBUTES attr = { 0 };
    UNICODE_STRING string;
    IO_STATUS_BLOCK io;
    WCHAR name[1024];
    NTSTATUS status;

    MultiByteToWideChar(CP_UTF8, 0, words[2], -1, name, 1024);
    RtlInitUnicodeString(&string, name);
    attr.Length = sizeof(attr);
    attr.RootDirectory = slots[atoi(words[1])];
    attr.ObjectName = &string;
    status = NtCreateFile(&slots[atoi(words[0])], FILE_GENERIC_READ, &attr, &io, NULL, 0, FILE_SHARE_READ, FILE_OPEN,
                          FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (status) printf("status %lx\n", (ULONG)status);
    else printf("ok\n");
}

static void do_put(char **words) /* SLOT TEXT */
{
    DWORD written;

    say(WriteFile(slots[atoi(words[0])], words[1], (DWORD)strlen(words[1]), &written, NULL));
}

/* That many bytes 'x'. */
static void do_fill(char **words) /* SLOT COUNT */
{
    static char buffer[0x10000];
    DWORD left = strtoul(words[1], NULL, 10), written = 0;
    BOOL good = TRUE;

    memset(buffer, 'x', sizeof(buffer));
    for (; good && left; left -= written)
        good = WriteFile(slots[atoi(words[0])], buffer, left < sizeof(buffer) ? left : sizeof(buffer), &written, NULL);
    say(good);
}

static void do_get(char **words)
{
    print_content(slots[atoi(words[0])]);
}

static void do_close(char **words)
{
    say(CloseHandle(slots[atoi(words[0])]));
}

static void do_duplicate(char **words) /* TO FROM */
{
    say(DuplicateHandle(GetCurrentProcess(), slots[atoi(words[1])], GetCurrentProcess(), &slots[atoi(words[0])], 0,
                        FALSE, DUPLICATE_SAME_ACCESS));
}

static void do_dispose(char **words) /* SLOT 0|1 */
{
    FILE_DISPOSITION_INFO info = { 0 };

    info.DeleteFile = words[1][0] == '1';
    say(SetFileInformationByHandle(slots[atoi(words[0])], FileDispositionInfo, &info, sizeof(info)));
}

static void do_rm(char **words)
{
    WCHAR name[1024];

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, name, 1024);
    say(DeleteFileW(name));
}

static void do_rmdir(char **words)
{
    WCHAR name[1024];

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, name, 1024);
    say(RemoveDirectoryW(name));
}

static void do_mv(char **words) /* FROM TO FLAGS */
{
    WCHAR from[1024], to[1024];

    MultiByteToWideChar(CP_UTF8, 0, words[0], -1, from, 1024);
    MultiByteToWideChar(CP_UTF8, 0, words[1], -1, to, 1024);
    say(MoveFileExW(from, to, strtoul(words[2], NULL, 16)));
}

/* Ends without closing anything; die: as a kill would. */
static void do_exit(char **words)
{
    fflush(stdout);
    if (words[0][0] == '1') TerminateProcess(GetCurrentProcess(), 0);
    ExitProcess(0);
}

static const struct
{
    const char *name;
    void      (*run)(char **words);
    int         words;
} commands[] =
{
    { "cat", do_cat, 1 }, { "size", do_size, 1 }, { "ls", do_ls, 1 }, { "open", do_open, 6 },
    { "relative", do_relative, 3 }, { "put", do_put, 2 }, { "fill", do_fill, 2 }, { "get", do_get, 1 },
    { "close", do_close, 1 }, { "duplicate", do_duplicate, 2 }, { "dispose", do_dispose, 2 }, { "rm", do_rm, 1 },
    { "streams", do_streams, 1 }, { "information", do_information, 2 }, { "flags", do_flags, 1 },
    { "rmdir", do_rmdir, 1 }, { "mv", do_mv, 3 }, { "exit", do_exit, 1 },
};

static void run_line(char *line)
{
    char *words[WORDS] = { NULL };
    unsigned int i;
    int count = 0;

    line[strcspn(line, "\r\n")] = 0;
    for (words[0] = line; line && count < WORDS; count++)
    {
        words[count] = line;
        if ((line = strchr(line, '\t'))) *line++ = 0;
    }
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(commands[i].name, words[0]) && commands[i].words == count - 1)
        {
            commands[i].run(words + 1);
            return;
        }
    printf("unknown: %s with %d words\n", words[0], count - 1);
}

int main(int argc, char **argv)
{
    char line[4096];
    FILE *script;

    if (argc != 2 || !(script = fopen(argv[1], "r"))) return 2;
    EncryptionDisable(L"C:\\no such folder", FALSE);
    while (fgets(line, sizeof(line), script))
    {
        run_line(line);
        fflush(stdout);
    }
    return 0;
}
