/*
 * The key for which a user's files are encrypted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "current_key.h"

#include "libraries.h"
#include "policy.h"
#include "self_signed.h"
#include "user_key.h"
#include "wine/debug.h"

static const WCHAR current_keys[] = L"Software\\Microsoft\\Windows NT\\CurrentVersion\\EFS\\CurrentKeys";
static const WCHAR hash_value[] = L"CertificateHash";

#define PURPOSE_EFS "1.3.6.1.4.1.311.10.3.4"
#define USAGES_MAX 4096 /* bytes of the list of a certificate's purposes */

/* May files be encrypted for it now, and will the user be able to read them? */
static BOOL is_usable(const struct libraries *lib, const CERT_CONTEXT *certificate)
{
    return !lib->CertVerifyTimeValidity(NULL, certificate->pCertInfo) && user_key_is_whole(certificate);
}

/* Does it say that it is for EFS? */
static BOOL is_for_efs(const struct libraries *lib, const CERT_CONTEXT *certificate)
{
    union
    {
        CERT_ENHKEY_USAGE usage;
        BYTE              bytes[USAGES_MAX];
    } found;
    DWORD size = sizeof(found), i;

    if (!lib->CertGetEnhancedKeyUsage(certificate, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG, &found.usage, &size))
        return FALSE;
    for (i = 0; i < found.usage.cUsageIdentifier; i++)
        if (!lstrcmpA(found.usage.rgpszUsageIdentifier[i], PURPOSE_EFS)) return TRUE;
    return FALSE;
}

static const CERT_CONTEXT *find_chosen(const struct libraries *lib, HCERTSTORE store)
{
    BYTE thumbprint[THUMBPRINT_SIZE];
    DWORD size = sizeof(thumbprint);
    const CERT_CONTEXT *certificate;

    if (lib->RegGetValueW(HKEY_CURRENT_USER, current_keys, hash_value, RRF_RT_REG_BINARY, NULL, thumbprint, &size)
        || size != sizeof(thumbprint))
        return NULL;
    if (!(certificate = user_key_find(store, thumbprint))) return NULL;
    if (is_usable(lib, certificate)) return certificate;
    WARN("the current certificate isn't valid now, or its private key isn't there\n");
    lib->CertFreeCertificateContext(certificate);
    return NULL;
}

/* Of several, the one that is valid longest. */
static const CERT_CONTEXT *find_other(const struct libraries *lib, HCERTSTORE store)
{
    const CERT_CONTEXT *at = NULL, *best = NULL;

    while ((at = lib->CertEnumCertificatesInStore(store, at)))
    {
        if (best && CompareFileTime(&at->pCertInfo->NotAfter, &best->pCertInfo->NotAfter) <= 0) continue;
        if (!is_for_efs(lib, at) || !is_usable(lib, at)) continue;
        if (best) lib->CertFreeCertificateContext(best);
        best = lib->CertDuplicateCertificateContext(at);
    }
    return best;
}

static DWORD choose(const struct libraries *lib, const BYTE thumbprint[THUMBPRINT_SIZE])
{
    HKEY key;
    LONG err;

    err = lib->RegCreateKeyExW(HKEY_CURRENT_USER, current_keys, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);
    if (err) return (DWORD)err;
    err = lib->RegSetValueExW(key, hash_value, 0, REG_BINARY, thumbprint, THUMBPRINT_SIZE);
    lib->RegCloseKey(key);
    return (DWORD)err;
}

static DWORD set_current(const struct libraries *lib, const CERT_CONTEXT *certificate)
{
    BYTE thumbprint[THUMBPRINT_SIZE];
    DWORD size = sizeof(thumbprint);

    if (!lib->CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, thumbprint, &size)
        || size != sizeof(thumbprint))
        return ERROR_INVALID_DATA;
    return choose(lib, thumbprint);
}

static const CERT_CONTEXT *find(const struct libraries *lib, HCERTSTORE store)
{
    const CERT_CONTEXT *certificate = find_chosen(lib, store);

    return certificate ? certificate : find_other(lib, store);
}

static DWORD make(HCERTSTORE store, const CERT_CONTEXT **certificate)
{
    return policy_forbids_self_signed() ? ERROR_NO_USER_KEYS : self_signed_make(store, certificate);
}

/* Two processes, or threads, at once would make two keys otherwise. */
static HANDLE take_turn(void)
{
    HANDLE turn = CreateMutexW(NULL, FALSE, L"wine-efs-current-key");

    if (turn) WaitForSingleObject(turn, INFINITE);
    return turn;
}

static void end_turn(HANDLE turn)
{
    if (!turn) return;
    ReleaseMutex(turn);
    CloseHandle(turn);
}

/* Looks for the current key, and makes it if it may be, or in any case; it is the current one then. */
static DWORD get(const struct libraries *lib, HCERTSTORE store, BOOL another, struct blob *copy)
{
    const CERT_CONTEXT *certificate = another ? NULL : find(lib, store);
    DWORD err;

    if (!certificate && (err = make(store, &certificate))) return err;
    if (!(err = set_current(lib, certificate)) && copy) err = user_key_copy_certificate(certificate, copy);
    lib->CertFreeCertificateContext(certificate);
    return err;
}

static DWORD get_in_turn(BOOL another, struct blob *copy)
{
    const struct libraries *lib = libraries_get();
    HCERTSTORE store;
    HANDLE turn;
    DWORD err;

    if (!lib) return ERROR_EFS_DISABLED;
    turn = take_turn();
    if ((store = user_key_open_store()))
    {
        err = get(lib, store, another, copy);
        lib->CertCloseStore(store, 0);
    }
    else err = GetLastError();
    end_turn(turn);
    return err;
}

DWORD current_key_get(struct blob *certificate)
{
    return get_in_turn(FALSE, certificate);
}

DWORD current_key_make(void)
{
    return get_in_turn(TRUE, NULL);
}

DWORD current_key_set(const BYTE *certificate, DWORD size)
{
    const struct libraries *lib = libraries_get();
    const CERT_CONTEXT *given, *own = NULL;
    BYTE thumbprint[THUMBPRINT_SIZE];
    DWORD length = sizeof(thumbprint), err = ERROR_NO_USER_KEYS;
    HCERTSTORE store;

    if (!lib) return ERROR_EFS_DISABLED;
    if (!(given = lib->CertCreateCertificateContext(X509_ASN_ENCODING, certificate, size)))
        return ERROR_INVALID_PARAMETER;
    if ((store = user_key_open_store()))
    {
        if (lib->CertGetCertificateContextProperty(given, CERT_SHA1_HASH_PROP_ID, thumbprint, &length)
            && length == sizeof(thumbprint) && (own = user_key_find(store, thumbprint)) && is_usable(lib, own))
            err = choose(lib, thumbprint);
        if (own) lib->CertFreeCertificateContext(own);
        lib->CertCloseStore(store, 0);
    }
    else err = GetLastError();
    lib->CertFreeCertificateContext(given);
    return err;
}

BOOL current_key_exists(void)
{
    const struct libraries *lib = libraries_get();
    HCERTSTORE store = lib ? user_key_open_store() : NULL;
    const CERT_CONTEXT *certificate = store ? find(lib, store) : NULL;

    if (certificate) lib->CertFreeCertificateContext(certificate);
    if (store) lib->CertCloseStore(store, 0);
    return certificate != NULL;
}
