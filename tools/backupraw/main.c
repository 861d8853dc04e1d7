/*
 * backupraw: the streams of BackupRead on Linux. The table of commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/backupraw.h"

#include <stddef.h>

#ifndef BACKUPRAW_VERSION
#error "BACKUPRAW_VERSION comes from meson.build"
#endif

static const struct tool_command commands[] =
{
    { "extract", command_extract },
    { "info", command_info },
    { "verify", command_verify },
    { NULL, NULL },
};

static const char help[] =
    "Usage: backupraw info [--json] STREAM\n"
    "       backupraw verify STREAM\n"
    "       backupraw extract [--data] [--force] STREAM FILE\n"
    "       backupraw --help | --version\n"
    "\n"
    "info     shows what a stream of BackupRead holds\n"
    "verify   reads such a stream to its end and checks all of it\n"
    "extract  makes a file of it: data, alternate streams, extended attributes, descriptor\n"
    "\n"
    "- stands for standard input, or output with extract --data.\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 extracted, but not all could be kept. See backupraw(1).\n";

int main(int argc, char **argv)
{
    static const struct tool backupraw =
    {
        .name = "backupraw", .version = BACKUPRAW_VERSION, .help = help, .commands = commands,
        .which = "info, verify or extract",
    };

    return tool_main(&backupraw, argc, argv);
}
