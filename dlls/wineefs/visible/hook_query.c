/*
 * Hooks on the queries of one file: attributes and sizes of an encrypted file are those of its plaintext, and one that
 * was marked as sparse has that attribute.
 *
 * A query for any other file costs a comparison: the sizes that Wine reports tell that it is neither. By name, where
 * the class asked for has no sizes in it, one that has them is asked for in its place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ea.h"
#include "hooks.h"
#include "shadow/shadow_open.h"
#include "streams/stream_list.h"
#include "streams/stream_query.h"
#include "view.h"
#include "wine/unixcall.h"
#include "within.h"

#define NONE (-1)

#define LOWEST_ADDRESS 0x10000 /* nothing is mapped below */

/* Where a class has what we look at (MS-FSCC 2.4). */
static const struct layout
{
    ULONG class;
    int   attributes, allocated, end_of_file;
    int   directory; /* the BOOLEAN of classes without attributes */
    ULONG size;      /* of the part that has them */
} layouts[] =
{
    /* first: for the queries by name */
    { CLASS_NETWORK_OPEN, NETWORK_OPEN_ATTRIBUTES, NETWORK_OPEN_ALLOCATION, NETWORK_OPEN_END, NONE, NETWORK_OPEN_SIZE },
    { CLASS_BASIC, BASIC_ATTRIBUTES, NONE, NONE, NONE, BASIC_SIZE },
    { CLASS_STANDARD, NONE, NONE, STANDARD_END, STANDARD_DIRECTORY, STANDARD_SIZE },
    { CLASS_ALL, 0x20, 0x28, 0x30, NONE, 0x40 },
    { CLASS_STAT, 0x38, 0x28, 0x30, NONE, 0x48 },
    { CLASS_STAT_LX, 0x38, 0x28, 0x30, NONE, 0x48 },
    { CLASS_ATTRIBUTE_TAG, 0x00, NONE, NONE, NONE, 0x08 },
    { CLASS_END_OF_FILE, NONE, NONE, 0x00, NONE, END_OF_FILE_SIZE },
};

static const struct layout *find_layout(ULONG class)
{
    unsigned int i;

    for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (layouts[i].class == class) return &layouts[i];
    return NULL;
}

/* Did the call fill the block in? It did so, too, where the name at the block's end doesn't fit (an overflow). */
static inline BOOL is_filled(NTSTATUS status)
{
    return status == STATUS_SUCCESS || status == STATUS_BUFFER_OVERFLOW;
}

static BOOL is_candidate(const struct layout *layout, const BYTE *info)
{
    ULONG attributes = layout->attributes == NONE ? 0 : get_ulong(info + layout->attributes);
    ULONG64 end;

    /* Nothing of a directory but its attributes changes. */
    if (layout->directory != NONE && info[layout->directory]) return FALSE;
    if (layout->end_of_file == NONE) return TRUE;
    end = get_ulong64(info + layout->end_of_file);
    /* where there are no attributes, it doesn't matter whether it is sparse */
    return view_is_candidate(attributes, end, layout->allocated == NONE ? end : get_ulong64(info + layout->allocated));
}

static void show(const struct layout *layout, BYTE *info, const struct view *view)
{
    if (layout->attributes != NONE) view_show_attributes(info + layout->attributes, view);
    if (view->encrypted && layout->end_of_file != NONE && !view->directory)
        put_ulong64(info + layout->end_of_file, view->data_size);
}

static void network_open_to_basic(const BYTE *network_open, BYTE *basic)
{
    memcpy(basic, network_open, BASIC_TIMES_SIZE);
    put_ulong(basic + BASIC_ATTRIBUTES, get_ulong(network_open + NETWORK_OPEN_ATTRIBUTES));
}

