/*
 * The commands of efsraw.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_H
#define EFSRAW_H

#include "common/tool.h"

/* The main function of a program with these commands. */
int efsraw_main(const struct tool_command *commands, int argc, char **argv);

/* One per file; argv[0] is "efsraw: NAME", for messages. Each returns an exit status. */
int command_check(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_decrypt(int argc, char **argv);
int command_encrypt(int argc, char **argv);
int command_export(int argc, char **argv);
int command_import(int argc, char **argv);
int command_info(int argc, char **argv);
int command_join(int argc, char **argv);
int command_keys(int argc, char **argv);
int command_rekey(int argc, char **argv);
int command_users(int argc, char **argv);
int command_verify(int argc, char **argv);

#endif
