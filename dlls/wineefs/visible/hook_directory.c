/*
 * Hooks on directory listings: each entry shows its file as the other queries do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "hooks.h"
#include "view.h"

/* All classes begin alike (MS-FSCC 2.4.10 and others); the name is where it is by class. */
#define ENTRY_NEXT        0x00
#define ENTRY_END         0x28
#define ENTRY_ATTRIBUTES  0x38
#define ENTRY_NAME_LENGTH 0x3c

static ULONG get_name_offset(ULONG class)
{
    static const struct { ULONG class, name; } offsets[] =
    {
        { CLASS_DIRECTORY, 0x40 },
        { CLASS_FULL_DIRECTORY, 0x44 },
        { CLASS_BOTH_DIRECTORY, 0x5e },
        { CLASS_ID_BOTH_DIRECTORY, 0x68 },
        { CLASS_ID_FULL_DIRECTORY, 0x50 },
        { CLASS_ID_GLOBAL_TX, 0x5c },
        { CLASS_ID_EXTD_DIRECTORY, 0x58 },
        { CLASS_ID_EXTD_BOTH, 0x72 },
    };
    unsigned int i;

    for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
        if (offsets[i].class == class) return offsets[i].name;
    return 0;
}

/* The first characters of a name that has no end of its own. */
static void trace_entry(const BYTE *name, ULONG name_length, const struct view *view)
{
    WCHAR copy[64];
    ULONG length = min(name_length / sizeof(WCHAR), ARRAYSIZE(copy) - 1);

    memcpy(copy, name, length * sizeof(WCHAR));
    copy[length] = 0;
    TRACE("%s is shown as encrypted, %I64u bytes\n", debug_wstr(copy), view->directory ? 0 : view->data_size);
}

static void show_entry(HANDLE dir, int fd, BYTE *entry, const BYTE *name, ULONG name_length)
{
    struct view view;

    if (!view_by_entry(dir, fd, (const WCHAR *)(const void *)name, name_length, &view)) return;
    view_show_attribute(entry + ENTRY_ATTRIBUTES);
    if (!view.directory) put_ulong64(entry + ENTRY_END, view.data_size);
    if (debug_is_on(DEBUG_TRACE)) trace_entry(name, name_length, &view);
}

/* length: bytes that Wine filled in */
static void show_entries(HANDLE dir, BYTE *info, ULONG_PTR length, ULONG class)
{
    ULONG name_offset = get_name_offset(class);
    ULONG_PTR at = 0;
    int fd = -1;

    if (!name_offset) return;
    while (at + name_offset <= length)
    {
        BYTE *entry = info + at;
        ULONG next = get_ulong(entry + ENTRY_NEXT), name_length = get_ulong(entry + ENTRY_NAME_LENGTH);

        /* A name that was cut off for want of room is asked for again by the program. */
        if (view_is_candidate(get_ulong(entry + ENTRY_ATTRIBUTES), get_ulong64(entry + ENTRY_END))
            && name_length <= length - at - name_offset)
        {
            /* The directory's descriptor is wanted once for all entries, and not at all for most batches of plain files. */
            if (fd == -1 && (fd = view_open_directory(dir)) == -1) return;
            show_entry(dir, fd, entry, entry + name_offset, name_length);
        }
        if (!next) break;
        at += next;
    }
    if (fd != -1) view_close_directory(fd);
}

NTSTATUS WINAPI hook_NtQueryDirectoryFile(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, void *info,
                                          ULONG length, ULONG class, BOOLEAN single, UNICODE_STRING *mask, BOOLEAN restart)
{
    NTSTATUS status = nt_original.query_directory(dir, event, apc, apc_context, io, info, length, class, single, mask, restart);

    if (!status && io && info) show_entries(dir, info, io->Information < length ? io->Information : length, class);
    return status;
}

NTSTATUS WINAPI hook_NtQueryDirectoryFileEx(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, void *info,
                                            ULONG length, ULONG class, ULONG flags, UNICODE_STRING *mask)
{
    NTSTATUS status = nt_original.query_directory_ex(dir, event, apc, apc_context, io, info, length, class, flags, mask);

    if (!status && io && info) show_entries(dir, info, io->Information < length ? io->Information : length, class);
    return status;
}
