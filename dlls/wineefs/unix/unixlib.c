/*
 * The Unix half of wineefs: the engine behind two tables of functions.
 *
 * Plain POSIX, without a symbol of Wine's: its internal conventions differ between versions, the tables
 * and the structures of unixlib.h don't.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "efs/probe.h"
#include "efs/session.h"
#include "names.h"
#include "ranges.h"
#include "utf16.h"

typedef ntstatus (*unixlib_entry)(void *args);

static unsigned int session_flags(uint32_t drop_named)
{
    return drop_named ? EFS_SESSION_DROP_NAMED : 0;
}

static ntstatus call_export_begin(void *args)
{
    struct export_begin_params *params = args;
    struct efs_export *session = NULL;
    struct efs_diag diag = { 0 };
    enum efs_error err;

    err = efs_export_begin(&session, take_fd(params->fd), session_flags(params->drop_named), &diag);

    params->session = to_u64(session);
    params->directory = session && efs_export_is_directory(session);
    return answer(&params->result, err, &diag);
}

static ntstatus call_export_read(void *args)
{
    struct export_read_params *params = args;
    struct efs_diag diag = { 0 };
    size_t length = 0;
    struct efs_export *session = from_u64(params->session);
    enum efs_error err = efs_export_read(session, from_u64(params->buffer), params->capacity, &length, &diag);

    params->length = (uint32_t)length;
    params->best_offset = (uint32_t)efs_export_best_offset(session);
    return answer(&params->result, err, &diag);
}

static ntstatus call_export_rewind(void *args)
{
    struct session_params *params = args;

    efs_export_rewind(from_u64(params->session));
    return CALL_DONE;
}

static ntstatus call_export_free(void *args)
{
    struct session_params *params = args;

    efs_export_free(from_u64(params->session));
    return CALL_DONE;
}

static ntstatus call_target_open(void *args)
{
    struct target_open_params *params = args;
    struct efs_target *target = malloc(sizeof(*target));
    struct efs_diag diag = { 0 };
    enum efs_error err;
    struct statfs fs;
    struct stat st;

    params->target = 0;
    if (!target) err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (params->fd != -1) err = efs_target_open_fd(target, take_fd(params->fd), &diag);
    else err = efs_target_open(target, from_u64(params->path), &diag);
    if (params->fd != -1) close(params->fd);

    if (!err && fstat(target->dir_fd, &st))
    {
        err = efs_fail_errno(&diag, errno, 0, "fstat");
        efs_target_close(target);
    }
    if (err)
    {
        free(target);
        return answer(&params->result, err, &diag);
    }
    params->exists = target->exists;
    params->read_only = target->exists && !fstatfs(target->fd, &fs) && (fs.f_flags & ST_RDONLY);
    params->directory = target->directory;
    params->dir_dev = st.st_dev;
    params->dir_ino = st.st_ino;
    params->target = to_u64(target);
    return answer(&params->result, EFS_OK, &diag);
}

static ntstatus call_target_open_new(void *args)
{
    struct target_open_new_params *params = args;
    int dir_fd = names_open_if_missing(from_u64(params->dir), from_u64(params->name));
    struct efs_target *target = NULL;
    struct stat st;

    params->target = 0;
    if (dir_fd == -1) return CALL_DONE;
    if (!fstat(dir_fd, &st) && (target = malloc(sizeof(*target))) && !efs_target_open_new(target, dir_fd, from_u64(params->name), NULL))
    {
        params->dir_dev = st.st_dev;
        params->dir_ino = st.st_ino;
        params->target = to_u64(target);
        return CALL_DONE;
    }
    close(dir_fd);
    free(target);
    return CALL_DONE;
}

static ntstatus call_target_close(void *args)
{
    struct session_params *params = args;
    struct efs_target *target = from_u64(params->session);

    efs_target_close(target);
    free(target);
    return CALL_DONE;
}

static ntstatus call_import_begin(void *args)
{
    struct import_begin_params *params = args;
    struct efs_import *session = NULL;
    struct efs_diag diag = { 0 };
    enum efs_error err = efs_import_begin(&session, from_u64(params->target), params->directory != 0,
                                          session_flags(params->drop_named), &diag);

    params->session = to_u64(session);
    return answer(&params->result, err, &diag);
}

static ntstatus call_import_feed(void *args)
{
    struct import_feed_params *params = args;
    struct efs_import *session = from_u64(params->session);
    struct efs_diag diag = { 0 };

    if (params->partly && params->length) params->length = (uint32_t)efs_import_best_length(session, params->length);
    return answer(&params->result, efs_import_feed(session, from_u64(params->data), params->length, &diag), &diag);
}

static ntstatus call_import_commit(void *args)
{
    struct import_commit_params *params = args;
    struct efs_diag diag = { 0 };
    struct efs_import *session = from_u64(params->session);
    enum efs_error err = efs_import_commit(session, &diag);

    if (!err) answer(&params->judgement, efs_import_judge(session, &diag), &diag);
    return answer(&params->result, err, &diag);
}

static ntstatus call_import_free(void *args)
{
    struct session_params *params = args;

    efs_import_free(from_u64(params->session));
    return CALL_DONE;
}

static ntstatus finish_look(struct look_params *params, const struct efs_probe *look)
{
    params->encrypted = look->encrypted;
    params->directory = look->directory;
    params->data_size = look->data_size;
    return CALL_DONE;
}

static ntstatus call_look_fd(void *args)
{
    struct look_params *params = args;
    struct efs_probe look;

    efs_probe_fd(take_fd(params->fd), &look);
    close(params->fd);
    return finish_look(params, &look);
}

static ntstatus call_look_path(void *args)
{
    struct look_params *params = args;
    struct efs_probe look;

    efs_probe_at(AT_FDCWD, from_u64(params->name), &look);
    return finish_look(params, &look);
}

static bool is_ascii(const char *name)
{
    while (*name > 0) name++;
    return !*name;
}

static ntstatus call_look_entry(void *args)
{
    struct look_params *params = args;
    struct efs_probe look = { 0 };
    char name[NAME_MAX * 3 + 1];

    /* Wine set the locale when it started. Where that isn't UTF-8, it shows some names in another spelling, even an ASCII one. */
    if (!utf16_to_utf8(from_u64(params->name), params->name_units, name, sizeof(name))
        || (strcmp(nl_langinfo(CODESET), "UTF-8") && (!is_ascii(name) || faccessat(params->fd, name, F_OK, 0))))
        params->unknown_name = 1;
    else
        efs_probe_at(params->fd, name, &look);
    return finish_look(params, &look);
}

