/*
 * Keys and certificates as the PE half hands them over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_KEY_LOADING_H
#define WINEEFS_KEY_LOADING_H

#include "efs/certificate.h"
#include "efs/key.h"
#include "efs/seal.h"
#include "unixlib_private.h"

/* Errors of efs_key_load and efs_key_fit_certificate. */
enum efs_error load_pair(const struct key_pair *pair, struct efs_key **key, struct efs_diag *diag);

struct certificates
{
    struct efs_certificate **list;
    uint32_t                 count;
};

/*
 * Loads so many from `first` on. On failure *count says how many there were before the bad one. To be ended by
 * free_certificates, also then. Errors of efs_certificate_load.
 */
enum efs_error load_certificates(struct certificates *certificates, const struct key_bytes *first, uint32_t count,
                                 struct efs_diag *diag);
void free_certificates(struct certificates *certificates);

struct readers
{
    struct certificates     users, agents;
    struct efs_seal_readers are;
};

/*
 * To be ended by free_readers, also on failure. Errors of efs_certificate_load; EFS_ERR_INVALID: the certificate of an
 * agent isn't valid now, for which Windows encrypts nothing.
 */
enum efs_error load_readers(struct readers *readers, struct key_readers *from, struct efs_diag *diag);
void free_readers(struct readers *readers);

#endif
