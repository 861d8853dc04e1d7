/*
 * efsbackup tree restore: a directory and everything in it out of an archive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"
#include "tree.h"

#include <wchar.h>

struct restore
{
    const WCHAR      *dir, *archive; /* as the user gave them */
    WCHAR            *root;          /* the directory, verbatim */
    struct tree_index index;
    struct tree_entry entry;
    struct tree_dirs  dirs;
    unsigned int      files, dirs_done, failed, incomplete;
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
    HANDLE handle = CreateFileW(dir, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    DWORD flags = FILE_NAMED_STREAMS, code = ERROR_SUCCESS;

    if (handle == INVALID_HANDLE_VALUE) return GetLastError();
    if (!GetVolumeInformationByHandleW(handle, NULL, 0, NULL, NULL, &flags, NULL, 0) || (flags & FILE_NAMED_STREAMS))
        code = ERROR_INVALID_NAME;
    CloseHandle(handle);
    return code;
}

/* What was there before, or was restored a moment ago, may lead out of the tree: so every directory on the way is
   looked at. */
static DWORD check_way(const struct restore *restore, const struct tree_entry *entry, WCHAR *path)
{
    WCHAR *at = path + wcslen(restore->root);
    DWORD code = ERROR_SUCCESS;

    if (!*entry->path) return code;
    while (!code && (at = wcschr(at + 1, '\\')))
    {
        *at = 0;
        code = check_dir(path);
        *at = '\\';
    }
    if (!code && wcschr(entry->path, ':')) code = check_colon(restore->root);
    return code;
}

/* The entry's check, begun, and an encrypted one's descriptor, if the archive has it. */
static DWORD begin_check(const struct restore *restore, const struct tree_entry *entry, struct check *check,
                         struct security *security)
{
    WCHAR *path;
    DWORD code;

    *security = (struct security){ 0 };
    sum_begin(&check->now);
    check->wanted = entry->sum;
    if (entry->old || !tree_is_raw(entry->kind)) return ERROR_SUCCESS;
    if (!(path = tree_security_path(restore->archive, entry))) return ERROR_NOT_ENOUGH_MEMORY;
    code = security_load(path, security, &check->now);
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}

static DWORD restore_plain_of(const struct restore *restore, const struct tree_entry *entry, const WCHAR *stream,
                              const WCHAR *path, const WCHAR **subject)
{
    struct security none;
    struct check check;

    begin_check(restore, entry, &check, &none); /* can't fail for a plain one */
    return restore_plain(stream, path, tree_is_dir(entry->kind), &entry->info, entry->old ? NULL : &check, subject);
}

static DWORD restore_raw(const struct restore *restore, const WCHAR *stream, const WCHAR *path, const WCHAR **subject)
{
    const struct tree_entry *entry = &restore->entry;
    WCHAR *name = replace_name(path);
    struct security security;
    struct check check;
    HANDLE made;
    DWORD code;

    if (!name) return ERROR_NOT_ENOUGH_MEMORY;
    if ((code = begin_check(restore, entry, &check, &security))) *subject = stream;
    else
    {
        code = restore_file(stream, name, 0, entry->old ? NULL : &check, &made, subject);
        if (*subject == name) *subject = path;
        if (!code) code = replace_raw(made, path, &entry->info, &security);
        if (made != INVALID_HANDLE_VALUE) CloseHandle(made);
    }
    security_free(&security);
    HeapFree(GetProcessHeap(), 0, name);
    return code;
}

/* ---- directories: first with all that what is in them needs, the rest when that is there ---- */

static DWORD begin_dir(struct restore *restore, WCHAR *path, const WCHAR *stream, const WCHAR **subject)
{
    const struct tree_entry *entry = &restore->entry;
    DWORD code = tree_dirs_make(entry, path);
    struct security security;
    struct check check;
    bool made = !code;

    /* where the tree's own directory leads is the user's affair */
    if (code == ERROR_ALREADY_EXISTS) code = *entry->path ? check_dir(path) : ERROR_SUCCESS;
    if (!code && tree_is_raw(entry->kind))
    {
        if ((code = begin_check(restore, entry, &check, &security))) *subject = stream;
        else code = restore_file(stream, path, OVERWRITE_HIDDEN | CREATE_FOR_DIR, entry->old ? NULL : &check, NULL,
                                 subject);
        security_free(&security);
    }
    return code ? code : tree_dirs_enter(&restore->dirs, entry, path, made);
}

