/*
 * What is mounted in a directory, and so isn't in a snapshot of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_MOUNTS_H
#define SNAPSHOT_MOUNTS_H

#include "names.h"

/* Adds where something is mounted below the directory, an absolute path without links, relative to it. */
void mounts_add(const char *directory, struct names *names);

#endif
