/*
 * Opening what a context works on, through Wine: so paths, rights and sharing are Wine's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "open.h"

#include "debug.h"
#include "guard.h"
#include "unixcall.h"

/* MS-EFSR 3.1.4.2: the server fails for longer names. UTF-16 units. */
#define NAME_LENGTH_MAX 5120

DWORD open_check_name(const WCHAR *name)
{
    /* as CreateFile does; Wine's versions differ in what becomes of an empty name */
    if (!*name) return ERROR_PATH_NOT_FOUND;
    return lstrlenW(name) > NAME_LENGTH_MAX ? ERROR_FILENAME_EXCED_RANGE : ERROR_SUCCESS;
}

DWORD open_for_export(const WCHAR *name, ULONG flags, struct context *context)
{
    struct export_begin_params params = { 0 };
    int fd;
    DWORD err;

    if ((err = open_check_name(name))) return err;
    context->direction = CONTEXT_EXPORT;
    /* Readers may come and go, and the file may be deleted; a writer would tear the backup. */
    context->file = guard_open(name, FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE);
    if (!context->file) return GetLastError();
    if (!(err = unixcall_get_fd(context->file, FILE_READ_DATA, &fd)))
    {
        params.fd = fd;
        params.drop_named = (flags & EFS_DROP_ALTERNATE_STREAMS) != 0;
        unixcall(unix_export_begin, &params);
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
static DWORD check_attributes(HANDLE file, ULONG flags)
{
    BY_HANDLE_FILE_INFORMATION info;

    if (!GetFileInformationByHandle(file, &info)) return GetLastError();
    if (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) return ERROR_SUCCESS;
    if (flags & CREATE_FOR_DIR) return ERROR_DIRECTORY;
    if (info.dwFileAttributes & FILE_ATTRIBUTE_READONLY) return ERROR_ACCESS_DENIED;
    if ((info.dwFileAttributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)) && !(flags & OVERWRITE_HIDDEN))
        return ERROR_ACCESS_DENIED;
    return ERROR_SUCCESS;
}

static DWORD open_target(struct target_open_params *params, struct context *context)
{
    DWORD err;

    unixcall(unix_target_open, params);
    if (!(err = unixcall_error(__func__, &params->result))) context->session = params->target;
    return err;
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
 * that Windows gives, and a killed process holds nothing.
 */
static DWORD reserve_name(const WCHAR *name, const struct target_open_params *params, struct context *context)
{
    UINT64 hash = 0xcbf29ce484222325; /* FNV-1a */
    const WCHAR *p, *leaf = name, *end = name + lstrlenW(name);
    WCHAR object[80] = L"wine-efs-import-", *out = object + lstrlenW(object);

    while (end > name && (end[-1] == '\\' || end[-1] == '/')) end--;
    for (p = name; p < end; p++)
        if (*p == '\\' || *p == '/' || *p == ':') leaf = p + 1;
    for (p = leaf; p < end; p++)
    {
        WCHAR c = *p;

        LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, p, 1, &c, 1);
        hash = (hash ^ c) * 0x100000001b3;
    }
    out = put_hex(out, params->dir_dev);
    out = put_hex(out, params->dir_ino);
    *put_hex(out, hash) = 0;

    context->reserved = CreateEventW(NULL, TRUE, FALSE, object);
    if (!context->reserved) return GetLastError();
    return GetLastError() == ERROR_ALREADY_EXISTS ? ERROR_SHARING_VIOLATION : ERROR_SUCCESS;
}

static DWORD open_existing(ULONG flags, struct context *context)
{
    struct target_open_params params = { 0 };
    DWORD err;
    int fd;

    if ((err = check_attributes(context->file, flags))) return err;
    if ((err = unixcall_get_fd(context->file, 0, &fd))) return err;
    params.fd = fd;
    if (!(err = open_target(&params, context))) context->directory = params.directory != 0;
    return err;
}

static DWORD open_missing(const WCHAR *name, ULONG flags, struct context *context)
{
    struct target_open_params params = { 0 };
    char *path;
    DWORD err;

    if (!(path = unixcall_get_path(name))) return GetLastError();
    params.fd = -1;
    params.path = (UINT_PTR)path;
    err = open_target(&params, context);
    HeapFree(GetProcessHeap(), 0, path);
    if (err) return err;
    /* It came into being between two looks: somebody else is at work there. */
    if (params.exists) return ERROR_SHARING_VIOLATION;
    context->directory = (flags & CREATE_FOR_DIR) != 0;
    return reserve_name(name, &params, context);
}

/* For a second Write: the current directory may be another one by then. */
static DWORD keep_name(const WCHAR *name, ULONG flags, struct context *context)
{
    DWORD size = GetFullPathNameW(name, 0, NULL, NULL);

    if (!size) return GetLastError();
    context->name = HeapAlloc(GetProcessHeap(), 0, size * sizeof(WCHAR));
    if (!context->name) return ERROR_NOT_ENOUGH_MEMORY;
    context->flags = flags;
    GetFullPathNameW(name, size, context->name, NULL);
    return ERROR_SUCCESS;
}

DWORD open_for_import(const WCHAR *name, ULONG flags, struct context *context)
{
    DWORD err;

    if ((err = open_check_name(name))) return err;
    context->direction = CONTEXT_IMPORT;
    context->file = guard_open(name, FILE_WRITE_DATA, 0);
    if (context->file) err = open_existing(flags, context);
    else
    {
        err = GetLastError();
        if (err == ERROR_FILE_NOT_FOUND) err = open_missing(name, flags, context);
    }
    if (!err) err = keep_name(name, flags, context);
    if (err) context_clear(context);
    return err;
}

DWORD open_for_import_again(struct context *context)
{
    struct context fresh = { 0 }, old = *context;
    DWORD err;

    if ((err = open_for_import(old.name, old.flags, &fresh))) return err;
    /* The rest is as it was. */
    context->file = fresh.file;
    context->reserved = fresh.reserved;
    context->session = fresh.session;
    context->directory = fresh.directory;
    context->name = fresh.name;
    context_clear(&old);
    return ERROR_SUCCESS;
}
