/*
 * What programs pass to the EFS functions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "arguments.h"

WCHAR *ansi_to_wide(const char *name)
{
    UINT codepage = AreFileApisANSI() ? CP_ACP : CP_OEMCP;
    WCHAR *wide;
    int length;

    if (!name)
    {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    length = MultiByteToWideChar(codepage, 0, name, -1, NULL, 0);
    if (!length) return NULL;
    wide = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)length * sizeof(WCHAR));
    if (wide) MultiByteToWideChar(codepage, 0, name, -1, wide, length);
    else SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return wide;
}

BOOL ansi_finish(WCHAR *name, BOOL result)
{
    DWORD err = GetLastError();

    HeapFree(GetProcessHeap(), 0, name);
    if (!result) SetLastError(err);
    return result;
}
