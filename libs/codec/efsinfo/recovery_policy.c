/*
 * The recovery policy of a machine (EfsBlob, MS-GPEF 2.2.1.2): a head, then one key after the other, each with the SID
 * and the certificate of a recovery agent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "recovery_policy.h"

#include "base/bytes.h"

#define POLICY_VERSION 0x10001u /* two numbers of 16 bits, 1 and 1 */
#define POLICY_KEYS    8        /* the first key; before it version, and number of keys */

/* A key, whose offsets count from KEY_LENGTH_2 on */
#define KEY_LENGTH_1    0
#define KEY_LENGTH_2    4 /* of all that is behind KEY_LENGTH_1: 4 less */
#define KEY_CERTIFICATE_LENGTH 16
#define KEY_CERTIFICATE 20
#define KEY_HEAD        32 /* SID's offset, reserved, and behind the certificate's offset 8 bytes more */

#define OFFSETS_FROM KEY_LENGTH_2

/* Reads the key that begins at `at`. *end: where the next one begins. */
static enum efs_error read_key(const uint8_t *bytes, size_t length, size_t at, struct efs_bytes *certificate,
                               size_t *end, struct efs_diag *diag)
{
    const uint8_t *key = bytes + at;
    uint32_t size, offset, room;

    if (length - at < KEY_HEAD) return efs_fail(diag, EFS_ERR_FORMAT, at, "EfsBlob: it ends in a key");
    size = load32_le(key + KEY_LENGTH_1);
    if (size < KEY_HEAD || size > length - at)
        return efs_fail(diag, EFS_ERR_FORMAT, at, "EfsBlob: a key's length isn't within it");
    if (load32_le(key + KEY_LENGTH_2) != size - OFFSETS_FROM)
        return efs_fail(diag, EFS_ERR_FORMAT, at + KEY_LENGTH_2, "EfsBlob: a key's two lengths don't fit each other");
    offset = load32_le(key + KEY_CERTIFICATE);
    certificate->length = load32_le(key + KEY_CERTIFICATE_LENGTH);
    room = size - OFFSETS_FROM;
    if (offset < KEY_HEAD - OFFSETS_FROM || offset > room || !certificate->length
        || certificate->length > room - offset)
        return efs_fail(diag, EFS_ERR_FORMAT, at + KEY_CERTIFICATE, "EfsBlob: a certificate isn't within its key");
    certificate->data = key + OFFSETS_FROM + offset;
    *end = at + size;
    return EFS_OK;
}

enum efs_error efs_recovery_policy_read(struct efs_recovery_policy *policy, const uint8_t *bytes, size_t length,
                                        struct efs_diag *diag)
{
    struct efs_bytes certificate;
    enum efs_error err;
    uint32_t i;

    policy->bytes = bytes;
    policy->length = length;
    policy->end = POLICY_KEYS;
    policy->count = 0;
    if (length < POLICY_KEYS) return efs_fail(diag, EFS_ERR_FORMAT, 0, "EfsBlob: shorter than its head");
    if (load32_le(bytes) != POLICY_VERSION) return efs_fail(diag, EFS_ERR_FORMAT, 0, "EfsBlob: of an unknown version");
    policy->count = load32_le(bytes + 4);
    if (policy->count > EFS_METADATA_USERS_MAX)
        return efs_fail(diag, EFS_ERR_FORMAT, 4, "EfsBlob: more recovery agents than a file can have");
    for (i = 0; i < policy->count; i++)
        if ((err = read_key(bytes, length, policy->end, &certificate, &policy->end, diag))) return err;
    return EFS_OK;
}

bool efs_recovery_policy_next(const struct efs_recovery_policy *policy, size_t *cursor, struct efs_bytes *certificate)
{
    size_t at = *cursor ? *cursor : POLICY_KEYS;

    return at < policy->end && !read_key(policy->bytes, policy->end, at, certificate, cursor, NULL);
}
