/*
 * What a program creates with FILE_ATTRIBUTE_ENCRYPTED, or in an encrypted directory: encrypted, or refused.
 *
 * A handle of Wine's writes what it is given to the disk. So data access to something new and encrypted can't be had
 * here: such a file would be plain, without a word. What has no data yet can be encrypted. In a view of efsmount, which
 * encrypts what it is given, all of it can be had.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "encrypted_new.h"

#include "guard.h"
#include "hooks.h"
#include "patch/inherit.h"
#include "view.h"
#include "wine/debug.h"
#include "wine/unixcall.h"

DWORD (*encrypted_new_encrypt)(HANDLE file);

/* Only where it can be encrypted, and not by the view that it is in, which writes what it is given encrypted. */
static BOOL is_written_plain(ULONG volume)
{
    return (volume & (VOLUME_METADATA | VOLUME_VIEW)) == VOLUME_METADATA;
}

NTSTATUS encrypted_new_check(const struct encrypted_new *wanted)
{
    BOOL plain;
    HANDLE file;

    if (wanted->disposition == FILE_CREATE || wanted->disposition == FILE_OPEN_IF) return STATUS_SUCCESS;
    if (!(wanted->access & GUARD_DATA_ACCESS)) return STATUS_SUCCESS;
    if (!(file = view_open(wanted->attr, wanted->options & ~(ULONG)FILE_DELETE_ON_CLOSE))) return STATUS_SUCCESS;
    plain = is_written_plain(view_volume_by_handle(file));
    NtClose(file);
    return plain ? inherit_refuse() : STATUS_SUCCESS;
}

/* A file that is encrypted is another one than the handle's: so that is opened anew. */
static NTSTATUS open_again(const struct encrypted_new *wanted, HANDLE *file, IO_STATUS_BLOCK *io)
{
    ULONG_PTR action = io->Information;
    NTSTATUS status;

    NtClose(*file);
    *file = NULL;
    status = nt_original.create_file(file, wanted->access, wanted->attr, io, NULL, 0, wanted->sharing, FILE_OPEN,
                                     wanted->options, NULL, 0);
    if (!status) io->Information = action;
    return status;
}

static DWORD encrypt(HANDLE file, ULONG volume)
{
    return volume & VOLUME_VIEW ? view_encrypt(file)
        : encrypted_new_encrypt ? encrypted_new_encrypt(file) : ERROR_EFS_DISABLED;
}

/*
 * A plain file with data may be one that the kernel itself writes for a view, as long as somebody has it open
 * (docs/mount.md): it is when a program overwrites it. Without data it is the view's again once the last handle is
 * closed, which the kernel tells the view a little later.
 */
static DWORD encrypt_anew(const struct encrypted_new *wanted, HANDLE *file, IO_STATUS_BLOCK *io, NTSTATUS *status)
{
    LARGE_INTEGER wait = { .QuadPart = -10 * 10000 }; /* 10 ms */
    DWORD err = ERROR_SHARING_VIOLATION;
    unsigned int tries;

    for (tries = 0; err == ERROR_SHARING_VIOLATION && tries < 10; tries++)
    {
        if (tries) NtDelayExecution(FALSE, &wait);
        if ((*status = open_again(wanted, file, io))) return ERROR_SUCCESS;
        err = encrypt(*file, VOLUME_VIEW);
    }
    return err;
}

static NTSTATUS encrypt_or_fail(const struct encrypted_new *wanted, HANDLE *file, IO_STATUS_BLOCK *io, ULONG volume)
{
    NTSTATUS status = STATUS_SUCCESS;
    DWORD err = encrypt(*file, volume);

    if (err == ERROR_SHARING_VIOLATION && (volume & VOLUME_VIEW) && io->Information != IO_CREATED
        && !(wanted->options & FILE_DELETE_ON_CLOSE))
        err = encrypt_anew(wanted, file, io, &status);
    if (err) WARN("what was to be created encrypted can't be: error %lu\n", err);
    if (err == ERROR_DISK_FULL) return STATUS_DISK_FULL;
    return err ? STATUS_ACCESS_DENIED : status;
}

NTSTATUS encrypted_new_end(const struct encrypted_new *wanted, HANDLE *file, IO_STATUS_BLOCK *io)
{
    ULONG volume = io->Information == IO_OPENED ? 0 : view_volume_by_handle(*file);
    NTSTATUS status;

    if (!(volume & VOLUME_METADATA)) return STATUS_SUCCESS;
    if ((volume & VOLUME_VIEW) || (wanted->options & FILE_DIRECTORY_FILE))
        status = encrypt_or_fail(wanted, file, io, volume);
    else if ((wanted->access & GUARD_DATA_ACCESS) || (wanted->options & FILE_DELETE_ON_CLOSE))
        status = inherit_refuse();
    else if (!(status = encrypt_or_fail(wanted, file, io, volume))) return open_again(wanted, file, io);
    return status && *file ? hooks_take_back(file, wanted->attr, io, status) : status;
}
