/*
 * backupraw info --json: one object; its keys are documented in backupraw(1) and stay.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/commands/info.h"

#include <inttypes.h>
#include <stdio.h>

#include "backup/security.h"
#include "common/text.h"

/* What is absent is null, so that every object has every key. */

static void put_name(const char *key, const uint8_t *name, size_t length)
{
    printf("\"%s\": ", key);
    if (!length)
    {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    text_utf16(stdout, name, (uint32_t)length, TEXT_JSON);
    putchar('"');
}

static void put_content(const struct content *content)
{
    printf("{\"size\": %" PRIu64 ", \"stored\": %" PRIu64 ", \"blocks\": %" PRIu64 ", \"sparse\": %s}", content->end,
           content->stored, content->blocks, content->sparse ? "true" : "false");
}

static void put_parts(const struct scan *scan)
{
    size_t i;

    fputs("  \"substreams\": [", stdout);
    for (i = 0; i < scan->count; i++)
    {
        const struct part *part = &scan->parts[i];

        printf("%s\n    {\"type\": %" PRIu32 ", \"kind\": \"%s\", \"attributes\": %" PRIu32 ", \"size\": %" PRIu64 ", ",
               i ? "," : "", part->id, type_name(part->id), part->attributes, part->size);
        put_name("name", part->name, part->name_length);
        fputs(", \"content\": ", stdout);
        if (part->id == BSTREAM_ALTERNATE) put_content(&part->content);
        else fputs("null", stdout);
        putchar('}');
    }
    puts("],");
}

static void put_attributes(const struct blob *blob)
{
    const char *separator = "\n";
    struct bstream_fault fault;
    struct bea ea;
    size_t at = 0;

    fputs("  \"extended_attributes\": [", stdout);
    while (blob->bytes && bea_next(blob->bytes, blob->length, &at, &ea, &fault))
    {
        char name[BEA_NAME_MAX + 1];

        snprintf(name, sizeof(name), "%.*s", ea.name_length, (const char *)ea.name);
        printf("%s    {\"name\": \"", separator);
        text_utf8(stdout, name, TEXT_JSON);
        printf("\", \"size\": %u, \"needed\": %s}", ea.value_length, ea.flags & BEA_NEED ? "true" : "false");
        separator = ",\n";
    }
    puts("],");
}

static void put_sid(const char *key, const struct blob *blob, bool group)
{
    size_t length;
    const uint8_t *sid = bsecurity_owner(blob->bytes, group, &length);

    printf("\"%s\": ", key);
    if (length)
    {
        putchar('"');
        text_sid(stdout, sid, (uint32_t)length);
        fputs("\", ", stdout);
    }
    else fputs("null, ", stdout);
}

static void put_security(const struct blob *blob)
{
    enum bsecurity_says says;
    uint32_t mode;

    fputs("  \"security\": ", stdout);
    if (!blob->bytes)
    {
        puts("null,");
        return;
    }
    printf("{\"size\": %zu, ", blob->length);
    put_sid("owner", blob, false);
    put_sid("group", blob, true);
    says = bsecurity_read_mode(blob->bytes, blob->length, NULL, 0, false, &mode);
    if (says == BSECURITY_NOTHING) puts("\"mode\": null, \"exact\": false},");
    else printf("\"mode\": \"%04" PRIo32 "\", \"exact\": %s},\n", mode, says == BSECURITY_EXACT ? "true" : "false");
}

static void put_reparse(const struct blob *blob)
{
    struct bstream_fault fault;
    struct breparse reparse;

    fputs("  \"reparse\": ", stdout);
    if (!blob->bytes)
    {
        puts("null,");
        return;
    }
    breparse_read(blob->bytes, blob->length, &reparse, &fault);
    printf("{\"tag\": \"0x%08" PRIx32 "\", \"size\": %zu, ", reparse.tag, blob->length);
    put_name("target", reparse.target, reparse.target_length);
    fputs(", ", stdout);
    put_name("shown", reparse.shown, reparse.shown_length);
    printf(", \"relative\": %s},\n", reparse.relative ? "true" : "false");
}

void print_info_json(const struct input *input, const struct scan *scan)
{
    fputs("{\n  \"file\": \"", stdout);
    text_utf8(stdout, input->name, TEXT_JSON);
    printf("\",\n  \"size\": %" PRIu64 ",\n  \"content\": ", scan->length);
    if (scan->has_content) put_content(&scan->content);
    else fputs("null", stdout);
    puts(",");
    put_parts(scan);
    put_attributes(&scan->blobs[BSTREAM_EA]);
    put_security(&scan->blobs[BSTREAM_SECURITY]);
    put_reparse(&scan->blobs[BSTREAM_REPARSE]);
    fputs("  \"object_id\": ", stdout);
    if (scan->blobs[BSTREAM_OBJECT_ID].bytes)
    {
        putchar('"');
        text_guid(stdout, scan->blobs[BSTREAM_OBJECT_ID].bytes);
        puts("\"\n}");
    }
    else puts("null\n}");
}
