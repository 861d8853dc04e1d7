/*
 * What a signal that ends a command has to remove: its temporary files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <signal.h>

/* Holds back INT, TERM, HUP and QUIT, while a name is made or changed; *before: what was held back before. */
void cleanup_hold(sigset_t *before);
void cleanup_release(const sigset_t *before);

struct cleanup_file /* zeros: none */
{
    int                  dir_fd;
    char                 name[64];
    struct cleanup_file *next;
};

/* From now on it is this name in dir_fd, which stays open as `file` does; "": none. While the signals are held. */
void cleanup_set(struct cleanup_file *file, int dir_fd, const char *name);

/* Holds back all signals in a thread that is about to be made, so that only the first one gets them. */
void cleanup_hold_all(sigset_t *before);

#endif
