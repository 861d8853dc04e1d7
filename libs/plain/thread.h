/*
 * Threads that work for a process beside what it does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_THREAD_H
#define EFS_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* One that gets no signals: they are for the thread that waits for the process' end. To be joined. False: there can be
   no more. */
bool thread_start(pthread_t *thread, void *(*work)(void *context), void *context);

#endif
