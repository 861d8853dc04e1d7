/*
 * efsraw export FILE STREAM: the raw stream of an encrypted file or directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <getopt.h>
#include <string.h>

#include "input.h"
#include "common/output.h"

int command_export(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct output output = OUTPUT_NONE;
    const char *blame, *source, *name;
    static const struct option options[] =
    {
        { "drop-named", no_argument, NULL, 'n' },
        { "force", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    unsigned int flags = 0, output_flags = OUTPUT_NO_TERMINAL;
    int c, status;
    size_t length = 1;
    enum efs_error error;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == 'n') flags |= EFS_SESSION_DROP_NAMED;
        else if (c == 'f') output_flags |= OUTPUT_FORCE;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 2) return usage_error(argv[0], "an encrypted FILE and the STREAM to write are needed");
    source = argv[optind];
    name = argv[optind + 1];
    if (!strcmp(source, "-"))
        return usage_error(argv[0], "the encrypted file can't be standard input; a file of that name is ./-");

    blame = source;
    error = input_open(&input, source, INPUT_ENCRYPTED, &diag);
    input.flags = flags;
    if (!error)
    {
        error = output_open(&output, name, output_flags, &input.st, 1, &diag);
        blame = output.name;
    }
    while (!error && length)
    {
        blame = input.name;
        error = input_read(&input, input.buffer, INPUT_BUFFER, &length, &diag);
        if (error) break;
        blame = output.name;
        error = output_write(&output, input.buffer, length, &diag);
    }
    if (!error) error = output_commit(&output, &diag);
    status = error ? report(blame, &diag) : STATUS_OK;
    output_close(&output);
    input_close(&input);
    return status;
}
