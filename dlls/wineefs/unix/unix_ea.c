/*
 * The Unix half's calls about extended attributes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/stat.h>

#include "efs/beside.h"
#include "efs/beside_attributes.h"

#define ENOUGH EFS_ERROR_COUNT /* ends a walk; nobody else sees it */

struct get
{
    struct eas_get_params *params;
    size_t                 length, last;
};

/* FALSE: there's no room for it. */
static bool add(struct get *get, const struct bea *ea)
{
    struct eas_get_params *params = get->params;

    if (params->buffer) return bea_add(from_u64(params->buffer), params->capacity, &get->length, &get->last, ea);
    get->length = ((get->length + 3) & ~(size_t)3) + BEA_FIXED + ea->name_length + 1 + ea->value_length;
    return true;
}

static enum efs_error take(void *context, const struct bea *ea, struct efs_diag *diag)
{
    struct get *get = context;
    struct eas_get_params *params = get->params;

    (void)diag;
    if (params->name && (ea->name_length != params->name_length
                         || strncasecmp((const char *)ea->name, from_u64(params->name), ea->name_length)))
        return EFS_OK;
    if (params->passed < params->first)
    {
        params->passed++;
        return EFS_OK;
    }
    if (params->given == params->most || !add(get, ea))
    {
        params->more = 1;
        return (enum efs_error)ENOUGH;
    }
    params->given++;
    return EFS_OK;
}

void call_eas_get(struct eas_get_params *params)
{
    struct get get = { params, params->length, params->last == UINT32_MAX ? SIZE_MAX : params->last };
    struct efs_diag diag = { 0 };
    enum efs_error err;

    take_fd(params->fd);
    params->passed = params->given = params->more = 0;
    if (!(params->kept = efs_beside_is_kept(params->fd))) return;
    err = efs_eas_list(params->fd, take, &get, &diag);
    params->length = get.length < UINT32_MAX ? (uint32_t)get.length : UINT32_MAX;
    params->last = get.last == SIZE_MAX ? UINT32_MAX : (uint32_t)get.last;
    answer(&params->result, err == (enum efs_error)ENOUGH ? EFS_OK : err, &diag);
}

/* Before anything is set: is each of them one that can be set here? */
static enum efs_error check_all(const uint8_t *list, size_t length, struct efs_diag *diag)
{
    struct bstream_fault fault = { 0 };
    const char *refused = NULL;
    struct bea ea = { 0 };
    size_t at = 0;

    while (!refused && bea_next(list, length, &at, &ea, &fault)) refused = host_ea_refused(ea.name, ea.name_length);
    if (refused) return efs_fail(diag, EFS_ERR_ACCESS, 0, refused);
    return fault.rule ? efs_fail(diag, EFS_ERR_INVALID, fault.position, fault.rule) : EFS_OK;
}

void call_eas_set(struct eas_set_params *params)
{
    const uint8_t *list = from_u64(params->list);
    struct efs_diag diag = { 0 };
    enum efs_error err;
    mode_t mode;

    take_fd(params->fd);
    if (!(params->kept = efs_beside_is_kept(params->fd)) || !list) return;
    if (!(err = check_all(list, params->length, &diag))) err = efs_eas_set(params->fd, list, params->length, &diag);
    if (err == EFS_ERR_ACCESS && diag.sys_errno == EACCES && lift_read_only(params->fd, &mode))
    {
        err = efs_eas_set(params->fd, list, params->length, &diag);
        fchmod(params->fd, mode);
    }
    answer(&params->result, err, &diag);
}
