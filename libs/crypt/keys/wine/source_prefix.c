/*
 * A Wine prefix: keys and certificates in its user.reg, and in the files that wineefs keeps beside it (efs-keys), which
 * are there before Wine's server has written what it has in memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypt/keys/source.h"
#include "crypt/keys/windows/dpapi.h"
#include "crypt/primitives.h"
#include "crypt/reader.h"
#include "wine_registry.h"

#define REGISTRY_MAX 67108864 /* bytes of a user.reg */
#define USERS_MAX 16          /* names that are tried */
#define CONTAINER_MAX 32768   /* bytes of a protected key pair; each name is tried on it */
#define USER_MAX 256           /* bytes of one */

#define KEY_FILES "efs-keys" /* in the prefix: those of the keys that were made there, or imported */
#define WINE_SECRET "I'm hunting wabbits" /* without the NUL */
#define CONTAINERS "Software\\\\Wine\\\\Crypto\\\\RSA\\\\"
#define CERTIFICATES "Software\\\\Microsoft\\\\SystemCertificates\\\\MY\\\\Certificates\\\\"
#define CURRENT "Software\\\\Microsoft\\\\Windows NT\\\\CurrentVersion\\\\EFS\\\\CurrentKeys"

enum place_in_registry
{
    ELSEWHERE,
    CONTAINER,
    CERTIFICATE,
    CURRENT_KEY,
    ENVIRONMENT
};

static enum place_in_registry find_place(const struct registry_item *key)
{
    if (registry_name_begins(key, CONTAINERS)) return CONTAINER;
    if (registry_name_begins(key, CERTIFICATES)) return CERTIFICATE;
    if (registry_name_is(key, CURRENT)) return CURRENT_KEY;
    if (registry_name_is(key, "Volatile Environment")) return ENVIRONMENT;
    return ELSEWHERE;
}

/*
 * Opens what Wine's CryptProtectData has made: whoever knows the user's name can. It hides, and protects nothing.
 * plain: is allocated. EFS_ERR_PASSWORD: another user's, or damaged.
 */
static enum efs_error wine_blob_open(struct efs_secret *plain, const struct dpapi_blob *blob, const char *user,
                                     struct efs_diag *diag)
{
    static const uint8_t no_iv[16];
    const struct efs_bytes parts[3] = { { (const uint8_t *)user, (uint32_t)strlen(user) + 1 },
                                        { (const uint8_t *)WINE_SECRET, sizeof(WINE_SECRET) - 1 },
                                        blob->nonce };
    uint8_t hash[SHA1_SIZE], key[32];
    struct efs_bytes bytes;
    size_t key_size, block;
    enum efs_error code;

    memset(plain, 0, sizeof(*plain));
    if (blob->hash != DPAPI_SHA1) return algorithm_unsupported(diag, blob->hash);
    if (!cipher_sizes(blob->cipher, &key_size, &block)) return algorithm_unsupported(diag, blob->cipher);
    if (!blob->ciphertext.length || blob->ciphertext.length % block || blob->signature.length != SHA1_SIZE)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "user.reg: a key is damaged");
    code = digest_parts(DPAPI_SHA1, parts, 3, hash, diag);
    if (!code) code = derive_cipher_key(key, key_size, DPAPI_SHA1, hash, diag);
    if (!code && !efs_secret_allocate(plain, blob->ciphertext.length))
        code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    if (!code)
    {
        plain->length = blob->ciphertext.length;
        memcpy(plain->bytes, blob->ciphertext.data, plain->length);
        code = cbc_decrypt(blob->cipher, key, no_iv, plain->bytes, plain->length, diag);
    }
    if (!code && !cut_padding(plain, block)) code = EFS_ERR_PASSWORD;
    if (!code)
    {
        bytes = (struct efs_bytes){ plain->bytes, (uint32_t)plain->length };
        code = digest_parts(DPAPI_SHA1, &bytes, 1, hash, diag);
        if (!code && !same_secret(hash, blob->signature.data, SHA1_SIZE)) code = EFS_ERR_PASSWORD;
    }
    if (code == EFS_ERR_PASSWORD) efs_fail(diag, code, 0, "user.reg: a key is another user's, or damaged");
    explicit_bzero(key, sizeof(key));
    if (code) efs_secret_free(plain);
    return code;
}

