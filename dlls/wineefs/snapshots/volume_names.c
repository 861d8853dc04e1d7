/*
 * Names of volumes, for those who make shadow copies and read them.
 *
 * Programs for backups ask for the volume of a volume's own name, which Wine answers with "not a reparse point", and
 * for the volume of a path in a shadow copy. What programs call in kernel32 it has from kernelbase: its way there leads
 * here. GetVolumeInformation wants a single backslash in the name, behind the drive: kernelbase gets such a one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "volume_names.h"

#include "patch/import_table.h"
#include "patch/registry.h"
#include "shadow/shadow_name.h"
#include "wine/debug.h"
#include "wine/native.h"

#define SYMBOLIC_LINK_QUERY 1

/* mingw-w64's headers lack it */
NTSTATUS WINAPI NtOpenSymbolicLinkObject(HANDLE *link, ACCESS_MASK access, const OBJECT_ATTRIBUTES *attr);

#define VOLUME_UNITS 49 /* \\?\Volume{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}\ */

static BOOL (WINAPI *original_volume_name)(const WCHAR *path, WCHAR *volume, DWORD size);
static BOOL (WINAPI *original_path_name)(const WCHAR *path, WCHAR *volume, DWORD size);
static BOOLEAN (WINAPI *original_to_nt)(const WCHAR *path, UNICODE_STRING *nt, WCHAR **file_part, void *reserved);

/* ---- GetVolumeNameForVolumeMountPointW ---- */

static BOOL is_volume_name(const WCHAR *path)
{
    static const char form[] = "\\\\?\\VOLUME{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}\\";
    unsigned int i;

    for (i = 0; form[i]; i++)
    {
        WCHAR c = path[i], upper = c >= 'a' && c <= 'z' ? c - 0x20 : c;

        if (form[i] == 'x' ? (c < '0' || c > '9') && (upper < 'A' || upper > 'F') : upper != (WCHAR)form[i])
            return FALSE;
    }
    return !path[i];
}

static BOOL is_there(const WCHAR *path)
{
    WCHAR device[VOLUME_UNITS];
    UNICODE_STRING name = { (VOLUME_UNITS - 1) * sizeof(WCHAR), (VOLUME_UNITS - 1) * sizeof(WCHAR), device };
    OBJECT_ATTRIBUTES attr = { 0 };
    HANDLE link;

    memcpy(device, path, name.Length);
    device[1] = '?'; /* \??\Volume{...} */
    attr.Length = sizeof(attr);
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &attr)) return FALSE;
    NtClose(link);
    return TRUE;
}

static BOOL WINAPI replace_GetVolumeNameForVolumeMountPointW(const WCHAR *path, WCHAR *volume, DWORD size)
{
    if (!path || !volume || !is_volume_name(path) || !is_there(path)) return original_volume_name(path, volume, size);
    if (size <= VOLUME_UNITS)
    {
        RtlSetLastWin32Error(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    memcpy(volume, path, (VOLUME_UNITS + 1) * sizeof(WCHAR));
    return TRUE;
}

/* ---- GetVolumePathNameW ---- */

static BOOL WINAPI replace_GetVolumePathNameW(const WCHAR *path, WCHAR *volume, DWORD size)
{
    ULONG root = path && volume && size ? shadow_name_root(path) : 0;

    if (!root) return original_path_name(path, volume, size);
    if (size < root + 2)
    {
        RtlSetLastWin32Error(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    memcpy(volume, path, root * sizeof(WCHAR));
    volume[root] = '\\';
    volume[root + 1] = 0;
    return TRUE;
}

/* ---- what kernelbase makes of a path ---- */

/* \??\HarddiskVolumeShadowCopyN\... is what the hooks know as well as the name that the program gave. */
static void shorten(UNICODE_STRING *nt, WCHAR **file_part)
{
    static const WCHAR in_between[] = L"GLOBALROOT\\Device\\";
    const ULONG cut = ARRAYSIZE(in_between) - 1, before = 4;
    ULONG units = nt->Length / sizeof(WCHAR);

    /* with the zero at the end */
    memmove(nt->Buffer + before, nt->Buffer + before + cut, (units - before - cut + 1) * sizeof(WCHAR));
    nt->Length -= (USHORT)(cut * sizeof(WCHAR));
    if (file_part && *file_part >= nt->Buffer + before + cut) *file_part -= cut;
}

static BOOLEAN WINAPI replace_RtlDosPathNameToNtPathName_U(const WCHAR *path, UNICODE_STRING *nt, WCHAR **file_part,
                                                           void *reserved)
{
    BOOLEAN done = original_to_nt(path, nt, file_part, reserved);

    if (done && path && path[0] == '\\' && shadow_name_root(path) && (path[4] | 0x20) == 'g') shorten(nt, file_part);
    return done;
}

/* ---- in the place of Wine's ---- */

static enum hook_state states[3];

static void replace(HMODULE module, const char *dll, const char *name, FARPROC replacement, FARPROC *original,
                    enum hook_state *state)
{
    WCHAR wide[16];
    unsigned int i;
    FARPROC bound;

    for (i = 0; dll[i]; i++) wide[i] = (BYTE)dll[i];
    wide[i] = 0;
    bound = native_find_function(native_find_module(wide), name);
    registry_add(name, state);
    *state = HOOK_UNKNOWN;
    if (bound && import_table_replace(module, dll, name, bound, replacement, original)) *state = HOOK_STANDS;
    else WARN("%s isn't imported as known: some names in shadow copies aren't understood\n", name);
}

#define REPLACE(module, dll, name, original, state) \
    replace(module, dll, #name, (FARPROC)(void (*)(void))replace_##name, (FARPROC *)(void *)&(original), &(state))

void volume_names_install(void)
{
    HMODULE kernel32 = native_find_module(L"kernel32.dll"), kernelbase = native_find_kernelbase();

    REPLACE(kernel32, "kernelbase.dll", GetVolumeNameForVolumeMountPointW, original_volume_name, states[0]);
    REPLACE(kernel32, "kernelbase.dll", GetVolumePathNameW, original_path_name, states[1]);
    REPLACE(kernelbase, "ntdll.dll", RtlDosPathNameToNtPathName_U, original_to_nt, states[2]);
}
