/*
 * What kernel32 does elsewhere, by ntdll alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "native.h"

/* mingw-w64's headers lack them */
typedef void (CALLBACK *loaded_module_fn)(const LDR_DATA_TABLE_ENTRY *entry, void *context, BOOLEAN *stop);
NTSTATUS WINAPI LdrEnumerateLoadedModules(void *reserved, loaded_module_fn function, void *context);
NTSTATUS WINAPI LdrGetProcedureAddress(HMODULE module, const ANSI_STRING *name, ULONG ordinal, void **address);
NTSTATUS WINAPI NtAllocateVirtualMemory(HANDLE process, void **start, ULONG_PTR zero_bits, SIZE_T *size, ULONG type,
                                        ULONG protection);
NTSTATUS WINAPI NtFreeVirtualMemory(HANDLE process, void **start, SIZE_T *size, ULONG type);
NTSTATUS WINAPI NtProtectVirtualMemory(HANDLE process, void **start, SIZE_T *size, ULONG protection, ULONG *old);
NTSTATUS WINAPI NtFlushInstructionCache(HANDLE process, const void *start, SIZE_T size);
NTSTATUS WINAPI NtQueryVirtualMemory(HANDLE process, const void *address, int class, void *info, SIZE_T length,
                                     SIZE_T *result);

NTSTATUS WINAPI NtQueryObject(HANDLE handle, OBJECT_INFORMATION_CLASS class, void *info, ULONG length, ULONG *result);

#define CLASS_MEMORY_BASIC 0 /* MEMORY_BASIC_INFORMATION */

/* The last part of a path. */
static UNICODE_STRING base_name(UNICODE_STRING path)
{
    USHORT units = path.Length / sizeof(WCHAR), first = units;

    while (first && path.Buffer[first - 1] != '\\') first--;
    path.Buffer += first;
    path.Length = path.MaximumLength = (USHORT)((units - first) * sizeof(WCHAR));
    return path;
}

struct search
{
    UNICODE_STRING name;
    HMODULE        found;
};

static void CALLBACK compare_module(const LDR_DATA_TABLE_ENTRY *entry, void *context, BOOLEAN *stop)
{
    UNICODE_STRING name = base_name(entry->FullDllName);
    struct search *search = context;

    if (!RtlEqualUnicodeString(&name, &search->name, TRUE)) return;
    search->found = entry->DllBase;
    *stop = TRUE;
}

/* In the loader's list, not by LdrGetDllHandle: that looks for a DLL that isn't loaded in all folders of the path. */
HMODULE native_find_module(const WCHAR *name)
{
    struct search search = { .found = NULL };

    RtlInitUnicodeString(&search.name, name);
    return LdrEnumerateLoadedModules(NULL, compare_module, &search) ? NULL : search.found;
}

HMODULE native_find_kernelbase(void)
{
    HMODULE own = native_find_module(L"winekernelbase.dll");

    return own ? own : native_find_module(L"kernelbase.dll");
}

FARPROC native_find_function(HMODULE module, const char *name)
{
    ANSI_STRING string;
    void *address;

    RtlInitAnsiString(&string, name);
    return module && !LdrGetProcedureAddress(module, &string, 0, &address) ? (FARPROC)(ULONG_PTR)address : NULL;
}

const void *native_find_owner(const void *address)
{
    MEMORY_BASIC_INFORMATION info;

    if (NtQueryVirtualMemory(CURRENT_PROCESS, address, CLASS_MEMORY_BASIC, &info, sizeof(info), NULL)) return NULL;
    return info.State == MEM_FREE ? NULL : info.AllocationBase;
}

BOOL native_has_right(HANDLE handle, ACCESS_MASK rights)
{
    PUBLIC_OBJECT_BASIC_INFORMATION info;

    return !NtQueryObject(handle, ObjectBasicInformation, &info, sizeof(info), NULL) && (info.GrantedAccess & rights);
}

/* A BOOLEAN or flags, a handle, the name's bytes, the name */
#define TARGET_ROOT   sizeof(void *)
#define TARGET_LENGTH (2 * sizeof(void *))
#define TARGET_NAME   (TARGET_LENGTH + sizeof(ULONG))

BOOL native_read_target(const BYTE *info, ULONG length, OBJECT_ATTRIBUTES *attr, UNICODE_STRING *name)
{
    ULONG bytes;

    if (!info || length < TARGET_NAME) return FALSE;
    bytes = get_ulong(info + TARGET_LENGTH);
    if (bytes > length - TARGET_NAME || bytes > 0xfffe) return FALSE;
    name->Buffer = (WCHAR *)(ULONG_PTR)(info + TARGET_NAME);
    name->Length = name->MaximumLength = (USHORT)bytes;
    memset(attr, 0, sizeof(*attr));
    attr->Length = sizeof(*attr);
    attr->ObjectName = name;
    attr->Attributes = OBJ_CASE_INSENSITIVE;
    memcpy(&attr->RootDirectory, info + TARGET_ROOT, sizeof(attr->RootDirectory));
    return TRUE;
}

BOOL native_protect(const void *start, SIZE_T size, ULONG protection, ULONG *old)
{
    void *address = (void *)(ULONG_PTR)start;

    return !NtProtectVirtualMemory(CURRENT_PROCESS, &address, &size, protection, old);
}

void *native_allocate_at(ULONG_PTR address, SIZE_T size)
{
    void *start = (void *)address;

    return NtAllocateVirtualMemory(CURRENT_PROCESS, &start, 0, &size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) ? NULL
        : start;
}

void native_free(void *start)
{
    SIZE_T size = 0;

    NtFreeVirtualMemory(CURRENT_PROCESS, &start, &size, MEM_RELEASE);
}

void native_flush_code(const void *start, SIZE_T size)
{
    NtFlushInstructionCache(CURRENT_PROCESS, start, size);
}
