/*
 * efsraw check DIR: what in a tree is no sound encrypted file any more, and what killed imports have left.
 *
 * Whether size, $EFS and layout of a file in split form fit together needs none of its data. A container is read as an
 * export reads it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/container.h"
#include "efs/session.h"
#include "efs/store.h"
#include "common/tree.h"

#define CHECK_BUFFER   262144 /* bytes */

struct check
{
    bool     repair;
    uint64_t seen;      /* files and directories */
    uint64_t encrypted;
    uint64_t problems;  /* unsound files, and staging files that are still there */
    uint64_t removed;   /* staging files, containers of no directory, and journals whose files are whole now */
    uint64_t unread;    /* what couldn't be looked at */
};

/* sweep: tells whether a killed import has left it there, and removes it. False: it hasn't. */
static bool check_staging(struct check *check, const struct tree_entry *entry,
                          bool (*sweep)(int dir_fd, const char *name, bool remove))
{
    /* An import that is running holds it. */
    if (!sweep(entry->dir_fd, entry->name, false)) return false;
    if (check->repair && sweep(entry->dir_fd, entry->name, true))
    {
        message(entry->path, "left behind by an import that was killed: removed");
        check->removed++;
        return true;
    }
    message(entry->path, "left behind by an import that was killed%s", check->repair ? ", can't be removed" : "");
    check->problems++;
    return true;
}

static void check_journal(struct check *check, const struct tree_entry *entry)
{
    struct efs_diag diag = { 0 };

    switch (efs_rewrite_check(entry->dir_fd, entry->name, check->repair, &diag))
    {
    case EFS_REWRITE_GONE:
    case EFS_REWRITE_RUNNING:
        return;
    case EFS_REWRITE_REPAIRED:
        message(entry->path, "left behind by an import that was killed: its file is whole, this one removed");
        check->removed++;
        return;
    case EFS_REWRITE_UNNEEDED:
        message(entry->path, "left behind by an import that was killed%s", check->repair ? ", can't be removed" : "");
        break;
    case EFS_REWRITE_LOST:
        message(entry->path, "left behind by an import that was killed, "
                "but the file that it repairs isn't here, or it is somebody else's");
        break;
    case EFS_REWRITE_PENDING:
        message(entry->path, "left behind by an import that was killed while it rewrote a file%s",
                check->repair ? ", which can't be repaired" : "");
        if (check->repair) report(entry->path, &diag);
        break;
    }
    check->problems++;
}

/* What a view was writing. In the open form it is sound; it should be closed all the same. */
static void check_open(struct check *check, const struct tree_entry *entry)
{
    struct efs_diag diag = { 0 };

    switch (efs_open_check(entry->fd, check->repair, &diag))
    {
    case EFS_OPEN_NOT:
    case EFS_OPEN_RUNNING:
        return;
    case EFS_OPEN_CLOSED:
        message(entry->path, "a view was killed while it wrote this file: repaired");
        check->removed++;
        return;
    case EFS_OPEN_NEEDS_KEY:
        message(entry->path, "a view was killed while it wrote this file: one with its key can repair it");
        break;
    case EFS_OPEN_LEFT:
        message(entry->path, "a view was killed while it wrote this file%s",
                check->repair ? ", which can't be repaired" : "");
        if (check->repair) report(entry->path, &diag);
        break;
    }
    check->problems++;
}

static bool has_attribute(int fd, const char *name)
{
    return fgetxattr(fd, name, NULL, 0) >= 0;
}

static enum efs_error read_through(struct efs_export *session, struct efs_diag *diag)
{
    static uint8_t buffer[CHECK_BUFFER];
    enum efs_error err;
    size_t length;

    do err = efs_export_read(session, buffer, sizeof(buffer), &length, diag);
    while (!err && length == sizeof(buffer));
    return err;
}

static enum efs_error check_encrypted(int fd, bool directory, struct efs_diag *diag)
{
    struct efs_export *session;
    enum efs_error err = efs_export_begin(&session, dup(fd), 0, diag);

    if (err == EFS_ERR_NOT_ENCRYPTED && !directory && has_attribute(fd, EFS_STORE_LAYOUT))
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, EFS_STORE_LAYOUT " without " EFS_STORE_XATTR);
    if (err) return err;
    if (has_attribute(fd, EFS_STORE_CONTAINER)) err = read_through(session, diag);
    efs_export_free(session);
    return err;
}

static bool visit(void *context, const struct tree_entry *entry)
{
    struct check *check = context;
    struct efs_diag diag = { 0 };
    enum efs_error err;
    int fd;

    check->seen++;
    if (efs_is_stage_name(entry->name))
    {
        check_staging(check, entry, efs_sweep_one);
        return false;
    }
    if (efs_is_backup_name(entry->name) && check_staging(check, entry, efs_sweep_backup)) return false;
    /* One that is its directory's is checked as any container is. */
    if (efs_is_container_name(entry->name) && check_staging(check, entry, efs_sweep_container)) return false;
    if (efs_is_rewrite_name(entry->name))
    {
        check_journal(check, entry);
        return false;
    }
    if (check->repair && S_ISREG(entry->st->st_mode)
        && efs_rewrite_repair(entry->dir_fd, entry->fd, NULL) == EFS_REWRITE_REPAIRED)
    {
        message(entry->path, "an import was killed while it rewrote this file: repaired");
        check->removed++;
    }
    if (S_ISREG(entry->st->st_mode)) check_open(check, entry);
    fd = tree_open(entry);
    if (fd == -1)
    {
        message(entry->path, "open: %s", strerror(errno));
        check->unread++;
        return false;
    }
    err = check_encrypted(fd, S_ISDIR(entry->st->st_mode), &diag);
    close(fd);
    if (err != EFS_ERR_NOT_ENCRYPTED) check->encrypted++;
    if (err && err != EFS_ERR_NOT_ENCRYPTED)
    {
        report(entry->path, &diag);
        if (err == EFS_ERR_CORRUPT) check->problems++;
        else check->unread++;
    }
    return true;
}

static void fail(void *context, const char *path, const char *problem, int err)
{
    struct check *check = context;

    if (err) message(path, "%s: %s", problem, strerror(err));
    else message(path, "%s", problem);
    check->unread++;
}

int command_check(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "repair", no_argument, NULL, 'r' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct check check = { 0 };
    struct tree_visitor visitor = { .context = &check, .visit = visit, .fail = fail };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == 'r') check.repair = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 1) return usage_error(argv[0], "one DIR is needed");

    tree_walk(argv[optind], &visitor);
    printf("%" PRIu64 " files and directories, %" PRIu64 " of them encrypted: %" PRIu64 " problem%s", check.seen,
           check.encrypted, check.problems, check.problems == 1 ? "" : "s");
    if (check.removed) printf(", %" PRIu64 " removed", check.removed);
    if (check.unread) printf(", %" PRIu64 " not checked", check.unread);
    putchar('\n');
    return check.problems || check.unread ? STATUS_FAILED : STATUS_OK;
}
