/*
 * Private keys in PVK files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_PVK_H
#define EFS_KEYS_PVK_H

#include "rsa_key.h"

/* password: as the file's maker gave it, byte by byte; NULL: none. EFS_ERR_PASSWORD: wrong, or missing; EFS_ERR_KEY_FILE. */
enum efs_error pvk_open(struct rsa_key **key, const uint8_t *bytes, size_t length, const char *password,
                        struct efs_diag *diag);

#endif
