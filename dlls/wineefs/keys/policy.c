/*
 * What an administrator has decided about EFS, in the registry.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "policy.h"

#include "libraries.h"
#include "wine/debug.h"

static const WCHAR policies[] = L"Software\\Policies\\Microsoft\\Windows NT\\CurrentVersion\\EFS";
static const WCHAR settings[] = L"Software\\Microsoft\\Windows NT\\CurrentVersion\\EFS";
static const WCHAR recovery[] = L"Software\\Policies\\Microsoft\\SystemCertificates\\EFS";

#define NO_SELF_SIGNED 4 /* of EfsOptions */

/* It is larger than that of any domain; what is larger still isn't read. Bytes */
#define RECOVERY_MAX (1024 * 1024)

/* mingw-w64's headers lack it. 32-bit programs get the same policies as others. */
#ifndef RRF_SUBKEY_WOW6464KEY
#define RRF_SUBKEY_WOW6464KEY 0x10000
#endif

static DWORD get_number(const WCHAR *key, const WCHAR *value)
{
    const struct libraries *lib = libraries_get();
    DWORD number, size = sizeof(number);

    if (!lib || lib->RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL,
                                  &number, &size))
        return 0;
    return number;
}

BOOL policy_is_off(void)
{
    return get_number(policies, L"EfsConfiguration") == 1 || get_number(settings, L"EfsConfiguration") == 1;
}

BOOL policy_forbids_self_signed(void)
{
    return (get_number(policies, L"EfsOptions") & NO_SELF_SIGNED) != 0;
}

static DWORD read_blob(const struct libraries *lib, struct blob *blob, DWORD size)
{
    DWORD err = blob_alloc(blob, size);

    if (!err) err = (DWORD)lib->RegGetValueW(HKEY_LOCAL_MACHINE, recovery, L"EfsBlob",
                                             RRF_RT_REG_BINARY | RRF_SUBKEY_WOW6464KEY, NULL, blob->data, &blob->size);
    return err;
}

DWORD policy_get_agents(struct blob *blob, struct efs_recovery_policy *agents)
{
    const struct libraries *lib = libraries_get();
    struct efs_diag diag = { 0 };
    DWORD err, size = 0;

    memset(agents, 0, sizeof(*agents));
    if (!lib) return ERROR_EFS_DISABLED;
    err = (DWORD)lib->RegGetValueW(HKEY_LOCAL_MACHINE, recovery, L"EfsBlob",
                                   RRF_RT_REG_BINARY | RRF_SUBKEY_WOW6464KEY, NULL, NULL, &size);
    if (err == ERROR_FILE_NOT_FOUND) return ERROR_SUCCESS;
    /* An empty policy is what Windows writes where no agent is wanted. */
    if (!err && !size) return ERROR_SUCCESS;
    if (!err && size <= RECOVERY_MAX) err = read_blob(lib, blob, size);
    if (err == ERROR_NOT_ENOUGH_MEMORY) return err;
    if (!err && size <= RECOVERY_MAX && !efs_recovery_policy_read(agents, blob->data, blob->size, &diag))
        return ERROR_SUCCESS;
    WARN("the recovery policy can't be read: %s, error %lu\n", diag.rule ? diag.rule : "EfsBlob", err);
    memset(agents, 0, sizeof(*agents));
    return ERROR_BAD_RECOVERY_POLICY;
}
