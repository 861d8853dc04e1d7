/*
 * Plain files and what they have beside their content, as programs restore and use them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

#define STREAM_SIZE 100 /* bytes, about as many as a Zone.Identifier has */

static HANDLE open_new(const WCHAR *name)
{
    HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (file == INVALID_HANDLE_VALUE) fail("CreateFile");
    return file;
}

static void write_new(const WCHAR *name, DWORD size)
{
    static char content[65536];
    HANDLE file = open_new(name);
    DWORD length;

    if (!WriteFile(file, content, size, &length, NULL)) fail("WriteFile");
    CloseHandle(file);
}

/* Attributes, times and the access list: set by a handle that is opened for them, when the data are there. */
static void set_metadata(const WCHAR *name, PSECURITY_DESCRIPTOR descriptor)
{
    FILE_BASIC_INFO basic = { 0 };
    HANDLE file = CreateFileW(name, FILE_WRITE_ATTRIBUTES | WRITE_DAC | WRITE_OWNER | SYNCHRONIZE, SHARE_ALL, NULL,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);

    if (file == INVALID_HANDLE_VALUE) fail("CreateFile, again");
    if (!SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, descriptor)) fail("SetKernelObjectSecurity");
    basic.FileAttributes = FILE_ATTRIBUTE_ARCHIVE;
    basic.LastWriteTime.QuadPart = basic.LastAccessTime.QuadPart = basic.CreationTime.QuadPart = 132000000000000000;
    if (!SetFileInformationByHandle(file, FileBasicInfo, &basic, sizeof(basic))) fail("FileBasicInfo");
    CloseHandle(file);
}

/* restore-plain DIR FIRST COUNT SIZE: first all content, then what belongs to it, as wimlib does it */
static void restore_plain(WCHAR **args)
{
    unsigned int first = (unsigned int)_wtoi(args[1]), count = (unsigned int)_wtoi(args[2]), i;
    BYTE descriptor[1024];
    DWORD size;

    for (i = first; i < first + count; i++) write_new(file_name(args[0], i), (DWORD)_wtoi(args[3]));
    if (!GetFileSecurityW(args[0], DACL_SECURITY_INFORMATION, descriptor, sizeof(descriptor), &size))
        fail("GetFileSecurity");
    for (i = first; i < first + count; i++) set_metadata(file_name(args[0], i), descriptor);
}

static const WCHAR *stream_name(const WCHAR *dir, unsigned int i)
{
    static WCHAR name[MAX_PATH + 24];

    swprintf(name, MAX_PATH + 24, L"%ls:stream", file_name(dir, i));
    return name;
}

/* write-streams DIR COUNT: one of each of the files 0 to COUNT - 1 */
static void write_streams(WCHAR **args)
{
    unsigned int i;

    for (i = 0; i < (unsigned int)_wtoi(args[1]); i++) write_new(stream_name(args[0], i), STREAM_SIZE);
}

/* read-streams DIR COUNT */
static void read_streams(WCHAR **args)
{
    char content[STREAM_SIZE + 1];
    unsigned int i;
    DWORD length;

    for (i = 0; i < (unsigned int)_wtoi(args[1]); i++)
    {
        HANDLE file = CreateFileW(stream_name(args[0], i), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

        if (file == INVALID_HANDLE_VALUE) fail("CreateFile of a stream");
        if (!ReadFile(file, content, sizeof(content), &length, NULL) || length != STREAM_SIZE) fail("ReadFile");
        CloseHandle(file);
    }
}

const struct command plain_commands[] =
{
    { "restore-plain", 4, restore_plain },
    { "write-streams", 2, write_streams },
    { "read-streams", 2, read_streams },
    { 0 },
};
