/*
 * Whole imports, exports and looks, as efsraw, the sessions and the PE half make them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../dlls/wineefs/call/unixlib.h"
#include "efs/plain.h"
#include "efs/session.h"
#include "efs/target.h"

extern int32_t (* const __wine_unix_call_funcs[])(void *args);

static enum efs_error feed_all(struct efs_import *session, const struct build *stream)
{
    enum efs_error err = EFS_OK;
    size_t at, n;

    for (at = 0; !err && at < stream->length; at += n)
    {
        n = stream->length - at < 40000 ? stream->length - at : 40000;
        err = efs_import_feed(session, stream->data + at, n, NULL);
    }
    return err;
}

/* by_fd: as the Unix half does it for a file that Wine has opened. */
enum efs_error operation_import(const char *name, const struct build *stream, bool directory, bool by_fd)
{
    struct efs_import *session = NULL;
    struct efs_target target;
    enum efs_error err;
    int fd;

    if (by_fd)
    {
        if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) return efs_fail_errno(NULL, errno, 0, "open");
        err = efs_target_open_fd(&target, fd, NULL);
        close(fd);
    }
    else err = efs_target_open(&target, name, NULL);
    if (err) return err;
    err = efs_import_begin(&session, &target, directory, 0, NULL);
    if (!err) err = feed_all(session, stream);
    if (!err) err = efs_import_commit(session, NULL);
    efs_import_free(session);
    efs_target_close(&target);
    return err;
}

/* As efsraw writes what it decrypts, in a tree. */
enum efs_error operation_plain(const char *name)
{
    static const char text[] = "decrypted";
    const struct efs_plain_end end = { .mask = 027 };
    struct efs_stage *stage = NULL;
    struct efs_target target;
    enum efs_error err;
    int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    if ((err = efs_target_open_at(&target, fd, name, NULL)))
    {
        close(fd);
        return err;
    }
    err = efs_plain_begin(&stage, &target, NULL);
    if (!err && pwrite(efs_plain_fd(stage), text, sizeof(text), 0) != sizeof(text))
        err = efs_fail_errno(NULL, errno, 0, "write");
    if (!err) err = efs_plain_commit(stage, &end, NULL);
    efs_stage_free(stage);
    efs_target_close(&target);
    return err;
}

enum efs_error operation_export(const char *name, const struct build *expected)
{
    static uint8_t out[200000];
    struct efs_export *session = NULL;
    struct efs_stored stored;
    enum efs_error err;
    size_t length = 0;
    int fd;

    /* the way of efsraw's, by name */
    if ((err = efs_stored_open(&stored, name, NULL))) return err;
    efs_stored_close(&stored);
    /* and the sessions', by descriptor */
    if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) return efs_fail_errno(NULL, errno, 0, "open");
    if ((err = efs_export_begin(&session, fd, 0, NULL))) return err;
    err = efs_export_read(session, out, sizeof(out), &length, NULL);
    if (!err && (length != expected->length || memcmp(out, expected->data, length))) err = EFS_ERROR_COUNT;
    efs_export_free(session);
    return err;
}

/* Without the named streams: what is left is a beginning of all. */
enum efs_error operation_export_dropping(const char *name, const struct build *all)
{
    static uint8_t out[200000];
    struct efs_export *session = NULL;
    enum efs_error err;
    size_t length = 0;
    int fd;

    if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) return efs_fail_errno(NULL, errno, 0, "open");
    if ((err = efs_export_begin(&session, fd, EFS_SESSION_DROP_NAMED, NULL))) return err;
    err = efs_export_read(session, out, sizeof(out), &length, NULL);
    if (!err && (length < 70000 || length >= all->length || memcmp(out, all->data, length))) err = EFS_ERROR_COUNT;
    efs_export_free(session);
    return err;
}

/* ---- the Unix half's calls, as the PE half makes them ---- */

static enum efs_error unix_import_to(uint64_t target, const struct build *stream);

/* What is there already is opened by Wine. */
static enum efs_error unix_import_existing(const char *name, const struct build *stream)
{
    struct target_open_params target = { .fd = open(name, O_RDONLY) };

    if (target.fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    __wine_unix_call_funcs[unix_target_open](&target);
    return target.result.error ? target.result.error : unix_import_to(target.target, stream);
}

enum efs_error operation_unix_import(const char *name, const struct build *stream, bool by_fd)
{
    struct target_find_params found = { .path = (uintptr_t)name };

