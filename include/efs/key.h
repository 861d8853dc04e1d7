/*
 * RSA private keys from PFX (PKCS#12, as Windows exports them) and PEM files, and the FEK they unwrap.
 *
 * Part of the library efs-crypto; needs GnuTLS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEY_H
#define EFS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"
#include "efs/error.h"
#include "efs/metadata.h"

struct efs_key;

/*
 * Reads a key file's contents: PFX, PEM or DER (PKCS#1, PKCS#8, encrypted PKCS#8), PVK, or base64 of a PFX, DER or PVK.
 * A file may hold several keys: each of them is tried. Certificates in the same file give the thumbprint. password:
 * UTF-8 or NULL for none. Errors: EFS_ERR_KEY_FILE, EFS_ERR_PASSWORD (wrong or missing), EFS_ERR_NO_MEMORY.
 */
enum efs_error efs_key_load(struct efs_key **key, const uint8_t *file, size_t length, const char *password,
                            struct efs_diag *diag);
/*
 * A certificate file (PEM, perhaps several, or DER) for a key that came without: gives the thumbprint.
 * Errors: EFS_ERR_INVALID: it is none, or none of the keys fits; EFS_ERR_NO_MEMORY.
 */
enum efs_error efs_key_fit_certificate(struct efs_key *key, const uint8_t *file, size_t length, struct efs_diag *diag);
void efs_key_free(struct efs_key *key); /* wipes it; NULL allowed */
/* One that is both, the first one's keys before the other's; takes them over. Each may be NULL. */
struct efs_key *efs_key_join(struct efs_key *first, struct efs_key *second);

size_t efs_key_count(const struct efs_key *key);
/* SHA-1 of the certificate that belongs to a key, of which `index` is the number; false if the file had none. */
bool efs_key_thumbprint(const struct efs_key *key, size_t index, uint8_t thumbprint[20]);

/*
 * Finds the entry that this key opens, users before recovery agents: by thumbprint where the key
 * has a certificate, else (or if that finds none) by trying each RSA entry. Fills *fek; *list and
 * *entry (both may be NULL) say which it was.
 * Errors: EFS_ERR_VERSION for opaque metadata, EFS_ERR_NO_KEY, EFS_ERR_ALGORITHM.
 */
enum efs_error efs_key_unwrap(const struct efs_key *key, const struct efs_metadata *metadata, struct efs_fek *fek,
                              enum efs_key_list *list, struct efs_key_entry *entry, struct efs_diag *diag);

#endif
