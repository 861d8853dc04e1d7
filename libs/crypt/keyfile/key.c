/*
 * RSA private keys from PFX and PEM files, and the FEK they unwrap (MS-EFSR 2.2.2.1.5).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/key.h"

#include <gnutls/gnutls.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "key_forms.h"
#include "key_file.h"

/* ---- PFX ---- */

/* Is it what decrypting with a wrong key leads to: bad padding, or, by chance, good padding around noise? */
static bool is_noise(int err)
{
    switch (err)
    {
    case GNUTLS_E_DECRYPTION_FAILED:
    case GNUTLS_E_ASN1_DER_ERROR:
    case GNUTLS_E_ASN1_DER_OVERFLOW:
    case GNUTLS_E_ASN1_TAG_ERROR:
    case GNUTLS_E_ASN1_TAG_IMPLICIT:
    case GNUTLS_E_ASN1_ELEMENT_NOT_FOUND:
    case GNUTLS_E_ASN1_VALUE_NOT_FOUND:
    case GNUTLS_E_ASN1_VALUE_NOT_VALID:
    case GNUTLS_E_ASN1_GENERIC_ERROR:
        return true;
    default:
        return false;
    }
}

/* Without a password, PKCS#12 has two spellings of it: none at all, and an empty string. */
static int parse_pfx(gnutls_pkcs12_t pfx, const char *password, struct contents *contents, bool *mac_ok)
{
    int err = gnutls_pkcs12_verify_mac(pfx, password);

    *mac_ok = err >= 0;
    /* A wrong password; a file without a MAC is no reason to give up, Windows takes it too. */
    if (err == GNUTLS_E_MAC_VERIFY_FAILED || err == GNUTLS_E_MEMORY_ERROR) return err;
    err = gnutls_pkcs12_simple_parse(pfx, password, &contents->keys[0], &contents->certs[0], &contents->cert_count[0],
                                     &contents->certs[1], &contents->cert_count[1], NULL,
                                     GNUTLS_PKCS12_SP_INCLUDE_SELF_SIGNED);
    contents->key_count = err >= 0 && contents->keys[0];
    /* It takes the first key, and none without a certificate. */
    if (err >= 0 || err == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
    {
        int more = contents_add_bags(contents, pfx, password);

        if (more < 0) return more;
    }
    return contents->key_count ? 0 : err;
}

/* *is_pfx: the file is a PFX, whatever else may be wrong with it. */
static enum efs_error load_pfx(struct contents *contents, const gnutls_datum_t *file, const char *password,
                               bool *is_pfx, struct efs_diag *diag)
{
    gnutls_pkcs12_t pfx = NULL;
    enum efs_error code = EFS_OK;
    bool mac_ok = false;
    int err;

    *is_pfx = false;
    if ((err = gnutls_pkcs12_init(&pfx)) < 0) return key_failure(diag, err, EFS_ERR_KEY_FILE, "gnutls_pkcs12_init");
    if ((err = gnutls_pkcs12_import(pfx, file, GNUTLS_X509_FMT_DER, 0)) < 0)
    {
        code = key_failure(diag, err, EFS_ERR_KEY_FILE, "key file: neither PFX nor PEM");
        goto out;
    }
    *is_pfx = true;
    if (!pfx_is_affordable(pfx))
    {
        code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "PFX: more than 10,000,000 rounds of key derivation");
        goto out;
    }

    err = parse_pfx(pfx, password, contents, &mac_ok);
    if (err < 0 && !mac_ok && (!password || !*password)) err = parse_pfx(pfx, password ? NULL : "", contents, &mac_ok);
    if (err < 0)
    {
        if (err == GNUTLS_E_MAC_VERIFY_FAILED)
            code = efs_fail(diag, EFS_ERR_PASSWORD, 0, password ? "PFX: the MAC doesn't verify with this password"
                            : "PFX: a password is needed");
        else if (!mac_ok && is_noise(err))
            code = efs_fail(diag, EFS_ERR_PASSWORD, 0, "PFX: can't be decrypted with this password");
        else
            code = key_failure(diag, err, EFS_ERR_KEY_FILE,
                               "PFX: broken, or protected in a way that GnuTLS doesn't know");
        goto out;
    }
    if (!contents->key_count) code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "PFX: no private key");
