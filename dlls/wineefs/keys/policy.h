/*
 * What an administrator has decided about EFS: the values that Windows reads, too (MS-GPEF 2.2.1).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_POLICY_H
#define WINEEFS_POLICY_H

#include "codec/efsinfo/recovery_policy.h"
#include "wine/blob.h"

/* Nothing is to be encrypted or decrypted. */
BOOL policy_is_off(void);
/* A user who has no certificate gets none by himself. */
BOOL policy_forbids_self_signed(void);

/*
 * The recovery agents; what is read points into the blob, which the caller frees. No policy: none. Win32 code:
 * ERROR_BAD_RECOVERY_POLICY, ERROR_NOT_ENOUGH_MEMORY.
 */
DWORD policy_get_agents(struct blob *blob, struct efs_recovery_policy *agents);

#endif
