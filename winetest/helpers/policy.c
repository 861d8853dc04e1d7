/*
 * What an administrator decides about EFS, for as long as a test wants it so.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "policy.h"

static const WCHAR policies[] = L"Software\\Policies\\Microsoft\\Windows NT\\CurrentVersion\\EFS";
static const WCHAR recovery[] = L"Software\\Policies\\Microsoft\\SystemCertificates\\EFS";

static bool set_value(const WCHAR *path, const WCHAR *name, DWORD type, const void *data, DWORD size)
{
    HKEY key;
    LONG err = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);

    if (!err)
    {
        err = RegSetValueExW(key, name, 0, type, data, size);
        RegCloseKey(key);
    }
    if (err) skip("policies can't be set: error %ld\n", err);
    return !err;
}

bool set_policy(const WCHAR *name, DWORD value)
{
    return set_value(policies, name, REG_DWORD, &value, sizeof(value));
}

bool set_recovery_policy(const BYTE *bytes, DWORD size)
{
    return set_value(recovery, L"EfsBlob", REG_BINARY, bytes, size);
}

static void delete_value(const WCHAR *path, const WCHAR *name)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, &key)) return;
    RegDeleteValueW(key, name);
    RegCloseKey(key);
}

void clear_policies(void)
{
    delete_value(policies, L"EfsConfiguration");
    delete_value(policies, L"EfsOptions");
    delete_value(recovery, L"EfsBlob");
}
