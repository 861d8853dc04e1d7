/*
 * efsbackup tree save: a directory and everything in it into an archive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"
#include "tree.h"

#include <wchar.h>

struct level /* a directory that is being listed */
{
    struct level    *parent;
    HANDLE           find;
    WIN32_FIND_DATAW data;
    bool             fresh;  /* data is one that wasn't looked at */
    size_t           length; /* of its path below the tree */
};

struct save
{
    const WCHAR      *root, *archive;
    struct tree_index index;
    struct tree_entry entry;
    struct level     *level;
    unsigned int      files, dirs, failed;
};

static void report(struct save *save, const WCHAR *subject, DWORD code)
{
    WCHAR text[512];

    save->failed++;
    print(STD_ERROR_HANDLE, L"efsbackup: %ls: %ls (%lu)\n", subject, code_text(code, text, ARRAYSIZE(text)), code);
}

/* An encrypted one: its descriptor, in a file of its own, before its raw stream. */
static DWORD save_raw(struct save *save, const WCHAR *path, const WCHAR *stream, const WCHAR **subject)
{
    WCHAR *name = tree_security_path(save->archive, &save->entry), *file_name = usable_path(path);
    struct security security = { 0 };
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD code = ERROR_SUCCESS;

    if (!name || !file_name) code = ERROR_NOT_ENOUGH_MEMORY;
    else if ((file = CreateFileW(file_name, READ_CONTROL, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                 OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL))
             == INVALID_HANDLE_VALUE)
        code = GetLastError();
    else code = security_read(file, &security);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    if (!code && (code = security_save(&security, name, &save->entry.sum))) *subject = stream;
    else if (!code && (code = save_file(path, stream, &save->entry.sum, subject))) DeleteFileW(name);
    security_free(&security);
    HeapFree(GetProcessHeap(), 0, file_name);
    HeapFree(GetProcessHeap(), 0, name);
    return code;
}

/* One failed file doesn't end it, as long as the archive can be written to. */
static DWORD save_entry(struct save *save, const WIN32_FIND_DATAW *data)
{
    struct tree_entry *entry = &save->entry;
    bool directory = data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY,
    raw = data->dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED;
    WCHAR *path = tree_join(save->root, entry->path), *stream = NULL;
    const WCHAR *subject = entry->path;
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;

    entry->kind = raw ? directory ? TREE_RAW_DIR : TREE_RAW_FILE : directory ? TREE_PLAIN_DIR : TREE_PLAIN_FILE;
    entry->info.FileAttributes = data->dwFileAttributes;
    entry->info.CreationTime = (LARGE_INTEGER){ { data->ftCreationTime.dwLowDateTime,
                                                  (LONG)data->ftCreationTime.dwHighDateTime } };
    entry->info.LastAccessTime = (LARGE_INTEGER){ { data->ftLastAccessTime.dwLowDateTime,
                                                    (LONG)data->ftLastAccessTime.dwHighDateTime } };
    entry->info.LastWriteTime = (LARGE_INTEGER){ { data->ftLastWriteTime.dwLowDateTime,
                                                   (LONG)data->ftLastWriteTime.dwHighDateTime } };
    entry->number++;
    if (path && (stream = tree_data_path(save->archive, entry)))
    {
        sum_begin(&entry->sum);
        code = raw ? save_raw(save, path, stream, &subject) : save_plain(path, stream, &entry->sum, &subject);
        if (!code) code = tree_index_add(&save->index, entry);
    }
    if (!code && directory) save->dirs++;
    else if (!code) save->files++;
    else report(save, subject, code);
    /* of the archive, or of everything */
    if (code != ERROR_CANCELLED && code != ERROR_DISK_FULL && subject != stream) code = ERROR_SUCCESS;
    HeapFree(GetProcessHeap(), 0, stream);
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}

/* Lists the directory that entry.path names. */
static DWORD enter(struct save *save)
{
    WCHAR *dir = tree_join(save->root, save->entry.path), *pattern = dir ? tree_join(dir, L"*") : NULL,
    *path = pattern ? usable_path(pattern) : NULL;
    struct level *level = HeapAlloc(GetProcessHeap(), 0, sizeof(*level));
    DWORD code = ERROR_SUCCESS;

    if (!path || !level) code = ERROR_NOT_ENOUGH_MEMORY;
    else if ((level->find = FindFirstFileW(path, &level->data)) == INVALID_HANDLE_VALUE)
        report(save, dir, GetLastError());
    else
    {
        level->fresh = true;
        level->length = wcslen(save->entry.path);
        level->parent = save->level;
        save->level = level;
        level = NULL;
    }
    HeapFree(GetProcessHeap(), 0, level);
    HeapFree(GetProcessHeap(), 0, path);
    HeapFree(GetProcessHeap(), 0, pattern);
    HeapFree(GetProcessHeap(), 0, dir);
    return code;
}