out:
    gnutls_pkcs12_deinit(pfx);
    return code;
}

/* ---- PEM ---- */

static bool contains(const gnutls_datum_t *file, const char *text)
{
    return pem_has(file->data, file->size, text);
}

/*
 * Not gnutls_x509_privkey_import2: it also takes OpenSSL's own encrypted form (DEK-Info), and when such
 * a key is cut GnuTLS 3.7 stops the process by an assertion.
 */
static enum efs_error load_pem(struct contents *contents, const gnutls_datum_t *file, const char *password,
                               struct efs_diag *diag)
{
    int err;

    if (!contains(file, "-----BEGIN ")) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: neither PFX nor PEM");
    if ((err = gnutls_x509_privkey_init(&contents->keys[0])) < 0)
        return key_failure(diag, err, EFS_ERR_KEY_FILE, "gnutls_x509_privkey_init");
    contents->key_count = 1;
    err = gnutls_x509_privkey_import(contents->keys[0], file, GNUTLS_X509_FMT_PEM);
    if (err < 0 && contains(file, "-----BEGIN ENCRYPTED PRIVATE KEY-----"))
    {
        /* Is the encrypted key itself in order, so that a failure to read it is the password's fault? */
        if ((err = gnutls_pkcs8_info(file, GNUTLS_X509_FMT_PEM, NULL, NULL, NULL, NULL, NULL, NULL)) < 0)
            return key_failure(diag, err, EFS_ERR_KEY_FILE, "PEM: the encrypted key is broken, or of an unknown form");
        if (!password) return efs_fail(diag, EFS_ERR_PASSWORD, 0, "PEM: the key is encrypted and there is no password");
        if (!pkcs8_is_affordable(file, GNUTLS_X509_FMT_PEM))
            return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "PEM: more than 10,000,000 rounds of key derivation");
        if ((err = gnutls_x509_privkey_import_pkcs8(contents->keys[0], file, GNUTLS_X509_FMT_PEM, password, 0)) < 0)
            return key_failure(diag, err, EFS_ERR_PASSWORD, "PEM: the key can't be decrypted with this password");
    }
    if (err < 0 && contains(file, "DEK-Info:"))
        return key_failure(diag, err, EFS_ERR_KEY_FILE,
                           "PEM: OpenSSL's own encryption; `openssl pkcs8 -topk8` makes PKCS#8 of it");
    if (err < 0) return key_failure(diag, err, EFS_ERR_KEY_FILE, "PEM: no readable private key");
    if ((err = contents_add_pem(contents, file, password)) < 0)
        return key_failure(diag, err, EFS_ERR_KEY_FILE, "PEM: the keys");
    /* Certificates are welcome but not needed: without one every entry is tried. */
    err = gnutls_x509_crt_list_import2(&contents->certs[0], &contents->cert_count[0], file, GNUTLS_X509_FMT_PEM, 0);
    if (err == GNUTLS_E_MEMORY_ERROR) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "gnutls_x509_crt_list_import2");
    return EFS_OK;
}

/* ---- the key ---- */

enum efs_error efs_key_from_rsa(struct efs_key **key, struct rsa_key *rsa, const uint8_t *thumbprint,
                                const char *name, struct efs_diag *diag)
{
    struct efs_key *self = calloc(1, sizeof(*self));

    if (!self || (name && !(self->name = strdup(name))))
    {
        rsa_key_free(rsa);
        free(self);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    }
    self->rsa = rsa;
    self->has_thumbprint = thumbprint != NULL;
    if (thumbprint) memcpy(self->thumbprint, thumbprint, THUMBPRINT_SIZE);
    self->next = *key;
    *key = self;
    return EFS_OK;
}

