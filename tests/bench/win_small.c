/*
 * Many small files of one directory, one after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

/* NAME DIR FIRST COUNT: files FIRST to FIRST + COUNT - 1 */
struct range
{
    const WCHAR *dir;
    unsigned int first, end;
};

static struct range get_range(WCHAR **args)
{
    struct range range = { args[0], (unsigned int)_wtoi(args[1]), 0 };

    range.end = range.first + (unsigned int)_wtoi(args[2]);
    return range;
}

static void restore(WCHAR **args)
{
    struct range range = get_range(args);
    unsigned int i;

    for (i = range.first; i < range.end; i++)
    {
        DWORD given = 0, err;
        void *context;

        if ((err = OpenEncryptedFileRawW(file_name(range.dir, i), CREATE_FOR_IMPORT, &context)))
            fail_with("OpenEncryptedFileRaw", err);
        if ((err = WriteEncryptedFileRaw(give_stream, &given, context))) fail_with("WriteEncryptedFileRaw", err);
        CloseEncryptedFileRaw(context);
    }
}

static void save(WCHAR **args)
{
    struct range range = get_range(args);
    unsigned int i;

    for (i = range.first; i < range.end; i++)
    {
        UINT64 bytes = 0;
        void *context;
        DWORD err;

        if ((err = OpenEncryptedFileRawW(file_name(range.dir, i), 0, &context))) fail_with("OpenEncryptedFileRaw", err);
        if ((err = ReadEncryptedFileRaw(count_bytes, &bytes, context))) fail_with("ReadEncryptedFileRaw", err);
        CloseEncryptedFileRaw(context);
    }
}

/* create DIR FIRST COUNT SIZE */
static void create(WCHAR **args)
{
    static char content[65536];
    struct range range = get_range(args);
    DWORD size = (DWORD)_wtoi(args[3]), length;
    unsigned int i;

    for (i = range.first; i < range.end; i++)
    {
        HANDLE file = CreateFileW(file_name(range.dir, i), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

        if (file == INVALID_HANDLE_VALUE) fail("CreateFile");
        if (!WriteFile(file, content, size, &length, NULL)) fail("WriteFile");
        CloseHandle(file);
    }
}

static void load(WCHAR **args)
{
    static char content[65536];
    struct range range = get_range(args);
    unsigned int i;
    DWORD length;

    for (i = range.first; i < range.end; i++)
    {
        HANDLE file = CreateFileW(file_name(range.dir, i), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

        if (file == INVALID_HANDLE_VALUE) fail("CreateFile");
        if (!ReadFile(file, content, sizeof(content), &length, NULL)) fail("ReadFile");
        CloseHandle(file);
    }
}

const struct command small_commands[] =
{
    { "restore", 3, restore },
    { "save", 3, save },
    { "create", 4, create },
    { "load", 3, load },
    { 0 },
};
