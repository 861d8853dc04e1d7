/*
 * RSA keys, of OpenSSL.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rsa_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/primitives.h"
#include "rsa_key_internal.h"

/* The numbers of a key on their way into OpenSSL. */
struct parts
{
    BN_CTX *context;
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qinv;
};

static enum efs_error out_of_memory(struct efs_diag *diag)
{
    ERR_clear_error();
    return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "OpenSSL: out of memory");
}

/* Secure where OpenSSL has such memory; wiped in any case. */
static BIGNUM *load(const struct efs_bytes *bytes, bool little_endian)
{
    BIGNUM *number = BN_secure_new();

    if (number && !(little_endian ? BN_lebin2bn(bytes->data, (int)bytes->length, number)
                                  : BN_bin2bn(bytes->data, (int)bytes->length, number)))
    {
        BN_clear_free(number);
        return NULL;
    }
    if (number) BN_set_flags(number, BN_FLG_CONSTTIME);
    return number;
}

static void free_parts(struct parts *parts)
{
    BN_free(parts->n);
    BN_free(parts->e);
    BN_clear_free(parts->d);
    BN_clear_free(parts->p);
    BN_clear_free(parts->q);
    BN_clear_free(parts->dp);
    BN_clear_free(parts->dq);
    BN_clear_free(parts->qinv);
    BN_CTX_free(parts->context);
}

/* *product = p * q is the modulus? Both are odd and above 1, as primes of a key are. */
static bool are_factors(struct parts *parts, BIGNUM *product)
{
    return BN_is_odd(parts->p) && BN_is_odd(parts->q) && !BN_is_one(parts->p) && !BN_is_one(parts->q) &&
           BN_mul(product, parts->p, parts->q, parts->context) && !BN_cmp(product, parts->n);
}

/* d and what CRT needs, from e, p and q: what a file says of them is not to be trusted. */
static enum efs_error derive(struct parts *parts, struct efs_diag *diag)
{
    BIGNUM *p1 = BN_secure_new(), *q1 = BN_secure_new(), *phi = BN_secure_new();
    enum efs_error code = EFS_OK;

    parts->d = BN_secure_new();
    parts->dp = BN_secure_new();
    parts->dq = BN_secure_new();
    parts->qinv = BN_secure_new();
    if (!p1 || !q1 || !phi || !parts->d || !parts->dp || !parts->dq || !parts->qinv) code = out_of_memory(diag);
    else if (!are_factors(parts, phi)) code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "RSA key: p * q isn't the modulus");
    else
    {
        BN_set_flags(phi, BN_FLG_CONSTTIME);
        if (!BN_sub(p1, parts->p, BN_value_one()) || !BN_sub(q1, parts->q, BN_value_one()) ||
            !BN_mul(phi, p1, q1, parts->context) || !BN_mod_inverse(parts->d, parts->e, phi, parts->context) ||
            !BN_mod(parts->dp, parts->d, p1, parts->context) || !BN_mod(parts->dq, parts->d, q1, parts->context) ||
            !BN_mod_inverse(parts->qinv, parts->q, parts->p, parts->context))
            code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "RSA key: its numbers make no key");
    }
    BN_clear_free(p1);
    BN_clear_free(q1);
    BN_clear_free(phi);
    ERR_clear_error();
    return code;
}

static bool push_private(OSSL_PARAM_BLD *builder, const struct parts *parts)
{
    return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, parts->d) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, parts->p) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, parts->q) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, parts->dp) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, parts->dq) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, parts->qinv);
}

/* NULL: out of memory, or OpenSSL doesn't take them. */
static EVP_PKEY *build(const struct parts *parts)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (builder && context && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, parts->n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, parts->e) &&
        (!parts->p || push_private(builder, parts)) && (params = OSSL_PARAM_BLD_to_param(builder)) &&
        EVP_PKEY_fromdata_init(context) > 0)
    {
        if (EVP_PKEY_fromdata(context, &pkey, parts->p ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) <= 0)
            pkey = NULL;
    }
    OSSL_PARAM_free(params); /* clears what lies in secure memory */
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return pkey;
}

struct rsa_key *rsa_key_wrap(EVP_PKEY *pkey)
{
    struct rsa_key *key = calloc(1, sizeof(*key));

    if (!key) EVP_PKEY_free(pkey);
    else key->pkey = pkey;
    return key;
}

enum efs_error rsa_key_make(struct rsa_key **key, const struct rsa_numbers *numbers, struct efs_diag *diag)
{
    bool private = numbers->p.length != 0;
    struct parts parts = { 0 };
    enum efs_error code = EFS_OK;
    EVP_PKEY *pkey;

    *key = NULL;
    parts.context = BN_CTX_secure_new();
    parts.n = load(&numbers->n, numbers->little_endian);
    parts.e = load(&numbers->e, numbers->little_endian);
    if (private)
    {
        parts.p = load(&numbers->p, numbers->little_endian);
        parts.q = load(&numbers->q, numbers->little_endian);
    }
    if (!parts.context || !parts.n || !parts.e || (private && (!parts.p || !parts.q))) code = out_of_memory(diag);
    /* exponents are small; a long one would only cost time */
    else if (!BN_is_odd(parts.n) || BN_num_bits(parts.n) < RSA_BITS_MIN || BN_num_bits(parts.n) > RSA_BITS_MAX ||
             !BN_is_odd(parts.e) || BN_is_one(parts.e) || BN_num_bits(parts.e) > 64)
        code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "RSA key: its numbers make no key");
    else if (private) code = derive(&parts, diag);
    if (!code)
    {
        pkey = build(&parts);
        if (!pkey) code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "RSA key: OpenSSL doesn't take it");
        else if (!(*key = rsa_key_wrap(pkey))) code = out_of_memory(diag);
    }
    free_parts(&parts);
    return code;
}