static ntstatus call_look_volume(void *args)
{
    struct fd_params *params = args;

    params->result = efs_probe_volume(take_fd(params->fd));
    close(params->fd);
    return CALL_DONE;
}

static ntstatus call_strip(void *args)
{
    struct fd_params *params = args;

    params->result = (uint32_t)efs_strip(take_fd(params->fd));
    close(params->fd);
    return CALL_DONE;
}

static ntstatus call_close_fd(void *args)
{
    struct fd_params *params = args;

    close(params->fd);
    return CALL_DONE;
}

static ntstatus call_ranges_open(void *args)
{
    struct fd_params *params = args;

    params->result = (uint32_t)ranges_open(take_fd(params->fd));
    return CALL_DONE;
}

static ntstatus call_ranges_next(void *args)
{
    struct ranges_params *params = args;

    ranges_next(params->fd, params->from, params->size, &params->start, &params->end);
    return CALL_DONE;
}

static ntstatus call_sparse_get(void *args)
{
    struct sparse_params *params = args;

    params->sparse = ranges_is_sparse(take_fd(params->fd));
    close(params->fd);
    return CALL_DONE;
}

static ntstatus call_sparse_set(void *args)
{
    struct sparse_params *params = args;

    ranges_set_sparse(take_fd(params->fd), params->sparse != 0);
    close(params->fd);
    return CALL_DONE;
}

#define EXPORTED __attribute__((visibility("default")))

/* In the order of enum unix_call. */
#define CALLS             \
    {                     \
        call_export_begin,  \
        call_export_read,   \
        call_export_rewind, \
        call_export_free,   \
        call_target_open,   \
        call_target_open_new, \
        call_target_close,  \
        call_import_begin,  \
        call_import_feed,   \
        call_import_commit, \
        call_import_free,   \
        call_look_fd,       \
        call_look_path,     \
        call_look_entry,    \
        call_look_volume,   \
        call_strip,         \
        call_close_fd,      \
        call_metadata_get,  \
        call_ranges_open,   \
        call_ranges_next,   \
        call_metadata_replace, \
        call_make_empty,    \
        call_security_get,  \
        call_security_set,  \
        call_sparse_get,    \
        call_sparse_set,    \
        call_mode_hold,     \
        call_mode_settle,   \
    }

extern const unixlib_entry __wine_unix_call_funcs[];
extern const unixlib_entry __wine_unix_call_wow64_funcs[];

EXPORTED const unixlib_entry __wine_unix_call_funcs[] = CALLS;
EXPORTED const unixlib_entry __wine_unix_call_wow64_funcs[] = CALLS;

_Static_assert(sizeof(__wine_unix_call_funcs) / sizeof(__wine_unix_call_funcs[0]) == unix_call_count,
               "the table follows enum unix_call");
