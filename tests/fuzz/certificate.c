/*
 * Files with a certificate to encrypt for: whatever the bytes, they are read within bounds, and what is accepted makes
 * an entry that the reader of $EFS accepts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "efs/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct efs_fek fek = { EFS_ALG_AES_256, 32, { 1 } };
    static const uint8_t id[16] = { 2 };
    static struct efs_certificate_entry entry;
    static uint8_t out[EFS_METADATA_MAX];
    struct efs_certificate *certificate;
    struct efs_metadata metadata;
    struct efs_key_entry read;
    struct efs_diag diag = { 0 };
    enum efs_error err = efs_certificate_load(&certificate, data, size, "open sesame", &diag);
    uint32_t cursor = 0;
    size_t length;

    REQUIRE(!err == !!certificate);
    REQUIRE(!err == !diag.rule);
    if (err) return 0;
    /* a modulus may be no product of primes, and an exponent anything: then OpenSSL may refuse */
    if (!efs_certificate_wrap(certificate, &fek, &entry, NULL)
        && !efs_metadata_make(out, sizeof(out), 2, id, &entry.entry, 1, NULL, 0, &length))
    {
        REQUIRE(!efs_metadata_read(&metadata, out, length, NULL));
        REQUIRE(efs_metadata_next(&metadata, EFS_DDF, &cursor, &read));
        REQUIRE(!memcmp(read.thumbprint.data, efs_certificate_thumbprint(certificate), 20));
    }
    efs_certificate_free(certificate);
    return 0;
}
