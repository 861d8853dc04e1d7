/*
 * What is written down of a snapshot, for other processes and for those who come after a kill: a file of lines
 * NAME=VALUE in the prefix's folder, named by the snapshot's number.
 *
 * It is locked (flock) for as long as the process lives that made the snapshot, and grows only, a line at a time: what
 * has to be removed is written down before it is made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_STATE_H
#define SNAPSHOT_STATE_H

#include <limits.h>
#include <stdbool.h>

#include "vss/snapshot.h"
#include "folder.h"

#define STATE_BASES 2 /* folders beside which a tree may have been made */

struct state
{
    struct efs_snapshot snapshot;
    bool ready;            /* complete */
    char source[PATH_MAX]; /* where the drive leads */
    char bases[STATE_BASES][PATH_MAX];
    char command[EFS_SNAPSHOT_COMMAND_SIZE]; /* that made it, or was about to; "": none */
};

/* A new one: finds the snapshot a number, and writes down all there is of it. The file's locked descriptor. */
enum efs_error state_create(const struct folder *folder, struct state *state, int *fd, struct efs_diag *diag);

/* One more line. EFS_ERR_UNREPRESENTABLE: the value has a line's end in it, or is too long. */
enum efs_error state_add(int fd, const char *name, const char *value, struct efs_diag *diag);
/* The last one. */
enum efs_error state_finish(int fd, const struct efs_snapshot *snapshot, struct efs_diag *diag);

/*
 * Opens that of a number. *locked: nobody has it locked, and now it is. EFS_ERR_NOT_FOUND; EFS_ERR_ACCESS: it isn't
 * the user's own file.
 */
enum efs_error state_open(const struct folder *folder, uint32_t number, int *fd, bool *locked, struct efs_diag *diag);

/* Reads what is there. Half a file is one that isn't ready. EFS_ERR_FORMAT: it is none of ours. */
enum efs_error state_read(int fd, uint32_t number, struct state *state, struct efs_diag *diag);

/* The lowest number above `number` that has a file; 0: none. */
uint32_t state_next(const struct folder *folder, uint32_t number);

/* The name of the file; returns text. */
#define STATE_NAME_SIZE 12
const char *state_name(char text[STATE_NAME_SIZE], uint32_t number);

#endif
