/*
 * What a source of keys is made of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "grow.h"
#include "crypt/reader.h"

static void free_piece(struct piece *piece)
{
    free(piece->where);
    free(piece->bytes);
    certificate_free(&piece->certificate);
    rsa_key_free(piece->key);
    efs_secret_free(&piece->masterkey);
}

void pieces_free(struct pieces *pieces)
{
    size_t i;

    for (i = 0; i < pieces->count; i++) free_piece(&pieces->list[i]);
    free(pieces->list);
    memset(pieces, 0, sizeof(*pieces));
}

void pieces_drop_last(struct pieces *pieces)
{
    if (!pieces->count) return;
    pieces->bytes -= pieces->list[--pieces->count].length;
    free_piece(&pieces->list[pieces->count]);
}

/* A place for one more of a file `where`; NULL with EFS_OK: no more is taken. */
static enum efs_error append(struct pieces *pieces, const char *where, size_t length, struct piece **piece,
                             struct efs_diag *diag)
{
    void *list = pieces->list;
    char *copy;

    *piece = NULL;
    if (pieces->count == EFS_KEYSTORE_FILES_MAX || length > EFS_KEYSTORE_BYTES_MAX - pieces->bytes)
    {
        pieces->full = true;
        return EFS_OK;
    }
    copy = strdup(where);
    if (!copy || !grow_list(&list, pieces->count, &pieces->capacity, sizeof(**piece)))
    {
        free(copy);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    }
    pieces->list = list;
    *piece = &pieces->list[pieces->count++];
    memset(*piece, 0, sizeof(**piece));
    (*piece)->where = copy;
    pieces->bytes += length;
    return EFS_OK;
}

/* ---- recognition ---- */

static bool is_masterkey(const uint8_t *bytes, size_t length)
{
    struct masterkey_file file;

    return !masterkey_file_read(&file, bytes, length, NULL) && file.has_guid && file.master.length;
}

static bool is_capi(const uint8_t *bytes, size_t length)
{
    struct capi_file file;

    return !capi_file_read(&file, bytes, length, NULL) &&
           (file.exchange_public.length || file.signature_public.length);
}

static bool is_cng(const uint8_t *bytes, size_t length)
{
    struct cng_file file;
    struct dpapi_blob blob;

    return !cng_file_read(&file, bytes, length, NULL) && file.private_key.length &&
           !dpapi_blob_read(&blob, file.private_key.data, file.private_key.length, NULL);
}

static bool is_store(const uint8_t *bytes, size_t length)
{
    struct store_file file;

    return !store_file_read(&file, bytes, length, NULL);
}

static bool is_key_info(const uint8_t *bytes, size_t length)
{
    struct store_file file;

    return !key_info_read(&file, bytes, length, NULL);
}

enum piece_kind piece_recognize(const uint8_t *bytes, size_t length)
{
    if (pvk_is(bytes, length)) return PIECE_PVK;
    if (is_masterkey(bytes, length)) return PIECE_MASTER;
    if (is_capi(bytes, length)) return PIECE_CAPI;
    if (is_cng(bytes, length)) return PIECE_CNG;
    if (certificate_is(bytes, length) || is_store(bytes, length)) return PIECE_CERTIFICATE;
    if (is_key_info(bytes, length)) return PIECE_KEY_INFO;
    return PIECE_UNKNOWN;
}

/* ---- reading ---- */

static enum efs_error set_id(struct piece *piece, int which, const struct rsa_key *key, struct efs_diag *diag)
{
    enum efs_error code = rsa_key_id(key, piece->ids[which], diag);

    piece->has_id[which] = !code;
    return code;
}

/* Of Windows' store, or by itself as DER or PEM. */
static enum efs_error read_certificate(struct piece *piece, struct efs_diag *diag)
{
    enum efs_error code;

    if (certificate_is(piece->bytes, piece->length))
        code = certificate_read(&piece->certificate, piece->bytes, piece->length, diag);
    else
    {
        code = store_file_read(&piece->store, piece->bytes, piece->length, diag);
        if (!code)
            code = certificate_read(&piece->certificate, piece->store.certificate.data,
                                    piece->store.certificate.length, diag);
    }
    if (!code && piece->certificate.key) code = set_id(piece, 0, piece->certificate.key, diag);
    return code;
}

/* By its name the file says whose key it is about, and perhaps inside as well. */
static enum efs_error read_key_info(struct piece *piece, struct efs_diag *diag)
{
    const char *name = strrchr(piece->where, '/');
    enum efs_error code = key_info_read(&piece->store, piece->bytes, piece->length, diag);
    size_t i;

    name = name ? name + 1 : piece->where;
    if (code) return code;
    piece->has_id[0] = strlen(name) == 2 * KEY_ID_SIZE;
    for (i = 0; i < KEY_ID_SIZE && piece->has_id[0]; i++)
        piece->has_id[0] = hex_byte(&piece->ids[0][i], name + 2 * i);
    if (!piece->has_id[0] && piece->store.key_identifier.length == KEY_ID_SIZE)
    {
        memcpy(piece->ids[0], piece->store.key_identifier.data, KEY_ID_SIZE);
        piece->has_id[0] = true;
    }
    return EFS_OK;
}

