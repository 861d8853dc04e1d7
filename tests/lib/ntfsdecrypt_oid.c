/*
 * For ntfsdecrypt (LD_PRELOAD): it wants the size of a key purpose with its NUL, as GnuTLS once gave it; from 3.x on
 * the NUL isn't counted, and no key is taken for one of EFS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

typedef int get_purpose(void *certificate, unsigned int index, void *out, size_t *size, unsigned int *critical);
get_purpose gnutls_x509_crt_get_key_purpose_oid;

int gnutls_x509_crt_get_key_purpose_oid(void *certificate, unsigned int index, void *out, size_t *size,
                                        unsigned int *critical)
{
    get_purpose *real = (get_purpose *)dlsym(RTLD_NEXT, "gnutls_x509_crt_get_key_purpose_oid");
    int err = real(certificate, index, out, size, critical);

    if (!err) ++*size;
    return err;
}
