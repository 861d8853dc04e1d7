/*
 * Certificates of users and recovery agents: whom a file is encrypted for.
 *
 * Part of the library efs-crypto; needs OpenSSL, and GnuTLS for PFX.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CERTIFICATE_H
#define EFS_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"
#include "efs/error.h"
#include "efs/key.h"
#include "efs/metadata.h"

struct efs_certificate;

/*
 * Reads a file with a certificate: DER or PEM, the first one in it; or a key file (PFX, PEM) with a private key, of
 * which the certificate that belongs to its key is taken. password: of a key file, UTF-8 or NULL.
 * Errors: EFS_ERR_KEY_FILE: no certificate, or none of an RSA key; EFS_ERR_PASSWORD; EFS_ERR_ALGORITHM: an RSA key that
 * is shorter than 1024 bits, or too long for $EFS; EFS_ERR_NO_MEMORY.
 */
enum efs_error efs_certificate_load(struct efs_certificate **certificate, const uint8_t *file, size_t length,
                                    const char *password, struct efs_diag *diag);
/*
 * That of the first of the keys that has one (efs/key.h), with what is known of it: it names no purpose, and no end.
 * EFS_ERR_NO_KEY: none has; EFS_ERR_ALGORITHM as above; EFS_ERR_NO_MEMORY.
 */
enum efs_error efs_certificate_of_key(struct efs_certificate **certificate, const struct efs_key *key,
                                      struct efs_diag *diag);
void efs_certificate_free(struct efs_certificate *certificate); /* NULL allowed */

struct efs_agents
{
    struct efs_certificate **list;
    uint32_t                 count;
};

/*
 * The recovery agents whom the policy of a Wine prefix names (EfsBlob in its system.reg, MS-GPEF 2.2.1.2); without a
 * policy there are none. Errors: EFS_ERR_NOT_FOUND: no such prefix; EFS_ERR_FORMAT: the policy isn't one;
 * EFS_ERR_INVALID: nor is system.reg a registry; of efs_certificate_load. To be freed by efs_agents_free; on failure
 * nothing has to be.
 */
enum efs_error efs_agents_of_prefix(struct efs_agents *agents, const char *prefix, struct efs_diag *diag);
void efs_agents_free(struct efs_agents *agents);

/* SHA-1 of the DER, 20 bytes. */
const uint8_t *efs_certificate_thumbprint(const struct efs_certificate *certificate);
/* Has it another purpose than EFS (an extended key usage without it)? Windows wouldn't encrypt for it. */
bool efs_certificate_is_for_else(const struct efs_certificate *certificate);
/* Is it valid at that time (seconds since 1970, UTC)? */
bool efs_certificate_is_valid(const struct efs_certificate *certificate, int64_t now);

/* A key list entry in the making. */
struct efs_certificate_entry
{
    struct efs_key_entry entry; /* points into this structure and the certificate, which have to stay */
    uint8_t              encrypted_fek[EFS_FEK_BLOB_MAX];
};

/*
 * The entry with which the certificate's key opens the FEK, as Windows makes it for other users than the owner:
 * thumbprint and name, no SID and no key container, which are of the machine where the key is.
 */
enum efs_error efs_certificate_wrap(const struct efs_certificate *certificate, const struct efs_fek *fek,
                                    struct efs_certificate_entry *entry, struct efs_diag *diag);

#endif
