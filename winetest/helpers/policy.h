/*
 * What an administrator decides about EFS (MS-GPEF 2.2.1), for as long as a test wants it so.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_POLICY_H
#define EFS_TEST_POLICY_H

#include "efs_test.h"

/* Sets EfsConfiguration, EfsOptions, or with bytes instead of a number EfsBlob. False, and one skip: it may not. */
bool set_policy(const WCHAR *name, DWORD value);
bool set_recovery_policy(const BYTE *bytes, DWORD size);
/* Takes back what the two have set. */
void clear_policies(void);

#endif
