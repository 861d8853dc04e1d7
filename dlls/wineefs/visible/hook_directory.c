/*
 * Hooks on directory listings: each entry shows its file as the other queries do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "hooks.h"
#include "streams/stream_hidden.h"
#include "view.h"
#include "within.h"

/* All classes begin alike (MS-FSCC 2.4.10 and others); where the name is depends on the class. */
#define ENTRY_NEXT        0x00
#define ENTRY_END         0x28
#define ENTRY_ALLOCATED   0x30
#define ENTRY_ATTRIBUTES  0x38
#define ENTRY_NAME_LENGTH 0x3c

/* All but FILE_NAMES_INFORMATION (MS-FSCC 2.4.33), which has nothing but names: */
#define NAMES_NAME_LENGTH 0x08
#define NAMES_NAME        0x0c

#define FLAG_RESTART 1 /* NtQueryDirectoryFileEx's SL_RESTART_SCAN */
#define FLAG_SINGLE  2 /* SL_RETURN_SINGLE_ENTRY */

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

/* Shows the first characters of a name, which isn't terminated. */
static void trace_entry(const BYTE *name, ULONG name_length, const struct view *view)
{
    WCHAR copy[64];
    ULONG length = min(name_length / sizeof(WCHAR), ARRAYSIZE(copy) - 1);

    memcpy(copy, name, length * sizeof(WCHAR));
    copy[length] = 0;
    TRACE("%s is shown as %s, %I64u bytes\n", debug_wstr(copy), view->encrypted ? "encrypted" : "sparse",
          view->directory ? 0 : view->data_size);
}

static void show_entry(HANDLE dir, int fd, BYTE *entry, const BYTE *name, ULONG name_length)
{
    struct view view;

    view_by_entry(dir, fd, (const WCHAR *)(const void *)name, name_length, &view);
    if (!view.encrypted && !view.sparse) return;
    view_show_attributes(entry + ENTRY_ATTRIBUTES, &view);
    if (view.encrypted && !view.directory) put_ulong64(entry + ENTRY_END, view.data_size);
    if (debug_is_on(DEBUG_TRACE)) trace_entry(name, name_length, &view);
}

/* Changes the entries that Wine has filled in, `length` bytes, to what the program is to see. */
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
        if (view_is_candidate(get_ulong(entry + ENTRY_ATTRIBUTES), get_ulong64(entry + ENTRY_END),
                              get_ulong64(entry + ENTRY_ALLOCATED))
            && name_length <= length - at - name_offset)
        {
            /*
             * The directory's descriptor is opened once for all entries. Most lists of plain files have no candidate
             * and need none.
             */
            if (fd == -1 && (fd = view_open_directory(dir)) == -1) return;
            show_entry(dir, fd, entry, entry + name_offset, name_length);
        }
        if (!next) break;
        at += next;
    }
    if (fd != -1) view_close_directory(fd);
}

/* The arguments of a query, by either function: it is made again where all that it found is hidden. */
struct query
{
    HANDLE           dir, event;
    void            *apc, *apc_context;
    IO_STATUS_BLOCK *io;
    void            *info;
    ULONG            length, class, flags;
    UNICODE_STRING  *mask;
    BOOL             ex;
};

static NTSTATUS run(const struct query *q, ULONG flags)
{
    if (q->ex)
        return nt_original.query_directory_ex(q->dir, q->event, q->apc, q->apc_context, q->io, q->info, q->length,
                                              q->class, flags, q->mask);
    return nt_original.query_directory(q->dir, q->event, q->apc, q->apc_context, q->io, q->info, q->length, q->class,
                                       (flags & FLAG_SINGLE) != 0, q->mask, (flags & FLAG_RESTART) != 0);
}

static BOOL is_hidden(HANDLE dir, const BYTE *name, ULONG length, ULONG_PTR known)
{
    return within_is_entry(dir, name, length, known) || (known >= length && stream_is_hidden(dir, name, length));
}

/*
 * Takes out what isn't for programs. length: bytes that Wine filled in; name_length, name: where an entry has them.
 * Returns the bytes that are left, 0 if there was nothing else.
 */
