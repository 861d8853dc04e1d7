/*
 * What a view that was killed has left in its tree: files in the open form, which get their closed one before the tree
 * is mounted again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "repair.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <syslog.h>

#include "base/io.h"
#include "common/tree.h"
#include "efs/error.h"
#include "efs/store.h"
#include "log.h"

struct repair
{
    bool complete;
};

static bool visit(void *context, const struct tree_entry *entry)
{
    struct repair *repair = context;
    struct efs_diag diag = { 0 };

    if (!S_ISREG(entry->st->st_mode)) return true;
    switch (efs_open_check(entry->fd, true, &diag))
    {
    case EFS_OPEN_NOT:
        break;
    case EFS_OPEN_CLOSED:
        log_message(LOG_INFO, "%s: a view was killed while it wrote this file: repaired", entry->path);
        break;
    case EFS_OPEN_NEEDS_KEY:
        log_message(LOG_INFO, "%s: a view was killed while it wrote this file: it can be read, and is closed when it "
                    "is written again", entry->path);
        break;
    case EFS_OPEN_RUNNING:
    case EFS_OPEN_LEFT:
        log_message(LOG_ERR, "%s: a view was killed while it wrote this file, which can't be repaired now: %s",
                    entry->path, diag.sys_errno ? strerror(diag.sys_errno) : diag.rule ? diag.rule : "it is in use");
        repair->complete = false;
        break;
    }
    return true;
}

static void fail(void *context, const char *path, const char *problem, int err)
{
    struct repair *repair = context;

    log_message(LOG_ERR, "%s: %s%s%s", path, problem, err ? ": " : "", err ? strerror(err) : "");
    /* where we may not look, no view of ours has written */
    if (err != EACCES && err != EPERM) repair->complete = false;
}

void repair_tree(int tree_fd)
{
    struct repair repair = { .complete = true };
    const struct tree_visitor visitor = { .context = &repair, .visit = visit, .fail = fail };
    char path[FD_PATH_SIZE];

    if (getxattr(fd_path(path, tree_fd), EFS_STORE_VIEW, NULL, 0) < 0) return;
    tree_walk(path, &visitor);
    if (repair.complete) (void)removexattr(path, EFS_STORE_VIEW);
}
