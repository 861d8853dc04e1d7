/*
 * Named streams of an import onto NTFS-3G: each is gathered, and becomes an attribute when it is complete.
 *
 * What comes back at an export is what the writer makes of them, in the volume's order. Anything else is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "store/ntfs.h"
#include "store/staging.h"

#define PADDING_SIZE 2

struct ntfs3g_import
{
    bool     open;   /* a stream is being gathered */
    uint64_t size;   /* plain bytes of it */
    size_t   length; /* stored bytes that are there */
    char     attribute[NTFS_ATTRIBUTE_MAX];
    uint8_t  value[NTFS_VALUE_MAX];
    size_t   names_length;
    char     names[NTFS_VALUE_MAX]; /* of the streams so far, each terminated */
};

static enum efs_error refuse(struct form_import *import, uint64_t position, const char *why)
{
    return efs_fail(&import->diag, EFS_ERR_UNREPRESENTABLE, position, why);
}

static enum efs_error end_stream(struct form_import *import)
{
    struct ntfs3g_import *ntfs = import->ntfs;
    size_t size = strlen(ntfs->attribute) + 1;

    if (!ntfs->open) return EFS_OK;
    ntfs->open = false;
    if (size > sizeof(ntfs->names) - ntfs->names_length)
        return refuse(import, import->position, "NTFS-3G: too many named streams");
    memcpy(ntfs->names + ntfs->names_length, ntfs->attribute, size);
    ntfs->names_length += size;
    if (ntfs->size)
    {
        store16_le(ntfs->value + ntfs->length, (uint16_t)(ntfs->length - ntfs->size));
        ntfs->length += PADDING_SIZE;
    }
    return efs_stage_set_stream(import->stage, ntfs->attribute, ntfs->value, ntfs->length, &import->diag);
}

static enum efs_error begin_stream(struct form_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_STREAM_HEADER_MAX];
    struct ntfs3g_import *ntfs;
    enum efs_error err;
    size_t length;

    if (!import->ntfs && !(import->ntfs = calloc(1, sizeof(*import->ntfs))))
        return efs_fail(&import->diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    ntfs = import->ntfs;
    if ((err = end_stream(import))) return err;
    length = efs_raw_make_stream_header(expected, sizeof(expected), 0, event->stream.name, event->stream.name_length);
    if (!import->unnamed_seen) return refuse(import, event->position, "NTFS-3G: a named stream before the unnamed one");
    if (event->stream.plain) return refuse(import, event->position, "NTFS-3G: a named stream that isn't encrypted");
    if (event->record_length != length || memcmp(event->record, expected, length)
        || !ntfs_attribute_name(event->stream.name, event->stream.name_length, ntfs->attribute))
        return refuse(import, event->position, "NTFS-3G: a name that no attribute can have");
    ntfs->open = true;
    ntfs->size = ntfs->length = 0;
    return EFS_OK;
}

static enum efs_error take_segment(struct form_import *import, const struct efs_raw_event *event)
{
    struct ntfs3g_import *ntfs = import->ntfs;

    if (!efs_raw_is_canonical_segment(event, ntfs->size))
        return refuse(import, event->position,
                      "NTFS-3G: a named stream that isn't laid out as Windows does it for an ordinary file");
    if (event->segment.data_length > NTFS_VALUE_MAX - PADDING_SIZE - ntfs->length)
        return refuse(import, event->position, "NTFS-3G: a named stream above 65,024 bytes");
    ntfs->size += event->segment.bytes_in_stream;
    return EFS_OK;
}

enum efs_error ntfs3g_named_event(struct form_import *import, const struct efs_raw_event *event)
{
    if (event->type == EFS_RAW_STREAM) return begin_stream(import, event);
    if (event->type == EFS_RAW_SEGMENT) return take_segment(import, event);
    /* EFS_RAW_DATA: a stream has no other events */
    memcpy(import->ntfs->value + import->ntfs->length, event->data, event->data_length);
    import->ntfs->length += event->data_length;
    return EFS_OK;
}

enum efs_error ntfs3g_named_finish(struct form_import *import)
{
    enum efs_error err;
    size_t length;
    char *names;

    if (!import->ntfs) return EFS_OK;
    if ((err = end_stream(import))) return err;
    if ((err = efs_stage_list_streams(import->stage, &names, &length, &import->diag))) return err;
    if (length != import->ntfs->names_length || memcmp(names, import->ntfs->names, length))
        err = refuse(import, import->position, "NTFS-3G: named streams in another order than the volume's");
    free(names);
    return err;
}
