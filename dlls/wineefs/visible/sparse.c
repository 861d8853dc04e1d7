/*
 * Which files a program has marked as sparse: Wine accepts FSCTL_SET_SPARSE and forgets it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "sparse.h"

#include <winioctl.h>

#include "hooks.h"
#include "wine/native.h"
#include "wine/unixcall.h"

#define SPARSE_RIGHTS (FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES) /* either of them, as on Windows */

BOOL sparse_get(HANDLE file)
{
    struct sparse_params params = { 0 };
    int fd;

    if (!unixcall_is_available() || unixcall_get_fd(file, 0, &fd)) return FALSE;
    params.fd = fd;
    unixcall_sparse_get(&params);
    return params.sparse != 0;
}

void sparse_set(HANDLE file, BOOL sparse)
{
    struct sparse_params params = { 0 };
    int fd;

    if (!unixcall_is_available() || !native_has_right(file, SPARSE_RIGHTS) || unixcall_get_fd(file, 0, &fd)) return;
    params.fd = fd;
    params.sparse = sparse;
    unixcall_sparse_set(&params);
}

NTSTATUS WINAPI hook_NtFsControlFile(HANDLE file, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                     ULONG code, void *in, ULONG in_length, void *out, ULONG out_length)
{
    NTSTATUS status = nt_original.fs_control(file, event, apc, apc_context, io, code, in, in_length, out, out_length);

    /* FILE_SET_SPARSE_BUFFER (MS-FSCC) is one BOOLEAN; without, it means TRUE */
    if (code == FSCTL_SET_SPARSE && !status) sparse_set(file, !in || !in_length || *(BYTE *)in);
    return status;
}