    if (by_fd) return unix_import_existing(name, stream);
    __wine_unix_call_funcs[unix_target_find](&found);
    if (found.result.error) return found.result.error;
    return found.answer == TARGET_NEW ? unix_import_to(found.target, stream) : unix_import_existing(name, stream);
}

/* Where it can't tell that the name is new, the PE half asks by Wine's path. */
enum efs_error operation_unix_import_new(const char *name, const struct build *stream)
{
    struct target_find_params found = { .dir = (uintptr_t)".", .name = (uintptr_t)name };

    __wine_unix_call_funcs[unix_target_find](&found);
    return found.answer == TARGET_NEW ? unix_import_to(found.target, stream)
        : operation_unix_import(name, stream, false);
}

static enum efs_error unix_import_to(uint64_t target, const struct build *stream)
{
    struct import_begin_params begin = { .target = target };
    struct import_feed_params feed = { 0 };
    struct import_commit_params commit = { 0 };
    struct session_params close_target = { target }, free_session;
    enum efs_error err;

    __wine_unix_call_funcs[unix_import_begin](&begin);
    err = begin.result.error;
    free_session.session = feed.session = commit.session = begin.session;
    if (!err)
    {
        feed.data = (uintptr_t)stream->data;
        feed.length = (uint32_t)stream->length;
        __wine_unix_call_funcs[unix_import_feed](&feed);
        err = feed.result.error;
    }
    if (!err)
    {
        __wine_unix_call_funcs[unix_import_commit](&commit);
        err = commit.result.error;
    }
    __wine_unix_call_funcs[unix_import_free](&free_session);
    __wine_unix_call_funcs[unix_target_close](&close_target);
    return err;
}

enum efs_error operation_unix_export(const char *name, const struct build *expected)
{
    static uint8_t out[200000];
    struct export_begin_params begin = { .fd = open(name, O_RDONLY) };
    struct export_read_params read = { .buffer = (uintptr_t)out, .capacity = sizeof(out) };
    struct session_params session;
    enum efs_error err;

    if (begin.fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    __wine_unix_call_funcs[unix_export_begin](&begin);
    if (begin.result.error) return begin.result.error;
    session.session = read.session = begin.session;
    __wine_unix_call_funcs[unix_export_rewind](&session);
    __wine_unix_call_funcs[unix_export_read](&read);
    err = read.result.error;
    if (!err && (read.length != expected->length || memcmp(out, expected->data, read.length))) err = EFS_ERROR_COUNT;
    __wine_unix_call_funcs[unix_export_free](&session);
    return err;
}

/* A look can't fail; under a fault it says "not encrypted", never something else. */
enum efs_error operation_unix_looks(void)
{
    static const uint16_t name[] = { 'f', 'i', 'l', 'e' };
    int dir_fd = open(".", O_RDONLY | O_DIRECTORY);
    struct look_params by_fd = { .fd = open("file", O_RDONLY) }, by_path = { .name = (uintptr_t)"file" };
    struct look_params entry = { .fd = dir_fd, .name = (uintptr_t)name, .name_units = 4 };
    struct fd_params volume = { .fd = dup(dir_fd) };
    struct identify_params identity = { .path = (uintptr_t)"file" };
    enum efs_error err = EFS_OK;

    __wine_unix_call_funcs[unix_look_fd](&by_fd);
    __wine_unix_call_funcs[unix_identify](&identity);
    if (identity.plain) err = EFS_ERROR_COUNT;
    __wine_unix_call_funcs[unix_look_path](&by_path);
    __wine_unix_call_funcs[unix_look_entry](&entry);
    __wine_unix_call_funcs[unix_look_volume](&volume);
    if ((by_fd.encrypted && by_fd.data_size != 5000 && by_fd.data_size != 5122)
        || (by_path.encrypted && by_path.data_size != 5000 && by_path.data_size != 5122)
        || (entry.encrypted && entry.data_size != 5000 && entry.data_size != 5122))
        err = EFS_ERROR_COUNT;
    if (dir_fd != -1) close(dir_fd);
    return err;
}

enum efs_error operation_unix_strips(void)
{
    struct fd_params strip = { .fd = open("file", O_RDONLY) };

    if (strip.fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    __wine_unix_call_funcs[unix_strip](&strip);
    return strip.result ? efs_error_from_errno((int)strip.result) : EFS_OK;
}
