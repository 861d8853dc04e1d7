/*
 * Opening what a context works on, through Wine: so paths, rights and sharing are Wine's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "open.h"

#include "base/hash.h"
#include "efs/error.h"
#include "shadow/shadow_name.h"
#include "wine/debug.h"
#include "visible/guard.h"
#include "wine/unixcall.h"

/* MS-EFSR 3.1.4.2: the server fails for longer names. UTF-16 units. */
#define NAME_LENGTH_MAX 5120

DWORD open_check_name(const WCHAR *name)
{
    /* CreateFile says this of an empty name. Wine's versions differ in what becomes of one further on. */
    if (!*name) return ERROR_PATH_NOT_FOUND;
    return lstrlenW(name) > NAME_LENGTH_MAX ? ERROR_FILENAME_EXCED_RANGE : ERROR_SUCCESS;
}

WCHAR *open_get_full_name(const WCHAR *name)
{
    DWORD size, length;
    WCHAR *full = NULL;

    do
    {
        HeapFree(GetProcessHeap(), 0, full);
        if (!(size = GetFullPathNameW(name, 0, NULL, NULL))) return NULL;
        if (!(full = HeapAlloc(GetProcessHeap(), 0, size * sizeof(WCHAR))))
        {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return NULL;
        }
        length = GetFullPathNameW(name, size, full, NULL);
    }
    while (length >= size); /* another thread has changed the current directory */
    if (length) return full;
    HeapFree(GetProcessHeap(), 0, full);
    return NULL;
}

DWORD open_below(const WCHAR *name, int *fd)
{
    struct view_open_params params = { 0 };
    char *path = unixcall_get_path(name);

    if (!path) return ERROR_ACCESS_DENIED;
    params.path = (UINT_PTR)path;
    unixcall_view_open(&params);
    HeapFree(GetProcessHeap(), 0, path);
    *fd = params.fd;
    /* elsewhere it is what Wine says: no right to open it */
    return params.result.error == EFS_ERR_NOT_ENCRYPTED ? ERROR_ACCESS_DENIED
        : unixcall_error(__func__, &params.result);
}

/*
 * Others may read or delete the file meanwhile. They may not write it: the backup would be half old, half new. In a
 * view without its key Wine can't open it, and nobody can write it.
 */
static DWORD open_to_export(const WCHAR *name, struct context *context, int *fd)
{
    DWORD err;

    if ((context->file = guard_open(name, FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE)))
        return unixcall_get_fd(context->file, FILE_READ_DATA, fd);
    err = GetLastError();
    return err == ERROR_ACCESS_DENIED && !shadow_name_root(name) ? open_below(name, fd) : err;
}

DWORD open_for_export(const WCHAR *name, ULONG flags, struct context *context)
{
    struct export_begin_params params = { 0 };
    int fd;
    DWORD err;

    if ((err = open_check_name(name))) return err;
    context->direction = CONTEXT_EXPORT;
    if (!(err = open_to_export(name, context, &fd)))
    {
        params.fd = fd;
        params.drop_named = (flags & EFS_DROP_ALTERNATE_STREAMS) != 0;
        unixcall_export_begin(&params);
        err = unixcall_error(__func__, &params.result);
    }
    if (!err)
    {
        context->session = params.session;
        context->directory = params.directory != 0;
        if ((flags & CREATE_FOR_DIR) && !context->directory) err = ERROR_DIRECTORY;
    }
    if (err) context_clear(context);
    return err;
}

/* Does Windows let an import replace a file with these attributes? (MS-FSA, overwriting) */
static DWORD check_attributes(DWORD attributes, ULONG flags)
{
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) return ERROR_SUCCESS;
    if (flags & CREATE_FOR_DIR) return ERROR_DIRECTORY;
    if (attributes & FILE_ATTRIBUTE_READONLY) return ERROR_ACCESS_DENIED;
    if ((attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)) && !(flags & OVERWRITE_HIDDEN))
        return ERROR_ACCESS_DENIED;
    return ERROR_SUCCESS;
}

