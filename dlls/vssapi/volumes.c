/*
 * Which drive a program means.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

/* With a backslash at its end, as the functions for volumes want it. FALSE: it is longer than any name of a volume. */
static BOOL complete_name(const WCHAR *name, WCHAR full[MAX_PATH])
{
    int length = lstrlenW(name);

    if (length + 2 > MAX_PATH) return FALSE;
    memcpy(full, name, ((SIZE_T)length + 1) * sizeof(WCHAR));
    if (full[length - 1] == '\\') return TRUE;
    full[length] = '\\';
    full[length + 1] = 0;
    return TRUE;
}

static BOOL is_same_volume(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

static WCHAR find_letter(const WCHAR *volume)
{
    WCHAR root[] = L"A:\\", other[MAX_PATH];
    DWORD drives = GetLogicalDrives();

    for (; root[0] <= 'Z'; root[0]++)
        if ((drives >> (root[0] - 'A') & 1) && GetVolumeNameForVolumeMountPointW(root, other, ARRAYSIZE(other))
            && is_same_volume(volume, other))
            return root[0];
    return 0;
}

HRESULT volume_find(const WCHAR *name, WCHAR *letter, char ascii[EFS_SNAPSHOT_VOLUME_SIZE])
{
    WCHAR full[MAX_PATH], volume[MAX_PATH], root[] = L"A:\\";
    unsigned int i;

    if (!name || !*name) return E_INVALIDARG;
    if (!complete_name(name, full)) return VSS_E_OBJECT_NOT_FOUND;
    if (!GetVolumeNameForVolumeMountPointW(full, volume, ARRAYSIZE(volume))) return VSS_E_OBJECT_NOT_FOUND;
    if (!(*letter = find_letter(volume))) return VSS_E_OBJECT_NOT_FOUND;
    /* two drives may have the same volume */
    if (full[1] == ':' && full[2] == '\\' && !full[3]) *letter = full[0] & ~0x20;
    root[0] = *letter;
    if (GetDriveTypeW(root) != DRIVE_FIXED) return VSS_E_VOLUME_NOT_SUPPORTED;
    for (i = 0; i + 1 < EFS_SNAPSHOT_VOLUME_SIZE && volume[i]; i++) ascii[i] = (char)volume[i];
    ascii[i] = 0;
    return S_OK;
}
