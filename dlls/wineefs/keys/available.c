/*
 * Can files be encrypted and decrypted at all?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "available.h"

#include "libraries.h"
#include "policy.h"
#include "wine/debug.h"
#include "wine/unixcall.h"

DWORD keys_check(void)
{
    struct keys_open_params params = { 0 };

    if (!unixcall_is_available()) return ERROR_NO_EFS;
    unixcall_keys_open(&params);
    if (!params.available)
    {
        WARN("%s: files can't be encrypted or decrypted\n", params.result.rule);
        return ERROR_EFS_DISABLED;
    }
    return libraries_get() && !policy_is_off() ? ERROR_SUCCESS : ERROR_EFS_DISABLED;
}
