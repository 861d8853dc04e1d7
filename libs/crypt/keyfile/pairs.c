/*
 * The pairs of a key file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "keys/pairs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "key_file.h"

struct found
{
    struct efs_key_pairs *pairs; /* a certificate at each key's place, or none yet */
    struct rsa_key       *keys[EFS_KEY_PAIRS_MAX];
    unsigned int          count;
};

static enum efs_error take_key(void *context, struct rsa_key *key, struct efs_diag *diag)
{
    struct found *found = context;
    unsigned int i = 0;

    (void)diag;
    while (i < found->count && !rsa_key_fits(found->keys[i], key)) i++;
    if (i == found->count && i < EFS_KEY_PAIRS_MAX) found->keys[found->count++] = key;
    else rsa_key_free(key);
    return EFS_OK;
}

/* The first one of a key is its. What isn't a certificate after all is left out. */
static enum efs_error take_certificate(void *context, const uint8_t *der, size_t length, struct efs_diag *diag)
{
    struct found *found = context;
    struct certificate certificate;
    struct efs_key_pair *pair;
    unsigned int i = 0;
    enum efs_error code = certificate_read(&certificate, der, length, diag);

    if (code) return code == EFS_ERR_NO_MEMORY ? code : EFS_OK;
    while (certificate.key && i < found->count && !rsa_key_fits(found->keys[i], certificate.key)) i++;
    if (certificate.key && i < found->count && !found->pairs->list[i].certificate)
    {
        pair = &found->pairs->list[i];
        if (!(pair->certificate = malloc(length))) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        else
        {
            memcpy(pair->certificate, der, length);
            pair->certificate_length = length;
        }
    }
    certificate_free(&certificate);
    return code;
}

/* Keys that have a certificate come together at the list's beginning. */
static enum efs_error write_keys(struct found *found, struct efs_diag *diag)
{
    struct efs_key_pairs *pairs = found->pairs;
    enum efs_error code = EFS_OK;
    unsigned int i;

    for (i = 0; i < found->count && !code; i++)
    {
        struct efs_key_pair pair = pairs->list[i];

        if (!pair.certificate)
        {
            pairs->lone++;
            continue;
        }
        memset(&pairs->list[i], 0, sizeof(pairs->list[i]));
        pairs->list[pairs->count] = pair;
        code = pvk_write(&pairs->list[pairs->count++].pvk, found->keys[i], diag);
    }
    if (!code && !found->count)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: the private key isn't an RSA key");
    if (!code && !pairs->count)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: no certificate in it belongs to the private key");
    return code;
}

enum efs_error efs_key_pairs_load(struct efs_key_pairs *pairs, const uint8_t *file, size_t length, const char *password,
                                  struct efs_diag *diag)
{
    static const struct key_visitor visitor = { take_key, take_certificate };
    struct found found = { .pairs = pairs };
    enum efs_error code;
    unsigned int i;

    memset(pairs, 0, sizeof(*pairs));
    if (!length || length > INT_MAX) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "key file: neither PFX nor PEM");
    code = key_file_visit(file, length, password, &visitor, &found, diag);
    if (!code) code = write_keys(&found, diag);
    for (i = 0; i < found.count; i++) rsa_key_free(found.keys[i]);
    efs_secret_wipe_stack();
    if (code) efs_key_pairs_free(pairs);
    else if (diag) *diag = (struct efs_diag){ 0 }; /* of the form that was tried first */
    return code;
}

void efs_key_pairs_free(struct efs_key_pairs *pairs)
{
    unsigned int i;

    for (i = 0; i < EFS_KEY_PAIRS_MAX; i++)
    {
        efs_secret_free(&pairs->list[i].pvk);
        free(pairs->list[i].certificate);
    }
    memset(pairs, 0, sizeof(*pairs));
}
