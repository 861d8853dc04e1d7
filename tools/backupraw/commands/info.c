/*
 * backupraw info STREAM: what a stream of BackupRead holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/backupraw.h"
#include "backupraw/commands/info.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "backup/security.h"
#include "common/text.h"

static void print_content(const struct content *content)
{
    printf(": %" PRIu64 " bytes", content->end);
    if (content->sparse)
        printf(", sparse, %" PRIu64 " stored in %" PRIu64 " block%s", content->stored, content->blocks,
               content->blocks == 1 ? "" : "s");
    putchar('\n');
}

void print_parts(const struct scan *scan)
{
    bool content = false;
    size_t i;

    for (i = 0; i < scan->count; i++)
    {
        const struct part *part = &scan->parts[i];

        fputs(type_name(part->id), stdout);
        if (part->name_length)
        {
            putchar(' ');
            text_utf16(stdout, part->name, part->name_length, TEXT_TERMINAL);
        }
        if (part->id == BSTREAM_DATA) print_content(&scan->content);
        else if (part->id == BSTREAM_ALTERNATE) print_content(&part->content);
        else printf(": %" PRIu64 " bytes\n", part->size);
        content = content || part->id == BSTREAM_DATA;
    }
    if (!scan->has_content || content) return;
    fputs("data in sparse blocks", stdout);
    print_content(&scan->content);
}

static void print_attributes(const struct blob *blob)
{
    struct bstream_fault fault;
    struct bea ea;
    size_t at = 0;

    while (bea_next(blob->bytes, blob->length, &at, &ea, &fault))
    {
        char name[BEA_NAME_MAX + 1];

        snprintf(name, sizeof(name), "%.*s", ea.name_length, (const char *)ea.name);
        fputs("attribute ", stdout);
        text_utf8(stdout, name, TEXT_TERMINAL);
        printf(": %u bytes%s\n", ea.value_length, ea.flags & BEA_NEED ? ", needed" : "");
    }
}

static void print_security(const struct blob *blob)
{
    static const char * const labels[] = { "owner", "group" };
    enum bsecurity_says says;
    const uint8_t *sid;
    size_t length;
    uint32_t mode;
    int i;

    for (i = 0; i < 2; i++)
    {
        sid = bsecurity_owner(blob->bytes, i, &length);
        if (!length) continue;
        printf("%s: ", labels[i]);
        text_sid(stdout, sid, (uint32_t)length);
        putchar('\n');
    }
    says = bsecurity_read_mode(blob->bytes, blob->length, NULL, 0, false, &mode);
    if (says == BSECURITY_NOTHING) puts("mode: no access list says one");
    else printf("mode: %s%04" PRIo32 "\n", says == BSECURITY_EXACT ? "" : "at most ", mode);
}

static void print_reparse(const struct blob *blob)
{
    struct bstream_fault fault;
    struct breparse reparse;

    breparse_read(blob->bytes, blob->length, &reparse, &fault);
    printf("reparse tag: 0x%08" PRIx32, reparse.tag);
    if (reparse.tag == BREPARSE_SYMLINK) printf(", a %ssymbolic link", reparse.relative ? "relative " : "");
    if (reparse.tag == BREPARSE_MOUNT_POINT) fputs(", a mount point", stdout);
    if (reparse.target_length)
    {
        fputs(" to ", stdout);
        text_utf16(stdout, reparse.target, (uint32_t)reparse.target_length, TEXT_TERMINAL);
    }
    putchar('\n');
}

void print_info_text(const struct input *input, const struct scan *scan)
{
    text_utf8(stdout, input->name, TEXT_TERMINAL);
    printf("\nstream size: %" PRIu64 "\n", scan->length);
    if (scan->has_content) printf("file size: %" PRIu64 "\n", scan->content.end);
    else puts("file size: no data, as of an empty file or a directory");
    print_parts(scan);
    if (scan->blobs[BSTREAM_EA].bytes) print_attributes(&scan->blobs[BSTREAM_EA]);
    if (scan->blobs[BSTREAM_SECURITY].bytes) print_security(&scan->blobs[BSTREAM_SECURITY]);
    if (scan->blobs[BSTREAM_REPARSE].bytes) print_reparse(&scan->blobs[BSTREAM_REPARSE]);
    if (scan->blobs[BSTREAM_OBJECT_ID].bytes)
    {
        fputs("object identifier: ", stdout);
        text_guid(stdout, scan->blobs[BSTREAM_OBJECT_ID].bytes);
        putchar('\n');
    }
}

int command_info(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct scan scan = { 0 };
    enum efs_error error;
    bool json;
    int status = parse_json_option(argc, argv, &json);

    if (status) return status < 0 ? STATUS_OK : status;
    if (argc - optind != 1) return usage_error(argv[0], "one STREAM is needed");

    error = input_open(&input, argv[optind], &diag);
    if (!error) error = scan_stream(&scan, &input, &diag);
    if (error) status = report(input.name, &diag);
    else if (json) print_info_json(&input, &scan);
    else print_info_text(&input, &scan);
    scan_free(&scan);
    input_close(&input);
    return status;
}
