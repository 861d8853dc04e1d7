/*
 * The Unix half's calls by which the hooks look at files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "efs/beside.h"
#include "efs/probe.h"
#include "efs/store.h"
#include "below/site.h"
#include "view/door.h"

static void finish_look(struct look_params *params, const struct efs_probe *look)
{
    params->encrypted = look->encrypted;
    params->directory = look->directory;
    params->data_size = look->data_size;
}

static bool is_marked_sparse(const char *path)
{
    return getxattr(path, EFS_STORE_SPARSE, NULL, 0) >= 0;
}

/*
 * An encrypted file of a view has no $EFS that could be found, and the size of its plaintext. Before anything else, and
 * without a question to its daemon, which an attribute is: a mark doesn't show without a hole (visible/view.h).
 */
static bool look_in_view(struct look_params *params, const char *path)
{
    struct stat st;

    if (!door_is_named_encrypted(path, &st)) return false;
    params->mounted = params->encrypted = 1;
    params->directory = S_ISDIR(st.st_mode);
    params->data_size = (uint64_t)st.st_size;
    params->sparse = !params->directory && (!st.st_size || st.st_blocks * 512 < st.st_size) && is_marked_sparse(path);
    return true;
}

void call_look_fd(struct look_params *params)
{
    char path[FD_PATH_SIZE];
    struct efs_probe look;

    fd_path(path, take_fd(params->fd));
    if (!look_in_view(params, path))
    {
        efs_probe_fd(params->fd, &look);
        params->sparse = fgetxattr(params->fd, EFS_STORE_SPARSE, NULL, 0) >= 0;
        finish_look(params, &look);
    }
    close(params->fd);
}

void call_look_path(struct look_params *params)
{
    const char *path = from_u64(params->name);
    struct efs_probe look;

    if (look_in_view(params, path)) return;
    efs_probe_at(AT_FDCWD, path, &look);
    params->sparse = is_marked_sparse(path);
    finish_look(params, &look);
}

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

void call_identify(struct identify_params *params)
{
    struct timespec at;
    struct stat st;

    params->plain = 0;
    clock_gettime(CLOCK_MONOTONIC, &at);
    params->at = nanoseconds(&at);
    if (fstatat(AT_FDCWD, from_u64(params->path), &st, 0) || !S_ISREG(st.st_mode)) return;
    params->dev = st.st_dev;
    params->ino = st.st_ino;
    params->changed = nanoseconds(&st.st_ctim);
    params->plain = !efs_is_candidate_size((uint64_t)st.st_size) && io_is_settled(&st.st_ctim);
}

#define ENTRY_PATH_SIZE (FD_PATH_SIZE + NAME_MAX * 3 + 1)

static const char *entry_path(char path[ENTRY_PATH_SIZE], int dir_fd, const char *name)
{
    size_t length = strlen(fd_path(path, dir_fd));

    snprintf(path + length, ENTRY_PATH_SIZE - length, "/%s", name);
    return path;
}

static bool is_ascii(const char *name)
{
    while (*name > 0) name++;
    return !*name;
}

void call_look_entry(struct look_params *params)
{
    char name[NAME_MAX * 3 + 1], path[ENTRY_PATH_SIZE];
    struct efs_probe look = { 0 };

    /* Wine set the locale when it started. Where that isn't UTF-8, it shows some names in another spelling, even an
       ASCII one. */
    if (!utf16_to_utf8(from_u64(params->name), params->name_units, name, sizeof(name))
        || (strcmp(nl_langinfo(CODESET), "UTF-8") && (!is_ascii(name) || faccessat(params->fd, name, F_OK, 0))))
        params->unknown_name = 1;
    else if (look_in_view(params, entry_path(path, params->fd, name))) return;
    else
    {
        efs_probe_at(params->fd, name, &look);
        params->sparse = is_marked_sparse(path);
    }
    finish_look(params, &look);
}

void call_look_volume(struct fd_params *params)
{
    take_fd(params->fd);
    params->result = (efs_probe_volume(params->fd) ? VOLUME_METADATA : 0)
        | (efs_beside_is_kept(params->fd) ? VOLUME_BESIDE : 0) | (door_is_in_view(params->fd) ? VOLUME_VIEW : 0);
    close(params->fd);
}

/* In a view, a directory: what overwrites a file there is written encrypted. */
void call_strip(struct fd_params *params)
{
    int fd = take_fd(params->fd);
    struct site site;
    struct stat st;

    site_init(&site);
    if (door_is_in_view(fd) && (fstat(fd, &st) || !S_ISDIR(st.st_mode))) params->result = EOPNOTSUPP;
    else if (site_begin(&site, &fd, NULL)) params->result = EACCES;
    else params->result = (uint32_t)efs_strip(fd);
    site_close(&site);
    close(fd);
}

void call_close_fd(struct fd_params *params)
{
    close(params->fd);
}
