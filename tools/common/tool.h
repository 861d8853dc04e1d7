/*
 * What the Linux commands have in common: statuses, messages, and how the command line leads to one of a tool's
 * commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TOOL_H
#define TOOL_H

#include <getopt.h>
#include <stdbool.h>

#include "efs/error.h"

enum
{
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
};

struct tool_command
{
    const char *name;
    /* argv[0] is "TOOL: NAME", for messages. Returns an exit status. */
    int (*run)(int argc, char **argv);
};

struct tool
{
    const char                *name, *version;
    const char                *help;      /* all of it */
    const char                *which;     /* its commands, for who named none: "a, b or c" */
    const struct tool_command *commands;  /* the last one has no name */
};

/* What a tool's main function begins with: name for messages, standard descriptors, signals. */
void tool_begin(const char *name);
/* The main function of a tool with commands. */
int tool_main(const struct tool *tool, int argc, char **argv);

void print_help(void);
/*
 * All options of a command, as getopt_long has them; "help" ('h') is among them. take: gets each other one, with its
 * argument in optarg, and returns -1 to go on, else the exit status. command: argv[0]. The same is returned.
 */
typedef int tool_option(void *context, const char *command, int c);
int parse_options(int argc, char **argv, const char *letters, const struct option *options, tool_option *take,
                  void *context);
/* Options of commands that have none of their own: --help alone. STATUS_OK, STATUS_USAGE, or -1 after --help. */
int parse_no_options(int argc, char **argv);
/* Of those that have --json besides. */
int parse_json_option(int argc, char **argv, bool *json);

/* ---- messages.c: everything goes to standard error, one line each ---- */

/* The name that messages begin with; it has to stay. */
void messages_begin(const char *tool);
/* "TOOL: NAME: ", the beginning of a line; control characters of the name are escaped. */
void message_begin(const char *name);
/* The same and the rest. */
__attribute__((format(printf, 2, 3))) void message(const char *name, const char *format, ...);
/* The place, the rule and the meaning of a failure of the engine's with the file `name`. Returns STATUS_FAILED. */
int report(const char *name, const struct efs_diag *diag);
/* The same where the offset isn't one in the file itself; label: what to call it. */
int report_at(const char *name, const char *label, const struct efs_diag *diag);
/* The same behind a beginning of one's own: the place, the rule and the meaning, and the end of the line. */
void report_rest(const char *label, const struct efs_diag *diag);
/* "COMMAND: " and the rest, and where to find help. Returns STATUS_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const char *command, const char *format, ...);
/* Flushes and closes what a command printed to standard output. Returns status, or STATUS_FAILED if that failed. */
int finish_stdout(int status);

#endif