/* One key pair of a container; who it belongs to is found by trying. */
static enum efs_error add_container(struct pieces *pieces, const char *where, const struct efs_bytes *value,
                                    const char *const *users, size_t user_count, struct efs_diag *diag)
{
    struct efs_diag why = { 0 };
    struct efs_secret plain = { 0 };
    struct rsa_numbers numbers;
    struct rsa_key *key = NULL;
    struct dpapi_blob blob;
    enum efs_error code = wine_blob_read(&blob, value->data, value->length, &why);
    size_t i;

    if (!code)
    {
        code = efs_fail(&why, EFS_ERR_PASSWORD, 0, "the prefix has no user directory, whose name a key in it needs");
        for (i = 0; i < user_count && code == EFS_ERR_PASSWORD; i++)
            code = wine_blob_open(&plain, &blob, users[i], &why);
    }
    if (!code) code = rsa_read_privatekeyblob(&numbers, plain.bytes, plain.length, &why);
    if (!code) code = rsa_key_make(&key, &numbers, &why);
    efs_secret_free(&plain);
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, why.rule);
    if (code) return pieces_add_note(pieces, where, &why, diag);
    return pieces_add_key(pieces, where, key, NULL, diag);
}

static enum efs_error add_value(struct pieces *pieces, enum place_in_registry place, const char *where,
                                const struct registry_item *item, uint8_t *buffer, const char *const *users,
                                size_t user_count, struct efs_diag *diag)
{
    size_t max = place == CONTAINER ? CONTAINER_MAX : KEY_FILE_MAX;
    struct efs_bytes value = { buffer, (uint32_t)registry_binary(item, buffer, max) };
    uint8_t *copy;

    if (place == CONTAINER &&
        (registry_name_is(item, "KeyExchangeKeyPair") || registry_name_is(item, "SignatureKeyPair")))
        return add_container(pieces, where, &value, users, user_count, diag);
    if (place != CERTIFICATE || !registry_name_is(item, "Blob")) return EFS_OK;
    if (!(copy = malloc(value.length ? value.length : 1))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    memcpy(copy, buffer, value.length);
    return pieces_add(pieces, PIECE_CERTIFICATE, where, NULL, copy, value.length, NULL, diag);
}

/* Which of the certificates is that of the key for new files. */
static void note_current(struct pieces *pieces, const struct registry_item *item)
{
    uint8_t hash[THUMBPRINT_SIZE];

    if (!registry_name_is(item, "CertificateHash")) return;
    if (registry_binary(item, hash, sizeof(hash)) != sizeof(hash)) return;
    memcpy(pieces->current, hash, sizeof(hash));
    pieces->has_current = true;
}

/* "FILE: NAME", for people; to be freed. */
static char *name_place(const char *file, const struct registry_item *key, enum place_in_registry place)
{
    size_t skip = strlen(place == CONTAINER ? CONTAINERS : CERTIFICATES);
    char *where = NULL;

    if (asprintf(&where, "%s: %.*s", file, (int)(key->name_length - skip > 256 ? 256 : key->name_length - skip),
                 key->name + skip) < 0)
        return NULL;
    return where;
}

enum efs_error prefix_collect_registry(struct pieces *pieces, const char *where, const uint8_t *bytes, size_t length,
                                       const char *const *users, size_t user_count, struct efs_diag *diag)
{
    struct registry_walk walk = registry_begin(bytes, length);
    enum place_in_registry place = ELSEWHERE;
    struct registry_item item;
    struct efs_secret buffer;
    enum efs_error code = EFS_OK;
    char *name = NULL;

    if (!efs_secret_allocate(&buffer, KEY_FILE_MAX)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    while (!code && !pieces->full && registry_next(&walk, &item))
    {
        if (item.is_key)
        {
            free(name);
            name = NULL;
            place = find_place(&item);
            if ((place == CONTAINER || place == CERTIFICATE) && !(name = name_place(where, &item, place)))
                code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "asprintf");
        }
        else if (place == CURRENT_KEY) note_current(pieces, &item);
        else if (name) code = add_value(pieces, place, name, &item, buffer.bytes, users, user_count, diag);
    }
    free(name);
    efs_secret_free(&buffer);
    return code;
}

/* ---- whose they may be ---- */

struct users
{
    char name[USERS_MAX][USER_MAX];
    const char *list[USERS_MAX];
    size_t count;
};

static void add_user(struct users *users, const char *name)
{
    size_t length = strlen(name);

    if (users->count == USERS_MAX || !length || length >= USER_MAX) return;
    memcpy(users->name[users->count], name, length + 1);
    users->list[users->count] = users->name[users->count];
    users->count++;
}

static void add_registry_user(struct users *users, const uint8_t *bytes, size_t length)
{
    struct registry_walk walk = registry_begin(bytes, length);
    struct registry_item item;
    bool here = false;
    char name[USER_MAX];

    while (registry_next(&walk, &item))
    {
        if (item.is_key) here = find_place(&item) == ENVIRONMENT;
        else if (here && registry_name_is(&item, "USERNAME") && registry_plain_string(&item, name, sizeof(name)))
            add_user(users, name);
    }
}

static enum efs_error add_directory_users(struct users *users, const struct place *prefix, struct efs_diag *diag)
{
    struct place below;
    struct names names;
    bool found;
    size_t i;
    enum efs_error code = place_below(&below, prefix, "drive_c/users", &found, diag);

    if (code || !found) return code;
    code = place_names(&names, &below, diag);
    for (i = 0; !code && i < names.count; i++)
        if (strcasecmp(names.list[i], "Public")) add_user(users, names.list[i]);
    if (!code) place_free_names(&names);
    place_close(&below);
    return code == EFS_ERR_NO_MEMORY ? code : EFS_OK;
}

/* ---- the prefix ---- */

/* What is wrong with the directory is said, and costs nobody the keys of the registry. */
static enum efs_error collect_files(struct pieces *pieces, const struct place *prefix, struct efs_diag *diag)
{
    struct efs_diag why = { 0 };
    struct place below;
    bool found;
    char *path;
    enum efs_error code = place_below(&below, prefix, KEY_FILES, &found, &why);

    if (!code && !found) return EFS_OK;
    if (!code)
    {
        code = files_collect(pieces, &below, NULL, &why);
        place_close(&below);
    }
    if (!code) return EFS_OK;
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, why.rule);
    if (!(path = place_path(prefix, KEY_FILES))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "asprintf");
    code = pieces_add_note(pieces, path, &why, diag);
    free(path);
    return code;
}

static enum efs_error collect_registry(struct pieces *pieces, const struct place *place, bool *found,
                                       struct efs_diag *diag)
{
    struct users *users;
    uint8_t *bytes;
    size_t length;
    char *path;
    enum efs_error code = place_read(place, "user.reg", REGISTRY_MAX, &bytes, &length, diag);

    *found = bytes != NULL;
    if (code == EFS_ERR_NOT_FOUND) return EFS_OK;
    if (code || !bytes) return code;
    path = place_path(place, "user.reg");
    users = calloc(1, sizeof(*users));
    if (!path || !users) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    if (!code)
    {
        add_registry_user(users, bytes, length);
        code = add_directory_users(users, place, diag);
    }
    if (!code) code = prefix_collect_registry(pieces, path, bytes, length, users->list, users->count, diag);
    explicit_bzero(bytes, length);
    free(bytes);
    free(users);
    free(path);
    return code;
}

enum efs_error prefix_collect(struct pieces *pieces, const struct place *place, bool *found, struct efs_diag *diag)
{
    enum efs_error code = collect_registry(pieces, place, found, diag);

    return code || !*found ? code : collect_files(pieces, place, diag);
}
