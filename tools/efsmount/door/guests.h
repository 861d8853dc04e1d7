/*
 * Those who have knocked at the view's socket: what each asks for, and its answer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_GUESTS_H
#define EFSMOUNT_GUESTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "view/efs_view.h"
#include "view/tree.h"

#define GUESTS_MAX 64 /* at once; others wait in the socket's queue */

struct guest
{
    enum
    {
        GUEST_HEARING, /* it hasn't said yet what it wants */
        GUEST_WAITING, /* what it wants can't be had yet */
        GUEST_HOLDING, /* it has a claim, until it says that it's done, or goes */
    } state;
    int                     fd;    /* of the connection */
    long long               until; /* milliseconds of the monotonic clock; not of who holds something */
    long long               since; /* it waits */
    struct efs_view_request request;
    struct view_claim      *claim;
};

struct guests
{
    struct view_tree *tree;
    view_changed     *changed; /* called when something below may be another one */
    void             *context; /* its */
    struct guest      list[GUESTS_MAX];
    size_t            count;
};

/* Takes the connection over, which doesn't block; there is room for one. */
void guests_add(struct guests *guests, int fd);
/* Fills `polls`, one for each guest, and says how many milliseconds nothing happens by itself; -1: for ever. */
int guests_prepare(const struct guests *guests, struct pollfd polls[GUESTS_MAX]);
/* Does what can be done; polls: as filled, and polled. Those who have their answer go. Never waits. */
void guests_serve(struct guests *guests, const struct pollfd polls[GUESTS_MAX]);
/* All go; their claims end. */
void guests_end(struct guests *guests);

#endif
