/*
 * The forms in which a key file holds private keys and certificates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_forms.h"

#include <string.h>


#define BASE64_MIN 64 /* bytes; no key is shorter */

static enum efs_error out_of_memory(struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "GnuTLS: out of memory");
}

enum efs_error key_failure(struct efs_diag *diag, int err, enum efs_error otherwise, const char *rule)
{
    if (err == GNUTLS_E_MEMORY_ERROR) return out_of_memory(diag);
    return efs_fail(diag, otherwise, 0, rule);
}

void contents_free(struct contents *contents)
{
    unsigned int list, i;

    for (i = 0; i < contents->key_count; i++) gnutls_x509_privkey_deinit(contents->keys[i]);
    for (list = 0; list < 2; list++)
    {
        for (i = 0; i < contents->cert_count[list]; i++) gnutls_x509_crt_deinit(contents->certs[list][i]);
        gnutls_free(contents->certs[list]);
    }
}

/* 1 or 0, negative: GnuTLS' error. */
static int is_there(const struct contents *contents, gnutls_x509_privkey_t key)
{
    uint8_t id[64], other[64];
    size_t size = sizeof(id), other_size;
    unsigned int i;
    int err;

    if ((err = gnutls_x509_privkey_get_key_id(key, 0, id, &size)) < 0) return err;
    for (i = 0; i < contents->key_count; i++)
    {
        other_size = sizeof(other);
        if ((err = gnutls_x509_privkey_get_key_id(contents->keys[i], 0, other, &other_size)) == GNUTLS_E_MEMORY_ERROR)
            return err;
        if (!err && other_size == size && !memcmp(id, other, size)) return 1;
    }
    return 0;
}

bool pkcs8_is_affordable(const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format)
{
    unsigned int rounds = 0;

    return gnutls_pkcs8_info(data, format, NULL, NULL, NULL, NULL, &rounds, NULL) < 0 || rounds <= KEY_ROUNDS_MAX;
}

/* Keys that are encrypted by themselves. */
static bool bag_keys_are_affordable(gnutls_pkcs12_bag_t bag)
{
    int i, count = gnutls_pkcs12_bag_get_count(bag);
    gnutls_datum_t data;

    for (i = 0; i < count; i++)
    {
        if (gnutls_pkcs12_bag_get_type(bag, (unsigned int)i) != GNUTLS_BAG_PKCS8_ENCRYPTED_KEY) continue;
        if (gnutls_pkcs12_bag_get_data(bag, (unsigned int)i, &data) < 0) continue;
        if (!pkcs8_is_affordable(&data, GNUTLS_X509_FMT_DER)) return false;
    }
    return true;
}

bool pfx_is_affordable(gnutls_pkcs12_t pfx)
{
    gnutls_pkcs12_bag_t bag;
    unsigned int rounds = 0;
    bool affordable = true;
    int i, err = 0;

    if (gnutls_pkcs12_mac_info(pfx, NULL, NULL, NULL, &rounds, NULL) >= 0 && rounds > KEY_ROUNDS_MAX) return false;
    for (i = 0; !err && affordable; i++)
    {
        if (gnutls_pkcs12_bag_init(&bag) < 0) break;
        err = gnutls_pkcs12_get_bag(pfx, i, bag);
        if (!err && gnutls_pkcs12_bag_enc_info(bag, NULL, NULL, NULL, NULL, &rounds, NULL) >= 0)
            affordable = rounds <= KEY_ROUNDS_MAX;
        if (!err && affordable) affordable = bag_keys_are_affordable(bag);
        gnutls_pkcs12_bag_deinit(bag);
    }
    return affordable;
}

/* PKCS#8, or with pkcs1 whatever GnuTLS takes without a password. What can't be read is left out; GNUTLS_E_MEMORY_ERROR
   or 0. */
