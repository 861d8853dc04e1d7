/*
 * Win32 codes in words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

#include <wchar.h>

/* Wine has no text for the EFS codes; mingw-w64 has no names for the last ones. */
static const struct { DWORD code; const WCHAR *text; } efs_texts[] =
{
    { ERROR_ENCRYPTION_FAILED, L"The file could not be encrypted." },
    { ERROR_DECRYPTION_FAILED, L"The file could not be decrypted." },
    { ERROR_FILE_ENCRYPTED, L"The file is encrypted, and you have no key for it." },
    { ERROR_NO_RECOVERY_POLICY, L"This system has no valid EFS recovery policy." },
    { ERROR_NO_EFS, L"This system has no EFS support." },
    { ERROR_WRONG_EFS, L"The file was encrypted by another EFS than the one in use." },
    { ERROR_NO_USER_KEYS, L"The user has no EFS key." },
    { ERROR_FILE_NOT_ENCRYPTED, L"The file is not encrypted." },
    { ERROR_NOT_EXPORT_FORMAT, L"This is not a complete EFS backup stream." },
    { ERROR_FILE_READ_ONLY, L"The file is read-only." },
    { ERROR_DIR_EFS_DISALLOWED, L"Encryption is switched off for this directory." },
    { ERROR_EFS_SERVER_NOT_TRUSTED, L"The server is not trusted to encrypt files." },
    { ERROR_BAD_RECOVERY_POLICY, L"The EFS recovery policy holds an invalid certificate." },
    { ERROR_EFS_ALG_BLOB_TOO_BIG, L"The key is too large for the encryption algorithm." },
    { ERROR_VOLUME_NOT_SUPPORT_EFS, L"This file system cannot hold encrypted files." },
    { ERROR_EFS_DISABLED, L"EFS is switched off on this machine." },
    { ERROR_EFS_VERSION_NOT_SUPPORT, L"This version of the EFS metadata is not supported." },
    { 6017 /* ERROR_CS_ENCRYPTION_INVALID_SERVER_RESPONSE */, L"The server's answer about an encrypted offline file makes no sense." },
    { 6018 /* ERROR_CS_ENCRYPTION_UNSUPPORTED_SERVER */, L"The server does not support encrypted offline files." },
    { 6019 /* ERROR_CS_ENCRYPTION_EXISTING_ENCRYPTED_FILE */, L"The offline file is encrypted already." },
    { 6020 /* ERROR_CS_ENCRYPTION_NEW_ENCRYPTED_FILE */, L"The new offline file has to be encrypted." },
    { 6021 /* ERROR_CS_ENCRYPTION_FILE_NOT_CSE */, L"The file is not an encrypted offline file." },
};

const WCHAR *code_text(DWORD code, WCHAR *buffer, DWORD size)
{
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, buffer, size, NULL);
    size_t i;

    while (length && (buffer[length - 1] == '\r' || buffer[length - 1] == '\n' || buffer[length - 1] == ' ')) length--;
    buffer[length] = 0;
    for (i = 0; !length && i < sizeof(efs_texts) / sizeof(efs_texts[0]); i++)
        if (efs_texts[i].code == code) length = _snwprintf(buffer, size, L"%ls", efs_texts[i].text);
    if (!length) _snwprintf(buffer, size, L"Unknown error.");
    buffer[size - 1] = 0;
    return buffer;
}
