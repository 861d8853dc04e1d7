/*
 * New keys with certificates that nobody else vouches for, as Windows makes them: for a user who has none, and for a
 * recovery agent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SELF_SIGNED_H
#define WINEEFS_SELF_SIGNED_H

#include <windows.h>
#include <wincrypt.h>

#include "user_key.h"

/*
 * Makes both, keeps the key in a container of its own and in two files of the prefix, and puts the certificate into the
 * store. *certificate: to be freed by CertFreeCertificateContext. Win32 code; on failure there is no new key.
 */
DWORD self_signed_make(HCERTSTORE store, const CERT_CONTEXT **certificate);
/* A recovery agent's, which is kept nowhere; to be freed by user_key_free. Win32 code; on failure nothing has to be. */
DWORD self_signed_recovery(struct user_key *key);

#endif