static int add_key(struct contents *contents, const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format, bool pkcs1,
                   const char *password, unsigned int flags)
{
    gnutls_x509_privkey_t key;
    int err;

    if (contents->key_count == KEYS_MAX) return 0;
    if ((err = gnutls_x509_privkey_init(&key)) < 0) return err;
    err = pkcs1 ? gnutls_x509_privkey_import(key, data, format)
        : gnutls_x509_privkey_import_pkcs8(key, data, format, password, flags);
    if (err >= 0) err = is_there(contents, key);
    if (err) gnutls_x509_privkey_deinit(key);
    else contents->keys[contents->key_count++] = key;
    return err == GNUTLS_E_MEMORY_ERROR ? err : 0;
}

static int add_bag(struct contents *contents, gnutls_pkcs12_bag_t bag, const char *password)
{
    int i, type, count, err = 0;

    /* A shrouded key is encrypted by itself; any other encryption is that of the whole bag. */
    if (gnutls_pkcs12_bag_get_type(bag, 0) == GNUTLS_BAG_ENCRYPTED
        && (err = gnutls_pkcs12_bag_decrypt(bag, password)) < 0)
        return err == GNUTLS_E_MEMORY_ERROR ? err : 0;
    count = gnutls_pkcs12_bag_get_count(bag);
    for (i = 0, err = 0; i < count && !err; i++)
    {
        gnutls_datum_t data;

        type = gnutls_pkcs12_bag_get_type(bag, (unsigned int)i);
        if (type != GNUTLS_BAG_PKCS8_KEY && type != GNUTLS_BAG_PKCS8_ENCRYPTED_KEY) continue;
        if (gnutls_pkcs12_bag_get_data(bag, (unsigned int)i, &data) < 0) continue;
        err = add_key(contents, &data, GNUTLS_X509_FMT_DER, false, password,
                      type == GNUTLS_BAG_PKCS8_KEY ? GNUTLS_PKCS_PLAIN : 0);
    }
    return err;
}

int contents_add_bags(struct contents *contents, gnutls_pkcs12_t pfx, const char *password)
{
    gnutls_pkcs12_bag_t bag;
    int i, err = 0;

    for (i = 0; !err; i++)
    {
        if ((err = gnutls_pkcs12_bag_init(&bag)) < 0) break;
        err = gnutls_pkcs12_get_bag(pfx, i, bag);
        if (!err) err = add_bag(contents, bag, password);
        gnutls_pkcs12_bag_deinit(bag);
    }
    return err == GNUTLS_E_MEMORY_ERROR ? err : 0;
}

int contents_add_pem(struct contents *contents, const gnutls_datum_t *file, const char *password)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ", kind[] = "PRIVATE KEY-----",
    encrypted[] = "ENCRYPTED ";
    unsigned char *at = file->data, *stop = file->data + file->size, *close, *line;
    int err = 0;

    while (!err && (at = memmem(at, (size_t)(stop - at), begin, sizeof(begin) - 1))
           && (close = memmem(at, (size_t)(stop - at), end, sizeof(end) - 1)))
    {
        gnutls_datum_t block = { at, 0 };
        bool pkcs8;

        line = memchr(close, '\n', (size_t)(stop - close));
        block.size = (unsigned int)((line ? line : stop) - at);
        pkcs8 = !strncmp((char *)at + sizeof(begin) - 1, encrypted, sizeof(encrypted) - 1);
        /* OpenSSL's own encryption isn't one that GnuTLS could be given without danger (see key.c) */
        if (memmem(at, (size_t)(close - at), kind, sizeof(kind) - 1)
            && !memmem(at, (size_t)(close - at), "DEK-Info:", 9))
            if (!pkcs8 || password) err = add_key(contents, &block, GNUTLS_X509_FMT_PEM, !pkcs8, password, 0);
        at = close + sizeof(end) - 1;
    }
    return err;
}

static enum efs_error add_pvk(struct contents *contents, const gnutls_datum_t *file, const char *password,
                              struct efs_diag *diag)
{
    struct efs_secret der = { 0 };
    struct rsa_key *key = NULL;
    enum efs_error err = pvk_open(&key, file->data, file->size, password, diag);

