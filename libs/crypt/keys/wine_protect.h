/*
 * Wine's CryptProtectData: whoever knows the user's name opens what it makes. It hides, and protects nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_WINE_PROTECT_H
#define EFS_KEYS_WINE_PROTECT_H

#include "dpapi_format.h"
#include "efs/secret.h"

/* plain: is allocated. EFS_ERR_PASSWORD: another user's, or damaged. */
enum efs_error wine_blob_open(struct efs_secret *plain, const struct dpapi_blob *blob, const char *user,
                              struct efs_diag *diag);

#endif
