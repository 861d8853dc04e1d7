/*
 * What a signal that ends a command has to remove. SIGKILL leaves it: then it is the next run's (efs_sweep).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/cleanup.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct cleanup_file *files;

/* Nothing but calls that a handler may make; it can't run while the variables change. */
static void clean_up(int number)
{
    const struct cleanup_file *file;

    for (file = files; file; file = file->next) unlinkat(file->dir_fd, file->name, 0);
    signal(number, SIG_DFL);
    raise(number); /* when this handler is left: so the process ends by the signal, as its parent expects */
}

static void install(void)
{
    static bool done;
    struct sigaction action = { .sa_handler = clean_up }, old;
    size_t i;

    if (done) return;
    done = true;
    for (i = 0; i < SIGNALS; i++) sigaddset(&action.sa_mask, signals[i]);
    for (i = 0; i < SIGNALS; i++)
        /* What nohup, or the shell for a command in the background, has it ignore stays ignored. */
        if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_DFL) sigaction(signals[i], &action, NULL);
}

void cleanup_hold(sigset_t *before)
{
    sigset_t held;
    size_t i;

    sigemptyset(&held);
    for (i = 0; i < SIGNALS; i++) sigaddset(&held, signals[i]);
    pthread_sigmask(SIG_BLOCK, &held, before);
    install();
}

void cleanup_hold_all(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, before);
}

void cleanup_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

void cleanup_set(struct cleanup_file *file, int dir_fd, const char *name)
{
    struct cleanup_file **link = &files;

    while (*link && *link != file) link = &(*link)->next;
    if (*link) *link = file->next;
    file->dir_fd = dir_fd;
    snprintf(file->name, sizeof(file->name), "%s", name);
    file->next = NULL;
    if (!name[0]) return;
    file->next = files;
    files = file;
}
