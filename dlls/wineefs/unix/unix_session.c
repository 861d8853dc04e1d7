/*
 * The Unix half's calls of exports and imports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <unistd.h>

#include "efs/session.h"
#include "efs/target.h"

static unsigned int session_flags(uint32_t drop_named)
{
    return drop_named ? EFS_SESSION_DROP_NAMED : 0;
}

void call_export_begin(struct export_begin_params *params)
{
    struct efs_export *session = NULL;
    struct efs_diag diag = { 0 };
    int fd = take_fd(params->fd);
    enum efs_error err;

    if (!(err = go_below(&fd, &diag))) err = efs_export_begin(&session, fd, session_flags(params->drop_named), &diag);
    else close(fd);

    params->session = to_u64(session);
    params->directory = session && efs_export_is_directory(session);
    answer(&params->result, err, &diag);
}

void call_export_read(struct export_read_params *params)
{
    struct efs_diag diag = { 0 };
    size_t length = 0;
    struct efs_export *session = from_u64(params->session);
    enum efs_error err = efs_export_read(session, from_u64(params->buffer), params->capacity, &length, &diag);

    params->length = (uint32_t)length;
    params->best_offset = (uint32_t)efs_export_best_offset(session);
    answer(&params->result, err, &diag);
}

void call_export_rewind(struct session_params *params)
{
    efs_export_rewind(from_u64(params->session));
}

void call_export_free(struct session_params *params)
{
    efs_export_free(from_u64(params->session));
}

void call_import_begin(struct import_begin_params *params)
{
    struct efs_import *session = NULL;
    struct efs_diag diag = { 0 };
    struct efs_target *target = from_u64(params->target);
    enum efs_error err = go_below_to_make(target, &diag);

    if (!err)
        err = efs_import_begin(&session, target, params->directory != 0, session_flags(params->drop_named), &diag);

    /* A restore begins with it, in this directory: what a killed one has left there goes. */
    if (!err && target->exists && target->directory) efs_sweep(target->fd);
    params->session = to_u64(session);
    answer(&params->result, err, &diag);
}

void call_import_feed(struct import_feed_params *params)
{
    struct efs_import *session = from_u64(params->session);
    struct efs_diag diag = { 0 };

    if (params->partly && params->length) params->length = (uint32_t)efs_import_best_length(session, params->length);
    answer(&params->result, efs_import_feed(session, from_u64(params->data), params->length, &diag), &diag);
}

void call_import_commit(struct import_commit_params *params)
{
    struct efs_diag diag = { 0 };
    struct efs_import *session = from_u64(params->session);
    enum efs_error err = efs_import_commit(session, &diag);

    if (!err) answer(&params->judgement, efs_import_judge(session, &diag), &diag);
    answer(&params->result, err, &diag);
}

void call_import_free(struct session_params *params)
{
    efs_import_free(from_u64(params->session));
}
