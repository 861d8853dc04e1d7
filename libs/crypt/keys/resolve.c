/*
 * Puts the pieces of a source together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "masters.h"

static const struct efs_bytes no_entropy;

static enum efs_error add_entry(struct keystore_entries *entries, struct keystore_entry **entry, struct efs_diag *diag)
{
    void *list = entries->list;

    if (!grow_list(&list, entries->count, &entries->capacity, sizeof(**entry)))
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    entries->list = list;
    *entry = &entries->list[entries->count++];
    memset(*entry, 0, sizeof(**entry));
    return EFS_OK;
}

void keystore_entries_free(struct keystore_entries *entries)
{
    size_t i;

    for (i = 0; i < entries->count; i++) rsa_key_free(entries->list[i].key);
    free(entries->list);
    memset(entries, 0, sizeof(*entries));
}

static enum efs_error refuse(struct efs_diag *why, enum efs_error code, const char *reason)
{
    return efs_fail(why, code, 0, reason);
}

/* ---- opening one key file ---- */

static bool is_master(const struct piece *piece, const uint8_t guid[GUID_SIZE])
{
    return piece->kind == PIECE_MASTER && piece->master.has_guid && !memcmp(piece->master.guid, guid, GUID_SIZE);
}

/*
 * The master key that a blob names. There may be copies, under other passwords or damaged, of an old installation: the
 * first that opens. Returns EFS_ERR_NO_MEMORY, or the same as *why has.
 */
static enum efs_error find_master(struct unlocker *unlocker, const uint8_t guid[GUID_SIZE], const struct piece **found,
                                  struct efs_diag *why)
{
    enum efs_error code = refuse(why, EFS_ERR_NO_KEY, "its master key (Protect) isn't there");
    size_t i;

    for (i = 0; i < unlocker->pieces->count; i++)
    {
        struct piece *piece = &unlocker->pieces->list[i];

        if (!is_master(piece, guid)) continue;
        if (unlock_master(unlocker, piece, why)) return EFS_ERR_NO_MEMORY;
        if (piece->masterkey.bytes)
        {
            *found = piece;
            return EFS_OK;
        }
        *why = piece->diag;
        code = why->code;
    }
    return code;
}

/* The plain key of a blob. why: what is in the way. Returns EFS_ERR_NO_MEMORY, or the same as *why has. */
static enum efs_error open_blob(struct unlocker *unlocker, const struct efs_bytes *bytes,
                                const struct efs_bytes *entropy, struct efs_secret *plain, const char **how,
                                struct efs_diag *why)
{
    const struct piece *master = NULL;
    struct dpapi_blob blob;
    const uint8_t *given;
    enum efs_error code = dpapi_blob_read(&blob, bytes->data, bytes->length, why);

    if (code) return code;
    if ((given = find_master_key(unlocker->secrets, blob.masterkey)))
    {
        *how = "its master key";
        return dpapi_blob_open(plain, &blob, given, entropy, why);
    }
    code = find_master(unlocker, blob.masterkey, &master, why);
    if (code || !master) return code;
    *how = master->how;
    return dpapi_blob_open(plain, &blob, master->masterkey.bytes, entropy, why);
}

static enum efs_error open_capi(struct unlocker *unlocker, const struct efs_bytes *private, struct rsa_key **key,
                                const char **how, struct efs_diag *why)
{
    struct rsa_numbers numbers;
    struct efs_secret plain = { 0 };
    enum efs_error code;

    if (!private->length) return refuse(why, EFS_ERR_KEY_FILE, "its key file has no private key");
    code = open_blob(unlocker, private, &no_entropy, &plain, how, why);
    if (!code) code = rsa_read_capi(&numbers, plain.bytes, plain.length, why);
    if (!code && !numbers.p.length) code = refuse(why, EFS_ERR_KEY_FILE, "its key file has no private key");
    if (!code) code = rsa_key_make(key, &numbers, why);
    efs_secret_free(&plain);
    return code;
}