static ULONG_PTR hide_entries(HANDLE dir, BYTE *info, ULONG_PTR length, ULONG name_length, ULONG name)
{
    ULONG_PTR at = 0, before = 0;
    ULONG next;

    while (at + name <= length)
    {
        next = get_ulong(info + at);
        if (next > length - at) break;
        if (!is_hidden(dir, info + at + name, get_ulong(info + at + name_length), length - at - name))
        {
            if (!next) break;
            before = at;
            at += next;
        }
        else if (next)
        {
            /* All entries after it move: each only says how far it is to the next. */
            memmove(info + at, info + at + next, length - at - next);
            length -= next;
        }
        else if (!at) return 0;
        else
        {
            put_ulong(info + before, 0);
            return before + name + get_ulong(info + before + name_length);
        }
    }
    return length;
}

/* Takes the directory's own file out, and those that hold streams of others. FALSE: there was nothing else. */
static BOOL hide_own(const struct query *q)
{
    ULONG_PTR filled = q->io->Information < q->length ? q->io->Information : q->length, left = filled;
    ULONG name_offset = get_name_offset(q->class);

    if (q->class == CLASS_NAMES) left = hide_entries(q->dir, q->info, filled, NAMES_NAME_LENGTH, NAMES_NAME);
    else if (name_offset) left = hide_entries(q->dir, q->info, filled, ENTRY_NAME_LENGTH, name_offset);
    if (left != filled) q->io->Information = left;
    return left || !filled;
}

/*
 * Handles whose scan finds nothing but the directory's own file. Their first query has said "no such file"; all later
 * ones say "no more files".
 */
static HANDLE empty_scans[32];
LONG hooks_empty_scans;

static BOOL is_first(HANDLE dir)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(empty_scans); i++)
        if (empty_scans[i] == dir) return FALSE;
    for (i = 0; i < ARRAYSIZE(empty_scans); i++)
        if (!InterlockedCompareExchangePointer(&empty_scans[i], dir, NULL))
        {
            InterlockedIncrement(&hooks_empty_scans);
            break;
        }
    return TRUE;
}

void hooks_forget_scan(HANDLE dir)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(empty_scans); i++)
        if (dir && InterlockedCompareExchangePointer(&empty_scans[i], NULL, dir) == dir)
            InterlockedDecrement(&hooks_empty_scans);
}

/*
 * The scan has come to its end, and this call found nothing but what is hidden. Did the calls before it find something?
 * The status depends on that: a scan that finds nothing at all ends with another one than a scan that has
 * come to its end. To find out, the scan is begun anew and gone through, after which it is at its end again.
 */
static BOOL is_empty_scan(const struct query *q)
{
    union { LARGE_INTEGER align; BYTE bytes[0x1000]; } names;
    IO_STATUS_BLOCK io;
    struct query again = *q;
    ULONG flags = FLAG_RESTART;
    BOOL empty = TRUE;

    again.io = &io;
    again.info = &names;
    again.length = sizeof(names);
    again.class = CLASS_NAMES;
    for (; !run(&again, flags); flags = 0) empty = empty && !hide_own(&again);
    return empty;
}

static NTSTATUS query(const struct query *q)
{
    NTSTATUS status = run(q, q->flags);
    BOOL hidden = FALSE;

    if (!q->io || !q->info) return status;
    while ((status == STATUS_SUCCESS || status == STATUS_BUFFER_OVERFLOW) && !hide_own(q))
    {
        hidden = TRUE;
        status = run(q, q->flags & ~(ULONG)FLAG_RESTART);
    }
    if (!status) show_entries(q->dir, q->info, q->io->Information < q->length ? q->io->Information : q->length,
                              q->class);
    if (status == STATUS_NO_MORE_FILES && hidden && ((q->flags & FLAG_RESTART) || is_empty_scan(q)) && is_first(q->dir))
        status = q->io->Status = STATUS_NO_SUCH_FILE;
    return status;
}

NTSTATUS WINAPI hook_NtQueryDirectoryFile(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                          void *info, ULONG length, ULONG class, BOOLEAN single, UNICODE_STRING *mask,
                                          BOOLEAN restart)
{
    const struct query q = { dir, event, apc, apc_context, io, info, length, class,
                             (single ? FLAG_SINGLE : 0u) | (restart ? FLAG_RESTART : 0u), mask, FALSE };

    return query(&q);
}

NTSTATUS WINAPI hook_NtQueryDirectoryFileEx(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                            void *info, ULONG length, ULONG class, ULONG flags, UNICODE_STRING *mask)
{
    const struct query q = { dir, event, apc, apc_context, io, info, length, class, flags, mask, TRUE };

    return query(&q);
}
