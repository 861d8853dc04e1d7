/*
 * The Unix half's calls of exports and imports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <stdlib.h>
#include <unistd.h>

#include "efs/session.h"
#include "below/site.h"

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

struct import
{
    struct efs_import *session;
    struct site      *site;
};

void call_import_begin(struct import_begin_params *params)
{
    struct import *import = malloc(sizeof(*import));
    struct efs_diag diag = { 0 };
    struct site *site = from_u64(params->target);
    struct efs_target *target = &site->target;
    enum efs_error err = import ? site_enter(site, &diag) : efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");

    if (!err)
        err = efs_import_begin(&import->session, target, params->directory != 0, session_flags(params->drop_named),
                               &diag);
    if (err)
    {
        free(import);
        import = NULL;
    }
    else
    {
        import->site = site;
        /* A restore begins with it, in this directory: what a killed one has left there goes. */
        if (target->exists && target->directory) efs_sweep(target->fd);
    }
    params->session = to_u64(import);
    answer(&params->result, err, &diag);
}

void call_import_feed(struct import_feed_params *params)
{
    struct efs_import *session = ((struct import *)from_u64(params->session))->session;
    struct efs_diag diag = { 0 };

    if (params->partly && params->length) params->length = (uint32_t)efs_import_best_length(session, params->length);
    answer(&params->result, efs_import_feed(session, from_u64(params->data), params->length, &diag), &diag);
}

void call_import_commit(struct import_commit_params *params)
{
    struct efs_diag diag = { 0 };
    struct import *import = from_u64(params->session);
    enum efs_error err = site_claim(import->site, &diag);

    if (!err) err = efs_import_commit(import->session, &diag);
    site_end_claim(import->site);
    if (!err) answer(&params->judgement, efs_import_judge(import->session, &diag), &diag);
    answer(&params->result, err, &diag);
}

void call_import_free(struct session_params *params)
{
    struct import *import = from_u64(params->session);

    if (import) efs_import_free(import->session);
    free(import);
}