static enum efs_error load_contents(struct contents *contents, const gnutls_datum_t *file, const char *password,
                                    struct efs_diag *diag)
{
    struct efs_secret decoded = { 0 };
    enum efs_error code;
    bool is_pfx;

    code = load_pfx(contents, file, password, &is_pfx, diag);
    if (code != EFS_ERR_KEY_FILE || is_pfx) return code;
    if (contains(file, "-----BEGIN ")) return load_pem(contents, file, password, diag);
    if ((code = key_decode_base64(&decoded, file, diag))) return code;
    if (decoded.bytes)
    {
        gnutls_datum_t binary = { decoded.bytes, (unsigned int)decoded.length };

        code = load_pfx(contents, &binary, password, &is_pfx, diag);
        if (code == EFS_ERR_KEY_FILE && !is_pfx) code = contents_add_binary(contents, &binary, password, diag);
        efs_secret_free(&decoded);
        return code;
    }
    return contents_add_binary(contents, file, password, diag);
}

/* One that can't be read is left out. */
static enum efs_error visit_certificates(const struct contents *contents, const struct key_visitor *visitor,
                                         void *context, struct efs_diag *diag)
{
    enum efs_error code = EFS_OK;
    unsigned int list, i;
    gnutls_datum_t der;
    int err;

    for (list = 0; list < 2; list++)
    {
        for (i = 0; !code && i < contents->cert_count[list]; i++)
        {
            err = gnutls_x509_crt_export2(contents->certs[list][i], GNUTLS_X509_FMT_DER, &der);
            if (err == GNUTLS_E_MEMORY_ERROR) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "gnutls_x509_crt_export2");
            if (err < 0) continue;
            code = visitor->certificate(context, der.data, der.size, diag);
            gnutls_free(der.data);
        }
    }
    return code;
}

enum efs_error key_file_visit(const uint8_t *file, size_t length, const char *password,
                              const struct key_visitor *visitor, void *context, struct efs_diag *diag)
{
    /* GnuTLS declares its input as changeable, but doesn't change it */
    gnutls_datum_t datum = { (unsigned char *)(uintptr_t)file, (unsigned int)length };
    struct contents contents = { 0 };
    struct rsa_key *rsa;
    unsigned int i;
    enum efs_error code = load_contents(&contents, &datum, password, diag);

    for (i = 0; !code && i < contents.key_count; i++)
    {
        if (gnutls_x509_privkey_get_pk_algorithm2(contents.keys[i], NULL) != GNUTLS_PK_RSA) continue;
        code = key_convert(&rsa, contents.keys[i], diag);
        if (!code) code = visitor->key(context, rsa, diag);
    }
    if (!code) code = visit_certificates(&contents, visitor, context, diag);
    contents_free(&contents);
    efs_secret_wipe_stack();
    return code;
}

/* context: the list of keys, a struct efs_key **, which is in the file's order. */
static enum efs_error take_key(void *context, struct rsa_key *rsa, struct efs_diag *diag)
{
    struct efs_key **end = context;

    while (*end) end = &(*end)->next;
    return efs_key_from_rsa(end, rsa, NULL, NULL, diag);
}

static void name_key(struct efs_key *key, const struct certificate *certificate)
{
    char *name = strdup(certificate->display); /* without memory it has none */

    memcpy(key->thumbprint, certificate->thumbprint, THUMBPRINT_SIZE);
    key->has_thumbprint = true;
    free(key->name);
    key->name = name;
}

/* Gives its thumbprint to the keys of the list that are its and have none yet. Certificates are welcome but not needed:
   what isn't one is left out. */
