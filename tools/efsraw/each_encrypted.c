/*
 * The files and directories that a command is to look at.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "each_encrypted.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"
#include "efs/container.h"
#include "efs/store.h"
#include "common/tree.h"

struct walk
{
    struct each_encrypted *each;
    bool                   root_seen;
};

static bool is_own(const char *name)
{
    return efs_is_stage_name(name) || efs_is_backup_name(name) || efs_is_container_name(name)
        || efs_is_rewrite_name(name);
}

static bool visit(void *context, const struct tree_entry *entry)
{
    struct walk *walk = context;
    struct each_encrypted *each = walk->each;
    bool named = !walk->root_seen;
    struct efs_diag diag = { 0 };
    enum efs_error error;
    int fd;

    walk->root_seen = true;
    if (!named && is_own(entry->name)) return false;
    fd = tree_open(entry);
    if (fd == -1) error = efs_fail_errno(&diag, errno, 0, "open");
    else error = each->visit(each->context, entry->path, fd, named, &diag);
    if (error == EFS_ERR_NOT_ENCRYPTED) each->plain++;
    if (error && (error != EFS_ERR_NOT_ENCRYPTED || (named && !each->recursive)))
    {
        progress_clear(each->progress);
        report(entry->path, &diag);
        each->failed++;
    }
    if (fd != -1) close(fd);
    progress_show(each->progress, ++each->visited);
    return each->recursive;
}

static void fail(void *context, const char *path, const char *problem, int err)
{
    struct walk *walk = context;

    walk->root_seen = true;
    walk->each->failed++;
    progress_clear(walk->each->progress);
    if (err) message(path, "%s: %s", problem, strerror(err));
    else message(path, "%s", problem);
}

void each_encrypted_walk(struct each_encrypted *each, const char *name)
{
    struct walk walk = { .each = each };
    struct tree_visitor visitor = { .context = &walk, .visit = visit, .fail = fail };

    tree_walk(name, &visitor);
    if (walk.root_seen) return;
    message(name, "neither a file nor a directory");
    each->failed++;
}
