/*
 * The options that name a source of keys and what opens it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_source.h"

#include <string.h>

#include "base/text.h"
#include "common/progress.h"
#include "key_file.h"
#include "secret.h"

#define MASTERS_MAX 1048576 /* bytes of a list of master keys */

bool key_source_option(struct key_source_options *options, int c, const char *argument)
{
    const char **option = c == OPTION_PASSWORD ? &options->password_file : c == OPTION_NT_HASH ? &options->nt_hash_file
                          : c == OPTION_SHA1 ? &options->sha1_file : c == OPTION_BACKUP_KEY ? &options->backup_key
                          : c == OPTION_MASTER ? &options->master_file : c == OPTION_SID ? &options->sid : NULL;

    if (option) *option = argument;
    return option != NULL;
}

/* A hash in a file: size bytes in hexadecimal digits, in place; blanks at the end don't matter. */
static enum efs_error read_hash(struct efs_secret *secret, const char *name, size_t size, struct efs_diag *diag)
{
    enum efs_error error;
    size_t i;

    if (!name) return EFS_OK;
    if ((error = secret_read_line(secret, name, NULL, diag))) return error;
    while (secret->length && (secret->bytes[secret->length - 1] == ' ' || secret->bytes[secret->length - 1] == '\t'))
        secret->length--;
    for (i = 0; i < secret->length; i++)
        if (hex_digit((char)secret->bytes[i]) < 0) break;
    if (secret->length != 2 * size || i != 2 * size)
    {
        efs_secret_free(secret);
        return efs_fail(diag, EFS_ERR_INVALID, 0,
                        size == 16 ? "not an NT hash: 32 hexadecimal digits" : "not a SHA-1: 40 hexadecimal digits");
    }
    for (i = 0; i < size; i++) hex_byte(&secret->bytes[i], (const char *)secret->bytes + 2 * i);
    secret->length = size;
    return EFS_OK;
}

/* A list of them is text; a byte order mark isn't looked for. */
static enum efs_error read_masters(struct efs_secret *masters, const char *name, struct efs_diag *diag)
{
    struct efs_secret text = { 0 };
    enum efs_error error;

    if (!name) return EFS_OK;
    error = secret_read(&text, name, MASTERS_MAX, NULL, diag);
    if (!error) error = efs_master_keys_read(masters, text.bytes, text.length, diag);
    efs_secret_free(&text);
    return error;
}

/* A domain's backup key; one that is no key is an error of its own. */
static enum efs_error open_backup(struct efs_keystore **backup, const char *name, struct efs_diag *diag)
{
    static const struct efs_key_secrets none;
    const struct efs_keystore_entry *entry;
    enum efs_error error;

    if (!name) return EFS_OK;
    if ((error = efs_keystore_open(backup, name, &none, diag))) return error;
    entry = efs_keystore_entry(*backup, 0);
    return entry->code ? efs_fail(diag, entry->code, 0, entry->reason) : EFS_OK;
}

static bool show_progress(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;

    progress->total = total;
    progress_show(progress, done);
    return true;
}

static enum efs_error scan_disk(struct efs_keystore **store, const char *path, const struct efs_key_secrets *secrets,
                                struct efs_diag *diag)
{
    struct progress progress;
    enum efs_error error;

    progress_begin(&progress, 0, false);
    error = efs_keystore_scan(store, path, secrets, progress.on ? show_progress : NULL, &progress, diag);
    progress_clear(&progress);
    return error;
}

/* asked: the password, if it has been asked for. */
static enum efs_error open_with(struct efs_keystore **store, const struct key_source_options *options,
                                const struct efs_secret *asked, const char **blame, struct efs_diag *diag)
{
    struct efs_secret password = { 0 }, nt_hash = { 0 }, sha1 = { 0 }, masters = { 0 };
    struct efs_key_secrets secrets = { .sid = options->sid };
    struct efs_keystore *backup = NULL;
    enum efs_error error = EFS_OK;

    *store = NULL;
    if (options->password_file)
    {
        *blame = options->password_file;
        error = secret_read_line(&password, options->password_file, NULL, diag);
    }
    if (!error) error = read_hash(&nt_hash, *blame = options->nt_hash_file, 16, diag);
    if (!error) error = read_hash(&sha1, *blame = options->sha1_file, 20, diag);
    if (!error) error = read_masters(&masters, *blame = options->master_file, diag);
    if (!error) error = open_backup(&backup, *blame = options->backup_key, diag);
    if (!error)
    {
        *blame = options->path;
        secrets.password = (const char *)(asked ? asked->bytes : password.bytes);
        secrets.nt_hash = nt_hash.bytes;
        secrets.sha1 = sha1.bytes;
        secrets.backup = backup;
        secrets.masters = (const struct efs_master_key *)(const void *)masters.bytes;
        secrets.master_count = masters.length / sizeof(*secrets.masters);
        if (options->scan) error = scan_disk(store, options->path, &secrets, diag);
        else error = efs_keystore_open(store, options->path, &secrets, diag);
        /* the rule says all */
        if (error == EFS_ERR_KEY_FILE) error = efs_fail(diag, EFS_ERR_INVALID, 0, diag->rule);
    }
    efs_keystore_close(backup);
    efs_secret_free(&masters);
    efs_secret_free(&sha1);
    efs_secret_free(&nt_hash);
    efs_secret_free(&password);
    return error;
}

/* Is there nothing usable, and would a password help? */
static bool wants_password(const struct efs_keystore *store, const struct key_source_options *options)
{
    size_t i;

    if (options->password_file || options->nt_hash_file || options->sha1_file || options->backup_key
        || options->master_file)
        return false;
    for (i = 0; i < efs_keystore_count(store); i++)
    {
        if (!efs_keystore_entry(store, i)->code) return false;
        if (efs_keystore_entry(store, i)->code == EFS_ERR_PASSWORD) return true;
    }
    return false;
}

/* Opens it, and again with one password after the other, until something is usable. typed: the user may be asked. */
static enum efs_error open_by_tries(struct efs_keystore **store, const struct key_source_options *options, bool typed,
                                    const char **blame, struct efs_diag *diag)
{
    struct password_tries tries = { .silent = !typed };
    struct efs_secret password = { 0 };
    enum efs_error error = open_with(store, options, NULL, blame, diag);

    while (!error && wants_password(*store, options) && password_next(&tries, &password, options->path))
    {
        efs_keystore_close(*store);
        error = open_with(store, options, &password, blame, diag);
    }
    efs_secret_free(&password);
    return error;
}

enum efs_error key_source_open(struct efs_keystore **store, const struct key_source_options *options,
                               const char **blame, struct efs_diag *diag)
{
    return open_by_tries(store, options, false, blame, diag);
}

enum efs_error key_source_keys(struct efs_key **key, const struct key_source_options *options, const char **blame,
                               struct efs_diag *diag)
{
    struct efs_keystore *store;
    enum efs_error error = open_by_tries(&store, options, true, blame, diag);

    *key = NULL;
    if (!error)
    {
        error = efs_keystore_keys(store, key, diag);
        /* the reason says all */
        if (error && error != EFS_ERR_NO_MEMORY) error = efs_fail(diag, EFS_ERR_INVALID, 0, diag->rule);
    }
    efs_keystore_close(store);
    return error;
}
