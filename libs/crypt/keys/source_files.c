/*
 * Key files of the user's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypt/keyfile/key_file.h"
#include "crypt/reader.h"
#include "source.h"

struct visit
{
    struct pieces *pieces;
    const char *where;
};

static enum efs_error visit_key(void *context, struct rsa_key *key, struct efs_diag *diag)
{
    const struct visit *visit = context;

    return pieces_add_key(visit->pieces, visit->where, key, NULL, diag);
}

static enum efs_error visit_certificate(void *context, const uint8_t *der, size_t length, struct efs_diag *diag)
{
    const struct visit *visit = context;
    uint8_t *copy = malloc(length);

    if (!copy) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    memcpy(copy, der, length);
    return pieces_add(visit->pieces, PIECE_CERTIFICATE, visit->where, NULL, copy, length, NULL, diag);
}

/* Does the name say that it holds a key? Then it is worth a word that it doesn't. */
static bool is_named_as_key(const char *name)
{
    static const char *const endings[] = { ".pfx", ".p12", ".pem", ".key", ".pvk" };
    const char *dot = strrchr(name, '.');
    size_t i;

    for (i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (!strcasecmp(dot, endings[i])) return true;
    return false;
}

enum efs_error add_key_file(struct pieces *pieces, const char *where, uint8_t *bytes, size_t length,
                            const char *password, bool required, struct efs_diag *diag)
{
    static const struct key_visitor visitor = { visit_key, visit_certificate };
    struct visit visit = { pieces, where };
    struct efs_diag inner = { 0 };
    enum efs_error code = key_file_visit(bytes, length, password, &visitor, &visit, &inner);

    /* the password is for others in the directory, perhaps */
    if (code == EFS_ERR_PASSWORD && password && !key_file_visit(bytes, length, NULL, &visitor, &visit, NULL))
        code = EFS_OK;
    explicit_bzero(bytes, length);
    free(bytes);
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, inner.rule);
    if (code && (required || code != EFS_ERR_KEY_FILE || is_named_as_key(where)))
        return pieces_add_note(pieces, where, &inner, diag);
    return EFS_OK;
}

/* Each certificate of a whole store, by itself. */
static enum efs_error add_store(struct pieces *pieces, const char *where, const uint8_t *bytes, size_t length,
                                struct efs_diag *diag)
{
    struct efs_diag inner = { 0 };
    enum efs_error code = EFS_OK;
    struct store_file file;
    size_t at = SST_HEADER;
    uint8_t *copy;
    bool end = false;

    while (!code && !pieces->full)
    {
        if (sst_next(&file, &end, bytes + at, length - at, &inner))
            return pieces_add_note(pieces, where, &inner, diag);
        if (end) break;
        if (file.certificate.length)
        {
            if (!(copy = malloc(file.length))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
            memcpy(copy, bytes + at, file.length);
            code = pieces_add(pieces, PIECE_CERTIFICATE, where, NULL, copy, file.length, NULL, diag);
        }
        at += file.length;
    }
    return code;
}

enum efs_error add_bytes(struct pieces *pieces, const char *where, uint8_t *bytes, size_t length,
                         const char *password, bool required, struct efs_diag *diag)
{
    enum piece_kind kind = piece_recognize(bytes, length);
    enum efs_error code;

    if (kind != PIECE_UNKNOWN) return pieces_add(pieces, kind, where, NULL, bytes, length, password, diag);
    if (!sst_is(bytes, length)) return add_key_file(pieces, where, bytes, length, password, required, diag);
    code = add_store(pieces, where, bytes, length, diag);
    free(bytes);
    return code;
}

enum efs_error add_file(struct pieces *pieces, enum piece_kind kind, const struct place *place, const char *name,
                        const char *sid, const char *password, struct efs_diag *diag)
{
    struct efs_diag inner = { 0 };
    uint8_t *bytes;
    size_t length;
    char *path = place_path(place, name);
    enum efs_error code;

    if (!path) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "asprintf");
    code = place_read(place, name, KEY_FILE_MAX, &bytes, &length, &inner);
    if (code == EFS_ERR_NO_MEMORY) efs_fail(diag, code, 0, inner.rule);
    else if (code) code = pieces_add_note(pieces, path, &inner, diag);
    else if (bytes && kind == PIECE_UNKNOWN) code = add_bytes(pieces, path, bytes, length, password, false, diag);
    else if (bytes) code = pieces_add(pieces, kind, path, sid, bytes, length, password, diag);
    free(path);
    return code;
}

enum efs_error files_collect(struct pieces *pieces, const struct place *place, const char *password,
                             struct efs_diag *diag)
{
    struct names names;
    enum efs_error code = place_names(&names, place, diag);
    size_t i;

    if (code) return code;
    for (i = 0; i < names.count && !code && !pieces->full; i++)
        code = add_file(pieces, PIECE_UNKNOWN, place, names.list[i], NULL, password, diag);
    place_free_names(&names);
    return code;
}

enum efs_error file_collect(struct pieces *pieces, const char *path, const char *password, struct efs_diag *diag)
{
    uint8_t *bytes;
    size_t length;
    enum efs_error code = place_read(NULL, path, KEY_FILE_MAX, &bytes, &length, diag);

    if (code) return code;
    if (!bytes) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "not a file, empty, or longer than any file of keys");
    return add_bytes(pieces, path, bytes, length, password, true, diag);
}