void rsa_key_free(struct rsa_key *key)
{
    if (!key) return;
    EVP_PKEY_free(key->pkey); /* wipes the private numbers */
    free(key);
}

struct rsa_key *rsa_key_share(const struct rsa_key *key)
{
    return EVP_PKEY_up_ref(key->pkey) == 1 ? rsa_key_wrap(key->pkey) : NULL;
}

uint32_t rsa_key_bits(const struct rsa_key *key)
{
    int bits = EVP_PKEY_get_bits(key->pkey);

    return bits > 0 ? (uint32_t)bits : 0;
}

bool rsa_key_fits(const struct rsa_key *key, const struct rsa_key *other)
{
    bool same = EVP_PKEY_eq(key->pkey, other->pkey) == 1;

    ERR_clear_error();
    return same;
}

enum efs_error rsa_key_id(const struct rsa_key *key, uint8_t id[20], struct efs_diag *diag)
{
    uint8_t *der = NULL;
    int length = i2d_PUBKEY(key->pkey, &der);
    struct efs_bytes bytes = { der, length > 0 ? (uint32_t)length : 0 };
    enum efs_error code;

    if (length <= 0) return out_of_memory(diag);
    code = digest_parts(DPAPI_SHA1, &bytes, 1, id, diag);
    OPENSSL_free(der);
    return code;
}

enum efs_error rsa_key_decrypt(const struct rsa_key *key, const struct efs_bytes *encrypted, struct efs_secret *plain,
                               struct efs_diag *diag)
{
    size_t size = ((size_t)rsa_key_bits(key) + 7) / 8, length = size, i;
    EVP_PKEY_CTX *context = NULL;
    enum efs_error code = EFS_OK;
    uint8_t *reversed = NULL;

    memset(plain, 0, sizeof(*plain));
    if (!size || encrypted->length != size)
        return efs_fail(diag, EFS_ERR_NO_KEY, 0, "encrypted for a key of another size");
    if (!(reversed = malloc(size)) || !efs_secret_allocate(plain, size) ||
        !(context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL)))
    {
        code = out_of_memory(diag);
        goto out;
    }
    for (i = 0; i < size; i++) reversed[i] = encrypted->data[size - 1 - i];
    if (EVP_PKEY_decrypt_init(context) <= 0 || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_decrypt(context, plain->bytes, &length, reversed, size) <= 0)
        code = efs_fail(diag, EFS_ERR_NO_KEY, 0, "not encrypted for this key");
    else plain->length = length;
out:
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
    free(reversed);
    if (code) efs_secret_free(plain);
    return code;
}

/* The bytes of a number the other way round, in place. */
static void reverse(uint8_t *bytes, size_t length)
{
    size_t i;

    for (i = 0; i < length / 2; i++)
    {
        uint8_t byte = bytes[i];

        bytes[i] = bytes[length - 1 - i];
        bytes[length - 1 - i] = byte;
    }
}

enum efs_error rsa_key_encrypt(const struct rsa_key *key, const void *plain, size_t plain_length, uint8_t *out,
                               size_t capacity, uint32_t *length, struct efs_diag *diag)
{
    size_t size = ((size_t)rsa_key_bits(key) + 7) / 8, written = size;
    enum efs_error code = EFS_OK;
    EVP_PKEY_CTX *context;

    *length = 0;
    if (size > capacity) return efs_fail(diag, EFS_ERR_ALGORITHM, 0, "RSA key: too long");
    if (size < plain_length + RSA_PKCS1_PADDING_SIZE)
        return efs_fail(diag, EFS_ERR_ALGORITHM, 0, "RSA key: too short");
    if (!(context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL))) return out_of_memory(diag);
    if (EVP_PKEY_encrypt_init(context) <= 0 || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_encrypt(context, out, &written, plain, plain_length) <= 0 || written != size)
        code = efs_fail(diag, EFS_ERR_ALGORITHM, 0, "RSA key: OpenSSL doesn't encrypt with it");
    else
    {
        reverse(out, size);
        *length = (uint32_t)size;
    }
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
    return code;
}

enum efs_error rsa_key_export(const struct rsa_key *key, struct efs_secret *der, struct efs_diag *diag)
{
    int length = i2d_PrivateKey(key->pkey, NULL);
    uint8_t *at;

    memset(der, 0, sizeof(*der));
    if (length <= 0 || !efs_secret_allocate(der, (size_t)length)) return out_of_memory(diag);
    at = der->bytes;
    length = i2d_PrivateKey(key->pkey, &at);
    if (length <= 0 || (size_t)length > der->capacity)
    {
        efs_secret_free(der);
        return out_of_memory(diag);
    }
    der->length = (size_t)length;
    return EFS_OK;
}
