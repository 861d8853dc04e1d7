/*
 * An import of a command's. Signals are held back in the engine's calls alone: between them, while its input is waited
 * for, one ends the command at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/importing.h"

#include <string.h>

/* A call has ended: the staging file may have got a name, or another one. */
static void release(struct importing *importing, const sigset_t *before)
{
    const char *name = importing->import ? efs_import_stage_name(importing->import) : "";

    if (strcmp(name, importing->temporary.name)) cleanup_set(&importing->temporary, importing->target->dir_fd, name);
    cleanup_release(before);
}

enum efs_error importing_begin(struct importing *importing, struct efs_target *target, bool directory,
                               unsigned int flags, struct efs_diag *diag)
{
    enum efs_error error;
    sigset_t before;

    importing->target = target;
    cleanup_hold(&before);
    error = efs_import_begin(&importing->import, target, directory, flags, diag);
    release(importing, &before);
    return error;
}

enum efs_error importing_feed(struct importing *importing, const void *bytes, size_t length, struct efs_diag *diag)
{
    enum efs_error error;
    sigset_t before;

    cleanup_hold(&before);
    error = efs_import_feed(importing->import, bytes, length, diag);
    release(importing, &before);
    return error;
}

enum efs_error importing_commit(struct importing *importing, struct efs_diag *diag)
{
    enum efs_error error;
    sigset_t before;

    cleanup_hold(&before);
    error = efs_import_commit(importing->import, diag);
    release(importing, &before);
    return error;
}

void importing_end(struct importing *importing)
{
    sigset_t before;

    if (!importing->import) return;
    cleanup_hold(&before);
    efs_import_free(importing->import);
    importing->import = NULL;
    release(importing, &before);
}
