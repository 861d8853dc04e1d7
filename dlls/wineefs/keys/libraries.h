/*
 * The functions of crypt32.dll and advapi32.dll that keys take. wineefs.dll imports neither: both are loaded when a key
 * is needed first, so that other programs don't pay for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_LIBRARIES_H
#define WINEEFS_LIBRARIES_H

#include <windows.h>
#include <wincrypt.h>

#define ADVAPI32_FUNCTIONS(F)                                                                            \
    F(CryptAcquireContextW) F(CryptReleaseContext) F(CryptGenKey) F(CryptGetUserKey) F(CryptExportKey)   \
    F(CryptImportKey) F(CryptDestroyKey) F(CryptGenRandom) F(GetUserNameW) F(RegCreateKeyExW)            \
    F(RegSetValueExW) F(RegGetValueW) F(RegCloseKey)

#define CRYPT32_FUNCTIONS(F)                                                                             \
    F(CertOpenStore) F(CertCloseStore) F(CertFindCertificateInStore) F(CertEnumCertificatesInStore)      \
    F(CertDuplicateCertificateContext) F(CertFreeCertificateContext) F(CertGetCertificateContextProperty) \
    F(CertSetCertificateContextProperty) F(CertAddCertificateContextToStore) F(CertGetEnhancedKeyUsage)  \
    F(CertVerifyTimeValidity) F(CertComparePublicKeyInfo) F(CertCreateCertificateContext)                \
    F(CertCreateSelfSignCertificate) F(CryptExportPublicKeyInfo) F(CryptEncodeObject)

#define LIBRARY_MEMBER(name) __typeof__(name) *name;
struct libraries
{
    ADVAPI32_FUNCTIONS(LIBRARY_MEMBER)
    CRYPT32_FUNCTIONS(LIBRARY_MEMBER)
};

/* Not in DllMain. NULL, with a line on the debug channel, if one of them can't be had. */
const struct libraries *libraries_get(void);

#endif