/* A stream has all that its file has, but a size of its own. */
static void show_stream(const struct layout *layout, BYTE *info, const struct stream_query *stream)
{
    ULONG attributes;

    if (!stream->named) return;
    if (layout->end_of_file != NONE) put_ulong64(info + layout->end_of_file, stream->size);
    if (layout->allocated != NONE) put_ulong64(info + layout->allocated, stream->size);
    if (layout->attributes == NONE) return;
    attributes = get_ulong(info + layout->attributes) & ~(ULONG)FILE_ATTRIBUTE_DIRECTORY;
    put_ulong(info + layout->attributes, attributes ? attributes : FILE_ATTRIBUTE_NORMAL);
}

/* What Wine says to be a reparse point is looked at itself, and not where it leads to. */
static void look_by_name(const struct layout *layout, const BYTE *info, const OBJECT_ATTRIBUTES *attr,
                         struct view *view)
{
    if (layout->attributes != NONE && (get_ulong(info + layout->attributes) & FILE_ATTRIBUTE_REPARSE_POINT))
        view_by_opening(attr, FILE_OPEN_FOR_BACKUP_INTENT | FILE_OPEN_REPARSE_POINT, view);
    else view_by_name(attr, view);
}

static NTSTATUS query_full_attributes(const OBJECT_ATTRIBUTES *attr, void *info)
{
    const struct layout *layout = find_layout(CLASS_NETWORK_OPEN);
    struct stream_query stream;
    NTSTATUS status;
    struct view view;

    if ((status = stream_query_begin(&stream, attr))) return status;
    attr = stream.attr;
    if (within_is_named(attr)) return STATUS_OBJECT_NAME_NOT_FOUND;
    status = nt_original.query_full_attributes(attr, info);
    if (!status && is_candidate(layout, info))
    {
        look_by_name(layout, info, attr, &view);
        show(layout, info, &view);
    }
    if (!status) show_stream(layout, info, &stream);
    return status;
}

static __attribute__((noinline)) NTSTATUS query_full_attributes_in_shadow(const OBJECT_ATTRIBUTES *attr, BYTE *info)
{
    struct shadow_name shadow;
    NTSTATUS status;

    if (!shadow_query_begin(&shadow, &attr)) return query_full_attributes(attr, info);
    status = query_full_attributes(attr, info);
    shadow_query_end(&shadow, status ? NULL : info + NETWORK_OPEN_ATTRIBUTES);
    return status;
}

NTSTATUS WINAPI hook_NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info)
{
    return shadow_is_candidate(attr) ? query_full_attributes_in_shadow(attr, info) : query_full_attributes(attr, info);
}

NTSTATUS WINAPI hook_NtQueryAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info)
{
    BYTE network_open[NETWORK_OPEN_SIZE];
    NTSTATUS status;

    /* Let Wine answer where the pointer leads nowhere. */
    if ((ULONG_PTR)info < LOWEST_ADDRESS || !nt_original.query_full_attributes)
        return within_is_named(attr) ? STATUS_OBJECT_NAME_NOT_FOUND : nt_original.query_attributes(attr, info);
    /* Basic information has no size. The full query takes Wine the same work, and answers failures alike. */
    status = hook_NtQueryFullAttributesFile(attr, network_open);
    if (!status) network_open_to_basic(network_open, info);
    return status;
}

BOOL hooks_is_candidate_size(HANDLE file)
{
    BYTE end[END_OF_FILE_SIZE];
    IO_STATUS_BLOCK io;

    return !nt_original.query_information(file, &io, end, sizeof(end), CLASS_END_OF_FILE)
        && efs_is_candidate_size(get_ulong64(end));
}

/* Basic and attribute tag information have no sizes: for a file they are asked for, from the same open descriptor. */
static BOOL has_candidate_size(HANDLE file, ULONG attributes)
{
    BYTE standard[STANDARD_SIZE];
    IO_STATUS_BLOCK io;

    if (attributes & FILE_ATTRIBUTE_DIRECTORY) return TRUE;
    return !nt_original.query_information(file, &io, standard, sizeof(standard), CLASS_STANDARD)
        && view_is_candidate(0, get_ulong64(standard + STANDARD_END), get_ulong64(standard + STANDARD_ALLOCATION));
}

