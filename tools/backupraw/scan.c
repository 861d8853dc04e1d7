/*
 * What a backup stream holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/scan.h"

#include <stdlib.h>
#include <string.h>

#include "backup/security.h"

const char *type_name(uint32_t id)
{
    static const char * const names[] =
    {
        [BSTREAM_DATA] = "data", [BSTREAM_EA] = "extended attributes", [BSTREAM_SECURITY] = "security descriptor",
        [BSTREAM_ALTERNATE] = "alternate stream", [BSTREAM_LINK] = "link", [BSTREAM_OBJECT_ID] = "object identifier",
        [BSTREAM_REPARSE] = "reparse point", [BSTREAM_SPARSE_BLOCK] = "sparse block",
        [BSTREAM_TXFS] = "transactional data", [BSTREAM_GHOSTED] = "ghosted extents",
    };

    return id < sizeof(names) / sizeof(names[0]) && names[id] ? names[id] : "unknown";
}

/* ---- substreams that are looked at as a whole ---- */

bool blob_is_kept(uint32_t id)
{
    return id == BSTREAM_EA || id == BSTREAM_SECURITY || id == BSTREAM_REPARSE || id == BSTREAM_OBJECT_ID;
}

enum efs_error blob_begin(struct blob *blob, const struct input *input, const struct bstream_header *header,
                          struct efs_diag *diag)
{
    blob->length = 0;
    blob->position = input->reader.position;
    /* Of the others the reader bounds the size. */
    if (header->id == BSTREAM_OBJECT_ID && header->size != BOBJECT_ID_SIZE && header->size != BOBJECT_ID_GUID)
        return efs_fail(diag, EFS_ERR_FORMAT, input->header + 8, "an object identifier has 16 or 64 bytes");
    blob->bytes = malloc(header->size ? (size_t)header->size : 1);
    return blob->bytes ? EFS_OK : efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
}

void blob_add(struct blob *blob, const struct bstream_event *event)
{
    memcpy(blob->bytes + blob->length, event->bytes, event->length);
    blob->length += event->length;
}

enum efs_error blob_check(const struct blob *blob, uint32_t id, struct efs_diag *diag)
{
    struct bstream_fault fault = { 0 };
    struct breparse reparse;
    struct bea ea;
    size_t at = 0;

    if (id == BSTREAM_EA)
        while (bea_next(blob->bytes, blob->length, &at, &ea, &fault));
    if (id == BSTREAM_REPARSE) breparse_read(blob->bytes, blob->length, &reparse, &fault);
    if (id == BSTREAM_SECURITY && !bsecurity_is_valid(blob->bytes, blob->length))
        fault.rule = "a security descriptor is self-relative, and its parts lie within it";
    return fault.rule ? efs_fail(diag, EFS_ERR_FORMAT, blob->position + fault.position, fault.rule) : EFS_OK;
}

void blob_free(struct blob *blob)
{
    free(blob->bytes);
    memset(blob, 0, sizeof(*blob));
}

/* ---- all of it ---- */

static enum efs_error add_part(struct scan *scan, const struct bstream_header *header, struct efs_diag *diag)
{
    struct part *part;

    /* doubled, from 16 on */
    if (scan->count >= 16 ? !(scan->count & (scan->count - 1)) : !scan->count)
    {
        part = realloc(scan->parts, (scan->count ? 2 * scan->count : 16) * sizeof(*part));
        if (!part) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "realloc");
        scan->parts = part;
    }
    part = &scan->parts[scan->count];
    memset(part, 0, sizeof(*part));
    part->id = header->id;
    part->attributes = header->attributes;
    part->size = header->size;
    part->name_length = header->name_size;
    if (header->name_size)
    {
        if (!(part->name = malloc(header->name_size))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        memcpy(part->name, header->name, header->name_size);
    }
    scan->count++;
    return EFS_OK;
}

/* Data, or a block of it: as BackupWrite takes it, only an empty block says where the end is, if it is before. */
static void add_content(struct content *content, const struct bstream_header *header)
{
    uint64_t end = header->offset + header->size;

    content->stored += header->size;
    if (header->attributes & BSTREAM_SPARSE || header->id == BSTREAM_SPARSE_BLOCK) content->sparse = true;
    if (header->id == BSTREAM_SPARSE_BLOCK) content->blocks++;
    if (end > content->end || (header->id == BSTREAM_SPARSE_BLOCK && !header->size)) content->end = end;
}

static enum efs_error take_header(struct scan *scan, const struct input *input, const struct bstream_header *header,
                                  struct efs_diag *diag)
{
    struct content *content = &scan->content;
    enum efs_error error;

    if (header->id != BSTREAM_SPARSE_BLOCK && (error = add_part(scan, header, diag))) return error;
    if (blob_is_kept(header->id)) return blob_begin(&scan->blobs[header->id], input, header, diag);
    if (header->id != BSTREAM_DATA && header->id != BSTREAM_ALTERNATE && header->id != BSTREAM_SPARSE_BLOCK)
        return EFS_OK;
    if (header->id == BSTREAM_ALTERNATE) scan->alternate = scan->count - 1;
    if (input->order->alternate) content = &scan->parts[scan->alternate].content;
    else scan->has_content = true;
    add_content(content, header);
    return EFS_OK;
}

enum efs_error scan_stream(struct scan *scan, struct input *input, struct efs_diag *diag)
{
    struct bstream_event event;
    enum efs_error error;
    uint32_t id = 0;
    bool end;

    memset(scan, 0, sizeof(*scan));
    while (!(error = input_next(input, &event, &end, diag)) && !end)
    {
        if (event.type == BSTREAM_BEGIN)
        {
            id = event.header.id;
            if ((error = take_header(scan, input, &event.header, diag))) return error;
        }
        else if (!blob_is_kept(id)) continue;
        else if (event.type == BSTREAM_BYTES) blob_add(&scan->blobs[id], &event);
        else if ((error = blob_check(&scan->blobs[id], id, diag))) return error;
    }
    scan->length = input->reader.position;
    return error;
}

void scan_free(struct scan *scan)
{
    size_t i;

    for (i = 0; i < scan->count; i++) free(scan->parts[i].name);
    free(scan->parts);
    for (i = 0; i < SCAN_BLOBS; i++) blob_free(&scan->blobs[i]);
    memset(scan, 0, sizeof(*scan));
}
