/*
 * Opening something in a shadow copy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shadow_open.h"

#include "patch/originals.h"
#include "shadow_writes.h"
#include "vss/snapshot.h"
#include "wine/prefix.h"
#include "wine/unixcall.h"

/* Why nothing can be written there: because there's no such shadow copy, or because it is one. */
static NTSTATUS refuse(const struct shadow_name *shadow)
{
    OBJECT_ATTRIBUTES attr = shadow->attr;
    UNICODE_STRING root;
    NTSTATUS status;
    HANDLE dir;
    ULONG i;

    if (attr.RootDirectory) return STATUS_MEDIA_WRITE_PROTECTED;
    root = *attr.ObjectName;
    for (i = 4; root.Buffer[i] != '\\'; i++);
    root.Length = (USHORT)((i + 1) * sizeof(WCHAR));
    attr.ObjectName = &root;
    attr.SecurityDescriptor = NULL;
    status = hooks_open_file(&dir, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attr, SHARE_ALL,
                             FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    if (status) return status;
    NtClose(dir);
    return STATUS_MEDIA_WRITE_PROTECTED;
}

BOOL shadow_open_begin(struct shadow_open *open, NTSTATUS *status)
{
    if (!shadow_name_read(&open->name, open->attr)) return FALSE;
    open->attr = &open->name.attr;
    open->created = open->disposition == FILE_OPEN_IF;
    *status = shadow_is_write(&open->access, &open->disposition, open->options) ? refuse(&open->name) : STATUS_SUCCESS;
    return TRUE;
}

NTSTATUS shadow_open_end(struct shadow_open *open, HANDLE *file, IO_STATUS_BLOCK *io, NTSTATUS status)
{
    if (!status && !shadow_set_mark(*file, open->name.mark))
    {
        NtClose(*file);
        *file = NULL;
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && open->created) status = refuse(&open->name);
    if (status && (ULONG_PTR)io >= 0x10000)
    {
        io->Status = status;
        io->Information = 0;
    }
    shadow_name_free(&open->name);
    return status;
}

BOOL shadow_query_begin(struct shadow_name *shadow, const OBJECT_ATTRIBUTES **attr)
{
    if (!shadow_is_candidate(*attr) || !shadow_name_read(shadow, *attr)) return FALSE;
    *attr = &shadow->attr;
    return TRUE;
}

static void clear_mount_point(BYTE *attributes)
{
    ULONG value = get_ulong(attributes);

    if (value & FILE_ATTRIBUTE_DIRECTORY) put_ulong(attributes, value & ~(ULONG)FILE_ATTRIBUTE_REPARSE_POINT);
}

void shadow_query_end(struct shadow_name *shadow, BYTE *attributes)
{
    if (attributes && (shadow->mark & SHADOW_ROOT)) clear_mount_point(attributes);
    shadow_name_free(shadow);
}

void shadow_show_attributes(HANDLE file, BYTE *attributes)
{
    if (shadow_get_mark(file) & SHADOW_ROOT) clear_mount_point(attributes);
}

HANDLE shadow_open_drive(HANDLE file)
{
    struct snapshot_next_params params = { 0 };
    struct efs_snapshot snapshot;
    USHORT number = shadow_get_mark(file) & SHADOW_NUMBER;
    const char *prefix;

    if (!number || !unixcall_is_available() || !(prefix = prefix_get_path())) return NULL;
    memset(&snapshot, 0, sizeof(snapshot));
    params.prefix = (UINT_PTR)prefix;
    params.snapshot = (UINT_PTR)&snapshot;
    params.number = number - 1u;
    unixcall_snapshot_next(&params);
    if (!params.found || snapshot.number != number || snapshot.drive < 'a' || snapshot.drive > 'z') return NULL;
    return hooks_open_drive((WCHAR)snapshot.drive);
}
