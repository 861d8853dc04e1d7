/*
 * The user's current key, as Windows notes it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "current_key.h"

DWORD get_current_hash(BYTE hash[HASH_SIZE])
{
    DWORD size = HASH_SIZE;

    if (RegGetValueW(HKEY_CURRENT_USER, L"Software\\Microsoft\\Windows NT\\CurrentVersion\\EFS\\CurrentKeys",
                     L"CertificateHash", RRF_RT_REG_BINARY, NULL, hash, &size) || size != HASH_SIZE)
        return ERROR_NO_USER_KEYS;
    return ERROR_SUCCESS;
}
