/*
 * efsraw export FILE STREAM: the raw stream of an encrypted file or directory; or a .PFILE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "export_pfile.h"
#include "input.h"
#include "send.h"
#include "common/output.h"

static enum efs_error write_stream(struct input *input, struct output *output, bool *output_failed,
                                   struct efs_diag *diag)
{
    enum efs_error error;
    size_t length;

    if (can_send(input, diag)) return send_stream(input, output, output_failed, diag);
    do
    {
        *output_failed = false;
        if ((error = input_read(input, input->buffer, INPUT_BUFFER, &length, diag))) return error;
        *output_failed = true;
        error = output_write(output, input->buffer, length, diag);
    } while (!error && length);
    return error;
}

int command_export(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct output output = OUTPUT_NONE;
    const char *source, *name;
    bool pfile = false, output_failed = false;
    static const struct option options[] =
    {
        { "drop-named", no_argument, NULL, 'n' },
        { "force", no_argument, NULL, 'f' },
        { "pfile", no_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    unsigned int flags = 0, output_flags = OUTPUT_NO_TERMINAL;
    int c, status;
    enum efs_error error;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == 'n') flags |= EFS_SESSION_DROP_NAMED;
        else if (c == 'f') output_flags |= OUTPUT_FORCE;
        else if (c == 'p') pfile = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 2) return usage_error(argv[0], "an encrypted FILE and the STREAM to write are needed");
    source = argv[optind];
    name = argv[optind + 1];
    if (!strcmp(source, "-") && !pfile)
        return usage_error(argv[0], "the encrypted file can't be standard input; a file of that name is ./-");

    error = input_open(&input, source, pfile ? INPUT_ANY : INPUT_ENCRYPTED, &diag);
    input.flags = flags;
    if (!error)
    {
        output_failed = true;
        error = output_open(&output, name, output_flags, &input.st, 1, &diag);
    }
    if (!error) error = (pfile ? write_pfile : write_stream)(&input, &output, &output_failed, &diag);
    if (!error)
    {
        output_failed = true;
        error = output_commit(&output, &diag);
    }
    status = error ? report(output_failed ? output.name : input.name, &diag) : STATUS_OK;
    output_close(&output);
    input_close(&input);
    return status;
}
