/*
 * The one way in which security descriptors come to files and from them.
 *
 * Wine's own way to a mode widens it: an entry for the user counts for the group, too, and no umask is looked at. So
 * the mode is set by the Unix half, and NtSetSecurityObject gets what isn't about the mode.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"

#include <winternl.h>

#include "backup/security.h"
#include "backup/stream.h"
#include "patch/originals.h"
#include "wine/debug.h"
#include "wine/native.h"
#include "wine/unixcall.h"

/* mingw-w64's headers lack them */
NTSTATUS WINAPI NtOpenProcessToken(HANDLE process, ACCESS_MASK access, HANDLE *token);
NTSTATUS WINAPI NtQueryInformationToken(HANDLE token, TOKEN_INFORMATION_CLASS class, void *info, ULONG length,
                                        ULONG *needed);
ULONG WINAPI RtlLengthSid(PSID sid);
NTSTATUS WINAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR absolute, PSECURITY_DESCRIPTOR relative, ULONG *size);

#define ALL_BUT_SACL (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)
#define USUAL_SIZE   1024

/* A self-relative one may have gaps, which would be counted for nothing: so each is taken apart first. */
static void take_apart(const SECURITY_DESCRIPTOR *descriptor, SECURITY_DESCRIPTOR *parts)
{
    const SECURITY_DESCRIPTOR_RELATIVE *relative = (const void *)descriptor;
    BYTE *base = (BYTE *)(ULONG_PTR)descriptor;

    if (!(descriptor->Control & SE_SELF_RELATIVE)) *parts = *descriptor;
    else
    {
        memset(parts, 0, sizeof(*parts));
        parts->Revision = relative->Revision;
        parts->Control = (WORD)(relative->Control & ~SE_SELF_RELATIVE);
        if (relative->Owner) parts->Owner = base + relative->Owner;
        if (relative->Group) parts->Group = base + relative->Group;
        if (relative->Dacl) parts->Dacl = (ACL *)(void *)(base + relative->Dacl);
        if (relative->Sacl) parts->Sacl = (ACL *)(void *)(base + relative->Sacl);
    }
}

DWORD security_copy(PSECURITY_DESCRIPTOR descriptor, struct blob *blob)
{
    SECURITY_DESCRIPTOR parts;
    ULONG size = 0;
    NTSTATUS status;

    take_apart(descriptor, &parts);
    status = RtlMakeSelfRelativeSD(&parts, NULL, &size);
    if (status != STATUS_BUFFER_TOO_SMALL || size > BSTREAM_SECURITY_MAX) return ERROR_INVALID_SECURITY_DESCR;
    if (blob_alloc(blob, size)) return ERROR_NOT_ENOUGH_MEMORY;
    status = RtlMakeSelfRelativeSD(&parts, blob->data, &size);
    return status || !bsecurity_is_valid(blob->data, blob->size) ? ERROR_INVALID_SECURITY_DESCR : ERROR_SUCCESS;
}

static BOOL is_denied(NTSTATUS status)
{
    return status == STATUS_ACCESS_DENIED || status == STATUS_PRIVILEGE_NOT_HELD;
}

NTSTATUS security_query(HANDLE file, SECURITY_INFORMATION information, struct blob *blob)
{
    ULONG needed = USUAL_SIZE;
    NTSTATUS status;

    do
    {
        if (blob_alloc(blob, needed)) return STATUS_NO_MEMORY;
        status = hooks_query_security(file, information, blob->data, blob->size, &needed);
    }
    while (status == STATUS_BUFFER_TOO_SMALL && needed > blob->size && needed <= BSTREAM_SECURITY_MAX);
    blob->size = needed;
    if (status) blob_free(blob);
    return status;
}