static enum efs_error open_cng(struct unlocker *unlocker, const struct piece *file, struct rsa_key **key,
                               const char **how, struct efs_diag *why)
{
    /* with its NUL */
    static const struct efs_bytes entropy = { (const uint8_t *)CNG_KEY_ENTROPY, sizeof(CNG_KEY_ENTROPY) };
    struct rsa_numbers numbers;
    struct efs_secret plain = { 0 };
    enum efs_error code;

    if (file->cng.isolated)
        return refuse(why, EFS_ERR_NO_KEY, "its key is in the machine's virtualization-based security");
    if (!file->cng.private_key.length) return refuse(why, EFS_ERR_KEY_FILE, "its key file has no private key");
    code = open_blob(unlocker, &file->cng.private_key, &entropy, &plain, how, why);
    if (!code) code = rsa_read_bcrypt(&numbers, plain.bytes, plain.length, why);
    if (!code) code = rsa_key_make(key, &numbers, why);
    efs_secret_free(&plain);
    return code;
}

/* ---- finding the key of a certificate ---- */

static bool same_id(const struct piece *a, int which_a, const struct piece *b, int which_b)
{
    return a->has_id[which_a] && b->has_id[which_b] && !memcmp(a->ids[which_a], b->ids[which_b], KEY_ID_SIZE);
}

/* The key itself, from a file that holds nothing else. */
static enum efs_error take_open_key(struct piece *piece, struct rsa_key **key, const char **how, struct efs_diag *why)
{
    *key = rsa_key_share(piece->key);
    *how = piece->how;
    return *key ? EFS_OK : efs_fail(why, EFS_ERR_NO_MEMORY, 0, "calloc");
}

/* Is the key that came out the certificate's? */
static enum efs_error check_key(const struct piece *certificate, struct rsa_key **key, struct efs_diag *why)
{
    if (!certificate->certificate.key || rsa_key_fits(*key, certificate->certificate.key)) return EFS_OK;
    rsa_key_free(*key);
    *key = NULL;
    return refuse(why, EFS_ERR_KEY_FILE, "the key doesn't fit the certificate");
}

/* The pair of the certificate's in a file; -1: none. */
static int find_pair(const struct piece *certificate, const struct piece *piece)
{
    int pair;

    if (piece->kind != PIECE_CAPI && piece->kind != PIECE_KEY) return -1;
    for (pair = 0; pair < 2; pair++)
        if (same_id(certificate, 0, piece, pair)) return pair;
    return -1;
}

/* By the public half, which is in the clear in most files. *where: the file; NULL: none has it. */
static enum efs_error find_by_key(struct unlocker *unlocker, struct piece *certificate, struct rsa_key **key,
                                  const char **where, const char **how, struct efs_diag *why)
{
    enum efs_error code = EFS_ERR_NO_KEY;
    size_t i;

    /* several files may be copies of one key: the first that opens counts, and none of them is listed by itself */
    for (i = 0; i < unlocker->pieces->count && code != EFS_ERR_NO_MEMORY; i++)
    {
        struct piece *piece = &unlocker->pieces->list[i];
        int pair = find_pair(certificate, piece);

        if (pair < 0) continue;
        piece->used = true;
        if (!code) continue;
        *where = piece->where;
        if (piece->kind == PIECE_KEY) code = take_open_key(piece, key, how, why);
        else
            code = open_capi(unlocker, pair ? &piece->capi.signature_private : &piece->capi.exchange_private, key, how,
                             why);
        if (!code) code = check_key(certificate, key, why);
    }
    return code;
}

/* Is it a file that doesn't show the public half, as CNG's don't, and is it of that container, if that is known? */
static bool is_named(const struct piece *piece, const struct efs_bytes *name)
{
    bool cng = piece->kind == PIECE_CNG;

    if (!cng && (piece->kind != PIECE_CAPI || piece->has_id[0] || piece->has_id[1])) return false;
    return !name->length || container_names_match(name, true, cng ? &piece->cng.name : &piece->capi.name, cng);
}

/* By the container's name, or, where that isn't known, each. */
static enum efs_error find_by_name(struct unlocker *unlocker, struct piece *certificate, struct rsa_key **key,
                                   const char **where, const char **how, struct efs_diag *why)
{
    const struct efs_bytes *name = &certificate->store.container;
    bool signature = certificate->store.key_spec == 2;
    enum efs_error code = EFS_ERR_NO_KEY;
    size_t i;

    for (i = 0; i < unlocker->pieces->count && code && code != EFS_ERR_NO_MEMORY; i++)
    {
        struct piece *piece = &unlocker->pieces->list[i];

        if (!is_named(piece, name)) continue;
        if (piece->kind == PIECE_CNG) code = open_cng(unlocker, piece, key, how, why);
        else
            code = open_capi(unlocker, signature ? &piece->capi.signature_private : &piece->capi.exchange_private, key,
                             how, why);
        if (!code) code = check_key(certificate, key, why);
        if (!name->length && code && code != EFS_ERR_NO_MEMORY) continue; /* somebody else's */
        *where = piece->where;
        piece->used = true;
    }
    return code;
}

