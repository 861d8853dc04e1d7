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

/* A thread that works ahead for others, started when there is something to do. */
struct helper_thread
{
    pthread_mutex_t lock; /* for all here, and what the work is about */
    pthread_cond_t  wanted;
    pthread_t       thread;
    bool            running, stop;
};

void helper_begin(struct helper_thread *helper);
/* There is work. The lock held. Where no thread can be made, nobody works ahead. */
void helper_wake(struct helper_thread *helper, void *(*work)(void *context), void *context);
/* Waits until the thread has ended, which it does when it sees `stop`. Nobody else works with it any more. */
void helper_end(struct helper_thread *helper);

#endif
