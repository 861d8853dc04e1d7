/*
 * efsbackup tree restore: a directory and everything in it out of an archive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree.h"

#include <wchar.h>

struct restore
{
    const WCHAR      *root, *archive;
    struct tree_index index;
    struct tree_entry entry;
    unsigned int      files, dirs, failed;
};

static void report(struct restore *restore, const WCHAR *subject, DWORD code)
{
    WCHAR text[512];

    restore->failed++;
    print(STD_ERROR_HANDLE, L"efsbackup: %ls: %ls (%lu)\n", subject, code_text(code, text, ARRAYSIZE(text)), code);
}

static DWORD make_dir(const WCHAR *dir)
{
    WCHAR *path = usable_path(dir);
    DWORD code = ERROR_SUCCESS;

    if (!path) return ERROR_NOT_ENOUGH_MEMORY;
    if (!CreateDirectoryW(path, NULL) && GetLastError() != ERROR_ALREADY_EXISTS) code = GetLastError();
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}

/* Only Ctrl-C ends it early. */
static DWORD restore_entry(struct restore *restore)
{
    struct tree_entry *entry = &restore->entry;
    WCHAR *path = tree_join(restore->root, entry->path), *stream = tree_data_path(restore->archive, entry);
    bool directory = tree_is_dir(entry->kind);
    const WCHAR *subject = path;
    DWORD code = ERROR_SUCCESS;

    if (!path || !stream) code = ERROR_NOT_ENOUGH_MEMORY;
    else if (directory) code = make_dir(path);
    if (!code && tree_is_raw(entry->kind))
    {
        code = restore_file(stream, path, OVERWRITE_HIDDEN | (directory ? CREATE_FOR_DIR : 0), &subject);
        if (!code && !directory) code = restore_info(path, &entry->info, true);
    }
    else if (!code) code = restore_plain(stream, path, directory, &entry->info, &subject);

    if (code) report(restore, subject ? subject : entry->path, code);
    else if (directory) restore->dirs++;
    else restore->files++;
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
    if ((code = restore_info(path, &entry->info, tree_is_raw(entry->kind)))) report(restore, path, code);
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
    restore->root = dir;
    restore->archive = archive;
    code = for_each(restore, restore_entry);
    if (code && code != ERROR_CANCELLED && restore->index.line)
        print(STD_ERROR_HANDLE, L"efsbackup: the index is damaged behind line %u\n", restore->index.line);
    if (!code) code = for_each(restore, finish_dir);
    print(STD_OUTPUT_HANDLE, L"%u files and %u directories restored, %u failed\n", restore->files, restore->dirs, restore->failed);
    if (!code && restore->failed) code = ERROR_PARTIAL_COPY;
    HeapFree(GetProcessHeap(), 0, restore);
    return code;
}
