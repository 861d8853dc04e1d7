/*
 * efsbackup tree restore: a directory and everything in it out of an archive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree.h"

#include <wchar.h>

struct restore
{
    const WCHAR      *dir, *archive; /* as the user gave them */
    WCHAR            *root;          /* the directory, verbatim */
    struct tree_index index;
    struct tree_entry entry;
    unsigned int      files, dirs, failed, incomplete;
};

static void report(struct restore *restore, const WCHAR *subject, DWORD code)
{
    WCHAR text[512];

    restore->failed++;
    print(STD_ERROR_HANDLE, L"efsbackup: %ls: %ls (%lu)\n", subject, code_text(code, text, ARRAYSIZE(text)), code);
}

/* A directory, and none that is a link to another place, or a mount point. */
static DWORD check_dir(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);

    if (attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) return ERROR_DIRECTORY;
    return attributes & FILE_ATTRIBUTE_REPARSE_POINT ? ERROR_CANT_ACCESS_FILE : ERROR_SUCCESS;
}

/* On Windows a colon would name a stream of another file. */
static DWORD check_colon(const WCHAR *dir)
{
    HANDLE handle = CreateFileW(dir, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS, NULL);
    DWORD flags = FILE_NAMED_STREAMS, code = ERROR_SUCCESS;

    if (handle == INVALID_HANDLE_VALUE) return GetLastError();
    if (!GetVolumeInformationByHandleW(handle, NULL, 0, NULL, NULL, &flags, NULL, 0) || (flags & FILE_NAMED_STREAMS)) code = ERROR_INVALID_NAME;
    CloseHandle(handle);
    return code;
}

/* What was there before, or was restored a moment ago, may lead out of the tree: so every directory on the way is looked at. */
static DWORD check_way(const struct restore *restore, WCHAR *path)
{
    WCHAR *at = path + wcslen(restore->root);
    DWORD code = ERROR_SUCCESS;

    if (!*restore->entry.path) return code;
    while (!code && (at = wcschr(at + 1, '\\')))
    {
        *at = 0;
        code = check_dir(path);
        *at = '\\';
    }
    if (!code && wcschr(restore->entry.path, ':')) code = check_colon(restore->root);
    return code;
}

static DWORD make_dir(const struct restore *restore, const WCHAR *path)
{
    if (CreateDirectoryW(path, NULL)) return ERROR_SUCCESS;
    if (GetLastError() != ERROR_ALREADY_EXISTS) return GetLastError();
    /* where the tree's own directory leads is the user's affair */
    return *restore->entry.path ? check_dir(path) : ERROR_SUCCESS;
}

static DWORD restore_raw(const WCHAR *stream, const WCHAR *path, const FILE_BASIC_INFO *info, const WCHAR **subject)
{
    WCHAR *made = replace_name(path);
    DWORD code;

    if (!made) return ERROR_NOT_ENOUGH_MEMORY;
    code = restore_file(stream, made, 0, subject);
    if (*subject == made) *subject = path;
    if (!code) code = replace_raw(made, path, info);
    HeapFree(GetProcessHeap(), 0, made);
    return code;
}

static DWORD restore_into(struct restore *restore, WCHAR *path, const WCHAR *stream, const WCHAR **subject)
{
    const struct tree_entry *entry = &restore->entry;
    bool directory = tree_is_dir(entry->kind);
    DWORD code;

    if ((code = check_way(restore, path)) || (directory && (code = make_dir(restore, path)))) return code;
    if (!tree_is_raw(entry->kind)) return restore_plain(stream, path, directory, &entry->info, subject);
    return directory ? restore_file(stream, path, OVERWRITE_HIDDEN | CREATE_FOR_DIR, subject) : restore_raw(stream, path, &entry->info, subject);
}

/* Only Ctrl-C ends it early. */
static DWORD restore_entry(struct restore *restore)
{
    struct tree_entry *entry = &restore->entry;
    WCHAR *path = tree_join(restore->root, entry->path), *stream = tree_data_path(restore->archive, entry);
    WCHAR *name = tree_join(restore->dir, entry->path);
    const WCHAR *subject = path;
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;

    if (path && stream && name) code = restore_into(restore, path, stream, &subject);
    if (code == ERROR_PARTIAL_COPY) restore->incomplete++;
    else if (code) report(restore, subject && subject != path ? subject : name ? name : entry->path, code);
    if (!code || code == ERROR_PARTIAL_COPY) tree_is_dir(entry->kind) ? restore->dirs++ : restore->files++;
    HeapFree(GetProcessHeap(), 0, name);
    HeapFree(GetProcessHeap(), 0, stream);
    HeapFree(GetProcessHeap(), 0, path);
    return code == ERROR_CANCELLED ? code : ERROR_SUCCESS;
}

/* What is restored into a directory changes its time, and can't be once it is read-only: so those come last. */
static DWORD finish_dir(struct restore *restore)
{
    struct tree_entry *entry = &restore->entry;
    WCHAR *path;
    DWORD code;

    if (!tree_is_dir(entry->kind)) return ERROR_SUCCESS;
    if (!(path = tree_join(restore->root, entry->path))) return ERROR_NOT_ENOUGH_MEMORY;
    if (!(code = check_way(restore, path)) && *entry->path) code = check_dir(path);
    if (!code) code = restore_info(path, &entry->info, tree_is_raw(entry->kind));
    if (code) report(restore, path, code);
    HeapFree(GetProcessHeap(), 0, path);
    return ERROR_SUCCESS;
}

static DWORD for_each(struct restore *restore, DWORD (*act)(struct restore *restore))
{
    DWORD code = tree_index_open(&restore->index, restore->archive);

    while (!code)
        if (!(code = tree_index_next(&restore->index, &restore->entry))) code = act(restore);
    tree_index_close(&restore->index);
    return code == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : code;
}

DWORD restore_tree(const WCHAR *archive, const WCHAR *dir, const WCHAR **subject)
{
    struct restore *restore = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*restore));
    DWORD code;

    *subject = archive;
    if (!restore) return ERROR_NOT_ENOUGH_MEMORY;
    if (!(restore->root = verbatim_path(dir)))
    {
        *subject = dir;
        code = GetLastError();
        HeapFree(GetProcessHeap(), 0, restore);
        return code;
    }
    restore->dir = dir;
    restore->archive = archive;
    code = for_each(restore, restore_entry);
    if (code && code != ERROR_CANCELLED && restore->index.line)
        print(STD_ERROR_HANDLE, L"efsbackup: the index is damaged behind line %u\n", restore->index.line);
    if (!code) code = for_each(restore, finish_dir);
    print(STD_OUTPUT_HANDLE, L"%u files and %u directories restored, %u failed, %u incomplete\n", restore->files, restore->dirs, restore->failed,
          restore->incomplete);
    if (!code && (restore->failed || restore->incomplete)) code = ERROR_PARTIAL_COPY;
    HeapFree(GetProcessHeap(), 0, restore->root);
    HeapFree(GetProcessHeap(), 0, restore);
    return code;
}
