/*
 * The recovery policy of a machine: whose keys open, besides the users', what is encrypted on it. It is the registry's
 * value EfsBlob (MS-GPEF 2.2.1.2), which Windows writes from the policies of its domain.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_RECOVERY_POLICY_H
#define EFS_RECOVERY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"

struct efs_recovery_policy
{
    const uint8_t *bytes; /* the caller's; have to stay */
    size_t         length;
    size_t         end;   /* of the last agent */
    uint32_t       count; /* recovery agents */
};

/*
 * Checks all of it, so that walking can't fail. No agent is a policy, too. What the certificates are isn't looked at.
 * Errors: EFS_ERR_FORMAT with offset and rule.
 */
enum efs_error efs_recovery_policy_read(struct efs_recovery_policy *policy, const uint8_t *bytes, size_t length,
                                        struct efs_diag *diag);

/* The agents' certificates (DER) one by one: *cursor is 0 at the start. False at the end. */
bool efs_recovery_policy_next(const struct efs_recovery_policy *policy, size_t *cursor, struct efs_bytes *certificate);

#endif
