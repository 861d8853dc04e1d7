/*
 * Certificates, of OpenSSL: what they say of themselves. No signature is looked at: a certificate only names a key
 * here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypt/reader.h"
#include "rsa_key.h"
#include "rsa_key_internal.h"

#define SUBJECT_MAX 1024 /* bytes that are kept */

static int64_t seconds(const ASN1_TIME *time)
{
    struct tm tm;

    if (!time || ASN1_TIME_to_tm(time, &tm) != 1) return 0;
    return (int64_t)timegm(&tm);
}

/* RFC 2253, cut where it is too long; NULL: out of memory. */
static char *subject_text(X509 *x509)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    int length;

    if (bio &&
        X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
                           XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0 &&
        (text = calloc(1, SUBJECT_MAX)))
    {
        length = BIO_read(bio, text, SUBJECT_MAX - 1);
        /* a character that was cut isn't shown */
        while (length == SUBJECT_MAX - 1 && ((uint8_t)text[length - 1] & 0x80)) length--;
        text[length > 0 ? length : 0] = 0;
    }
    BIO_free(bio);
    return text;
}

/* OpenSSL would ask on the terminal. */
static int no_password(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

bool pem_has(const uint8_t *bytes, size_t length, const char *text)
{
    return memmem(bytes, length, text, strlen(text)) != NULL;
}

/* NULL: it isn't one. */
static X509 *parse(const uint8_t *bytes, size_t length)
{
    X509 *x509 = NULL;
    BIO *bio;

    if (length > KEY_FILE_MAX) return NULL;
    if (length && bytes[0] == 0x30) x509 = d2i_X509(NULL, &bytes, (long)length);
    else if (pem_has(bytes, length, "-----BEGIN CERTIFICATE-----") && (bio = BIO_new_mem_buf(bytes, (int)length)))
    {
        x509 = PEM_read_bio_X509(bio, NULL, no_password, NULL);
        BIO_free(bio);
    }
    ERR_clear_error();
    return x509;
}

bool certificate_is(const uint8_t *bytes, size_t length)
{
    X509 *x509 = pem_has(bytes, length, "PRIVATE KEY-----") ? NULL : parse(bytes, length);

    X509_free(x509);
    return x509 != NULL;
}

enum efs_error certificate_read(struct certificate *certificate, const uint8_t *bytes, size_t length,
                                struct efs_diag *diag)
{
    unsigned int size = 0;
    enum efs_error code = EFS_OK;
    EVP_PKEY *pkey;
    X509 *x509 = parse(bytes, length);

    memset(certificate, 0, sizeof(*certificate));
    if (!x509) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "not a certificate");
    if (X509_digest(x509, EVP_sha1(), certificate->thumbprint, &size) != 1)
        code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "X509_digest");
    certificate->not_before = seconds(X509_get0_notBefore(x509));
    certificate->not_after = seconds(X509_get0_notAfter(x509));
    if (!code && !(certificate->subject = subject_text(x509)))
        code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "OpenSSL: out of memory");
    pkey = X509_get_pubkey(x509);
    if (pkey && EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
    {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    if (pkey && !(certificate->key = rsa_key_wrap(pkey))) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    X509_free(x509);
    ERR_clear_error();
    if (code) certificate_free(certificate);
    return code;
}

void certificate_free(struct certificate *certificate)
{
    free(certificate->subject);
    rsa_key_free(certificate->key);
    memset(certificate, 0, sizeof(*certificate));
}
