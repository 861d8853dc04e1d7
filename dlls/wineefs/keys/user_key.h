/*
 * A user's keys: certificates in the store MY, and the private keys that belong to them, in CryptoAPI's containers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_USER_KEY_H
#define WINEEFS_USER_KEY_H

#include <windows.h>
#include <wincrypt.h>

#include "call/unixlib.h"
#include "efs/metadata.h"
#include "libraries.h"
#include "locked.h"
#include "wine/blob.h"

#define THUMBPRINT_SIZE 20 /* SHA-1 */

/* The user's certificates; NULL with the last error set. To be closed by the library's CertCloseStore. */
HCERTSTORE user_key_open_store(void);
/* The certificate with this thumbprint; NULL if there is none. To be freed by CertFreeCertificateContext. */
const CERT_CONTEXT *user_key_find(HCERTSTORE store, const BYTE thumbprint[THUMBPRINT_SIZE]);

/* That of the user's own with this thumbprint, as DER. ERROR_ACCESS_DENIED: there is none, or its private key isn't
   there. */
DWORD user_key_get_certificate(const BYTE *thumbprint, DWORD size, struct blob *certificate);

/* A certificate as DER. ERROR_NOT_ENOUGH_MEMORY */
DWORD user_key_copy_certificate(const CERT_CONTEXT *certificate, struct blob *copy);

/* Is the private key of the certificate there, and is it that? */
BOOL user_key_is_whole(const CERT_CONTEXT *certificate);

/* Is the container's key of this kind (AT_KEYEXCHANGE, AT_SIGNATURE) that of the certificate? */
BOOL user_key_is_in(HCRYPTPROV container, DWORD spec, const CERT_CONTEXT *certificate);

struct user_key
{
    struct locked pvk;         /* the private key, as a PVK file that isn't encrypted */
    struct blob   certificate; /* DER */
    BYTE          thumbprint[THUMBPRINT_SIZE];
};

/* A key's private part, out of its container. Win32 code; on failure nothing has to be freed. */
DWORD user_key_export(const struct libraries *lib, HCRYPTPROV container, DWORD spec, struct locked *pvk);

/*
 * The first key of the user's that opens what has this $EFS: of users' first, then of recovery agents'. Win32 code:
 * ERROR_ACCESS_DENIED: there is none; of error_of_stored. To be freed by user_key_free; on failure nothing has to be.
 */
DWORD user_key_for(const BYTE *metadata, DWORD size, struct user_key *key);
/* The user's own with this thumbprint. ERROR_ACCESS_DENIED: there is none, or its private key can't be had */
DWORD user_key_get(const BYTE thumbprint[THUMBPRINT_SIZE], struct user_key *key);
void user_key_free(struct user_key *key);
/* For the Unix half; the key has to stay. */
void user_key_pass(const struct user_key *key, struct key_pair *pair);

#endif
