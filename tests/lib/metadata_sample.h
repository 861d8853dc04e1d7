/*
 * A $EFS of two users and one recovery agent, made by efs_metadata_make, and where its parts are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TEST_METADATA_SAMPLE_H
#define TEST_METADATA_SAMPLE_H

#include "base/bytes.h"
#include "efs/metadata.h"

static const uint8_t test_id[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
static const uint8_t test_sid[28] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xe9, 3,
                                      0, 0 };
static const uint8_t test_thumbs[60] = { [0] = 0xaa, [19] = 0xab, [20] = 0xba, [39] = 0xbb, [40] = 0xca, [59] = 0xcb };
static const uint8_t test_container[] = { 'k', 0 };
static const uint8_t test_provider[] = { 'M', 0, 'S', 0 };
static const uint8_t test_display[] = { 'u', 0, '(', 0, 'U', 0, ')', 0 };
static const uint8_t test_fek[128] = { 0x11, 0x22 };

#define PIECE(array) { array, sizeof(array) }

static const struct efs_key_entry test_ddf[2] =
{
    { 0, EFS_ENTRY_RSA, EFS_PKI_CERTIFICATE, PIECE(test_sid), { test_thumbs, 20 }, PIECE(test_container),
        PIECE(test_provider), PIECE(test_display), PIECE(test_fek) },
    { 0, EFS_ENTRY_RSA, EFS_PKI_CERTIFICATE, { NULL, 0 }, { test_thumbs + 20, 20 }, { NULL, 0 }, { NULL, 0 },
      PIECE(test_display), { test_fek, 1 } },
};
static const struct efs_key_entry test_drf[1] =
{
    { 0, EFS_ENTRY_AES, EFS_PKI_CERTIFICATE, { NULL, 0 }, { test_thumbs + 40, 20 }, { NULL, 0 }, { NULL, 0 },
      { test_display, 0 }, { test_fek, 64 } },
};

/* Where the parts of the synthetic one are, worked out from efs-format 2.1 by hand */
enum
{
    E0 = 0x58,                                      /* first entry */
    P0 = E0 + 0x14,                                 /* its public key information */
    S0 = P0 + 0x1c,                                 /* its SID */
    C0 = S0 + 28,                                   /* its certificate data */
    C0_SIZE = 0x14 + 20 + 4 + 6 + 10,
    P0_SIZE = 0x1c + 28 + C0_SIZE,
    E0_SIZE = 0x14 + P0_SIZE + 128,
    E1 = E0 + E0_SIZE,
    E1_SIZE = 0x14 + 0x1c + 0x14 + 20 + 10 + 1,
    DRF = E1 + E1_SIZE,                             /* at an odd offset */
    E2 = DRF + 4,
    E2_SIZE = 0x14 + 0x1c + 0x14 + 20 + 2 + 64,
    END = E2 + E2_SIZE,
    TOTAL = (END + 7) / 8 * 8,
};

/* To be freed; of exactly TOTAL bytes, so that AddressSanitizer sees every step beyond. */
static inline uint8_t *make_test(uint32_t version)
{
    uint8_t *bytes = malloc(TOTAL);
    size_t written;

    memset(bytes, 0xcc, TOTAL);
    assert_int_equal(efs_metadata_make(bytes, TOTAL, version, test_id, test_ddf, 2, test_drf, 1, &written), EFS_OK);
    assert_int_equal(written, TOTAL);
    return bytes;
}

#endif