/* FILE_EA_INFORMATION (MS-FSCC 2.4.12) is that size alone, which FILE_ALL_INFORMATION has, too. */
static void show_ea_size(HANDLE file, BYTE *info, ULONG length, ULONG class)
{
    ULONG at = class == CLASS_ALL ? ALL_EA_SIZE : 0;

    if ((class == CLASS_EA || class == CLASS_ALL) && length >= at + sizeof(ULONG))
        put_ulong(info + at, ea_get_size(file));
}

NTSTATUS WINAPI hook_NtQueryInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    const struct layout *layout;
    struct view view;
    NTSTATUS status;

    hooks_catch_up();
    if (class == CLASS_STREAM && stream_list_query(file, io, info, length, &status)) return status;
    status = nt_original.query_information(file, io, info, length, class);
    if (is_filled(status)) show_ea_size(file, info, length, class);
    if (!is_filled(status) || !(layout = find_layout(class)) || length < layout->size) return status;
    if (shadow_marks && layout->attributes != NONE) shadow_show_attributes(file, (BYTE *)info + layout->attributes);
    if (!is_candidate(layout, info)) return status;
    if (layout->end_of_file == NONE && !has_candidate_size(file, get_ulong((BYTE *)info + layout->attributes)))
        return status;
    view_by_handle(file, &view);
    show(layout, info, &view);
    return status;
}

static NTSTATUS query_by_name(const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    const struct layout *layout;
    struct stream_query stream;
    struct view view;
    NTSTATUS status;

    if ((status = stream_query_begin(&stream, attr))) return status;
    attr = stream.attr;
    if (within_is_named(attr)) return STATUS_OBJECT_NAME_NOT_FOUND;
    status = nt_original.query_by_name(attr, io, info, length, class);
    if (!is_filled(status) || !(layout = find_layout(class)) || length < layout->size) return status;
    if (is_candidate(layout, info))
    {
        look_by_name(layout, info, attr, &view);
        show(layout, info, &view);
    }
    show_stream(layout, info, &stream);
    return status;
}

static __attribute__((noinline)) NTSTATUS query_by_name_in_shadow(const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                                                  void *info, ULONG length, ULONG class)
{
    const struct layout *layout = find_layout(class);
    struct shadow_name shadow;
    NTSTATUS status;

    if (!shadow_query_begin(&shadow, &attr)) return query_by_name(attr, io, info, length, class);
    status = query_by_name(attr, io, info, length, class);
    shadow_query_end(&shadow, is_filled(status) && layout && length >= layout->size && layout->attributes != NONE
                     ? (BYTE *)info + layout->attributes : NULL);
    return status;
}

NTSTATUS WINAPI hook_NtQueryInformationByName(const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info,
                                              ULONG length, ULONG class)
{
    return shadow_is_candidate(attr) ? query_by_name_in_shadow(attr, io, info, length, class)
        : query_by_name(attr, io, info, length, class);
}

static NTSTATUS query_volume(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    NTSTATUS status = nt_original.query_volume(file, io, info, length, class);

    hooks_catch_up();
    /* FILE_FS_ATTRIBUTE_INFORMATION (MS-FSCC 2.5.1) begins with the flags */
    if (class == CLASS_FS_ATTRIBUTE && is_filled(status) && length >= sizeof(ULONG))
    {
        ULONG volume = view_volume_by_handle(file), flags = 0;

        if (volume & VOLUME_METADATA) flags |= FILE_SUPPORTS_ENCRYPTION | FILE_SUPPORTS_SPARSE_FILES;
        if (volume & VOLUME_BESIDE) flags |= FILE_SUPPORTS_EXTENDED_ATTRIBUTES | FILE_NAMED_STREAMS;
        put_ulong(info, get_ulong(info) | flags);
    }
    return status;
}

/* A shadow copy is of the same volume as its drive. */
NTSTATUS WINAPI hook_NtQueryVolumeInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length,
                                                  ULONG class)
{
    HANDLE drive = shadow_is_marked(file) ? shadow_open_drive(file) : NULL;
    NTSTATUS status = query_volume(drive ? drive : file, io, info, length, class);

    if (drive) NtClose(drive);
    return status;
}
