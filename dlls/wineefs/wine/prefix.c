/*
 * Where this process' prefix is on the host: as Wine itself leads to drive C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "prefix.h"

#include "unixcall.h"

/* The part in front of the last one of these; FALSE: there is none. */
static BOOL cut(char *path)
{
    static const char part[] = "/dosdevices/";
    SIZE_T length = (SIZE_T)lstrlenA(path), i;

    for (i = length; i-- > 0;)
        if (length - i >= sizeof(part) - 1 && !memcmp(path + i, part, sizeof(part) - 1))
        {
            path[i] = 0;
            return TRUE;
        }
    return FALSE;
}

const char *prefix_get_path(void)
{
    static char *known;
    char *path;

    if (known) return known;
    if (!(path = unixcall_get_path(L"C:\\"))) return NULL;
    if (!cut(path) || InterlockedCompareExchangePointer((void **)(void *)&known, path, NULL))
        HeapFree(GetProcessHeap(), 0, path);
    return known;
}
