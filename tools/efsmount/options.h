/*
 * What the command line of efsmount says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_OPTIONS_H
#define EFSMOUNT_OPTIONS_H

#include <stdbool.h>

#include "key_list.h"
#include "recipients.h"

enum /* exit statuses beside those of common/tool.h */
{
    STATUS_KEY = 3,  /* a key couldn't be opened: a wrong password, a damaged file */
    STATUS_BUSY = 4, /* there is a view of the tree already */
    STATUS_FUSE = 5, /* FUSE isn't there, or may not be used */
};

#define MOUNT_OPTIONS_MAX 512

struct options
{
    const char     *tree, *mountpoint; /* the same: over the tree; with status: NULL: all */
    bool            foreground, quiet, status;
    bool            guard;             /* no key, though there may be some */
    bool            read_only, others;
    unsigned int    idle;              /* seconds; 0: it stays */
    char            mount[MOUNT_OPTIONS_MAX]; /* those for the kernel and libfuse, with commas */
    struct key_list keys;
    struct recipients recipients; /* whom new files are encrypted for; no users: the first key's certificate */
};

/* -1: go on, else the exit status. */
int options_parse(struct options *options, int argc, char **argv);

#endif