static const char *why_absent(const struct piece *certificate)
{
    static const struct efs_bytes tpm = { (const uint8_t *)"Microsoft Platform Crypto Provider", 34 };
    static const struct efs_bytes card = { (const uint8_t *)"Microsoft Smart Card Key Storage Provider", 41 };
    static const struct efs_bytes old_card = { (const uint8_t *)"Microsoft Base Smart Card Crypto Provider", 41 };
    const struct efs_bytes *provider = &certificate->store.provider;

    if (!certificate->certificate.key) return "not a certificate of an RSA key";
    if (container_names_match(provider, true, &tpm, false)) return "its key is in the machine's TPM";
    if (container_names_match(provider, true, &card, false) || container_names_match(provider, true, &old_card, false))
        return "its key is on a smart card";
    if (certificate->store.machine) return "its key is the machine's, not the user's";
    return "its key file isn't there";
}

/* A certificate that doesn't say where its key is may have it said beside (My\Keys). */
static void take_key_info(const struct pieces *pieces, struct piece *certificate)
{
    const struct efs_bytes *identifier = &certificate->store.key_identifier;
    size_t i;

    for (i = 0; i < pieces->count && !certificate->store.container.length; i++)
    {
        const struct piece *info = &pieces->list[i];

        if (info->kind != PIECE_KEY_INFO || !info->has_id[0]) continue;
        if (!same_id(certificate, 0, info, 0) && (identifier->length != KEY_ID_SIZE ||
            memcmp(identifier->data, info->ids[0], KEY_ID_SIZE)))
            continue;
        certificate->store.container = info->store.container;
        certificate->store.provider = info->store.provider;
        certificate->store.key_spec = info->store.key_spec;
        certificate->store.machine = info->store.machine;
    }
}

static enum efs_error resolve_certificate(struct keystore_entries *entries, struct unlocker *unlocker,
                                          struct piece *certificate, struct efs_diag *diag)
{
    const char *where = NULL, *how = NULL;
    struct keystore_entry *entry;
    struct rsa_key *key = NULL;
    struct efs_diag why = { 0 };
    enum efs_error code;

    take_key_info(unlocker->pieces, certificate);
    code = find_by_key(unlocker, certificate, &key, &where, &how, &why);
    if (!where && code == EFS_ERR_NO_KEY) code = find_by_name(unlocker, certificate, &key, &where, &how, &why);
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, why.rule);
    if (!where)
    {
        code = efs_fail(&why, EFS_ERR_NO_KEY, 0, why_absent(certificate));
        where = certificate->where;
    }
    if (add_entry(entries, &entry, diag))
    {
        rsa_key_free(key);
        return EFS_ERR_NO_MEMORY;
    }
    entry->key = key;
    entry->public.where = where;
    entry->public.how = code ? NULL : how;
    entry->public.has_certificate = true;
    memcpy(entry->public.thumbprint, certificate->certificate.thumbprint, THUMBPRINT_SIZE);
    entry->public.subject = certificate->certificate.subject;
    entry->public.not_before = certificate->certificate.not_before;
    entry->public.not_after = certificate->certificate.not_after;
    entry->public.bits = certificate->certificate.key ? rsa_key_bits(certificate->certificate.key) : 0;
    entry->public.code = code;
    entry->public.reason = code ? why.rule : NULL;
    entry->public.algorithm = code == EFS_ERR_ALGORITHM ? (uint32_t)why.offset : 0;
    return EFS_OK;
}

/* ---- what no certificate has ---- */

static enum efs_error add_lone(struct keystore_entries *entries, const struct piece *piece, struct rsa_key *key,
                               const char *how, enum efs_error code, const struct efs_diag *why, struct efs_diag *diag)
{
    struct keystore_entry *entry;

    if (add_entry(entries, &entry, diag))
    {
        rsa_key_free(key);
        return EFS_ERR_NO_MEMORY;
    }
    entry->key = key;
    entry->public.where = piece->where;
    entry->public.how = how;
    entry->public.bits = key ? rsa_key_bits(key) : 0;
    entry->public.code = code;
    /* of a call that failed, its name would say nothing */
    if (code) entry->public.reason = why->sys_errno ? efs_error_text(why->code) : why->rule;
    entry->public.algorithm = code == EFS_ERR_ALGORITHM ? (uint32_t)why->offset : 0;
    return EFS_OK;
}

