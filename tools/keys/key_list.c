/*
 * The options --key, and what belongs to each.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_list.h"

#include <fcntl.h>
#include <string.h>

#include "key_directory.h"
#include "key_file.h"
#include "secret.h"

#define KEY_FILE_MAX 1048576 /* bytes; a PFX has some thousand */

bool key_list_option(struct key_list *list, int c, const char *argument, bool *full)
{
    size_t last = list->count ? list->count - 1 : 0;

    *full = c == OPTION_KEY && list->count == KEY_LIST_MAX;
    if (*full) return false;
    if (c == OPTION_KEY) list->keys[list->count++].source.path = argument;
    else if (c == OPTION_ALL) list->all = true;
    else if (c == OPTION_CERT) list->keys[last].cert = argument;
    else return key_source_option(&list->keys[last].source, c, argument);
    return true;
}

bool key_list_is_empty(const struct key_list *list)
{
    return !list->count && !list->all && !key_directory_exists();
}

static bool is_stdin(const char *name)
{
    return name && !strcmp(name, "-");
}

unsigned int key_list_stdin(const struct key_list *list)
{
    unsigned int sum = 0;
    size_t i;

    /* options without a --key are of the user's own keys */
    for (i = 0; i < (list->count ? list->count : 1); i++)
    {
        const struct key_source_options *source = &list->keys[i].source;

        sum += (unsigned int)(is_stdin(source->path) + is_stdin(list->keys[i].cert) + is_stdin(source->password_file)
            + is_stdin(source->nt_hash_file) + is_stdin(source->sha1_file) + is_stdin(source->master_file));
    }
    return sum;
}

/* Where what is read next is noted. */
static struct stat *next_file(struct key_list *list)
{
    struct stat *st = &list->files[list->file_count++];

    memset(st, 0, sizeof(*st));
    return st;
}

static enum efs_error fit_certificate(struct key_list *list, struct efs_key *key, const char *cert,
                                      const char **blame, struct efs_diag *diag)
{
    struct efs_secret file = { 0 };
    enum efs_error error;

    *blame = cert;
    error = secret_read(&file, cert, KEY_FILE_MAX, next_file(list), diag);
    if (!error) error = efs_key_fit_certificate(key, file.bytes, file.length, diag);
    efs_secret_free(&file);
    return error;
}

/* Is it a directory, or are there options that only a source of keys has? */
static bool is_source(const struct key_source_options *key)
{
    struct stat st;

    return key->nt_hash_file || key->sha1_file || key->backup_key || key->master_file || key->sid
        || (!stat(key->path, &st) && S_ISDIR(st.st_mode));
}

static enum efs_error load_one(struct key_list *list, size_t i, struct efs_key **key, const char **blame,
                               struct efs_diag *diag)
{
    const struct key_source_options *source = &list->keys[i].source;
    struct key_file file = { .dir_fd = AT_FDCWD, .name = source->path, .path = source->path,
                             .password_file = source->password_file };
    enum efs_error error;

    *key = NULL;
    *blame = source->path;
    if (is_source(source)) return key_source_keys(key, source, blame, diag);
    file.st = next_file(list);
    file.password_st = next_file(list);
    error = key_file_load_key(&file, key, blame, diag);
    if (!error && list->keys[i].cert) error = fit_certificate(list, *key, list->keys[i].cert, blame, diag);
    return error;
}

enum efs_error key_list_load(struct key_list *list, struct efs_key **key, const char **blame, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    struct efs_key *more;
    size_t i;

    *key = NULL;
    for (i = 0; i < list->count && !error; i++)
    {
        error = load_one(list, i, &more, blame, diag);
        *key = efs_key_join(*key, more);
    }
    if (!error && (!list->count || list->all))
    {
        error = key_directory_keys(&more, list->count ? NULL : list->keys[0].source.password_file, blame, diag);
        *key = efs_key_join(*key, more);
    }
    return error;
}