    if (!err) err = rsa_key_export(key, &der, diag);
    if (!err)
    {
        gnutls_datum_t data = { der.bytes, (unsigned int)der.length };

        if (add_key(contents, &data, GNUTLS_X509_FMT_DER, true, NULL, 0)) err = out_of_memory(diag);
        else if (!contents->key_count) err = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "PVK: GnuTLS doesn't take the key");
    }
    efs_secret_free(&der);
    rsa_key_free(key);
    return err;
}

enum efs_error contents_add_binary(struct contents *contents, const gnutls_datum_t *file, const char *password,
                                   struct efs_diag *diag)
{
    int err;

    if (pvk_is(file->data, file->size)) return add_pvk(contents, file, password, diag);
    err = add_key(contents, file, GNUTLS_X509_FMT_DER, true, NULL, 0);
    if (!err && !contents->key_count)
        err = add_key(contents, file, GNUTLS_X509_FMT_DER, false, NULL, GNUTLS_PKCS_PLAIN);
    if (err) return out_of_memory(diag);
    if (contents->key_count) return EFS_OK;
    /* Is it an encrypted PKCS#8 key, so that a failure to read it is the password's fault? */
    if ((err = gnutls_pkcs8_info(file, GNUTLS_X509_FMT_DER, NULL, NULL, NULL, NULL, NULL, NULL)) < 0)
        return key_failure(diag, err, EFS_ERR_KEY_FILE, "key file: neither PFX, PEM, DER nor PVK");
    if (!password) return efs_fail(diag, EFS_ERR_PASSWORD, 0, "DER: the key is encrypted and there is no password");
    if (add_key(contents, file, GNUTLS_X509_FMT_DER, false, password, 0)) return out_of_memory(diag);
    return contents->key_count ? EFS_OK
        : efs_fail(diag, EFS_ERR_PASSWORD, 0, "DER: the key can't be decrypted with this password");
}

static struct efs_bytes bytes_of(const gnutls_datum_t *datum)
{
    return (struct efs_bytes){ datum->data, datum->size };
}

static void wipe(gnutls_datum_t *datum)
{
    if (datum->data) explicit_bzero(datum->data, datum->size);
    gnutls_free(datum->data);
}

enum efs_error key_convert(struct rsa_key **key, gnutls_x509_privkey_t from, struct efs_diag *diag)
{
    /* n, e, d, p, q, and what follows from them */
    gnutls_datum_t parts[8] = { { NULL, 0 } };
    struct rsa_numbers numbers = { 0 };
    enum efs_error code;
    int err = gnutls_x509_privkey_export_rsa_raw2(from, &parts[0], &parts[1], &parts[2], &parts[3], &parts[4],
                                                  &parts[5], &parts[6], &parts[7]);
    size_t i;

    *key = NULL;
    if (err < 0) return key_failure(diag, err, EFS_ERR_KEY_FILE, "gnutls_x509_privkey_export_rsa_raw2");
    numbers.n = bytes_of(&parts[0]);
    numbers.e = bytes_of(&parts[1]);
    numbers.p = bytes_of(&parts[3]);
    numbers.q = bytes_of(&parts[4]);
    code = rsa_key_make(key, &numbers, diag);
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) wipe(&parts[i]);
    return code;
}

/* The value of a character, -1: none of base64's. */
static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum efs_error key_decode_base64(struct efs_secret *decoded, const gnutls_datum_t *file, struct efs_diag *diag)
{
    uint32_t bits = 0;
    unsigned int count = 0, i;
    bool padded = false;

    memset(decoded, 0, sizeof(*decoded));
    if (file->size < BASE64_MIN) return EFS_OK;
    if (!efs_secret_allocate(decoded, file->size)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    for (i = 0; i < file->size; i++)
    {
        uint8_t c = file->data[i];
        int value = base64_value(c);

        if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
        padded = padded || c == '=';
        if (c == '=') continue;
        if (value < 0 || padded) break; /* not base64, or there is something behind it */
        bits = bits << 6 | (uint32_t)value;
        if (++count % 4 != 1) decoded->bytes[decoded->length++] = (uint8_t)(bits >> (6 - (count - 1) % 4 * 2));
    }
    if (i < file->size) efs_secret_free(decoded);
    return EFS_OK;
}