static WCHAR *put_hex(WCHAR *out, UINT64 value)
{
    int shift;

    for (shift = 60; shift >= 0; shift -= 4) *out++ = L"0123456789abcdef"[value >> shift & 15];
    return out;
}

/*
 * A target that doesn't exist is made only when its stream is complete. Until then an object of Wine's,
 * named after the place, stands for it: so a second import of the same file gets the sharing violation
 * that Windows gives, and a killed process holds nothing. The same of what Wine can't open.
 */
static DWORD reserve_name(const WCHAR *name, UINT64 dev, UINT64 ino, struct context *context)
{
    uint64_t hash = FNV1A_BEGIN;
    const WCHAR *p, *leaf = name, *end = name + lstrlenW(name);
    WCHAR object[80] = L"wine-efs-import-", *out = object + lstrlenW(object);

    while (end > name && (end[-1] == '\\' || end[-1] == '/')) end--;
    for (p = name; p < end; p++)
        if (*p == '\\' || *p == '/' || *p == ':') leaf = p + 1;
    for (p = leaf; p < end; p++)
    {
        WCHAR upper = RtlUpcaseUnicodeChar(*p);

        hash = fnv1a_add(hash, (const uint8_t *)&upper, sizeof(upper));
    }
    out = put_hex(out, dev);
    out = put_hex(out, ino);
    *put_hex(out, hash) = 0;

    context->reserved = CreateEventW(NULL, TRUE, FALSE, object);
    if (!context->reserved) return GetLastError();
    return GetLastError() == ERROR_ALREADY_EXISTS ? ERROR_SHARING_VIOLATION : ERROR_SUCCESS;
}

#define LEAF_MAX 255

/*
 * Cuts a full name into the directory's and the last component, if that is one which means the same to the host as to
 * Wine: ASCII, no short name, nothing that Wine refuses or takes away. `dir` has the room for all of the name.
 */
static BOOL split_name(const WCHAR *name, WCHAR *dir, char leaf[LEAF_MAX + 1])
{
    static const char allowed[] = " !#$%&'()+,-.;=@[]^_`{}";
    const WCHAR *end = name + lstrlenW(name), *p = end;
    unsigned int i, length;

    while (p > name && p[-1] != '\\') p--;
    length = (unsigned int)(end - p);
    if (name[0] == '\\' || name[1] != ':' || name[2] != '\\' || !length || length > LEAF_MAX) return FALSE;
    for (i = 0; i < length; i++)
    {
        char c = p[i] < 0x80 ? (char)p[i] : '*';
        const char *a = allowed;

        while (*a && *a != c) a++;
        if (!*a && (c < '0' || c > '9') && ((c | 0x20) < 'a' || (c | 0x20) > 'z')) return FALSE;
        leaf[i] = c;
    }
    leaf[length] = 0;
    if (leaf[length - 1] == ' ' || leaf[length - 1] == '.') return FALSE;
    lstrcpynW(dir, name, (int)(p - name) + 1);
    return TRUE;
}

/*
 * Asks without Wine's search, if the name is one for that. For 32-bit programs Wine leads some names elsewhere
 * (system32 to syswow64), which only its own search knows.
 */
static void find_in_directory(const WCHAR *full_name, struct target_find_params *found)
{
    char leaf[LEAF_MAX + 1], *path = NULL;
    WCHAR *dir;

    if (sizeof(void *) < 8) return;
    dir = HeapAlloc(GetProcessHeap(), 0, (lstrlenW(full_name) + 1) * sizeof(WCHAR));
    if (dir && split_name(full_name, dir, leaf) && (path = unixcall_get_path(dir)))
    {
        found->dir = (UINT_PTR)path;
        found->name = (UINT_PTR)leaf;
        unixcall_target_find(found);
        HeapFree(GetProcessHeap(), 0, path);
    }
    HeapFree(GetProcessHeap(), 0, dir);
}

/*
 * Asks with the path that Wine finds. This is done before the open, as an open that fails would search the directory
 * once more.
 */
