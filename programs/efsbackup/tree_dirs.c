/*
 * The directories that are being restored: the tree's own, and each below it on the way to the entry that comes.
 *
 * Until all that is in it is there, a directory lets nobody in but its user: he can write to one that will be
 * read-only, and who won't be let in isn't meanwhile either. A tree has no more of them at a time than a path has
 * names; one that an archive comes back to begins anew.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"
#include "tree.h"

#include <wchar.h>

#define KEPT_MAX 0x1000000 /* bytes of descriptors, of all levels */

struct tree_level
{
    struct tree_level *parent;
    enum tree_kind     kind;
    FILE_BASIC_INFO    info;
    unsigned int       number;
    struct sum         sum;
    bool               old_format;
    size_t             length; /* of its path below the tree, in UTF-16 units */
    struct security    old;    /* that it had before; none: it is new, or wasn't narrowed */
};

/* It has, and keeps, the descriptor that the system or its owner gave it. */
static bool is_undescribed(const struct tree_entry *entry)
{
    return entry->old && tree_is_raw(entry->kind);
}

DWORD tree_dirs_make(const struct tree_entry *entry, const WCHAR *path)
{
    SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
    struct security security = { 0 };
    DWORD code = ERROR_SUCCESS;

    if (!is_undescribed(entry))
    {
        if ((code = security_make_private(&security))) return code;
        attributes.lpSecurityDescriptor = security_descriptor(&security);
    }
    if (!CreateDirectoryW(path, &attributes)) code = GetLastError();
    security_free(&security);
    return code;
}

static HANDLE open_security(const WCHAR *path)
{
    return CreateFileW(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

/* Without the right to it, as for a directory of somebody else's, it stays as it is: what its own stream brings can't
 * be set then either. So it does if what it had couldn't be given back. */
static void narrow(struct tree_dirs *dirs, struct tree_level *level, const WCHAR *path, bool made)
{
    HANDLE file = open_security(path);
    struct security private;

    if (file == INVALID_HANDLE_VALUE) return;
    if ((made || !security_read(file, &level->old)) && !security_make_private(&private))
    {
        if (level->old.length <= KEPT_MAX - dirs->kept) security_write(file, &private);
        else security_free(&level->old);
        security_free(&private);
    }
    dirs->kept += level->old.length;
    CloseHandle(file);
}

DWORD tree_dirs_enter(struct tree_dirs *dirs, const struct tree_entry *entry, const WCHAR *path, bool made)
{
    struct tree_level *level = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*level));

    if (!level) return ERROR_NOT_ENOUGH_MEMORY;
    level->kind = entry->kind;
    level->info = entry->info;
    level->number = entry->number;
    level->sum = entry->sum;
    level->old_format = entry->old;
    level->length = wcslen(entry->path);
    wcscpy(dirs->entry.path, entry->path);
    level->parent = dirs->top;
    dirs->top = level;
    if (!is_undescribed(entry)) narrow(dirs, level, path, made);
    return ERROR_SUCCESS;
}

bool tree_dirs_has(const struct tree_dirs *dirs, const WCHAR *path)
{
    size_t length = dirs->top->length;

    if (!length) return *path;
    return !wcsncmp(dirs->entry.path, path, length) && path[length] == '\\';
}

const struct tree_entry *tree_dirs_top(struct tree_dirs *dirs)
{
    const struct tree_level *level = dirs->top;

    dirs->entry.kind = level->kind;
    dirs->entry.info = level->info;
    dirs->entry.number = level->number;
    dirs->entry.sum = level->sum;
    dirs->entry.old = level->old_format;
    dirs->entry.path[level->length] = 0;
    return &dirs->entry;
}

DWORD tree_dirs_describe(const WCHAR *path, const struct security *security)
{
    HANDLE file = open_security(path);
    DWORD code;

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    code = security_write(file, security);
    CloseHandle(file);
    return code;
}

void tree_dirs_leave(struct tree_dirs *dirs, const WCHAR *put_back)
{
    struct tree_level *level = dirs->top;
    HANDLE file;

    if (put_back && level->old.length && (file = open_security(put_back)) != INVALID_HANDLE_VALUE)
    {
        security_write(file, &level->old);
        CloseHandle(file);
    }
    dirs->kept -= level->old.length;
    dirs->top = level->parent;
    security_free(&level->old);
    HeapFree(GetProcessHeap(), 0, level);
}
