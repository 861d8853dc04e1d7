/*
 * Opens what Windows' data protection (DPAPI) keeps: master keys, and the blobs that they protect.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "dpapi.h"

#include <string.h>

#include "crypt/primitives.h"

#define HMAC_BLOCK 64 /* bytes of SHA-1's blocks */

/* Working memory of one opening; in locked memory as long as it is used. */
struct work
{
    uint8_t derived[32 + 16]; /* key, then IV: of the largest cipher */
    uint8_t first[DIGEST_MAX], second[DIGEST_MAX];
    uint8_t padded[HMAC_BLOCK];
    uint8_t clear[1024];
};

static struct work *begin_work(struct efs_secret *secret, struct efs_diag *diag)
{
    if (!efs_secret_allocate(secret, sizeof(struct work)))
    {
        efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
        return NULL;
    }
    return (struct work *)(void *)secret->bytes;
}

/* ---- master key ---- */

/* Derives key and IV, and decrypts; the result is in work->clear. */
static enum efs_error decrypt_derived(struct work *work, uint32_t hash, uint32_t cipher,
                                      const struct efs_bytes *secret, const uint8_t *salt, uint32_t rounds,
                                      const struct efs_bytes *ciphertext, size_t length, uint64_t *budget,
                                      struct efs_diag *diag)
{
    const struct efs_bytes salt_bytes = { salt, DPAPI_SALT };
    size_t key, block;
    enum efs_error code;

    if (!cipher_sizes(cipher, &key, &block)) return algorithm_unsupported(diag, cipher);
    if (!length || length % block || length > sizeof(work->clear))
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "what is encrypted isn't as long as the cipher wants it");
    code = dpapi_derive(hash, secret, &salt_bytes, rounds, work->derived, key + block, budget, diag);
    if (code) return code;
    memcpy(work->clear, ciphertext->data, length);
    return cbc_decrypt(cipher, work->derived, work->derived + key, work->clear, length, diag);
}

enum efs_error masterkey_open(uint8_t masterkey[DPAPI_MASTERKEY], const struct masterkey_section *section,
                              const uint8_t prekey[PREKEY_SIZE], uint64_t *budget, struct efs_diag *diag)
{
    const struct efs_bytes secret = { prekey, PREKEY_SIZE };
    size_t hash = digest_size(section->hash), length = section->ciphertext.length;
    struct efs_bytes inner, mac_key, plain;
    struct efs_secret memory;
    struct work *work;
    enum efs_error code;

    if (!hash) return algorithm_unsupported(diag, section->hash);
    if (length < DPAPI_SALT + hash + DPAPI_MASTERKEY)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "master key: its section ends too early");
    if (!(work = begin_work(&memory, diag))) return EFS_ERR_NO_MEMORY;
    code = decrypt_derived(work, section->hash, section->cipher, &secret, section->salt, section->rounds,
                           &section->ciphertext, length, budget, diag);
    if (code) goto out;
    inner = (struct efs_bytes){ work->clear, DPAPI_SALT };
    mac_key = (struct efs_bytes){ work->first, (uint32_t)hash };
    /* between the MAC and the key at the end there may be a gap */
    plain = (struct efs_bytes){ work->clear + length - DPAPI_MASTERKEY, DPAPI_MASTERKEY };
    code = hmac_parts(section->hash, &secret, &inner, 1, work->first, diag);
    if (!code) code = hmac_parts(section->hash, &mac_key, &plain, 1, work->second, diag);
    if (code) goto out;
    if (same_secret(work->second, work->clear + DPAPI_SALT, hash)) memcpy(masterkey, plain.data, DPAPI_MASTERKEY);
    else code = efs_fail(diag, EFS_ERR_PASSWORD, 0, "the master key doesn't open with this password");
out:
    efs_secret_free(&memory);
    return code;
}

/* ---- domain backup ---- */

/* Whose master key it is, out of the check; nothing if that doesn't hold. */
static enum efs_error read_check(char sid[SID_TEXT_MAX], struct work *work, const struct domain_section *section,
                                 const struct domain_secret *secret, struct efs_diag *diag)
{
    size_t key, block, hash = digest_size(secret->hash), length = section->check.length;
    struct efs_bytes body;
    enum efs_error code;

    sid[0] = 0;
    if (!hash || !cipher_sizes(secret->cipher, &key, &block) || secret->key.length != key + block) return EFS_OK;
    if (length > sizeof(work->clear) || length % block || length < hash + 8 + 32 + 8) return EFS_OK;
    memcpy(work->clear, section->check.data, length);
    code = cbc_decrypt(secret->cipher, secret->key.data, secret->key.data + key, work->clear, length, diag);
    body = (struct efs_bytes){ work->clear, (uint32_t)(length - hash) };
    if (!code) code = digest_parts(secret->hash, &body, 1, work->first, diag);
    if (code || !same_secret(work->first, work->clear + length - hash, hash)) return code;
    /* two numbers of four bytes and 32 random bytes are before the SID, fill bytes after it */
    if (!sid_to_text(sid, work->clear + 40, 8 + 4u * work->clear[41])) sid[0] = 0;
    return EFS_OK;
}