static enum efs_error take_certificate(void *context, const uint8_t *der, size_t length, struct efs_diag *diag)
{
    struct efs_key *key = *(struct efs_key **)context;
    struct certificate certificate;
    enum efs_error code = certificate_read(&certificate, der, length, diag);

    if (code) return code == EFS_ERR_NO_MEMORY ? code : EFS_OK;
    for (; key && certificate.key; key = key->next)
    {
        if (!key->has_thumbprint && rsa_key_fits(key->rsa, certificate.key)) name_key(key, &certificate);
    }
    certificate_free(&certificate);
    return EFS_OK;
}

static const struct key_visitor taker = { take_key, take_certificate };

enum efs_error efs_key_load(struct efs_key **key, const uint8_t *file, size_t length, const char *password,
                            struct efs_diag *diag)
{
    struct efs_key *self = NULL;
    enum efs_error code;

    *key = NULL;
    if (!length || length > INT_MAX) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: neither PFX nor PEM");
    code = key_file_visit(file, length, password, &taker, &self, diag);
    if (!code && !self) code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: the private key isn't an RSA key");
    if (!code)
    {
        *key = self;
        self = NULL;
        if (diag) *diag = (struct efs_diag){ 0 }; /* of the form that was tried first */
    }
    efs_key_free(self); /* and wipes the stack */
    return code;
}

enum efs_error efs_key_fit_certificate(struct efs_key *key, const uint8_t *file, size_t length, struct efs_diag *diag)
{
    gnutls_datum_t datum = { (unsigned char *)(uintptr_t)file, (unsigned int)length };
    struct contents contents = { 0 };
    int err = GNUTLS_E_INVALID_REQUEST;
    struct efs_key *one;
    enum efs_error code;
    bool fits = false;

    if (length && length <= INT_MAX)
        err = gnutls_x509_crt_list_import2(&contents.certs[0], &contents.cert_count[0], &datum,
                                           contains(&datum, "-----BEGIN ") ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER,
                                           0);
    if (err < 0) return key_failure(diag, err, EFS_ERR_INVALID, "no certificate: neither PEM nor DER of X.509");
    for (one = key; one; one = one->next) one->has_thumbprint = false;
    code = visit_certificates(&contents, &taker, &key, diag);
    for (one = key; one; one = one->next) fits = fits || one->has_thumbprint;
    contents_free(&contents);
    if (code) return code;
    return fits ? EFS_OK : efs_fail(diag, EFS_ERR_INVALID, 0, "the key doesn't fit the certificate");
}

struct efs_key *efs_key_join(struct efs_key *first, struct efs_key *second)
{
    struct efs_key *last = first;

    if (!first) return second;
    while (last->next) last = last->next;
    last->next = second;
    return first;
}

void efs_key_free(struct efs_key *key)
{
    while (key)
    {
        struct efs_key *next = key->next;

        rsa_key_free(key->rsa); /* wipes the numbers */
        free(key->name);
        explicit_bzero(key, sizeof(*key));
        free(key);
        key = next;
    }
    efs_secret_wipe_stack(); /* of the numbers, and of the passwords */
}

size_t efs_key_count(const struct efs_key *key)
{
    size_t count = 0;

    for (; key; key = key->next) count++;
    return count;
}

bool efs_key_thumbprint(const struct efs_key *key, size_t index, uint8_t thumbprint[THUMBPRINT_SIZE])
{
    while (index--) key = key->next;
    if (key->has_thumbprint) memcpy(thumbprint, key->thumbprint, THUMBPRINT_SIZE);
    return key->has_thumbprint;
}

/* ---- unwrapping ---- */

static bool is_named(const struct efs_key *key, const struct efs_key_entry *entry)
{
    return key->has_thumbprint && entry->thumbprint.length == THUMBPRINT_SIZE &&
           !memcmp(entry->thumbprint.data, key->thumbprint, THUMBPRINT_SIZE);
}

