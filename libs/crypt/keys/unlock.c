/*
 * Opens master keys by whatever the user knows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unlock.h"

#include <stdlib.h>
#include <string.h>

struct secrets_in_memory
{
    struct password_hashes current, old[OLD_PASSWORDS_MAX];
};

static bool knows_password(const struct unlocker *unlocker)
{
    return unlocker->current->has_sha1 || unlocker->current->has_nt;
}

enum efs_error unlocker_begin(struct unlocker *unlocker, struct pieces *pieces, const struct efs_key_secrets *secrets,
                              struct efs_diag *diag)
{
    struct secrets_in_memory *memory;
    char sid[SID_TEXT_MAX];

    memset(unlocker, 0, sizeof(*unlocker));
    unlocker->pieces = pieces;
    unlocker->secrets = secrets;
    unlocker->budget = EFS_KEYSTORE_ROUNDS_MAX;
    if (secrets->sid && !sid_from_name(sid, secrets->sid))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "not a SID, such as S-1-5-21-1-2-3-1001");
    if (!efs_secret_allocate(&unlocker->memory, sizeof(*memory))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    memory = (struct secrets_in_memory *)(void *)unlocker->memory.bytes;
    unlocker->current = &memory->current;
    unlocker->old = memory->old;
    if (secrets->password) return password_hash(unlocker->current, secrets->password, diag);
    if (secrets->nt_hash) memcpy(unlocker->current->nt, secrets->nt_hash, NT_HASH_SIZE);
    if (secrets->sha1) memcpy(unlocker->current->sha1, secrets->sha1, SHA1_SIZE);
    unlocker->current->has_nt = secrets->nt_hash != NULL;
    unlocker->current->has_sha1 = secrets->sha1 != NULL;
    return EFS_OK;
}

void unlocker_end(struct unlocker *unlocker)
{
    efs_secret_free(&unlocker->memory);
}

static enum efs_error keep(struct piece *master, const uint8_t key[DPAPI_MASTERKEY], const char *how,
                           struct efs_diag *diag)
{
    enum efs_error code;

    if (!efs_secret_allocate(&master->masterkey, SHA1_SIZE)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    if ((code = masterkey_digest(master->masterkey.bytes, key, diag)))
    {
        efs_secret_free(&master->masterkey);
        return code;
    }
    master->masterkey.length = SHA1_SIZE;
    master->how = how;
    return EFS_OK;
}

/* ---- the domain's backup key ---- */

static enum efs_error try_backups(struct unlocker *unlocker, struct piece *master, struct efs_diag *diag)
{
    uint8_t key[DPAPI_MASTERKEY];
    struct domain_section section;
    char sid[SID_TEXT_MAX];
    enum efs_error code = domain_section_read(&section, &master->master.domain, diag);
    size_t i;

    if (code) return code;
    code = EFS_ERR_NO_KEY;
    for (i = 0; i < unlocker->backup_count && code; i++)
    {
        code = domain_section_open(key, sid, &section, unlocker->backups[i], diag);
        if (code == EFS_ERR_NO_MEMORY) break;
        if (!code) code = keep(master, key, "the domain's backup key", diag);
    }
    explicit_bzero(key, sizeof(key));
    return code;
}

/* ---- passwords ---- */

/* By the hashes of one password and one SID. EFS_ERR_PASSWORD: none of its pre-keys opens it. */
static enum efs_error try_hashes(struct unlocker *unlocker, struct piece *master, const struct password_hashes *hashes,
                                 const char *sid, const char *how, struct efs_diag *diag)
{
    uint8_t key[DPAPI_MASTERKEY];
    struct masterkey_section section;
    struct prekeys prekeys = { 0 };
    enum efs_error code = masterkey_section_read(&section, &master->master.master, diag);
    size_t i;

    if (!code) code = prekeys_make(&prekeys, hashes, sid, master->master.flags, &unlocker->budget, diag);
    if (!code)
    {
        code = efs_fail(diag, EFS_ERR_PASSWORD, 0, "the master key doesn't open with this password");
        for (i = 0; i < prekeys.count && code == EFS_ERR_PASSWORD; i++)
        {
            code = masterkey_open(key, &section, prekeys.key[i], &unlocker->budget, diag);
            if (!code) code = keep(master, key, how ? how : prekeys.how[i], diag);
        }
    }
    explicit_bzero(key, sizeof(key));
    explicit_bzero(&prekeys, sizeof(prekeys));
    return code;
}

/* The SIDs that it can be of: what the user says; the directory's name; or, found without one, those of all others. */
static enum efs_error try_sids(struct unlocker *unlocker, struct piece *master, const struct password_hashes *hashes,
                               const char *how, struct efs_diag *diag)
{
    enum efs_error code = EFS_ERR_PASSWORD;
    size_t i, k;

    if (unlocker->secrets->sid) return try_hashes(unlocker, master, hashes, unlocker->secrets->sid, how, diag);
    if (master->sid[0]) return try_hashes(unlocker, master, hashes, master->sid, how, diag);
    efs_fail(diag, code, 0, "the SID of its user isn't known");
    for (i = 0; i < unlocker->pieces->count && code == EFS_ERR_PASSWORD; i++)
    {
        const char *sid = unlocker->pieces->list[i].sid;

        if (!sid[0]) continue;
        for (k = 0; k < i; k++)
            if (!strcmp(unlocker->pieces->list[k].sid, sid)) break;
        if (k == i) code = try_hashes(unlocker, master, hashes, sid, how, diag);
    }
    return code;
}

/* ---- older passwords ---- */