static void find_by_path(const WCHAR *name, struct target_find_params *found)
{
    char *path = unixcall_get_path(name);

    if (!path) return;
    found->dir = 0;
    found->path = (UINT_PTR)path;
    unixcall_target_find(found);
    unixcall_error(__func__, &found->result); /* for the debug channel */
    HeapFree(GetProcessHeap(), 0, path);
}

static DWORD finish_target(struct target_open_params *params, struct context *context)
{
    unixcall_target_open(params);
    context->session = params->target;
    context->directory = params->directory != 0;
    return unixcall_error(__func__, &params->result);
}

/* Wine gets nothing of it from a view that hasn't its key, but its attributes; and nobody else does. */
static DWORD open_without_key(const WCHAR *name, ULONG flags, const struct target_find_params *found,
                              struct context *context)
{
    DWORD attributes = GetFileAttributesW(name), err;
    struct target_open_params params = { .fd = -1 };
    char *path;

    if (attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if ((err = check_attributes(attributes, flags))) return err;
    if ((err = reserve_name(L"", found->dev, found->ino, context))) return err;
    if (!(path = unixcall_get_path(name))) return ERROR_ACCESS_DENIED;
    params.path = (UINT_PTR)path;
    err = finish_target(&params, context);
    HeapFree(GetProcessHeap(), 0, path);
    return err;
}

/* In a view the one below is written: one that it shows needn't get ready for that. */
static DWORD open_existing(const WCHAR *name, ULONG flags, const struct target_find_params *found,
                           struct context *context)
{
    struct target_open_params params = { 0 };
    BY_HANDLE_FILE_INFORMATION info;
    DWORD err;
    int fd;

    if (!(context->file = guard_open(name, found->mounted ? FILE_READ_DATA : FILE_WRITE_DATA, 0)))
    {
        err = GetLastError();
        if (err == ERROR_ACCESS_DENIED && found->mounted && !found->read_only)
            return open_without_key(name, flags, found, context);
        /*
         * On a read-only file system, Wine says that access is denied. Windows says that the disk is write-protected.
         */
        if (err == ERROR_ACCESS_DENIED && found->read_only) return ERROR_WRITE_PROTECT;
        /* A reparse point of a later Wine's, which this one doesn't see, has the name. */
        return err == ERROR_FILE_NOT_FOUND && found->result.error == EFS_ERR_EXISTS ? ERROR_FILE_EXISTS : err;
    }
    if (!GetFileInformationByHandle(context->file, &info)) return GetLastError();
    if ((err = check_attributes(info.dwFileAttributes, flags))) return err;
    if ((err = unixcall_get_fd(context->file, 0, &fd))) return err;
    params.fd = fd;
    return finish_target(&params, context);
}

DWORD open_for_import(const WCHAR *name, ULONG flags, struct context *context)
{
    struct target_find_params found = { .answer = TARGET_ASK_WINE };
    DWORD err, not_kept;

    if ((err = open_check_name(name))) return err;
    if (shadow_name_root(name)) return ERROR_WRITE_PROTECT;
    context->direction = CONTEXT_IMPORT;
    /* A second Write opens the target again, and the current directory may be another one by then. */
    context->name = open_get_full_name(name);
    not_kept = context->name ? ERROR_SUCCESS : GetLastError();
    context->flags = flags;
    if (context->name) find_in_directory(context->name, &found);
    if (found.answer == TARGET_ASK_WINE) find_by_path(name, &found);
    if (found.answer == TARGET_NEW)
    {
        context->session = found.target;
        context->directory = (flags & CREATE_FOR_DIR) != 0;
        err = reserve_name(context->name ? context->name : name, found.dev, found.ino, context);
    }
    else err = open_existing(name, flags, &found, context);
    if (!err) err = not_kept;
    if (err) context_clear(context);
    return err;
}

DWORD open_for_import_again(struct context *context)
{
    struct context fresh = { 0 }, old = *context;
    DWORD err;

    if ((err = open_for_import(old.name, old.flags, &fresh))) return err;
    /* All other members stay as they are. */
    context->file = fresh.file;
    context->reserved = fresh.reserved;
    context->session = fresh.session;
    context->directory = fresh.directory;
    context->name = fresh.name;
    context_clear(&old);
    return ERROR_SUCCESS;
}