/* EFS_ERR_NO_KEY: this key doesn't open this entry. */
static enum efs_error unwrap_entry(const struct efs_key *key, const struct efs_key_entry *entry, struct efs_fek *fek,
                                   struct efs_diag *diag)
{
    struct efs_secret plain;
    struct efs_diag inner = { 0 };
    enum efs_error code;

    /* FEKs of other forms can't be this key's */
    if (entry->flags != EFS_ENTRY_RSA) return EFS_ERR_NO_KEY;
    code = rsa_key_decrypt(key->rsa, &entry->encrypted_fek, &plain, &inner);
    if (code == EFS_ERR_NO_MEMORY) return efs_fail(diag, code, 0, inner.rule);
    if (code) return EFS_ERR_NO_KEY;
    /* Success says little: newer libraries answer wrong padding with noise, which isn't a FEK. */
    code = efs_fek_read(fek, plain.bytes, plain.length, &inner);
    if (code == EFS_ERR_METADATA) code = EFS_ERR_NO_KEY;
    if (code == EFS_ERR_ALGORITHM) efs_fail(diag, code, entry->offset, inner.rule);
    efs_secret_free(&plain);
    return code;
}

/* named: only the entries with the thumbprint of the key's certificate, otherwise all the others.
 * *seen: there was one. */
static enum efs_error unwrap_any(const struct efs_key *key, const struct efs_metadata *metadata, bool named, bool *seen,
                                 struct efs_fek *fek, enum efs_key_list *list, struct efs_key_entry *entry,
                                 struct efs_diag *diag)
{
    static const enum efs_key_list lists[] = { EFS_DDF, EFS_DRF };
    enum efs_error code = EFS_ERR_NO_KEY;
    uint32_t cursor;
    int i;

    for (i = 0; i < 2 && code == EFS_ERR_NO_KEY; i++)
    {
        cursor = 0;
        while (code == EFS_ERR_NO_KEY && efs_metadata_next(metadata, lists[i], &cursor, entry))
        {
            if (is_named(key, entry) != named) continue;
            *seen = true;
            code = unwrap_entry(key, entry, fek, diag);
            *list = lists[i];
        }
    }
    return code;
}

/* With one of the keys. */
static enum efs_error unwrap_one(const struct efs_key *key, const struct efs_metadata *metadata, struct efs_fek *fek,
                              enum efs_key_list *list, struct efs_key_entry *entry, struct efs_diag *diag)
{
    enum efs_key_list found_list = EFS_DDF;
    struct efs_key_entry found;
    bool is_user = false, others = false;
    enum efs_error code;

    memset(fek, 0, sizeof(*fek));
    if (metadata->opaque) return efs_fail(diag, EFS_ERR_VERSION, 8, "$EFS: of a version whose keys can't be read");
    code = unwrap_any(key, metadata, true, &is_user, fek, &found_list, &found, diag);
    if (code == EFS_ERR_NO_KEY) code = unwrap_any(key, metadata, false, &others, fek, &found_list, &found, diag);
    if (code == EFS_ERR_NO_KEY)
        return efs_fail(diag, code, 0, is_user ? "$EFS: the entry for this certificate doesn't open with its key"
                                               : "$EFS: no entry for this key");
    if (!code && list) *list = found_list;
    if (!code && entry) *entry = found;
    return code;
}

enum efs_error efs_key_unwrap(const struct efs_key *key, const struct efs_metadata *metadata, struct efs_fek *fek,
                              enum efs_key_list *list, struct efs_key_entry *entry, struct efs_diag *diag)
{
    enum efs_error code = EFS_ERR_NO_KEY;

    for (; key && code == EFS_ERR_NO_KEY; key = key->next) code = unwrap_one(key, metadata, fek, list, entry, diag);
    efs_secret_wipe_stack();
    if (!code && diag) *diag = (struct efs_diag){ 0 }; /* of the keys that were tried first */
    return code;
}
