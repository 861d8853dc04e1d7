/*
 * efsraw convert FILE: an encrypted file in the other of its two forms, by an import of its own export.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/session.h"
#include "efs/store.h"
#include "efs/target.h"

/* The target itself, whatever its name leads to meanwhile. */
static enum efs_error open_source(const struct efs_target *target, struct efs_stored *stored, struct stat *st,
                                  struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];
    int fd;

    if (!target->exists) return efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "open");
    fd_path(path, target->fd);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd == -1 || fstat(fd, st))
    {
        efs_fail_errno(diag, errno, 0, "open");
        if (fd != -1) close(fd);
        return diag->code;
    }
    return efs_stored_open_fd(stored, fd, diag);
}

static int run(const char *name, bool given, enum efs_form form)
{
    static const char * const names[] = { [EFS_FORM_SPLIT] = "split form", [EFS_FORM_CONTAINER] = "a container" };
    struct efs_diag diag = { 0 };
    struct efs_target target;
    struct efs_stored stored = { .fd = -1 };
    struct stat st;
    enum efs_error err = efs_target_open(&target, name, &diag);
    bool done = false;

    if (err) return report(name, &diag);
    err = open_source(&target, &stored, &st, &diag);
    if (!err && stored.directory) err = efs_fail(&diag, EFS_ERR_TYPE, 0, "a directory's form follows from its streams");
    if (!err)
    {
        if (!given) form = stored.form == EFS_FORM_SPLIT ? EFS_FORM_CONTAINER : EFS_FORM_SPLIT;
        if (stored.form != form) err = efs_convert(&target, stored.fd, form, &diag), done = !err;
    }
    if (done) (void)efs_target_keep_time(&target, &st, NULL);
    efs_stored_close(&stored);
    efs_target_close(&target);
    if (err) return report(name, &diag);
    message(name, done ? "now in %s" : "in %s already", names[form]);
    return STATUS_OK;
}

int command_convert(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "split", no_argument, NULL, 's' },
        { "container", no_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    enum efs_form form = EFS_FORM_SPLIT;
    bool given = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == 'h') return print_help(), STATUS_OK;
        if (c == '?') return STATUS_USAGE;
        if (given) return usage_error(argv[0], "one of --split and --container at most");
        given = true;
        form = c == 's' ? EFS_FORM_SPLIT : EFS_FORM_CONTAINER;
    }
    if (argc - optind != 1) return usage_error(argv[0], "one FILE is needed");
    return run(argv[optind], given, form);
}
