/*
 * Names longer than MAX_PATH.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/console.h"

#include <string.h>
#include <wchar.h>

/* Beyond this Windows wants the prefix "\\?\", even for directories (MAX_PATH less an 8.3 name). */
#define PLAIN_PATH_MAX 247

/* verbatim: with a prefix, however short it is. */
static WCHAR *make_path(const WCHAR *name, bool verbatim)
{
    static const WCHAR prefix[] = L"\\\\?\\", unc_prefix[] = L"\\\\?\\UNC";
    DWORD length, size = lstrlenW(name) + 1;
    WCHAR *full = NULL, *path = NULL;

    if (!(length = GetFullPathNameW(name, 0, NULL, NULL))) return NULL;
    if (!(full = HeapAlloc(GetProcessHeap(), 0, length * sizeof(*full))) ||
        !(path = HeapAlloc(GetProcessHeap(), 0, (length + size + ARRAYSIZE(unc_prefix)) * sizeof(*path))))
    {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        goto done;
    }
    if (!(length = GetFullPathNameW(name, length, full, NULL)))
    {
        HeapFree(GetProcessHeap(), 0, path);
        path = NULL;
        goto done;
    }
    /* A short name, or one that has a prefix, is right as the user typed it. */
    if ((length <= PLAIN_PATH_MAX && !verbatim) || !wcsncmp(full, L"\\\\?\\", 4) || !wcsncmp(full, L"\\\\.\\", 4))
        memcpy(path, name, size * sizeof(*path));
    else if (full[0] == '\\' && full[1] == '\\')
    {
        lstrcpyW(path, unc_prefix);
        lstrcatW(path, full + 1);
    }
    else
    {
        lstrcpyW(path, prefix);
        lstrcatW(path, full);
    }
done:
    HeapFree(GetProcessHeap(), 0, full);
    return path;
}

WCHAR *usable_path(const WCHAR *name)
{
    return make_path(name, false);
}

WCHAR *verbatim_path(const WCHAR *name)
{
    return make_path(name, true);
}
