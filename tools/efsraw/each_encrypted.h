/*
 * The files and directories that a command is to look at, one after the other: those that are named, or all in a tree.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_EACH_ENCRYPTED_H
#define EFSRAW_EACH_ENCRYPTED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/progress.h"
#include "efs/error.h"

struct each_encrypted
{
    void *context;
    bool  recursive; /* into directories */
    /*
     * fd: open for reading, the caller's. named: it was named, and isn't just somewhere in a tree.
     * EFS_ERR_NOT_ENCRYPTED is no failure in a tree; others are reported.
     */
    enum efs_error (*visit)(void *context, const char *path, int fd, bool named, struct efs_diag *diag);
    struct progress *progress; /* counts files and directories; NULL: none */
    uint64_t visited;
    uint64_t plain;  /* that weren't encrypted */
    uint64_t failed;
};

/* What the engine keeps beside files under names of its own is left out; no symbolic link in a tree is followed. */
void each_encrypted_walk(struct each_encrypted *each, const char *name);

#endif
