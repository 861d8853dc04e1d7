/*
 * The Unix half's calls about the $EFS of a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <string.h>
#include <unistd.h>

#include "efs/replace.h"
#include "efs/store.h"
#include "below/site.h"

void call_metadata_get(struct metadata_get_params *params)
{
    struct efs_stored stored;
    int fd = take_fd(params->fd);
    struct efs_diag diag = { 0 };
    enum efs_error err;

    params->length = 0;
    if ((err = go_below(&fd, &diag))) close(fd);
    else if (!(err = efs_stored_open_fd(&stored, fd, &diag)))
    {
        if (stored.metadata_length > params->capacity)
            err = efs_fail(&diag, EFS_ERR_INVALID, 0, "buffer is too small for the $EFS");
        else
        {
            memcpy(from_u64(params->buffer), stored.metadata, stored.metadata_length);
            params->length = stored.metadata_length;
        }
        efs_stored_close(&stored);
    }
    answer(&params->result, err, &diag);
}

void call_metadata_replace(struct metadata_replace_params *params)
{
    int fd = take_fd(params->fd);
    struct efs_diag diag = { 0 };
    enum efs_error err;
    struct site site;

    if (!(err = site_begin(&site, &fd, &diag)))
        err = efs_replace_metadata_at(fd, site_target(&site), from_u64(params->old), params->old_length,
                                      from_u64(params->new), params->new_length, &diag);
    site_close(&site);
    close(fd);
    answer(&params->result, err, &diag);
}

void call_make_empty(struct make_empty_params *params)
{
    struct site *site = from_u64(params->target);
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (!(err = site_enter(site, &diag)) && !(err = site_claim(site, &diag)))
        err = efs_make_empty(&site->target, params->directory != 0, from_u64(params->metadata), params->length, &diag);
    site_end_claim(site);
    answer(&params->result, err, &diag);
}
