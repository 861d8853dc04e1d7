/*
 * Threads that work for a process beside what it does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "thread.h"

#include <signal.h>

bool thread_start(pthread_t *thread, void *(*work)(void *context), void *context)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = !pthread_create(thread, NULL, work, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* ---- working ahead ---- */

void helper_begin(struct helper_thread *helper)
{
    pthread_mutex_init(&helper->lock, NULL);
    pthread_cond_init(&helper->wanted, NULL);
}

void helper_wake(struct helper_thread *helper, void *(*work)(void *context), void *context)
{
    if (!helper->running) helper->running = thread_start(&helper->thread, work, context);
    pthread_cond_signal(&helper->wanted);
}

void helper_end(struct helper_thread *helper)
{
    pthread_mutex_lock(&helper->lock);
    helper->stop = true;
    pthread_cond_signal(&helper->wanted);
    pthread_mutex_unlock(&helper->lock);
    if (helper->running) pthread_join(helper->thread, NULL);
    pthread_cond_destroy(&helper->wanted);
    pthread_mutex_destroy(&helper->lock);
}
