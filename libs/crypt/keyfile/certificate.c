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
#include <openssl/x509v3.h>
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

/* Text of a certificate as UTF-8, allocated; "" for what isn't text, NULL: out of memory. A NUL ends it: Windows puts
   one behind the UPN. */
static char *utf8_text(const ASN1_STRING *string)
{
    unsigned char *utf8 = NULL;
    int length = string ? ASN1_STRING_to_UTF8(&utf8, string) : -1;
    char *text = length < 0 ? strdup("") : strndup((const char *)utf8, (size_t)length);

    OPENSSL_free(utf8);
    return text;
}

static char *common_name(X509 *x509)
{
    X509_NAME *subject = X509_get_subject_name(x509);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

    return utf8_text(at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

/* The user's name in its domain, an alternative name of Microsoft's kind. */
static char *principal_name(X509 *x509)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    const ASN1_STRING *found = NULL;
    char *text;
    int i;

    for (i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
    {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn
            && name->d.otherName->value->type == V_ASN1_UTF8STRING)
            found = name->d.otherName->value->value.utf8string;
    }
    text = utf8_text(found);
    GENERAL_NAMES_free(names);
    return text;
}

/* As Windows shows a user of an encrypted file. NULL: out of memory. */
static char *display_text(X509 *x509, const char *subject)
{
    char *cn = common_name(x509), *upn = principal_name(x509), *text = NULL;

    if (cn && upn)
    {
        if (!*cn && !*upn) text = strdup(subject);
        else if (!*upn) text = strdup(cn);
        else if (asprintf(&text, "%s(%s)", cn, upn) < 0) text = NULL;
    }
    free(cn);
    free(upn);
    return text;
}

static bool is_for_efs(X509 *x509)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
    bool found = !usages;
    char text[64];
    int i;

    for (i = 0; !found && i < sk_ASN1_OBJECT_num(usages); i++)
    {
        OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(usages, i), 1);
        /* users, recovery agents, any purpose */
        found = !strcmp(text, "1.3.6.1.4.1.311.10.3.4") || !strcmp(text, "1.3.6.1.4.1.311.10.3.4.1")
            || !strcmp(text, "2.5.29.37.0");
    }
    EXTENDED_KEY_USAGE_free(usages);
    return found;
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
    if (!code && !(certificate->display = display_text(x509, certificate->subject)))
        code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "OpenSSL: out of memory");
    certificate->for_efs = is_for_efs(x509);
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
    free(certificate->display);
    rsa_key_free(certificate->key);
    memset(certificate, 0, sizeof(*certificate));
}
