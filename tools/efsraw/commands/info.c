/*
 * efsraw info FILE...: who can decrypt them, their sizes and their form.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"
#include "info.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/text.h"

void print_stream_line(const struct scan_stream *stream)
{
    fputs("stream ", stdout);
    text_utf16(stdout, stream->name, stream->name_length, TEXT_TERMINAL);
    printf(": %s, %" PRIu64 " bytes", stream->plain ? "not encrypted" : "encrypted", stream->size);
    if (stream->valid < stream->size) printf(" (%" PRIu64 " of them valid)", stream->valid);
    printf(", %" PRIu64 " stored, %" PRIu64 " segment%s", stream->stored, stream->segments,
           stream->segments == 1 ? "" : "s");
    if (!stream->plain) printf(", %" PRIu64 " block%s", stream->blocks, stream->blocks == 1 ? "" : "s");
    puts(stream->sparse ? ", sparse" : "");
}

static void print_text_field(const char *label, const struct efs_bytes *field)
{
    if (!field->data) return;
    printf("    %-16s", label);
    text_utf16(stdout, field->data, field->length, TEXT_TERMINAL);
    putchar('\n');
}

static void print_entry(const struct efs_key_entry *entry)
{
    if (entry->pki_type != EFS_PKI_CERTIFICATE)
        printf("    %-16stype %" PRIu32 " (not understood)\n", "public key", entry->pki_type);
    print_text_field("name", &entry->display);
    if (entry->sid.data)
    {
        printf("    %-16s", "SID");
        text_sid(stdout, entry->sid.data, entry->sid.length);
        putchar('\n');
    }
    if (entry->thumbprint.data)
    {
        printf("    %-16s", "thumbprint");
        text_hex(stdout, entry->thumbprint.data, entry->thumbprint.length);
        putchar('\n');
    }
    print_text_field("container", &entry->container);
    print_text_field("provider", &entry->provider);
    if (entry->flags == EFS_ENTRY_RSA)
        printf("    %-16sRSA, %" PRIu64 " bits\n", "key", (uint64_t)entry->encrypted_fek.length * 8);
    else if (entry->flags == EFS_ENTRY_AES) printf("    %-16sAES, cached from a smart card\n", "key");
    else printf("    %-16sflags 0x%" PRIx32 " (not understood)\n", "key", entry->flags);
}

static void print_list(const char *title, const struct efs_metadata *metadata, enum efs_key_list list)
{
    struct efs_key_entry entry;
    uint32_t cursor = 0, number = 0;

    printf("%s: %" PRIu32 "\n", title, metadata->count[list]);
    while (efs_metadata_next(metadata, list, &cursor, &entry))
    {
        printf("  %" PRIu32 ":\n", ++number);
        print_entry(&entry);
    }
}

static const char *form_text(const struct input *input, const struct scan *scan)
{
    if (input->joined) return ".PFILE, as on FAT and exFAT";
    if (!input->encrypted) return scan_unnamed(scan) ? "raw stream of a file" : "raw stream of a directory";
    if (input->stored.directory) return "directory";
    return efs_form_description(&input->stored);
}

void print_info_text(const struct input *input, const struct scan *scan)
{
    const struct efs_metadata *metadata = &scan->metadata;
    const struct scan_stream *unnamed = scan_unnamed(scan);
    const char *algorithm = algorithm_without_key(metadata);
    size_t i;

    text_utf8(stdout, input->name, TEXT_TERMINAL);
    printf("\nform: %s\n", form_text(input, scan));
    if (input->encrypted && input->stored.layout)
        printf("layout: %" PRIu32 " bytes in " EFS_STORE_LAYOUT "\n", input->stored.layout_length);
    printf("$EFS: %" PRIu32 " bytes, version %" PRIu32 "\n", metadata->length, metadata->version);
    if (metadata->opaque) puts("users and keys: not understood in this version of $EFS, only kept");
    else
    {
        fputs("EFS_ID: ", stdout);
        text_guid(stdout, metadata->id);
        printf("\nalgorithm: %s\n", algorithm ? algorithm : "unknown without the key");
        print_list("users", metadata, EFS_DDF);
        print_list("recovery agents", metadata, EFS_DRF);
    }
    if (unnamed) printf("plain size: %" PRIu64 "\nstored size: %" PRIu64 "\n", unnamed->size, unnamed->stored);
    printf("raw stream size: %" PRIu64 "\n", scan->length);
    for (i = 0; i < scan->count; i++) print_stream_line(&scan->streams[i]);
}

/* *any: one was shown before, from which this one is set off. */
static int show_info(const char *name, bool json, bool *any)
{
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct scan scan = { 0 };
    int status = STATUS_OK;
    enum efs_error error = input_open(&input, name, INPUT_ANY, &diag);

    if (!error) error = input.encrypted ? scan_encrypted(&scan, &input, &diag) : scan_stream(&scan, &input, &diag);
    if (error) status = report_at(input.name, input_place(&input, &diag), &diag);
    else
    {
        if (*any) puts(json ? "," : "");
        *any = true;
        if (json) print_info_json(&input, &scan);
        else print_info_text(&input, &scan);
    }
    scan_free(&scan);
    input_close(&input);
    return status;
}

int command_info(int argc, char **argv)
{
    bool json, several, any = false;
    int status = parse_json_option(argc, argv, &json);

    if (status) return status < 0 ? STATUS_OK : status;
    if (optind == argc) return usage_error(argv[0], "a FILE is needed");
    several = argc - optind > 1;
    if (json && several) puts("[");
    for (; optind < argc; optind++)
        if (show_info(argv[optind], json, &any)) status = STATUS_FAILED;
    if (json && several) puts("]");
    return status;
}