static void leave(struct save *save)
{
    struct level *level = save->level;

    FindClose(level->find);
    save->level = level->parent;
    HeapFree(GetProcessHeap(), 0, level);
}

/* What FindFirstFile or FindNextFile has put into the level. */
static DWORD save_found(struct save *save, const struct level *level)
{
    const WIN32_FIND_DATAW *data = &level->data;
    WCHAR *path = save->entry.path;
    size_t length = level->length;
    DWORD code;

    if (!wcscmp(data->cFileName, L".") || !wcscmp(data->cFileName, L"..")) return ERROR_SUCCESS;
    path[length] = 0;
    /* the host may have such names; the index can't */
    if (wcspbrk(data->cFileName, L"\\/\n"))
    {
        report(save, data->cFileName, ERROR_INVALID_NAME);
        return ERROR_SUCCESS;
    }
    if (length + 1 + wcslen(data->cFileName) + 1 > TREE_PATH_MAX)
    {
        report(save, data->cFileName, ERROR_FILENAME_EXCED_RANGE);
        return ERROR_SUCCESS;
    }
    if (length) path[length++] = '\\';
    wcscpy(path + length, data->cFileName);
    /* A link to a directory: what it leads to isn't in the tree, or a second time, or without an end. */
    if ((data->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) && (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
    {
        report(save, path, ERROR_NOT_SUPPORTED);
        return ERROR_SUCCESS;
    }
    code = save_entry(save, data);
    if (!code && (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) code = enter(save);
    return code;
}

static DWORD walk(struct save *save)
{
    DWORD code = ERROR_SUCCESS;
    struct level *level;

    while (!code && (level = save->level))
    {
        if (level->fresh || FindNextFileW(level->find, &level->data))
        {
            level->fresh = false;
            code = save_found(save, level); /* which may enter a level below */
        }
        else
        {
            if (GetLastError() != ERROR_NO_MORE_FILES) report(save, save->root, GetLastError());
            leave(save);
        }
    }
    while (save->level) leave(save);
    return code;
}

/* The tree's own directory, as FindFirstFile would show it. */
static DWORD save_root(struct save *save)
{
    WIN32_FILE_ATTRIBUTE_DATA attributes;
    WIN32_FIND_DATAW data = { 0 };
    WCHAR *path = usable_path(save->root);
    DWORD code = ERROR_SUCCESS;

    if (!path) return ERROR_NOT_ENOUGH_MEMORY;
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &attributes)) code = GetLastError();
    else if (!(attributes.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) code = ERROR_DIRECTORY;
    HeapFree(GetProcessHeap(), 0, path);
    if (code) return code;
    data.dwFileAttributes = attributes.dwFileAttributes;
    data.ftCreationTime = attributes.ftCreationTime;
    data.ftLastAccessTime = attributes.ftLastAccessTime;
    data.ftLastWriteTime = attributes.ftLastWriteTime;
    if (!(code = save_entry(save, &data))) code = enter(save);
    return code;
}

DWORD save_tree(const WCHAR *dir, const WCHAR *archive, const WCHAR **subject)
{
    struct save *save = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*save));
    WCHAR *path = usable_path(archive), *root = verbatim_path(dir);
    DWORD code, closed;

    *subject = archive;
    if (!save || !path || !root) code = ERROR_NOT_ENOUGH_MEMORY;
    else if (!CreateDirectoryW(path, NULL) && GetLastError() != ERROR_ALREADY_EXISTS) code = GetLastError();
    else
    {
        save->root = root;
        save->archive = archive;
        /* an archive that is there already is never added to */
        if (!(code = tree_index_create(&save->index, archive)))
        {
            if ((code = save_root(save))) *subject = dir;
            else if (!(code = walk(save))) code = tree_index_end(&save->index);
            closed = tree_index_close(&save->index);
            if (!code) code = closed;
            print(STD_OUTPUT_HANDLE, L"%u files and %u directories saved, %u failed\n", save->files, save->dirs,
                  save->failed);
            if (!code && save->failed) code = ERROR_PARTIAL_COPY;
        }
    }
    HeapFree(GetProcessHeap(), 0, root);
    HeapFree(GetProcessHeap(), 0, path);
    HeapFree(GetProcessHeap(), 0, save);
    return code;
}
