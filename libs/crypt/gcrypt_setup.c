/*
 * libgcrypt, set up once for the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gcrypt_setup.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;

static void initialize(void)
{
    /* The process may have another user of libgcrypt, which has then chosen its own settings. */
    if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
    {
        if (!gcry_check_version(GCRYPT_VERSION)) return;
        /* Locked memory isn't needed for keys of one short-lived command; handles are wiped on close. */
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
    ready = true;
}

bool gcrypt_is_ready(void)
{
    pthread_once(&once, initialize);
    return ready;
}

gcry_error_t gcrypt_open_cipher(gcry_cipher_hd_t *handle, int algorithm, int mode, const uint8_t *key, size_t length)
{
    gcry_error_t err;

    if ((err = gcry_cipher_open(handle, algorithm, mode, 0))) return err;
#if GCRYPT_VERSION_NUMBER >= 0x010a00
    gcry_cipher_ctl(*handle, GCRYCTL_SET_ALLOW_WEAK_KEY, NULL, 1);
#endif
    err = gcry_cipher_setkey(*handle, key, length);
    return gcry_err_code(err) == GPG_ERR_WEAK_KEY ? 0 : err;
}
