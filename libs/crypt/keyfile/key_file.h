/*
 * A key file, as the sources of keys (crypt/keys) take it apart.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEY_FILE_H
#define EFS_KEY_FILE_H

#include "rsa_key.h"
#include "efs/key.h"

struct efs_key
{
    struct efs_key *next;    /* of the same file */
    struct rsa_key *rsa;
    bool            has_thumbprint;
    uint8_t         thumbprint[THUMBPRINT_SIZE];
    char           *name;    /* whom its certificate is of, as $EFS names users, UTF-8; NULL: unknown */
};

/* Puts a key before those that are in *key already. rsa: taken in any case. thumbprint, name: of its certificate, or
   NULL. */
enum efs_error efs_key_from_rsa(struct efs_key **key, struct rsa_key *rsa, const uint8_t *thumbprint,
                                const char *name, struct efs_diag *diag);

/* Gets what is in a key file; the key is the visitor's then, the certificate's DER isn't. */
struct key_visitor
{
    enum efs_error (*key)(void *context, struct rsa_key *key, struct efs_diag *diag);
    enum efs_error (*certificate)(void *context, const uint8_t *der, size_t length, struct efs_diag *diag);
};

/* The forms and errors are those of efs_key_load; length: at most INT_MAX, and above 0. */
enum efs_error key_file_visit(const uint8_t *file, size_t length, const char *password,
                              const struct key_visitor *visitor, void *context, struct efs_diag *diag);

#endif