/* The descriptor that was set, or else Wine's, with an entry that says the file's mode. Empty: there is neither. */
static DWORD find_better(HANDLE file, const struct blob *wines, struct blob *better, BOOL *is_file)
{
    struct security_get_params params = { 0 };
    ULONG needed = USUAL_SIZE;
    int fd;

    do
    {
        /* The handle isn't one to a file of the host. */
        if (unixcall_get_fd(file, 0, &fd)) break;
        params.fd = fd;
        if (blob_alloc(better, needed))
        {
            unixcall_close_fd(&(struct fd_params){ fd, 0 });
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        params.descriptor = (UINT_PTR)wines->data;
        params.length = wines->size;
        params.buffer = (UINT_PTR)better->data;
        params.capacity = needed;
        unixcall_security_get(&params);
        needed = params.got;
    }
    while (needed > better->size && needed <= BSTREAM_SECURITY_MAX);
    if (params.got && params.got <= better->size) better->size = params.got;
    else blob_free(better);
    *is_file = params.is_file != 0;
    return ERROR_SUCCESS;
}

DWORD security_get_kept(HANDLE file, struct blob *kept, BOOL *is_file)
{
    static const struct blob none;

    return find_better(file, &none, kept, is_file);
}

/* Replaces Wine's descriptor by a better one, if there is any. */
static DWORD improve(HANDLE file, struct blob *blob)
{
    struct blob better = { 0 };
    BOOL is_file;
    DWORD err = find_better(file, blob, &better, &is_file);

    if (err || !better.size) return err;
    blob_free(blob);
    *blob = better;
    return ERROR_SUCCESS;
}

DWORD security_get(HANDLE file, struct blob *blob)
{
    /* Only a handle with ACCESS_SYSTEM_SECURITY may read the SACL. */
    NTSTATUS status = security_query(file, ALL_BUT_SACL | SACL_SECURITY_INFORMATION, blob);

    if (is_denied(status)) status = security_query(file, ALL_BUT_SACL, blob);
    return status ? status_to_win32(status) : improve(file, blob);
}

/* The caller's SID; 0 bytes if it isn't to be had. */
static ULONG get_user(BYTE sid[SECURITY_MAX_SID_SIZE])
{
    union { TOKEN_USER user; BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE]; } info;
    ULONG length = 0, needed;
    HANDLE token;

    if (NtOpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return 0;
    if (!NtQueryInformationToken(token, TokenUser, &info, sizeof(info), &needed))
    {
        length = RtlLengthSid(info.user.User.Sid);
        memcpy(sid, info.user.User.Sid, length);
    }
    NtClose(token);
    return length;
}

DWORD security_put(HANDLE file, const struct blob *blob, ULONG stays, struct security_set_params *params)
{
    BYTE user[SECURITY_MAX_SID_SIZE];
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    params->fd = fd;
    params->descriptor = (UINT_PTR)blob->data;
    params->length = blob->size;
    params->user = (UINT_PTR)user;
    params->user_length = get_user(user);
    params->stays = stays;
    unixcall_security_set(params);
    if (params->dropped)
        WARN("no %s for a security descriptor of %lu bytes: only its mode is kept\n",
             params->dropped == SECURITY_NO_ROOM ? "room in the file's attributes" : "attributes", blob->size);
    return unixcall_error(__func__, &params->result);
}

DWORD security_set_list(HANDLE file, const struct blob *blob)
{
    struct security_set_params params = { 0 };

    if (!native_has_right(file, WRITE_DAC)) return ERROR_ACCESS_DENIED;
    return security_put(file, blob, 0, &params);
}

/* What isn't about the mode, without the access list: Wine refuses a descriptor for entries that it doesn't know. */
static DWORD set_others(HANDLE file, const struct blob *blob)
{
    struct blob copy = { 0 };
    SECURITY_DESCRIPTOR_RELATIVE *descriptor;
    SECURITY_INFORMATION information = 0;
    NTSTATUS status = STATUS_SUCCESS;

    if (blob_alloc(&copy, blob->size)) return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(copy.data, blob->data, blob->size);
    descriptor = (void *)copy.data;
    descriptor->Control &= (WORD)~SE_DACL_PRESENT;
    descriptor->Dacl = 0;
    if (descriptor->Owner) information |= OWNER_SECURITY_INFORMATION;
    if (descriptor->Group) information |= GROUP_SECURITY_INFORMATION;
    if (descriptor->Control & SE_SACL_PRESENT)
        status = hooks_set_security(file, information | SACL_SECURITY_INFORMATION, descriptor);
    if (status || !(descriptor->Control & SE_SACL_PRESENT))
    {
        /* No SACL, no right to it, or an entry in it that Wine doesn't know: then without. */
        descriptor->Control &= (WORD)~SE_SACL_PRESENT;
        descriptor->Sacl = 0;
        status = information ? hooks_set_security(file, information, descriptor) : STATUS_SUCCESS;
    }
    blob_free(&copy);
    return status_to_win32(status);
}

DWORD security_set(HANDLE file, const struct blob *blob)
{
    BOOL has_list = ((const SECURITY_DESCRIPTOR_RELATIVE *)(const void *)blob->data)->Control & SE_DACL_PRESENT;
    DWORD err;

    if (has_list && !native_has_right(file, WRITE_DAC)) return ERROR_ACCESS_DENIED;
    if ((err = set_others(file, blob)) || !has_list) return err;
    return security_set_list(file, blob);
}
