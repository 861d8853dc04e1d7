/*
 * The protectors of a $EFS of version 4 or 5 (MS-EFSR 2.2.2.2): who can decrypt, where an ECC key or DPAPI-NG is
 * involved. Only Microsoft's description is known, no file: they are shown, and nothing is decrypted or changed.
 *
 * A pure codec: no I/O, no allocation. What it hands out are pointers into the caller's bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_PROTECTOR_H
#define EFS_PROTECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"

enum efs_protector_type
{
    EFS_PROTECTOR_AGREEMENT  = 1, /* key agreement: ECC */
    EFS_PROTECTOR_ASYMMETRIC = 2, /* RSA */
    EFS_PROTECTOR_DPAPI_NG   = 3,
};

/* One of them; what isn't there is NULL. Strings are UTF-16LE without their terminator. */
struct efs_protector
{
    uint16_t         type;       /* EFS_PROTECTOR_*, or unknown */
    uint16_t         flags;
    struct efs_bytes thumbprint; /* SHA-1 of the certificate */
    struct efs_bytes display, container, provider;
    struct efs_bytes sid;        /* binary */
    struct efs_bytes descriptor; /* of DPAPI-NG: for whom, as text */
};

struct efs_protectors
{
    const uint8_t *bytes;
    uint32_t       end[2];    /* by enum efs_key_list: where the list ends */
    uint32_t       next[2];   /* of its first protector; 0: no list */
    uint32_t       count[2];
};

/*
 * Reads both lists and checks each protector, so that walking them can't fail. metadata: of version 4 or 5.
 * EFS_ERR_METADATA, with offset and rule; EFS_ERR_VERSION: another one.
 */
enum efs_error efs_protectors_read(struct efs_protectors *protectors, const struct efs_metadata *metadata,
                                   struct efs_diag *diag);
/* Walks a list: *cursor is 0 at the start. False at the end. */
bool efs_protectors_next(const struct efs_protectors *protectors, enum efs_key_list list, uint32_t *cursor,
                         struct efs_protector *protector);

#endif
