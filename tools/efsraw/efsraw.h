/*
 * What the commands of efsraw have in common: statuses, messages, and the table of commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_H
#define EFSRAW_H

#include "efs/error.h"

enum
{
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
};

/* One per file; argv[0] is "efsraw: NAME", for messages. Each returns an exit status. */
int command_check(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_decrypt(int argc, char **argv);
int command_export(int argc, char **argv);
int command_import(int argc, char **argv);
int command_info(int argc, char **argv);
int command_keys(int argc, char **argv);
int command_verify(int argc, char **argv);

/* ---- messages.c: everything goes to standard error, one line each ---- */

/* "efsraw: NAME: " and the rest; control characters of the name are escaped. */
__attribute__((format(printf, 2, 3))) void message(const char *name, const char *format, ...);
/* The place, the rule and the meaning of a failure of the engine's with the file `name`. Returns STATUS_FAILED. */
int report(const char *name, const struct efs_diag *diag);
/* The same where the offset isn't one in the file itself; label: what to call it. */
int report_at(const char *name, const char *label, const struct efs_diag *diag);
/* "COMMAND: " and the rest, and where to find help. Returns STATUS_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const char *command, const char *format, ...);
/* Flushes and closes what a command printed to standard output. Returns status, or STATUS_FAILED if that failed. */
int finish_stdout(int status);

/* Options of commands that have none of their own: --help alone. STATUS_OK, STATUS_USAGE, or -1 after --help. */
int parse_no_options(int argc, char **argv);
void print_help(void);

#endif