/* The public half of a pair is in the clear; what can't be read as one has no id. */
static enum efs_error read_pair(struct piece *piece, int which, const struct efs_bytes *public, struct efs_diag *diag)
{
    struct rsa_numbers numbers;
    struct rsa_key *key;
    enum efs_error code;

    if (!public->length || rsa_read_capi(&numbers, public->data, public->length, NULL)) return EFS_OK;
    numbers.p = numbers.q = (struct efs_bytes){ 0 };
    code = rsa_key_make(&key, &numbers, diag);
    if (code) return code == EFS_ERR_NO_MEMORY ? code : EFS_OK;
    code = set_id(piece, which, key, diag);
    rsa_key_free(key);
    return code;
}

static enum efs_error read_capi(struct piece *piece, struct efs_diag *diag)
{
    enum efs_error code = capi_file_read(&piece->capi, piece->bytes, piece->length, diag);

    if (!code) code = read_pair(piece, 0, &piece->capi.exchange_public, diag);
    if (!code) code = read_pair(piece, 1, &piece->capi.signature_public, diag);
    return code;
}

static enum efs_error read_credhist(struct piece *piece, struct efs_diag *diag)
{
    struct credhist_walk walk;
    struct credhist_entry entry;
    enum efs_error code = credhist_begin(&walk, piece->bytes, piece->length, diag);
    bool end = false;

    while (!code && !end) code = credhist_next(&walk, &entry, &end, diag);
    return code;
}

static enum efs_error read_piece(struct piece *piece, const char *password, struct efs_diag *diag)
{
    enum efs_error code;

    switch (piece->kind)
    {
    case PIECE_CERTIFICATE:
        return read_certificate(piece, diag);
    case PIECE_KEY_INFO:
        return read_key_info(piece, diag);
    case PIECE_CAPI:
        return read_capi(piece, diag);
    case PIECE_CNG:
        return cng_file_read(&piece->cng, piece->bytes, piece->length, diag);
    case PIECE_MASTER:
        return masterkey_file_read(&piece->master, piece->bytes, piece->length, diag);
    case PIECE_CREDHIST:
        return read_credhist(piece, diag);
    case PIECE_PVK:
        code = pvk_open(&piece->key, piece->bytes, piece->length, password, diag);
        if (!code) code = set_id(piece, 0, piece->key, diag);
        piece->kind = PIECE_KEY;
        return code;
    default:
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "nothing of keys in it");
    }
}

static void turn_into_note(struct piece *piece, const struct efs_diag *why)
{
    piece->kind = PIECE_NOTE;
    piece->diag = *why;
}

enum efs_error pieces_add(struct pieces *pieces, enum piece_kind kind, const char *where, const char *sid,
                          uint8_t *bytes, size_t length, const char *password, struct efs_diag *diag)
{
    struct efs_diag inner = { 0 };
    struct piece *piece;
    enum efs_error code = append(pieces, where, length, &piece, diag);

    if (code || !piece)
    {
        explicit_bzero(bytes, length);
        free(bytes);
        return code;
    }
    piece->kind = kind;
    piece->bytes = bytes;
    piece->length = length;
    if (sid) memcpy(piece->sid, sid, strlen(sid) + 1);
    code = read_piece(piece, password, &inner);
    if (kind == PIECE_PVK)
    {
        explicit_bzero(bytes, length);
        free(bytes);
        piece->bytes = NULL;
    }
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, inner.offset, inner.rule);
    if (code) turn_into_note(piece, &inner);
    return EFS_OK;
}

enum efs_error pieces_add_key(struct pieces *pieces, const char *where, struct rsa_key *key, const char *how,
                              struct efs_diag *diag)
{
    struct piece *piece;
    enum efs_error code = append(pieces, where, 0, &piece, diag);

    if (code || !piece)
    {
        rsa_key_free(key);
        return code;
    }
    piece->kind = PIECE_KEY;
    piece->key = key;
    piece->how = how;
    return set_id(piece, 0, key, diag);
}

enum efs_error pieces_add_sid(struct pieces *pieces, const char *sid, struct efs_diag *diag)
{
    struct piece *piece;
    enum efs_error code = append(pieces, sid, 0, &piece, diag);

    if (code || !piece) return code;
    piece->kind = PIECE_SID;
    memcpy(piece->sid, sid, strlen(sid) + 1);
    return EFS_OK;
}

enum efs_error pieces_add_note(struct pieces *pieces, const char *where, const struct efs_diag *why,
                               struct efs_diag *diag)
{
    struct piece *piece;
    enum efs_error code = append(pieces, where, 0, &piece, diag);

    if (code || !piece) return code;
    turn_into_note(piece, why);
    return EFS_OK;
}
