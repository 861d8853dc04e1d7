/*
 * efsraw verify STREAM: reads all of it and says what it holds, or where it is broken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "info.h"
#include "common/text.h"

static void print_summary(const struct input *input, const struct scan *scan)
{
    const struct efs_metadata *metadata = &scan->metadata;
    size_t i;

    text_utf8(stdout, input->name, TEXT_TERMINAL);
    printf(": well-formed: %s of a %s, %" PRIu64 " bytes\n",
           input->encrypted ? "encrypted form" : input->joined ? ".PFILE" : "raw stream",
           scan_unnamed(scan) ? "file" : "directory", scan->length);
    printf("$EFS: %" PRIu32 " bytes, version %" PRIu32 ", ", metadata->length, metadata->version);
    if (metadata->opaque) puts("not understood, only kept");
    else printf("users: %" PRIu32 ", recovery agents: %" PRIu32 "\n", metadata->count[EFS_DDF],
                metadata->count[EFS_DRF]);
    for (i = 0; i < scan->count; i++) print_stream_line(&scan->streams[i]);
}

int command_verify(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct scan scan = { 0 };
    enum efs_error error;
    int status = parse_no_options(argc, argv);

    if (status) return status < 0 ? STATUS_OK : status;
    if (argc - optind != 1) return usage_error(argv[0], "one STREAM is needed");

    error = input_open(&input, argv[optind], INPUT_ANY, &diag);
    if (!error) error = scan_stream(&scan, &input, &diag);
    if (error) status = report_at(input.name, input_place(&input, &diag), &diag);
    else print_summary(&input, &scan);
    scan_free(&scan);
    input_close(&input);
    return status;
}
