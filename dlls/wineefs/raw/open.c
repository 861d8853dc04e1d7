/*
 * Opening what a context works on, through Wine: so paths, rights and sharing are Wine's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "open.h"

#include "wine/debug.h"
#include "visible/guard.h"
#include "wine/unixcall.h"

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

    unixcall_target_open(params);
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
static DWORD reserve_name(const WCHAR *name, UINT64 dir_dev, UINT64 dir_ino, struct context *context)
{
    UINT64 hash = 0xcbf29ce484222325; /* FNV-1a */
    const WCHAR *p, *leaf = name, *end = name + lstrlenW(name);
    WCHAR object[80] = L"wine-efs-import-", *out = object + lstrlenW(object);

    while (end > name && (end[-1] == '\\' || end[-1] == '/')) end--;
    for (p = name; p < end; p++)
        if (*p == '\\' || *p == '/' || *p == ':') leaf = p + 1;
    for (p = leaf; p < end; p++) hash = (hash ^ RtlUpcaseUnicodeChar(*p)) * 0x100000001b3;
    out = put_hex(out, dir_dev);
    out = put_hex(out, dir_ino);
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

static DWORD open_path(const WCHAR *name, struct target_open_params *params, struct context *context)
{
    char *path = unixcall_get_path(name);
    DWORD err;

    if (!path) return GetLastError();
    params->fd = -1;
    params->path = (UINT_PTR)path;
    err = open_target(params, context);
    HeapFree(GetProcessHeap(), 0, path);
    return err;
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
 * Without Wine's search for a name that isn't there, whose cost grows with the directory. *missing: FALSE if there is
 * something of that name (or no telling), and nothing has happened then.
 */
static DWORD open_new(ULONG flags, struct context *context, BOOL *missing)
{
    struct target_open_new_params params = { 0 };
    char leaf[LEAF_MAX + 1], *path = NULL;
    WCHAR *dir;

    *missing = FALSE;
    if (sizeof(void *) < 8 || !context->name) return ERROR_SUCCESS; /* for 32-bit programs Wine redirects some names */
    dir = HeapAlloc(GetProcessHeap(), 0, (lstrlenW(context->name) + 1) * sizeof(WCHAR));
    if (dir && split_name(context->name, dir, leaf) && (path = unixcall_get_path(dir)))
    {
        params.dir = (UINT_PTR)path;
        params.name = (UINT_PTR)leaf;
        unixcall_target_open_new(&params);
        HeapFree(GetProcessHeap(), 0, path);
    }
    HeapFree(GetProcessHeap(), 0, dir);
    if (!params.target) return ERROR_SUCCESS;
    *missing = TRUE;
    context->session = params.target;
    context->directory = (flags & CREATE_FOR_DIR) != 0;
    return reserve_name(context->name, params.dir_dev, params.dir_ino, context);
}

/*
 * The same by way of Wine, which reads the whole directory, since the name may be there in another case. So this comes
 * before the open: one that fails would have read it once more.
 */
static DWORD open_if_missing(const WCHAR *name, ULONG flags, struct context *context, BOOL *missing)
{
    struct target_open_params params = { 0 };

    *missing = !open_path(name, &params, context) && !params.exists;
    if (!*missing)
    {
        context_drop_session(context);
        return ERROR_SUCCESS;
    }
    context->directory = (flags & CREATE_FOR_DIR) != 0;
    return reserve_name(context->name ? context->name : name, params.dir_dev, params.dir_ino, context);
}

/* Wine says of a read-only file system that access is denied. */
static DWORD explain_denied(const WCHAR *name, struct context *context)
{
    struct target_open_params params = { 0 };

    open_path(name, &params, context);
    context_drop_session(context);
    return params.read_only ? ERROR_WRITE_PROTECT : ERROR_ACCESS_DENIED;
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
    DWORD err, not_kept;
    BOOL missing;

    if ((err = open_check_name(name))) return err;
    context->direction = CONTEXT_IMPORT;
    not_kept = keep_name(name, flags, context);
    err = open_new(flags, context, &missing);
    if (!missing) err = open_if_missing(name, flags, context, &missing);
    if (!missing)
    {
        context->file = guard_open(name, FILE_WRITE_DATA, 0);
        err = context->file ? open_existing(flags, context) : GetLastError();
        if (!context->file && err == ERROR_ACCESS_DENIED) err = explain_denied(name, context);
    }
    if (!err) err = not_kept;
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
