/*
 * What vssapi.dll asks for: shadow copies, by way of the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "vss/requests.h"

#include "wine/debug.h"
#include "wine/prefix.h"
#include "wine/settings.h"
#include "wine/unixcall.h"

static const char *get_prefix(void)
{
    return unixcall_is_available() ? prefix_get_path() : NULL;
}

DWORD __cdecl wineefs_snapshot_choice(void)
{
    return get_prefix() ? settings_vss() : EFS_SNAPSHOT_OFF;
}

DWORD __cdecl wineefs_snapshot_lock(int *lock)
{
    struct snapshot_lock_params params = { 0 };

    *lock = -1;
    if (!(params.prefix = (UINT_PTR)get_prefix())) return ERROR_NO_EFS;
    unixcall_snapshot_lock(&params);
    if (params.result.error == EFS_ERR_EXISTS) return ERROR_FILE_EXISTS;
    *lock = params.fd;
    return unixcall_error(__func__, &params.result);
}

/* What isn't the snapshot that it's taken for is said in any case. */
static void tell(const struct efs_snapshot *snapshot)
{
    if (snapshot->kind == EFS_SNAPSHOT_LIVE || snapshot->kind == EFS_SNAPSHOT_REFLINK || snapshot->partial)
        ERR("VSS of drive %c: %s\n", (char)snapshot->drive, snapshot->note);
    else WARN("VSS of drive %c: %s\n", (char)snapshot->drive, snapshot->note);
}

DWORD __cdecl wineefs_snapshot_make(struct efs_snapshot *snapshot, int *held)
{
    struct snapshot_make_params params = { 0 };
    char command[EFS_SNAPSHOT_COMMAND_SIZE];
    DWORD err;

    *held = -1;
    if (!(params.prefix = (UINT_PTR)get_prefix())) return ERROR_NO_EFS;
    params.choice = settings_vss();
    if (params.choice == EFS_SNAPSHOT_OFF) return ERROR_NOT_SUPPORTED;
    if (settings_snapshot_command(command)) params.command = (UINT_PTR)command;
    params.snapshot = (UINT_PTR)snapshot;
    unixcall_snapshot_make(&params);
    if ((err = unixcall_error(__func__, &params.result)))
    {
        ERR("VSS of drive %c: no shadow copy: %s\n", (char)snapshot->drive, params.result.rule);
        return err;
    }
    *held = params.held;
    tell(snapshot);
    return ERROR_SUCCESS;
}

BOOL __cdecl wineefs_snapshot_next(DWORD number, struct efs_snapshot *snapshot)
{
    struct snapshot_next_params params = { 0 };

    if (!(params.prefix = (UINT_PTR)get_prefix())) return FALSE;
    params.snapshot = (UINT_PTR)snapshot;
    params.number = number;
    unixcall_snapshot_next(&params);
    return params.found != 0;
}

DWORD __cdecl wineefs_snapshot_delete(DWORD number)
{
    struct snapshot_delete_params params = { 0 };

    if (!(params.prefix = (UINT_PTR)get_prefix())) return ERROR_NO_EFS;
    params.number = number;
    unixcall_snapshot_delete(&params);
    return unixcall_error(__func__, &params.result);
}

void __cdecl wineefs_snapshot_reap(void)
{
    struct snapshot_delete_params params = { 0 };

    if (!(params.prefix = (UINT_PTR)get_prefix())) return;
    unixcall_snapshot_reap(&params);
    unixcall_error(__func__, &params.result);
}

void __cdecl wineefs_snapshot_close(int fd)
{
    struct fd_params params = { fd, 0 };

    if (fd != -1 && unixcall_is_available()) unixcall_close_fd(&params);
}
