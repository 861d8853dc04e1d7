/*
 * How the command line leads to one of a tool's commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/tool.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct tool *current;

void print_help(void)
{
    fputs(current->help, stdout);
}

int parse_options(int argc, char **argv, const char *letters, const struct option *options, tool_option *take,
                  void *context)
{
    int c, status;

    while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1)
    {
        if (c == 'h') return print_help(), STATUS_OK;
        if (c == '?') return STATUS_USAGE;
        if ((status = take(context, argv[0], c)) >= 0) return status;
    }
    return -1;
}

static int parse(int argc, char **argv, const struct option *options, bool *json)
{
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) == 'j') *json = true;
    if (c == -1) return STATUS_OK;
    if (c != 'h') return STATUS_USAGE;
    print_help();
    return -1;
}

int parse_no_options(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    bool json;

    return parse(argc, argv, options, &json);
}

int parse_json_option(int argc, char **argv, bool *json)
{
    static const struct option options[] =
    {
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };

    *json = false;
    return parse(argc, argv, options, json);
}

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
    const struct tool_command *command;

    if (argc < 2) return usage_error(current->name, "a command is needed: %s", current->which);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
    {
        print_help();
        return STATUS_OK;
    }
    if (!strcmp(argv[1], "--version"))
    {
        printf("%s %s\n", current->name, current->version);
        return STATUS_OK;
    }
    snprintf(title, sizeof(title), "%s: %s", current->name, argv[1]);
    for (command = current->commands; command->name; command++)
    {
        if (strcmp(argv[1], command->name)) continue;
        argv[1] = title;
        return command->run(argc - 1, argv + 1);
    }
    return usage_error(title, "no such command");
}

void tool_begin(const char *name)
{
    messages_begin(name);
    reserve_standard_descriptors();
    setvbuf(stderr, NULL, _IOLBF, 0); /* one line, one write */
    signal(SIGPIPE, SIG_IGN);         /* a reader that went away is a failed write, and is reported */
}

int tool_main(const struct tool *tool, int argc, char **argv)
{
    int status;

    current = tool;
    tool_begin(tool->name);
    status = run_command(argc, argv);
    return finish_stdout(status);
}
