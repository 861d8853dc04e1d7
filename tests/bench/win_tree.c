/*
 * A tree, DIR\NNNNNN\NNNNNN, with its access lists: by BackupRead and BackupWrite, and by plain calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

#define BUFFER_SIZE 65536

struct backup /* of the last object of its kind that was saved */
{
    BYTE  data[2 * BUFFER_SIZE];
    DWORD size;
};

static struct backup of_file, of_directory;

/* What is done to a directory, or to a file. */
typedef void (*object_fn)(const WCHAR *name, BOOL directory);

static void walk(WCHAR **args, object_fn act)
{
    unsigned int directories = (unsigned int)_wtoi(args[1]), files = (unsigned int)_wtoi(args[2]), i, j;
    WCHAR directory[MAX_PATH + 16];

    for (i = 0; i < directories; i++)
    {
        wcscpy(directory, file_name(args[0], i));
        act(directory, TRUE);
        for (j = 0; j < files; j++) act(file_name(directory, j), FALSE);
    }
}

static HANDLE open_object(const WCHAR *name, DWORD access, DWORD disposition)
{
    HANDLE file = CreateFileW(name, access, FILE_SHARE_READ, NULL, disposition, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (file == INVALID_HANDLE_VALUE) fail("CreateFile");
    return file;
}

static void save_object(const WCHAR *name, BOOL directory)
{
    HANDLE file = open_object(name, GENERIC_READ, OPEN_EXISTING);
    struct backup *backup = directory ? &of_directory : &of_file;
    void *context = NULL;
    DWORD length;

    backup->size = 0;
    do
    {
        if (!BackupRead(file, backup->data + backup->size, BUFFER_SIZE, &length, FALSE, TRUE, &context))
            fail("BackupRead");
        backup->size += length;
    } while (length && backup->size <= BUFFER_SIZE);
    BackupRead(file, NULL, 0, &length, TRUE, TRUE, &context);
    if (!backup->size) fail_with("BackupRead: nothing came", 0);
    CloseHandle(file);
}

static void restore_object(const WCHAR *name, BOOL directory)
{
    struct backup *backup = directory ? &of_directory : &of_file;
    void *context = NULL;
    DWORD length;
    HANDLE file;

    if (directory && !CreateDirectoryW(name, NULL)) fail("CreateDirectory");
    file = open_object(name, GENERIC_WRITE | WRITE_DAC | WRITE_OWNER, directory ? OPEN_EXISTING : CREATE_NEW);
    if (!BackupWrite(file, backup->data, backup->size, &length, FALSE, TRUE, &context)) fail("BackupWrite");
    BackupWrite(file, NULL, 0, &length, TRUE, TRUE, &context);
    CloseHandle(file);
}

/* The same by the calls that BackupRead stands for. */
static BYTE descriptor[1024];

static void read_object(const WCHAR *name, BOOL directory)
{
    HANDLE file = open_object(name, GENERIC_READ, OPEN_EXISTING);
    static BYTE content[BUFFER_SIZE];
    DWORD length;

    if (!GetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION
                                 | GROUP_SECURITY_INFORMATION, descriptor, sizeof(descriptor), &length))
        fail("GetKernelObjectSecurity");
    for (length = !directory; length;)
        if (!ReadFile(file, content, sizeof(content), &length, NULL)) fail("ReadFile");
    CloseHandle(file);
}

static DWORD written_size;

static void write_object(const WCHAR *name, BOOL directory)
{
    static BYTE content[BUFFER_SIZE];
    DWORD length;
    HANDLE file;

    if (directory && !CreateDirectoryW(name, NULL)) fail("CreateDirectory");
    file = open_object(name, GENERIC_WRITE | WRITE_DAC | WRITE_OWNER, directory ? OPEN_EXISTING : CREATE_NEW);
    if (!SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, descriptor)) fail("SetKernelObjectSecurity");
    if (!directory && !WriteFile(file, content, written_size, &length, NULL)) fail("WriteFile");
    CloseHandle(file);
}

/* backup-save DIR DIRECTORIES FILES */
static void backup_save(WCHAR **args)
{
    walk(args, save_object);
}

/* backup-restore DIR DIRECTORIES FILES: what the last backup-save saw last */
static void backup_restore(WCHAR **args)
{
    walk(args, restore_object);
}

/* plain-save DIR DIRECTORIES FILES */
static void plain_save(WCHAR **args)
{
    walk(args, read_object);
}

/* plain-restore DIR DIRECTORIES FILES SIZE: with the last access list that plain-save saw */
static void plain_restore(WCHAR **args)
{
    written_size = (DWORD)_wtoi(args[3]);
    walk(args, write_object);
}

const struct command tree_commands[] =
{
    { "backup-save", 3, backup_save },
    { "backup-restore", 3, backup_restore },
    { "plain-save", 3, plain_save },
    { "plain-restore", 4, plain_restore },
    { 0 },
};
