/*
 * The directory of the user's own keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_directory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"
#include "key_file.h"

#define NAME "wine-efs/keys"

/* To be freed; NULL: no memory, or (ENOENT) the user has no home. */
static char *directory_path(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char *path = NULL;

    errno = ENOENT;
    /* the specification says that a relative one is to be ignored */
    if (data && data[0] == '/') return asprintf(&path, "%s/" NAME, data) < 0 ? NULL : path;
    if (!home || home[0] != '/') return NULL;
    return asprintf(&path, "%s/.local/share/" NAME, home) < 0 ? NULL : path;
}

const char *key_directory_name(void)
{
    static char name[PATH_MAX];
    char *path = directory_path();

    snprintf(name, sizeof(name), "%s", path ? path : "~/.local/share/" NAME);
    free(path);
    return name;
}

bool key_directory_exists(void)
{
    char *path = directory_path();
    struct stat st;
    bool there = path && !stat(path, &st);

    free(path);
    return there;
}

/* And those above it. The host's error. */
static enum efs_error make_directories(char *path, struct efs_diag *diag)
{
    char *slash = path;

    while ((slash = strchr(slash + 1, '/')))
    {
        *slash = 0;
        if (mkdir(path, 0700) && errno != EEXIST) return efs_fail_errno(diag, errno, 0, "mkdir");
        *slash = '/';
    }
    return mkdir(path, 0700) && errno != EEXIST ? efs_fail_errno(diag, errno, 0, "mkdir") : EFS_OK;
}

enum efs_error key_directory_open(struct place *directory, bool make, struct efs_diag *diag)
{
    char *path = directory_path();
    enum efs_error error = EFS_OK;
    struct stat st;

    directory->fd = -1;
    directory->path = NULL;
    if (!path) return efs_fail_errno(diag, errno, 0, "no home directory");
    if (make) error = make_directories(path, diag);
    if (!error) error = place_open(directory, path, diag);
    free(path);
    if (error) return error;
    if (fstat(directory->fd, &st)) error = efs_fail_errno(diag, errno, 0, "fstat");
    else if (st.st_uid != geteuid()) error = efs_fail(diag, EFS_ERR_INVALID, 0, "the directory of keys is another's");
    else if (st.st_mode & 077)
        error = efs_fail(diag, EFS_ERR_INVALID, 0, "others may enter the directory of keys; chmod 700 mends it");
    return error;
}

enum efs_error key_directory_names(struct names *names, const struct place *directory, struct efs_diag *diag)
{
    enum efs_error error = place_names(names, directory, diag);
    size_t i, kept = 0;

    for (i = 0; !error && i < names->count; i++)
    {
        if (names->list[i][0] == '.') free(names->list[i]);
        else names->list[kept++] = names->list[i];
    }
    names->count = kept;
    return error;
}

/* What is gone through, and the first file that didn't open. */
struct loading
{
    const struct place *directory;
    const char         *password_file;
    struct efs_secret   shared; /* a password that was typed: the others may have the same */
    struct efs_key     *keys;
    char               *failed; /* NULL: none */
    struct efs_diag     why;
};

/* Who is asked for several passwords knows by this which file is meant; a single failure is the caller's to tell. */
static enum efs_error add_file(struct loading *loading, const char *name, struct efs_diag *diag)
{
    char *path = place_path(loading->directory, name);
    struct key_file file = { .dir_fd = loading->directory->fd, .name = name, .path = path,
                             .password_file = loading->password_file, .shared = &loading->shared };
    struct efs_diag why = { 0 };
    struct efs_key *more = NULL;
    const char *blame = path;
    enum efs_error error;

    if (!path) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "asprintf");
    error = key_file_load_key(&file, &more, &blame, &why);
    if (!error) loading->keys = efs_key_join(loading->keys, more);
    else if (loading->failed) report(blame, &why);
    else if ((loading->failed = strdup(blame))) loading->why = why;
    else error = EFS_ERR_NO_MEMORY;
    free(path);
    return error == EFS_ERR_NO_MEMORY ? efs_fail(diag, error, 0, "malloc") : EFS_OK;
}

static enum efs_error add_files(struct loading *loading, struct efs_diag *diag)
{
    struct names names = { 0 };
    enum efs_error error = key_directory_names(&names, loading->directory, diag);
    size_t i;

    for (i = 0; !error && i < names.count; i++) error = add_file(loading, names.list[i], diag);
    place_free_names(&names);
    if (error || !loading->failed) return error;
    if (loading->keys) report(loading->failed, &loading->why);
    else *diag = loading->why;
    return loading->keys ? EFS_OK : diag->code;
}

enum efs_error key_directory_keys(struct efs_key **key, const char *password_file, const char **blame,
                                  struct efs_diag *diag)
{
    static char failed[PATH_MAX];
    struct place directory;
    struct loading loading = { .directory = &directory, .password_file = password_file };
    enum efs_error error = key_directory_open(&directory, false, diag);

    if (!error) error = add_files(&loading, diag);
    if (!error && !loading.keys) error = efs_fail(diag, EFS_ERR_INVALID, 0, "there are no keys in it");
    *blame = key_directory_name();
    if (error && loading.failed)
    {
        snprintf(failed, sizeof(failed), "%s", loading.failed);
        *blame = failed;
    }
    if (error)
    {
        efs_key_free(loading.keys);
        loading.keys = NULL;
    }
    *key = loading.keys;
    efs_secret_free(&loading.shared);
    free(loading.failed);
    place_close(&directory);
    return error;
}
