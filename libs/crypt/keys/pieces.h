/*
 * What a source of keys is made of: certificates, key files, master keys, histories of passwords, keys that are open
 * already. The sources collect them, resolve.c puts them together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_PIECES_H
#define EFS_KEYS_PIECES_H

#include "crypt/keys/windows/container_format.h"
#include "crypt/keys/windows/dpapi.h"
#include "efs/keystore.h"

enum piece_kind
{
    PIECE_UNKNOWN,
    PIECE_CERTIFICATE, /* of the certificate store, or by itself */
    PIECE_KEY_INFO,    /* of the certificate store: where the key of a certificate is that doesn't say so itself */
    PIECE_CAPI,
    PIECE_CNG,
    PIECE_MASTER,
    PIECE_CREDHIST,
    PIECE_PVK,
    PIECE_KEY, /* an open private key */
    PIECE_SID,  /* seen without a file: master keys of nobody's are tried with it */
    PIECE_NOTE, /* a file that can't be read, or isn't what it should be: the diag says why */
};

/* Two keys with the same public half have the same: SHA-1 of its DER, which Windows calls the key identifier, too. */
#define KEY_ID_SIZE SHA1_SIZE

struct piece
{
    enum piece_kind kind;
    char           *where;  /* to be freed */
    uint8_t        *bytes;  /* of the file, to be freed; the formats' structures point into it */
    size_t          length;
    char            sid[SID_TEXT_MAX]; /* whose directory it was in; empty: unknown */
    /* CERTIFICATE, KEY, KEY_INFO: of its key. CAPI: of the exchange and the signature pair */
    uint8_t         ids[2][KEY_ID_SIZE];
    bool            has_id[2];
    bool            used;   /* a certificate has it */

    struct store_file     store;
    struct certificate    certificate;
    struct capi_file      capi;
    struct cng_file       cng;
    struct masterkey_file master;
    struct rsa_key       *key;
    struct efs_secret     masterkey; /* MASTER: once it is open, its SHA-1 */
    bool                  tried;     /* MASTER: to be opened; diag has what came of it */
    const char           *how;       /* MASTER, KEY: what opened it */
    struct efs_diag       diag;
};

struct pieces
{
    struct piece *list;
    size_t        count, capacity;
    size_t        bytes; /* in all */
    bool          full;  /* there was more than EFS_KEYSTORE_FILES_MAX or EFS_KEYSTORE_BYTES_MAX allow */
    bool          has_current; /* the source says which certificate's key new files are for */
    uint8_t       current[THUMBPRINT_SIZE];
};

void pieces_free(struct pieces *pieces);

/* Removes the one that was added last. */
void pieces_drop_last(struct pieces *pieces);

/* What do the bytes look like? */
enum piece_kind piece_recognize(const uint8_t *bytes, size_t length);

/*
 * Adds a file. kind: what it should be by its place; what it isn't becomes a PIECE_NOTE. bytes: from malloc, taken in
 * any case, wiped where they may hold a key. where: copied. sid: may be NULL. EFS_ERR_NO_MEMORY.
 */
enum efs_error pieces_add(struct pieces *pieces, enum piece_kind kind, const char *where, const char *sid,
                          uint8_t *bytes,
                          size_t length, const char *password, struct efs_diag *diag);
/* Adds a key, which is taken in any case. */
enum efs_error pieces_add_key(struct pieces *pieces, const char *where, struct rsa_key *key, const char *how,
                              struct efs_diag *diag);
/* Adds a SID. */
enum efs_error pieces_add_sid(struct pieces *pieces, const char *sid, struct efs_diag *diag);
/* Adds what is wrong with a file. */
enum efs_error pieces_add_note(struct pieces *pieces, const char *where, const struct efs_diag *why,
                               struct efs_diag *diag);

#endif