enum efs_error domain_section_open(uint8_t masterkey[DPAPI_MASTERKEY], char sid[SID_TEXT_MAX],
                                   const struct domain_section *section, const struct rsa_key *backup,
                                   struct efs_diag *diag)
{
    struct efs_secret memory = { 0 }, plain = { 0 };
    struct domain_secret secret;
    struct work *work;
    enum efs_error code = rsa_key_decrypt(backup, &section->secret, &plain, diag);

    sid[0] = 0;
    if (code) return code;
    code = domain_secret_read(&secret, section->version, plain.bytes, plain.length, diag);
    /* newer libraries answer another key's padding with noise */
    if (code) code = efs_fail(diag, EFS_ERR_NO_KEY, 0, "not under this domain backup key");
    else if (!(work = begin_work(&memory, diag))) code = EFS_ERR_NO_MEMORY;
    else
    {
        code = read_check(sid, work, section, &secret, diag);
        if (!code) memcpy(masterkey, secret.masterkey, DPAPI_MASTERKEY);
    }
    efs_secret_free(&memory);
    efs_secret_free(&plain);
    return code;
}

/* ---- history of passwords ---- */

enum efs_error credhist_open(struct password_hashes *old, const struct credhist_entry *entry,
                             const uint8_t prekey[PREKEY_SIZE], uint64_t *budget, struct efs_diag *diag)
{
    const struct efs_bytes secret = { prekey, PREKEY_SIZE };
    size_t key, block, length, i;
    struct efs_secret memory;
    struct work *work;
    enum efs_error code;
    uint8_t rest = 0;

    memset(old, 0, sizeof(*old));
    if (!digest_size(entry->hash)) return algorithm_unsupported(diag, entry->hash);
    if (!cipher_sizes(entry->cipher, &key, &block)) return algorithm_unsupported(diag, entry->cipher);
    /* the reader has made sure that both hashes are there */
    length = entry->ciphertext.length / block * block;
    if (length < SHA1_SIZE + entry->nt_length)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "CREDHIST: an entry ends too early");
    if (!(work = begin_work(&memory, diag))) return EFS_ERR_NO_MEMORY;
    code = decrypt_derived(work, entry->hash, entry->cipher, &secret, entry->salt, entry->rounds, &entry->ciphertext,
                           length, budget, diag);
    if (!code)
    {
        /* There is no MAC. What is behind the two hashes is zero. */
        for (i = SHA1_SIZE + NT_HASH_SIZE; i < length; i++) rest |= work->clear[i];
        if (rest) code = efs_fail(diag, EFS_ERR_PASSWORD, 0, "CREDHIST: an entry doesn't open with this password");
    }
    if (!code)
    {
        old->has_sha1 = old->has_nt = true;
        memcpy(old->sha1, work->clear, SHA1_SIZE);
        memcpy(old->nt, work->clear + SHA1_SIZE, NT_HASH_SIZE);
    }
    efs_secret_free(&memory);
    return code;
}

/* ---- blob ---- */

static void pad(uint8_t *out, const uint8_t *key, size_t length, uint8_t with)
{
    size_t i;

    for (i = 0; i < HMAC_BLOCK; i++) out[i] = (i < length ? key[i] : 0) ^ with;
}

/*
 * How a blob is keyed. With SHA-1 it isn't an HMAC of both: the nonce goes into the inner hash, the rest into the outer
 * one. work->second gets the result; key: SHA-1 of the master key.
 */
