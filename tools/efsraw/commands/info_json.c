/*
 * efsraw info --json: one object; its keys are documented in efsraw(1) and stay.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "info.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/text.h"

/* key: with its indentation, quotes and colon. Absent fields are null, so that every object has every key. */
static void put_text(const char *key, const struct efs_bytes *field)
{
    fputs(key, stdout);
    if (!field->data)
    {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    text_utf16(stdout, field->data, field->length, TEXT_JSON);
    putchar('"');
}

static void put_bytes(const char *key, const struct efs_bytes *field, void (*print)(FILE *, const uint8_t *, uint32_t))
{
    fputs(key, stdout);
    if (!field->data)
    {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    print(stdout, field->data, field->length);
    putchar('"');
}

static void put_entry(const struct efs_key_entry *entry)
{
    fputs("    {", stdout);
    put_text("\"name\": ", &entry->display);
    put_bytes(", \"sid\": ", &entry->sid, text_sid);
    put_bytes(", \"thumbprint\": ", &entry->thumbprint, text_hex);
    put_text(", \"container\": ", &entry->container);
    put_text(", \"provider\": ", &entry->provider);
    printf(", \"public_key_type\": %" PRIu32 ", \"flags\": %" PRIu32 ", \"encrypted_fek_bits\": %" PRIu64 "}",
           entry->pki_type, entry->flags, (uint64_t)entry->encrypted_fek.length * 8);
}

static void put_list(const char *key, const struct efs_metadata *metadata, enum efs_key_list list)
{
    struct efs_key_entry entry;
    uint32_t cursor = 0;
    const char *separator = "\n";

    printf("  \"%s\": ", key);
    if (metadata->opaque)
    {
        puts("null,");
        return;
    }
    putchar('[');
    while (efs_metadata_next(metadata, list, &cursor, &entry))
    {
        fputs(separator, stdout);
        put_entry(&entry);
        separator = ",\n";
    }
    puts("],");
}

static void put_stream(const struct scan_stream *stream)
{
    fputs("    {\"name\": \"", stdout);
    text_utf16(stdout, stream->name, stream->name_length, TEXT_JSON);
    printf("\", \"encrypted\": %s, \"sparse\": %s, \"plain\": %" PRIu64 ", \"valid\": %" PRIu64 ", \"stored\": %" PRIu64
           ", \"segments\": %" PRIu64 ", \"blocks\": %" PRIu64 "}", stream->plain ? "false" : "true",
           stream->sparse ? "true" : "false",
           stream->size, stream->valid, stream->stored, stream->segments, stream->blocks);
}

static void put_metadata(const struct efs_metadata *metadata)
{
    const char *algorithm = metadata->opaque ? NULL : algorithm_without_key(metadata);

    printf("  \"metadata\": {\"length\": %" PRIu32 ", \"version\": %" PRIu32 ", \"opaque\": %s, \"id\": ",
           metadata->length, metadata->version, metadata->opaque ? "true" : "false");
    if (metadata->opaque) fputs("null", stdout);
    else
    {
        putchar('"');
        text_guid(stdout, metadata->id);
        putchar('"');
    }
    fputs("},\n  \"algorithm\": ", stdout);
    if (algorithm) printf("\"%s\",\n", algorithm);
    else puts("null,");
}

void print_info_json(const struct input *input, const struct scan *scan)
{
    const struct scan_stream *unnamed = scan_unnamed(scan);
    const char *form = input->joined ? "pfile" : !input->encrypted ? "raw-stream"
        : input->stored.directory ? "directory" : efs_form_name(&input->stored);
    bool directory = input->encrypted ? input->stored.directory : !unnamed;
    size_t i;

    fputs("{\n  \"file\": \"", stdout);
    text_utf8(stdout, input->name, TEXT_JSON);
    printf("\",\n  \"form\": \"%s\",\n  \"directory\": %s,\n", form, directory ? "true" : "false");
    if (input->encrypted && input->stored.layout) printf("  \"layout\": %" PRIu32 ",\n", input->stored.layout_length);
    else puts("  \"layout\": null,");
    put_metadata(&scan->metadata);
    put_list("users", &scan->metadata, EFS_DDF);
    put_list("recovery_agents", &scan->metadata, EFS_DRF);
    fputs("  \"sizes\": {", stdout);
    if (unnamed) printf("\"plain\": %" PRIu64 ", \"stored\": %" PRIu64, unnamed->size, unnamed->stored);
    else fputs("\"plain\": null, \"stored\": null", stdout);
    printf(", \"stream\": %" PRIu64 "},\n  \"streams\": [", scan->length);
    for (i = 0; i < scan->count; i++)
    {
        fputs(i ? ",\n" : "\n", stdout);
        put_stream(&scan->streams[i]);
    }
    puts("]\n}");
}