/* *there: the path leads to it */
static DWORD finish_dir(const struct restore *restore, const struct tree_entry *entry, WCHAR *path, const WCHAR *stream,
                        bool *there, const WCHAR **subject)
{
    DWORD code = check_way(restore, entry, path);
    struct security security;
    struct check check;

    if (!code && *entry->path) code = check_dir(path);
    if (code) return code;
    *there = true;
    if (!tree_is_raw(entry->kind)) return restore_plain_of(restore, entry, stream, path, subject);
    if ((code = begin_check(restore, entry, &check, &security))) *subject = stream;
    else
    {
        if (security.length) code = tree_dirs_describe(path, &security);
        if (!code) code = restore_info(path, &entry->info, true);
    }
    security_free(&security);
    return code;
}

/* ---- one entry after the other ---- */

enum step
{
    STEP_RESTORE,
    STEP_FINISH_DIR,
};

static DWORD take_step(struct restore *restore, const struct tree_entry *entry, enum step step)
{
    WCHAR *path = tree_join(restore->root, entry->path), *stream = tree_data_path(restore->archive, entry);
    WCHAR *name = tree_join(restore->dir, entry->path);
    bool directory = tree_is_dir(entry->kind), ready = step == STEP_FINISH_DIR || !directory, there = false;
    const WCHAR *subject = path;
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;

    if (path && stream && name)
    {
        if (step == STEP_FINISH_DIR) code = finish_dir(restore, entry, path, stream, &there, &subject);
        else if (!(code = check_way(restore, entry, path)))
        {
            if (directory) code = begin_dir(restore, path, stream, &subject);
            else if (tree_is_raw(entry->kind)) code = restore_raw(restore, stream, path, &subject);
            else code = restore_plain_of(restore, entry, stream, path, &subject);
        }
    }
    if (code == ERROR_PARTIAL_COPY) restore->incomplete++;
    else if (code) report(restore, subject && subject != path ? subject : name ? name : entry->path, code);
    if (ready && (!code || code == ERROR_PARTIAL_COPY)) directory ? restore->dirs_done++ : restore->files++;
    if (step == STEP_FINISH_DIR)
        tree_dirs_leave(&restore->dirs, there && code && code != ERROR_PARTIAL_COPY ? path : NULL);
    HeapFree(GetProcessHeap(), 0, name);
    HeapFree(GetProcessHeap(), 0, stream);
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}

/* Those that this path, or NULL, isn't below. What is restored into a directory changes its time, and can't be once it
 * is read-only: so a directory's own come when all that is in it is there, the deepest one's first; also if no more
 * comes. */
static void finish_dirs(struct restore *restore, const WCHAR *path)
{
    while (restore->dirs.top && !(path && tree_dirs_has(&restore->dirs, path)))
        take_step(restore, tree_dirs_top(&restore->dirs), STEP_FINISH_DIR);
}

/* Only Ctrl-C, and a damaged index, end it early. */
static DWORD restore_entries(struct restore *restore)
{
    DWORD code = tree_index_open(&restore->index, restore->archive);

    while (!code && !(code = tree_index_next(&restore->index, &restore->entry)))
    {
        finish_dirs(restore, restore->entry.path);
        if (cancelled || take_step(restore, &restore->entry, STEP_RESTORE) == ERROR_CANCELLED) code = ERROR_CANCELLED;
    }
    finish_dirs(restore, NULL);
    tree_index_close(&restore->index);
    return code == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : code;
}

/* In an encrypted directory only a program that restores may create files that aren't encrypted. Without the privilege
   those will be refused one by one. */
static void claim_restoring(void)
{
    TOKEN_PRIVILEGES privileges = { 1, { { { 0, 0 }, SE_PRIVILEGE_ENABLED } } };
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) return;
    if (LookupPrivilegeValueW(NULL, L"SeRestorePrivilege", &privileges.Privileges[0].Luid))
        AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL);
    CloseHandle(token);
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
    claim_restoring();
    code = restore_entries(restore);
    if (code && code != ERROR_CANCELLED && restore->index.line)
        print(STD_ERROR_HANDLE, L"efsbackup: the index is damaged behind line %u\n", restore->index.line);
    print(STD_OUTPUT_HANDLE, L"%u files and %u directories restored, %u failed, %u incomplete\n", restore->files,
          restore->dirs_done, restore->failed, restore->incomplete);
    if (!code && (restore->failed || restore->incomplete)) code = ERROR_PARTIAL_COPY;
    HeapFree(GetProcessHeap(), 0, restore->root);
    HeapFree(GetProcessHeap(), 0, restore);
    return code;
}
