/*
 * The commands of backupraw.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUPRAW_H
#define BACKUPRAW_H

#include "common/tool.h"

/* A file was extracted, but not all of the stream could be kept. */
#define STATUS_INCOMPLETE 3

/* One per file; argv[0] is "backupraw: NAME", for messages. Each returns an exit status. */
int command_extract(int argc, char **argv);
int command_info(int argc, char **argv);
int command_verify(int argc, char **argv);

#endif