static enum efs_error keyed(struct work *work, uint32_t algorithm, const uint8_t key[SHA1_SIZE],
                            const struct efs_bytes *nonce, const struct efs_bytes *entropy,
                            const struct efs_bytes *rest, struct efs_diag *diag)
{
    const struct efs_bytes key_bytes = { key, SHA1_SIZE };
    struct efs_bytes parts[4];
    enum efs_error code;

    if (algorithm == DPAPI_SHA512)
    {
        parts[0] = *nonce;
        parts[1] = *entropy;
        parts[2] = *rest;
        return hmac_parts(algorithm, &key_bytes, parts, 3, work->second, diag);
    }
    pad(work->padded, key, SHA1_SIZE, PAD_INNER);
    parts[0] = (struct efs_bytes){ work->padded, HMAC_BLOCK };
    parts[1] = *nonce;
    code = digest_parts(DPAPI_SHA1, parts, 2, work->second, diag);
    if (code) return code;
    pad(work->padded, key, SHA1_SIZE, PAD_OUTER);
    parts[1] = (struct efs_bytes){ work->second, SHA1_SIZE };
    parts[2] = *entropy;
    parts[3] = *rest;
    return digest_parts(DPAPI_SHA1, parts, 4, work->second, diag);
}

enum efs_error derive_cipher_key(uint8_t *key, size_t size, uint32_t hash_algorithm, const uint8_t *hash,
                                 struct efs_diag *diag)
{
    size_t length = digest_size(hash_algorithm);
    uint8_t padded[HMAC_BLOCK], both[2 * DIGEST_MAX];
    const struct efs_bytes part = { padded, HMAC_BLOCK };
    enum efs_error code;

    if (size <= length)
    {
        memcpy(key, hash, size);
        return EFS_OK;
    }
    pad(padded, hash, length, PAD_INNER);
    code = digest_parts(hash_algorithm, &part, 1, both, diag);
    pad(padded, hash, length, PAD_OUTER);
    if (!code) code = digest_parts(hash_algorithm, &part, 1, both + length, diag);
    if (!code) memcpy(key, both, size);
    explicit_bzero(padded, sizeof(padded));
    explicit_bzero(both, sizeof(both));
    return code;
}

bool cut_padding(struct efs_secret *plain, size_t block)
{
    size_t count = plain->bytes[plain->length - 1], i;
    uint8_t difference = 0;

    if (!count || count > block) return false;
    for (i = 0; i < count; i++) difference |= plain->bytes[plain->length - 1 - i] ^ (uint8_t)count;
    if (difference) return false;
    plain->length -= count;
    return true;
}

enum efs_error masterkey_digest(uint8_t sha1[SHA1_SIZE], const uint8_t masterkey[DPAPI_MASTERKEY],
                                struct efs_diag *diag)
{
    const struct efs_bytes master = { masterkey, DPAPI_MASTERKEY };

    return digest_parts(DPAPI_SHA1, &master, 1, sha1, diag);
}

enum efs_error dpapi_blob_open(struct efs_secret *plain, const struct dpapi_blob *blob,
                               const uint8_t master_sha1[SHA1_SIZE], const struct efs_bytes *entropy,
                               struct efs_diag *diag)
{
    static const uint8_t no_iv[16];
    const struct efs_bytes none = { 0 };
    size_t key, block, hash = digest_size(blob->hash);
    struct efs_secret memory;
    struct work *work;
    enum efs_error code;

    memset(plain, 0, sizeof(*plain));
    if (blob->hash != DPAPI_SHA1 && blob->hash != DPAPI_SHA512) return algorithm_unsupported(diag, blob->hash);
    if (!cipher_sizes(blob->cipher, &key, &block)) return algorithm_unsupported(diag, blob->cipher);
    if (blob->signature.length != hash || !blob->ciphertext.length || blob->ciphertext.length % block)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "DPAPI blob: damaged");
    if (!(work = begin_work(&memory, diag))) return EFS_ERR_NO_MEMORY;
    code = keyed(work, blob->hash, master_sha1, &blob->nonce, entropy, &blob->signed_part, diag);
    if (!code && !same_secret(work->second, blob->signature.data, hash))
        code = efs_fail(diag, EFS_ERR_KEY_FILE, 0,
                        "the key is damaged, or under a further password: it doesn't verify with its master key");
    if (!code) code = keyed(work, blob->hash, master_sha1, &blob->salt, entropy, &none, diag);
    if (!code) code = derive_cipher_key(work->derived, key, blob->hash, work->second, diag);
    if (!code && !efs_secret_allocate(plain, blob->ciphertext.length))
        code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    if (!code)
    {
        plain->length = blob->ciphertext.length;
        memcpy(plain->bytes, blob->ciphertext.data, plain->length);
        code = cbc_decrypt(blob->cipher, work->derived, no_iv, plain->bytes, plain->length, diag);
    }
    if (!code && !cut_padding(plain, block))
        code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "DPAPI blob: its padding isn't any");
    efs_secret_free(&memory);
    if (code) efs_secret_free(plain);
    return code;
}
