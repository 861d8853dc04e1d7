/*
 * From a password to what a master key is under.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "base/text.h"
#include "dpapi.h"
#include "crypt/primitives.h"

#define PROTECTED_ROUNDS 10000 /* of PBKDF2, for domain accounts from Windows 10 on */

enum efs_error password_hash(struct password_hashes *hashes, const char *password, struct efs_diag *diag)
{
    const uint8_t *at = (const uint8_t *)password;
    struct efs_secret wide;
    struct efs_bytes bytes;
    size_t length;
    uint32_t c = 0;
    enum efs_error code;

    memset(hashes, 0, sizeof(*hashes));
    if (!efs_secret_allocate(&wide, (PASSWORD_MAX + 2) * 2)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    for (; *at && wide.length <= (size_t)PASSWORD_MAX * 2; at += length)
    {
        if (!(length = utf8_get(at, &c))) break;
        wide.length += utf16_put(wide.bytes + wide.length, c);
    }
    bytes = (struct efs_bytes){ wide.bytes, (uint32_t)wide.length };
    if (wide.length > (size_t)PASSWORD_MAX * 2) code = efs_fail(diag, EFS_ERR_INVALID, 0, "the password is too long");
    else if (*at) code = efs_fail(diag, EFS_ERR_INVALID, 0, "the password isn't UTF-8");
    else code = digest_parts(DPAPI_SHA1, &bytes, 1, hashes->sha1, diag);
    if (!code)
    {
        hashes->has_sha1 = true;
        code = digest_parts(DPAPI_MD4, &bytes, 1, hashes->nt, diag);
        hashes->has_nt = !code;
        /* where the library offers no MD4, domain accounts stay closed, but local ones open */
        if (code == EFS_ERR_ALGORITHM) code = EFS_OK;
    }
    efs_secret_free(&wide);
    return code;
}

/* sid: as it goes into the derivation. Returns the bytes with a NUL. */
static size_t widen(uint8_t out[2 * SID_TEXT_MAX], const char *sid)
{
    size_t length = 0;

    do
    {
        out[2 * length] = (uint8_t)sid[length];
        out[2 * length + 1] = 0;
    } while (sid[length++]);
    return 2 * length;
}

/* The last step of each pre-key. */
static enum efs_error finish(uint8_t prekey[PREKEY_SIZE], const uint8_t *hash, size_t length,
                             const struct efs_bytes *sid, struct efs_diag *diag)
{
    const struct efs_bytes key = { hash, (uint32_t)length };

    return hmac_parts(DPAPI_SHA1, &key, sid, 1, prekey, diag);
}

enum efs_error prekey_from_sha1(uint8_t prekey[PREKEY_SIZE], const uint8_t sha1[SHA1_SIZE], const char *sid,
                                struct efs_diag *diag)
{
    uint8_t wide[2 * SID_TEXT_MAX];
    struct efs_bytes bytes = { wide, (uint32_t)widen(wide, sid) };

    return finish(prekey, sha1, SHA1_SIZE, &bytes, diag);
}

/* Accounts of newer domains, and "Protected Users": the NT hash goes through PBKDF2 twice. */
static enum efs_error protect_nt(uint8_t out[NT_HASH_SIZE], const uint8_t nt[NT_HASH_SIZE],
                                 const struct efs_bytes *sid, struct efs_diag *diag)
{
    /* here without the NUL */
    const struct efs_bytes salt = { sid->data, sid->length - 2 }, first = { nt, NT_HASH_SIZE };
    uint8_t middle[32];
    const struct efs_bytes second = { middle, sizeof(middle) };
    enum efs_error code = pbkdf2_sha256(&first, &salt, PROTECTED_ROUNDS, middle, sizeof(middle), diag);

    if (!code) code = pbkdf2_sha256(&second, &salt, 1, out, NT_HASH_SIZE, diag);
    explicit_bzero(middle, sizeof(middle));
    return code;
}

enum efs_error prekeys_make(struct prekeys *prekeys, const struct password_hashes *hashes, const char *sid,
                            uint32_t flags, uint64_t *budget, struct efs_diag *diag)
{
    bool local = flags & MASTERKEY_LOCAL_ACCOUNT;
    uint8_t wide[2 * SID_TEXT_MAX], protected_nt[NT_HASH_SIZE];
    struct efs_bytes bytes = { wide, (uint32_t)widen(wide, sid) };
    enum efs_error code = EFS_OK;
    int turn;

    memset(prekeys, 0, sizeof(*prekeys));
    /* the likely kind first, the other in case that the flags are wrong */
    for (turn = 0; turn < 2 && !code; turn++)
    {
        if (local == (turn == 0) && hashes->has_sha1)
        {
            prekeys->how[prekeys->count] = "the password (SHA-1)";
            code = finish(prekeys->key[prekeys->count++], hashes->sha1, SHA1_SIZE, &bytes, diag);
        }
        if (local != (turn == 0) && hashes->has_nt)
        {
            code = rounds_spend(budget, PROTECTED_ROUNDS, diag);
            if (!code) code = protect_nt(protected_nt, hashes->nt, &bytes, diag);
            prekeys->how[prekeys->count] = "the password (NT hash, PBKDF2)";
            if (!code) code = finish(prekeys->key[prekeys->count++], protected_nt, NT_HASH_SIZE, &bytes, diag);
            prekeys->how[prekeys->count] = "the password (NT hash)";
            if (!code) code = finish(prekeys->key[prekeys->count++], hashes->nt, NT_HASH_SIZE, &bytes, diag);
        }
    }
    explicit_bzero(protected_nt, sizeof(protected_nt));
    return code;
}
