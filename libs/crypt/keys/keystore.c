/*
 * One source of keys: recognised, collected, resolved.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/keystore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypt/keyfile/key_file.h"
#include "resolve.h"
#include "source.h"

struct efs_keystore
{
    enum efs_keystore_kind  kind;
    struct pieces           pieces;
    struct keystore_entries entries;
};

/* What kind of directory is it? Its pieces have been collected then. */
static enum efs_error collect_directory(struct efs_keystore *store, const char *source,
                                        const struct efs_key_secrets *secrets, struct efs_diag *diag)
{
    struct place place, base = { -1, NULL };
    bool found = false;
    enum efs_error code = place_open(&place, source, diag);

    if (code) return code;
    store->kind = EFS_KEYSTORE_PREFIX;
    code = prefix_collect(&store->pieces, &place, &found, diag);
    if (!code && !found)
    {
        store->kind = EFS_KEYSTORE_VOLUME;
        code = volume_collect(&store->pieces, &place, &found, diag);
    }
    if (!code && !found)
    {
        store->kind = EFS_KEYSTORE_PROFILE;
        code = profile_find(&base, &place, &found, diag);
        if (!code && found) code = profile_collect(&store->pieces, &base, diag);
    }
    if (!code && !found)
    {
        store->kind = EFS_KEYSTORE_FILES;
        code = files_collect(&store->pieces, &place, secrets->password, diag);
    }
    place_close(&base);
    place_close(&place);
    return code;
}

static enum efs_error collect(struct efs_keystore *store, const char *source, const struct efs_key_secrets *secrets,
                              struct efs_diag *diag)
{
    struct stat st;

    if (stat(source, &st)) return efs_fail_errno(diag, errno, 0, "stat");
    if (S_ISDIR(st.st_mode)) return collect_directory(store, source, secrets, diag);
    store->kind = EFS_KEYSTORE_FILES;
    return file_collect(&store->pieces, source, secrets->password, diag);
}

/* The private keys of another store, as a domain's backup keys. */
static enum efs_error lend_backups(struct unlocker *unlocker, const struct efs_keystore *backup,
                                   const struct rsa_key ***keys, struct efs_diag *diag)
{
    size_t i;

    if (!backup || !backup->entries.count) return EFS_OK;
    if (!(*keys = calloc(backup->entries.count, sizeof(const struct rsa_key *))))
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    for (i = 0; i < backup->entries.count; i++)
        if (backup->entries.list[i].key) (*keys)[unlocker->backup_count++] = backup->entries.list[i].key;
    unlocker->backups = *keys;
    return EFS_OK;
}

static enum efs_error resolve(struct efs_keystore *store, const struct efs_key_secrets *secrets, struct efs_diag *diag)
{
    const struct rsa_key **backups = NULL;
    struct unlocker unlocker;
    enum efs_error code = unlocker_begin(&unlocker, &store->pieces, secrets, diag);

    if (!code) code = lend_backups(&unlocker, secrets->backup, &backups, diag);
    if (!code) code = resolve_pieces(&store->entries, &unlocker, diag);
    free(backups);
    unlocker_end(&unlocker);
    return code;
}

/* Said as an entry, so that nobody takes what was seen for all there is. */
static enum efs_error note_limit(struct efs_keystore *store, const char *source, struct efs_diag *diag)
{
    static const struct efs_diag full = { EFS_ERR_KEY_FILE, 0, 0,
                                          "more files of keys than are looked at: the rest was left out" };

    if (!store->pieces.full) return EFS_OK;
    /* in place of the last one */
    pieces_drop_last(&store->pieces);
    return pieces_add_note(&store->pieces, source, &full, diag);
}

/* store: whose pieces have been collected with `code`. Taken over. */
static enum efs_error finish(struct efs_keystore *self, enum efs_error code, const char *source,
                             const struct efs_key_secrets *secrets, struct efs_keystore **store, struct efs_diag *diag)
{
    if (!code) code = note_limit(self, source, diag);
    if (!code) code = resolve(self, secrets, diag);
    if (!code && !self->entries.count) code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "no certificates and no keys there");
    if (code) efs_keystore_close(self);
    else *store = self;
    return code;
}

enum efs_error efs_keystore_open(struct efs_keystore **store, const char *source,
                                 const struct efs_key_secrets *secrets, struct efs_diag *diag)
{
    struct efs_keystore *self = calloc(1, sizeof(*self));

    *store = NULL;
    if (!self) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    return finish(self, collect(self, source, secrets, diag), source, secrets, store, diag);
}

enum efs_error efs_keystore_scan(struct efs_keystore **store, const char *path, const struct efs_key_secrets *secrets,
                                 efs_keystore_progress progress, void *context, struct efs_diag *diag)
{
    struct efs_keystore *self = calloc(1, sizeof(*self));

    *store = NULL;
    if (!self) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    self->kind = EFS_KEYSTORE_IMAGE;
    return finish(self, image_collect(&self->pieces, path, progress, context, diag), path, secrets, store, diag);
}

void efs_keystore_found(const struct efs_keystore *store, struct efs_keystore_found *found)
{
    size_t i;

    memset(found, 0, sizeof(*found));
    for (i = 0; i < store->pieces.count; i++)
    {
        enum piece_kind kind = store->pieces.list[i].kind;

        found->certificates += kind == PIECE_CERTIFICATE;
        found->key_files += kind == PIECE_CAPI || kind == PIECE_CNG || kind == PIECE_KEY;
        found->master_keys += kind == PIECE_MASTER;
        found->histories += kind == PIECE_CREDHIST;
        found->sids += kind == PIECE_SID;
    }
}

void efs_keystore_close(struct efs_keystore *store)
{
    if (!store) return;
    keystore_entries_free(&store->entries);
    pieces_free(&store->pieces);
    free(store);
}

enum efs_keystore_kind efs_keystore_kind(const struct efs_keystore *store)
{
    return store->kind;
}

size_t efs_keystore_count(const struct efs_keystore *store)
{
    return store->entries.count;
}

const struct efs_keystore_entry *efs_keystore_entry(const struct efs_keystore *store, size_t index)
{
    return &store->entries.list[index].public;
}

enum efs_error efs_keystore_keys(const struct efs_keystore *store, struct efs_key **key, struct efs_diag *diag)
{
    const struct efs_keystore_entry *first = &store->entries.list[0].public;
    enum efs_error code = EFS_OK;
    struct rsa_key *rsa;
    size_t i;

    *key = NULL;
    if (first->code) return efs_fail(diag, first->code, 0, first->reason);
    for (i = store->entries.count; i-- && !code;)
    {
        const struct keystore_entry *entry = &store->entries.list[i];

        if (!entry->key) continue;
        if (!(rsa = rsa_key_share(entry->key))) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
        else code = efs_key_from_rsa(key, rsa, entry->public.has_certificate ? entry->public.thumbprint : NULL,
                                     entry->public.has_certificate ? entry->public.subject : NULL, diag);
    }
    if (!code) return EFS_OK;
    efs_key_free(*key);
    *key = NULL;
    return code;
}
