/*
 * efsraw: EFS raw streams and encrypted files on Linux. The table of commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef EFSRAW_VERSION
#error "EFSRAW_VERSION comes from meson.build"
#endif

static const struct
{
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] =
{
    { "check", command_check },
    { "convert", command_convert },
    { "decrypt", command_decrypt },
    { "export", command_export },
    { "import", command_import },
    { "info", command_info },
    { "keys", command_keys },
    { "verify", command_verify },
};

/* A file that is opened must never get the number of a standard stream that the caller has closed. */
static void reserve_standard_descriptors(void)
{
    int fd;

    do fd = open("/dev/null", O_PATH | O_CLOEXEC); /* can be neither read nor written: such use fails, as it should */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) close(fd);
}

static int run_command(int argc, char **argv)
{
    static char title[64]; /* what getopt begins its messages with */
    size_t i;

    if (argc < 2)
        return usage_error("efsraw",
                           "a command is needed: info, export, import, verify, decrypt, keys, convert or check");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
    {
        print_help();
        return STATUS_OK;
    }
    if (!strcmp(argv[1], "--version"))
    {
        puts("efsraw " EFSRAW_VERSION);
        return STATUS_OK;
    }
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    {
        if (strcmp(argv[1], commands[i].name)) continue;
        snprintf(title, sizeof(title), "efsraw: %s", argv[1]);
        argv[1] = title;
        return commands[i].run(argc - 1, argv + 1);
    }
    snprintf(title, sizeof(title), "efsraw: %s", argv[1]);
    return usage_error(title, "no such command");
}

int main(int argc, char **argv)
{
    int status;

    reserve_standard_descriptors();
    setvbuf(stderr, NULL, _IOLBF, 0); /* one line, one write */
    signal(SIGPIPE, SIG_IGN);         /* a reader that went away is a failed write, and is reported */
    status = run_command(argc, argv);
    return finish_stdout(status);
}
