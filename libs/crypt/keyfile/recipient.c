/*
 * Whom a file is encrypted for: the certificate of a file, and the key list entry that it makes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/certificate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "efs/secret.h"
#include "key_file.h"
#include "rsa_key.h"

#define BITS_MIN 1024 /* what Windows XP wrote, the shortest that was ever seen */
#define FEK_MAX  48   /* bytes of the FEK's structure */

struct efs_certificate
{
    struct certificate of;
    uint8_t           *display; /* UTF-16LE, without a terminator */
    uint32_t           display_length;
};

/* What isn't UTF-8 after all is left out. */
static enum efs_error make_display(struct efs_certificate *self, struct efs_diag *diag)
{
    const uint8_t *text = (const uint8_t *)self->of.display;
    size_t n;
    uint32_t c;

    if (!(self->display = malloc(2 * strlen(self->of.display) + 2)))
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    for (; *text; text += n ? n : 1)
        if ((n = utf8_get(text, &c)))
            self->display_length += (uint32_t)utf16_put(self->display + self->display_length, c);
    return EFS_OK;
}

static enum efs_error check_key(const struct efs_certificate *self, struct efs_diag *diag)
{
    uint32_t bits;

    if (!self->of.key) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "the certificate isn't one of an RSA key");
    bits = rsa_key_bits(self->of.key);
    if (bits < BITS_MIN) return efs_fail(diag, EFS_ERR_ALGORITHM, 0, "the certificate's key is shorter than 1024 bits");
    if (bits > EFS_FEK_BLOB_MAX * 8)
        return efs_fail(diag, EFS_ERR_ALGORITHM, 0, "the certificate's key is longer than the 8688 bits of $EFS");
    return EFS_OK;
}

/* ---- the certificate of a key file ---- */

#define SEEN_MAX 64 /* keys, and certificates, of one file; more are left alone */

struct seen
{
    struct rsa_key    *keys[SEEN_MAX];
    struct certificate certificates[SEEN_MAX];
    unsigned int       key_count, certificate_count;
};

static enum efs_error see_key(void *context, struct rsa_key *key, struct efs_diag *diag)
{
    struct seen *seen = context;

    (void)diag;
    if (seen->key_count < SEEN_MAX) seen->keys[seen->key_count++] = key;
    else rsa_key_free(key);
    return EFS_OK;
}

static enum efs_error see_certificate(void *context, const uint8_t *der, size_t length, struct efs_diag *diag)
{
    struct seen *seen = context;
    enum efs_error code;

    if (seen->certificate_count == SEEN_MAX) return EFS_OK;
    code = certificate_read(&seen->certificates[seen->certificate_count], der, length, diag);
    if (!code) seen->certificate_count++;
    return code == EFS_ERR_NO_MEMORY ? code : EFS_OK;
}

static bool has_key(const struct seen *seen, const struct certificate *certificate)
{
    unsigned int i;

    for (i = 0; certificate->key && i < seen->key_count; i++)
        if (rsa_key_fits(seen->keys[i], certificate->key)) return true;
    return false;
}

/* Beside the owner's, a PFX has those of the authorities above it. */
static enum efs_error take_from_key_file(struct certificate *certificate, const uint8_t *file, size_t length,
                                         const char *password, struct efs_diag *diag)
{
    static const struct key_visitor visitor = { see_key, see_certificate };
    struct seen *seen = calloc(1, sizeof(*seen));
    enum efs_error code;
    unsigned int i;

    if (!seen) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    code = key_file_visit(file, length, password, &visitor, seen, diag);
    for (i = 0; !code && !certificate->subject && i < seen->certificate_count; i++)
    {
        if (!has_key(seen, &seen->certificates[i])) continue;
        *certificate = seen->certificates[i];
        memset(&seen->certificates[i], 0, sizeof(seen->certificates[i]));
    }
    if (!code && !certificate->subject)
        code = efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: no certificate of its key");
    for (i = 0; i < seen->certificate_count; i++) certificate_free(&seen->certificates[i]);
    for (i = 0; i < seen->key_count; i++) rsa_key_free(seen->keys[i]);
    free(seen);
    return code;
}

