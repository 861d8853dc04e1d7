/*
 * A file that a password may open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_file.h"

#include <fcntl.h>
#include <string.h>

#include "keyring.h"
#include "secret.h"

#define FILE_MAX_BYTES 1048576 /* a PFX has some thousand */

static bool copy_known(const struct password_tries *tries, struct efs_secret *password)
{
    if (!tries->known || !tries->known->bytes) return false;
    if (!efs_secret_allocate(password, tries->known->length + 1)) return false;
    memcpy(password->bytes, tries->known->bytes, tries->known->length);
    password->length = tries->known->length;
    return true;
}

bool password_next(struct password_tries *tries, struct efs_secret *password, const char *path)
{
    efs_secret_free(password);
    while (tries->turn < 3)
    {
        switch (tries->turn++)
        {
        case 0:
            if (copy_known(tries, password)) return true;
            break;
        case 1:
            if (keyring_find(password, path)) return true;
            break;
        default:
            tries->typed = !tries->silent;
            return !tries->silent && secret_ask(password, path);
        }
    }
    return false;
}

/* What was typed may open others, too. */
static void share(const struct key_file *file, struct efs_secret *password)
{
    if (!file->shared) return;
    efs_secret_free(file->shared);
    *file->shared = *password;
    memset(password, 0, sizeof(*password));
}

enum efs_error key_file_load(const struct key_file *file, key_file_take take, void *context, const char **blame,
                             struct efs_diag *diag)
{
    struct password_tries tries = { .known = file->shared };
    struct efs_secret bytes = { 0 }, password = { 0 };
    enum efs_error error;

    *blame = file->path;
    error = secret_read_at(&bytes, file->dir_fd, file->name, FILE_MAX_BYTES, file->st, diag);
    if (!error && file->password_file)
    {
        *blame = file->password_file;
        error = secret_read_line(&password, file->password_file, file->password_st, diag);
        if (!error) *blame = file->path;
    }
    if (!error) error = take(context, &bytes, (const char *)password.bytes, diag);
    while (error == EFS_ERR_PASSWORD && !file->password_file && password_next(&tries, &password, file->path))
    {
        memset(diag, 0, sizeof(*diag));
        error = take(context, &bytes, (const char *)password.bytes, diag);
    }
    if (!error && tries.typed) share(file, &password);
    efs_secret_free(&password);
    efs_secret_free(&bytes);
    return error;
}

static enum efs_error take_key(void *context, const struct efs_secret *file, const char *password,
                               struct efs_diag *diag)
{
    return efs_key_load(context, file->bytes, file->length, password, diag);
}

enum efs_error key_file_load_key(const struct key_file *file, struct efs_key **key, const char **blame,
                                 struct efs_diag *diag)
{
    return key_file_load(file, take_key, key, blame, diag);
}