/* Copies of an open key are one. */
static void mark_copies(struct pieces *pieces, const struct piece *piece)
{
    size_t i;

    for (i = 0; i < pieces->count; i++)
        if (pieces->list[i].kind == PIECE_KEY && same_id(&pieces->list[i], 0, piece, 0)) pieces->list[i].used = true;
}

/* Key files whose certificate is lost. Other programs keep keys there too: what doesn't open is nobody's loss. */
static enum efs_error resolve_lone(struct keystore_entries *entries, struct unlocker *unlocker, struct piece *piece,
                                   struct efs_diag *diag)
{
    struct efs_diag why = { 0 };
    struct rsa_key *key = NULL;
    const char *how = NULL;
    enum efs_error code = EFS_OK;
    int pair;

    if (piece->kind == PIECE_NOTE) return add_lone(entries, piece, NULL, NULL, piece->diag.code, &piece->diag, diag);
    if (piece->used) return EFS_OK;
    if (piece->kind == PIECE_KEY)
    {
        mark_copies(unlocker->pieces, piece);
        code = take_open_key(piece, &key, &how, &why);
        return code ? efs_fail(diag, code, 0, why.rule) : add_lone(entries, piece, key, how, EFS_OK, &why, diag);
    }
    for (pair = 0; pair < 2; pair++)
    {
        if (piece->kind == PIECE_CAPI)
        {
            if (!piece->has_id[pair]) continue;
            code = open_capi(unlocker, pair ? &piece->capi.signature_private : &piece->capi.exchange_private, &key,
                             &how, &why);
        }
        else if (piece->kind == PIECE_CNG && pair == 0) code = open_cng(unlocker, piece, &key, &how, &why);
        else continue;
        if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, why.rule);
        if (code && piece->kind == PIECE_CNG) continue;
        code = add_lone(entries, piece, key, code ? NULL : how, code, &why, diag);
        if (code) return code;
        key = NULL;
    }
    return EFS_OK;
}

static int compare_usable(const void *a, const void *b)
{
    const struct keystore_entry *left = a, *right = b;
    int left_rank = left->public.code ? 2 : !left->public.has_certificate;
    int right_rank = right->public.code ? 2 : !right->public.has_certificate;

    return left_rank != right_rank ? left_rank - right_rank : strcmp(left->public.where, right->public.where);
}

/* New files are for the first key. What isn't usable stays where it is. */
static void put_current_first(struct keystore_entries *entries, const uint8_t thumbprint[THUMBPRINT_SIZE])
{
    struct keystore_entry *list = entries->list, current;
    size_t i;

    for (i = 0; i < entries->count; i++)
        if (!list[i].public.code && list[i].public.has_certificate
            && !memcmp(list[i].public.thumbprint, thumbprint, THUMBPRINT_SIZE))
            break;
    if (i == entries->count) return;
    current = list[i];
    memmove(list + 1, list, i * sizeof(*list));
    list[0] = current;
}

enum efs_error resolve_pieces(struct keystore_entries *entries, struct unlocker *unlocker, struct efs_diag *diag)
{
    struct pieces *pieces = unlocker->pieces;
    enum efs_error code = EFS_OK;
    size_t i, k;

    for (i = 0; i < pieces->count && !code; i++)
    {
        if (pieces->list[i].kind != PIECE_CERTIFICATE) continue;
        /* copies of one certificate are one */
        for (k = 0; k < entries->count; k++)
            if (!memcmp(entries->list[k].public.thumbprint, pieces->list[i].certificate.thumbprint, THUMBPRINT_SIZE))
                break;
        if (k == entries->count) code = resolve_certificate(entries, unlocker, &pieces->list[i], diag);
    }
    for (i = 0; i < pieces->count && !code; i++) code = resolve_lone(entries, unlocker, &pieces->list[i], diag);
    if (!code && entries->count) qsort(entries->list, entries->count, sizeof(*entries->list), compare_usable);
    if (!code && pieces->has_current) put_current_first(entries, pieces->current);
    return code;
}