/* The SID that a history's entry is under. */
static bool entry_sid(const struct unlocker *unlocker, const struct credhist_entry *entry, char sid[SID_TEXT_MAX])
{
    if (!unlocker->secrets->sid) return sid_to_text(sid, entry->sid.data, entry->sid.length);
    memcpy(sid, unlocker->secrets->sid, strlen(unlocker->secrets->sid) + 1);
    return true;
}

static enum efs_error open_entry(struct unlocker *unlocker, const struct credhist_entry *entry,
                                 const struct password_hashes *newer, struct password_hashes *old,
                                 struct efs_diag *diag)
{
    uint8_t prekey[PREKEY_SIZE];
    char sid[SID_TEXT_MAX];
    enum efs_error code;

    if (!newer->has_sha1 || !entry_sid(unlocker, entry, sid)) return EFS_ERR_PASSWORD;
    code = prekey_from_sha1(prekey, newer->sha1, sid, diag);
    if (!code) code = credhist_open(old, entry, prekey, &unlocker->budget, diag);
    explicit_bzero(prekey, sizeof(prekey));
    return code;
}

/*
 * From the newest entry to the oldest: each is under the password after it. The one that the user knows may be any of
 * them, so where the chain is broken it is tried too. What goes wrong ends this history, not more: it is only a further
 * chance.
 */
static enum efs_error read_history(struct unlocker *unlocker, const struct piece *history, struct efs_diag *diag)
{
    const struct password_hashes *previous = unlocker->current;
    struct credhist_entry entry;
    struct credhist_walk walk;
    enum efs_error code = credhist_begin(&walk, history->bytes, history->length, diag);
    bool end = false;

    while (!code && unlocker->old_count < OLD_PASSWORDS_MAX)
    {
        struct password_hashes *old = &unlocker->old[unlocker->old_count];

        code = credhist_next(&walk, &entry, &end, diag);
        if (code || end) break;
        code = open_entry(unlocker, &entry, previous, old, diag);
        if (code == EFS_ERR_PASSWORD && previous != unlocker->current)
            code = open_entry(unlocker, &entry, unlocker->current, old, diag);
        if (!code)
        {
            previous = old;
            unlocker->old_count++;
        }
        else if (code == EFS_ERR_PASSWORD)
        {
            previous = unlocker->current;
            code = EFS_OK;
        }
    }
    return code == EFS_ERR_NO_MEMORY ? code : EFS_OK;
}

static enum efs_error read_histories(struct unlocker *unlocker, struct efs_diag *diag)
{
    enum efs_error code = EFS_OK;
    size_t i;

    for (i = 0; i < unlocker->pieces->count && !code && !unlocker->histories_read; i++)
        if (unlocker->pieces->list[i].kind == PIECE_CREDHIST)
            code = read_history(unlocker, &unlocker->pieces->list[i], diag);
    unlocker->histories_read = true;
    return code;
}

static enum efs_error try_passwords(struct unlocker *unlocker, struct piece *master, struct efs_diag *diag)
{
    struct efs_diag inner;
    enum efs_error code = try_sids(unlocker, master, unlocker->current, NULL, diag), old;
    size_t i;

    if (code != EFS_ERR_PASSWORD) return code;
    if (read_histories(unlocker, &inner)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, inner.rule);
    for (i = 0; i < unlocker->old_count; i++)
    {
        old = try_sids(unlocker, master, &unlocker->old[i], "an older password (CREDHIST)", &inner);
        if (old == EFS_ERR_NO_MEMORY) return efs_fail(diag, old, 0, inner.rule);
        if (!old) return old;
    }
    return code;
}

/* ---- all ---- */

static const char *missing_secret(const struct piece *master)
{
    if (master->master.flags & MASTERKEY_LOCAL_ACCOUNT) return "its user's password is needed (a local account)";
    return "its user's password is needed (a domain account; or the domain's backup key)";
}

static const char *wrong_secret(const struct unlocker *unlocker, const struct piece *master)
{
    if (!unlocker->secrets->sid && !master->sid[0]) return "wrong password, or its user's SID isn't known (--sid)";
    if (!(master->master.flags & MASTERKEY_LOCAL_ACCOUNT)) return "wrong password (a domain account)";
    if (!unlocker->current->has_sha1) return "an NT hash doesn't open a local account's master key";
    return "wrong password (a local account; not a PIN, and for a Microsoft account not the one that is typed)";
}

enum efs_error unlock_master(struct unlocker *unlocker, struct piece *master, struct efs_diag *diag)
{
    enum efs_error code = EFS_ERR_NO_KEY;

    if (master->tried) return EFS_OK;
    master->tried = true;
    if (unlocker->backup_count && master->master.domain.length) code = try_backups(unlocker, master, &master->diag);
    if (code && code != EFS_ERR_NO_MEMORY)
    {
        if (knows_password(unlocker)) code = try_passwords(unlocker, master, &master->diag);
        else if (!unlocker->backup_count) code = efs_fail(&master->diag, EFS_ERR_PASSWORD, 0, missing_secret(master));
        else if (!master->master.domain.length)
            code = efs_fail(&master->diag, EFS_ERR_NO_KEY, 0, "its master key has no part for a domain's backup key");
        else if (code == EFS_ERR_NO_KEY)
            efs_fail(&master->diag, code, 0, "wrong key: its master key isn't under this domain backup key");
        if (code == EFS_ERR_PASSWORD && knows_password(unlocker))
            efs_fail(&master->diag, code, 0, wrong_secret(unlocker, master));
    }
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, master->diag.rule);
    if (!code) master->diag = (struct efs_diag){ 0 };
    return EFS_OK;
}
