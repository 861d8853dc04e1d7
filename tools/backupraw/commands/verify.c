/*
 * backupraw verify STREAM: reads all of it and says what it holds, or where it is broken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/backupraw.h"
#include "backupraw/commands/info.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/text.h"

int command_verify(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct scan scan = { 0 };
    enum efs_error error;
    int status = parse_no_options(argc, argv);

    if (status) return status < 0 ? STATUS_OK : status;
    if (argc - optind != 1) return usage_error(argv[0], "one STREAM is needed");

    error = input_open(&input, argv[optind], &diag);
    if (!error) error = scan_stream(&scan, &input, &diag);
    if (error) status = report(input.name, &diag);
    else
    {
        text_utf8(stdout, input.name, TEXT_TERMINAL);
        printf(": well-formed: backup stream, %" PRIu64 " bytes\n", scan.length);
        print_parts(&scan);
    }
    scan_free(&scan);
    input_close(&input);
    return status;
}