/* ---- */

enum efs_error efs_certificate_load(struct efs_certificate **certificate, const uint8_t *file, size_t length,
                                    const char *password, struct efs_diag *diag)
{
    struct efs_certificate *self;
    enum efs_error code;

    *certificate = NULL;
    if (!length || length > INT_MAX) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "not a certificate");
    if (!(self = calloc(1, sizeof(*self)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    code = certificate_is(file, length) ? certificate_read(&self->of, file, length, diag)
        : take_from_key_file(&self->of, file, length, password, diag);
    if (!code) code = check_key(self, diag);
    if (!code) code = make_display(self, diag);
    if (code) efs_certificate_free(self);
    else
    {
        *certificate = self;
        if (diag) *diag = (struct efs_diag){ 0 }; /* of the forms that were tried first */
    }
    return code;
}

/* What of a certificate is needed is known: its key, its thumbprint, its owner's name. */
static enum efs_error take_from_key(struct efs_certificate *self, const struct efs_key *key, struct efs_diag *diag)
{
    enum efs_error code;

    self->of.display = strdup(key->name ? key->name : "");
    self->of.key = rsa_key_share(key->rsa);
    memcpy(self->of.thumbprint, key->thumbprint, THUMBPRINT_SIZE);
    if (!self->of.display || !self->of.key) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    self->of.for_efs = true;
    self->of.not_after = INT64_MAX;
    code = check_key(self, diag);
    return code ? code : make_display(self, diag);
}

enum efs_error efs_certificate_of_key(struct efs_certificate **certificate, const struct efs_key *key,
                                      struct efs_diag *diag)
{
    struct efs_certificate *self;
    enum efs_error code;

    *certificate = NULL;
    while (key && !key->has_thumbprint) key = key->next;
    if (!key) return efs_fail(diag, EFS_ERR_NO_KEY, 0, "no key has a certificate");
    if (!(self = calloc(1, sizeof(*self)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    code = take_from_key(self, key, diag);
    if (code) efs_certificate_free(self);
    else *certificate = self;
    return code;
}

void efs_certificate_free(struct efs_certificate *certificate)
{
    if (!certificate) return;
    certificate_free(&certificate->of);
    free(certificate->display);
    free(certificate);
}

const uint8_t *efs_certificate_thumbprint(const struct efs_certificate *certificate)
{
    return certificate->of.thumbprint;
}

bool efs_certificate_is_for_else(const struct efs_certificate *certificate)
{
    return !certificate->of.for_efs;
}

bool efs_certificate_is_valid(const struct efs_certificate *certificate, int64_t now)
{
    return now >= certificate->of.not_before && now <= certificate->of.not_after;
}

enum efs_error efs_certificate_wrap(const struct efs_certificate *certificate, const struct efs_fek *fek,
                                    struct efs_certificate_entry *entry, struct efs_diag *diag)
{
    struct efs_secret plain;
    enum efs_error code;
    size_t length;

    memset(&entry->entry, 0, sizeof(entry->entry));
    if (!efs_secret_allocate(&plain, FEK_MAX)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    length = efs_fek_make(fek, plain.bytes);
    if (!length) code = efs_fail(diag, EFS_ERR_ALGORITHM, 0, "FEK: unknown algorithm");
    else code = rsa_key_encrypt(certificate->of.key, plain.bytes, length, entry->encrypted_fek,
                                sizeof(entry->encrypted_fek), &entry->entry.encrypted_fek.length, diag);
    efs_secret_free(&plain);
    efs_secret_wipe_stack(); /* of the padded text */
    entry->entry.flags = EFS_ENTRY_RSA;
    entry->entry.pki_type = EFS_PKI_CERTIFICATE;
    entry->entry.thumbprint = (struct efs_bytes){ certificate->of.thumbprint, THUMBPRINT_SIZE };
    if (certificate->display_length)
        entry->entry.display = (struct efs_bytes){ certificate->display, certificate->display_length };
    entry->entry.encrypted_fek.data = entry->encrypted_fek;
    return code;
}
