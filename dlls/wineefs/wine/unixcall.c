/*
 * The PE half's way to the Unix half, through what Wine 8.0 to 10.0 export alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixcall.h"

#include "debug.h"
#include "errors.h"
#include "native.h"

#define MEMORY_WINE_UNIX_FUNCS 1000 /* Wine's own NtQueryVirtualMemory class */

typedef UINT64 unixlib_handle;
typedef NTSTATUS (WINAPI *dispatcher_fn)(unixlib_handle handle, unsigned int code, void *args);
typedef NTSTATUS (WINAPI *query_virtual_memory_fn)(HANDLE process, const void *address, int class, void *buffer,
                                                   SIZE_T length, SIZE_T *result);
typedef NTSTATUS (__cdecl *handle_to_fd_fn)(HANDLE handle, unsigned int access, int *fd, unsigned int *options);
typedef NTSTATUS (__cdecl *fd_to_handle_fn)(int fd, unsigned int access, unsigned int attributes, HANDLE *handle);
typedef NTSTATUS (WINAPI *nt_to_unix_file_name_fn)(const void *attr, char *name, ULONG *size, UINT disposition);
typedef char *(__cdecl *get_unix_file_name_fn)(const WCHAR *name);
typedef const char *(__cdecl *get_version_fn)(void);

static unixlib_handle unix_handle;
static dispatcher_fn dispatcher;
static handle_to_fd_fn handle_to_fd;
static fd_to_handle_fn fd_to_handle;
static get_unix_file_name_fn get_unix_file_name;
static nt_to_unix_file_name_fn nt_to_unix_file_name;
static ULONG wine_version;

static ULONG leading_number(const char *text)
{
    ULONG number = 0;

    for (; *text >= '0' && *text <= '9' && number < 1000; text++) number = number * 10 + (ULONG)(*text - '0');
    return number;
}

BOOL unixcall_init(HMODULE module)
{
    HMODULE ntdll = native_find_module(L"ntdll.dll");
    dispatcher_fn *exported = (dispatcher_fn *)(UINT_PTR)native_find_function(ntdll, "__wine_unix_call_dispatcher");
    query_virtual_memory_fn query = (query_virtual_memory_fn)(void (*)(void))native_find_function(ntdll,
            "NtQueryVirtualMemory");
    get_version_fn get_version = (get_version_fn)(void (*)(void))native_find_function(ntdll, "wine_get_version");

    wine_version = get_version ? leading_number(get_version()) : 0;
    handle_to_fd = (handle_to_fd_fn)(void (*)(void))native_find_function(ntdll, "wine_server_handle_to_fd");
    fd_to_handle = (fd_to_handle_fn)(void (*)(void))native_find_function(ntdll, "wine_server_fd_to_handle");
    get_unix_file_name = (get_unix_file_name_fn)(void (*)(void))
        native_find_function(native_find_module(L"kernel32.dll"), "wine_get_unix_file_name");
    nt_to_unix_file_name = (nt_to_unix_file_name_fn)(void (*)(void))native_find_function(ntdll,
                                                                                         "wine_nt_to_unix_file_name");
    if (!exported || !query || !handle_to_fd || !get_unix_file_name)
    {
        ERR("this Wine lacks what wineefs.dll needs (8.0 or later): EFS calls will fail\n");
        return FALSE;
    }
    if (query(CURRENT_PROCESS, module, MEMORY_WINE_UNIX_FUNCS, &unix_handle, sizeof(unix_handle), NULL))
    {
        ERR("wineefs.so not found: EFS calls will fail. Start the program with \"wine-efs run\", or let WINEDLLPATH "
            "name the folder that holds x86_64-unix/wineefs.so\n");
        return FALSE;
    }
    dispatcher = *exported;
    return TRUE;
}

BOOL unixcall_is_available(void)
{
    return dispatcher != NULL;
}

ULONG unixcall_wine_version(void)
{
    return wine_version;
}

void unixcall(enum unix_call call, void *params)
{
    dispatcher(unix_handle, call, params);
}

DWORD unixcall_error(const char *function, const struct unix_result *result)
{
    DWORD code = error_to_win32((enum efs_error)result->error);

    if (result->error && debug_is_on(DEBUG_WARN))
        debug_print(DEBUG_WARN, function, "%s at offset 0x%I64x (errno %d): error %lu\n", result->rule,
                    (ULONGLONG)result->offset, (int)result->sys_errno, code);
    return code;
}

DWORD unixcall_get_fd(HANDLE handle, DWORD access, int *fd)
{
    return status_to_win32(handle_to_fd(handle, access, fd, NULL));
}

LONG unixcall_make_handle(int fd, DWORD access, DWORD attributes, HANDLE *handle)
{
    return fd_to_handle ? fd_to_handle(fd, access, attributes & OBJ_INHERIT, handle) : STATUS_NOT_SUPPORTED;
}

char *unixcall_get_path(const WCHAR *name)
{
    return get_unix_file_name(name);
}

BOOL unixcall_get_nt_path(const void *object_attributes, char *path, ULONG size)
{
    return nt_to_unix_file_name && !nt_to_unix_file_name(object_attributes, path, &size, FILE_OPEN);
}
