/*
 * What all operations share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <string.h>

long long seconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (long long)time.tv_sec;
}

struct serve *serve_of(fuse_req_t req)
{
    struct serve *serve = fuse_req_userdata(req);

    atomic_store_explicit(&serve->last, seconds_now(), memory_order_relaxed);
    return serve;
}

/* The kernel's number of a file is where its node is; only the root has one of its own. */
struct view_node *node_of(struct serve *serve, fuse_ino_t number)
{
    return number == FUSE_ROOT_ID ? view_root(serve->tree) : (struct view_node *)(uintptr_t)number;
}

fuse_ino_t number_of(struct serve *serve, struct view_node *node)
{
    return node == view_root(serve->tree) ? FUSE_ROOT_ID : (fuse_ino_t)(uintptr_t)node;
}

void fill_entry(struct serve *serve, struct view_node *node, const struct view_about *about,
                struct fuse_entry_param *entry)
{
    memset(entry, 0, sizeof(*entry));
    entry->ino = number_of(serve, node);
    entry->generation = view_generation(node);
    entry->attr = about->st;
    entry->attr_timeout = SERVE_TIMEOUT;
    entry->entry_timeout = SERVE_TIMEOUT;
}

void reply_entry(fuse_req_t req, struct serve *serve, int err, struct view_node *node, const struct view_about *about)
{
    struct fuse_entry_param entry;

    if (err)
    {
        fuse_reply_err(req, err);
        return;
    }
    fill_entry(serve, node, about, &entry);
    /* the kernel doesn't know of it: then it doesn't forget it, either */
    if (fuse_reply_entry(req, &entry)) view_forget(serve->tree, node, 1);
}
