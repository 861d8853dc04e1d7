/*
 * Texts for the EFS codes, which Wine's FormatMessage has none for.
 *
 * FormatMessage is in kernelbase.dll, which asks ntdll's RtlFindMessage for the entry of a module's message table.
 * That import leads here: what the system's own table lacks is taken from ours.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "messages.h"

#include "wine/debug.h"
#include "patch/import_table.h"
#include "patch/registry.h"
#include "wine/native.h"

#define TYPE_MESSAGETABLE 11 /* RT_MESSAGETABLE */
#define TEXT_UNITS        96

/* MESSAGE_RESOURCE_ENTRY, with room for each of the texts */
struct message_entry
{
    WORD  length; /* bytes, of all of it */
    WORD  flags;
    WCHAR text[TEXT_UNITS];
};

#define FLAG_UNICODE 1

#define MESSAGE(code, text) { code, { sizeof(struct message_entry), FLAG_UNICODE, text L"\r\n" } }

/* Names of winerror.h; the numbers are those that mingw-w64 has no name for. */
static const struct { DWORD code; struct message_entry entry; } messages[] =
{
    /* ERROR_RWRAW_ENCRYPTED_FILE_NOT_ENCRYPTED, .._INVALID_EDATAINFO_FILEOFFSET, .._FILERANGE, .._PARAMETER */
    MESSAGE(410, L"Raw encrypted data was asked for, but the file is not encrypted."),
    MESSAGE(411, L"The file offset in the description of raw encrypted data is not valid."),
    MESSAGE(412, L"The file range in the description of raw encrypted data is not valid."),
    MESSAGE(413, L"A value in the description of raw encrypted data is not valid."),
    MESSAGE(ERROR_ENCRYPTION_FAILED, L"The file could not be encrypted."),
    MESSAGE(ERROR_DECRYPTION_FAILED, L"The file could not be decrypted."),
    MESSAGE(ERROR_FILE_ENCRYPTED, L"The file is encrypted, and you have no key for it."),
    MESSAGE(ERROR_NO_RECOVERY_POLICY, L"This system has no valid EFS recovery policy."),
    MESSAGE(ERROR_NO_EFS, L"This system has no EFS support."),
    MESSAGE(ERROR_WRONG_EFS, L"The file was encrypted by another EFS than the one in use."),
    MESSAGE(ERROR_NO_USER_KEYS, L"The user has no EFS key."),
    MESSAGE(ERROR_FILE_NOT_ENCRYPTED, L"The file is not encrypted."),
    MESSAGE(ERROR_NOT_EXPORT_FORMAT, L"This is not a complete EFS backup stream."),
    MESSAGE(ERROR_FILE_READ_ONLY, L"The file is read-only."),
    MESSAGE(ERROR_DIR_EFS_DISALLOWED, L"Encryption is switched off for this directory."),
    MESSAGE(ERROR_EFS_SERVER_NOT_TRUSTED, L"The server is not trusted to encrypt files."),
    MESSAGE(ERROR_BAD_RECOVERY_POLICY, L"The EFS recovery policy holds an invalid certificate."),
    MESSAGE(ERROR_EFS_ALG_BLOB_TOO_BIG, L"The key is too large for the encryption algorithm."),
    MESSAGE(ERROR_VOLUME_NOT_SUPPORT_EFS, L"This file system cannot hold encrypted files."),
    MESSAGE(ERROR_EFS_DISABLED, L"EFS is switched off on this machine."),
    MESSAGE(ERROR_EFS_VERSION_NOT_SUPPORT, L"This version of the EFS metadata is not supported."),
    /* ERROR_CS_ENCRYPTION_INVALID_SERVER_RESPONSE, .._UNSUPPORTED_SERVER, .._EXISTING_ENCRYPTED_FILE,
       .._NEW_ENCRYPTED_FILE, .._FILE_NOT_CSE */
    MESSAGE(6017, L"The server's answer about an encrypted offline file makes no sense."),
    MESSAGE(6018, L"The server does not support encrypted offline files."),
    MESSAGE(6019, L"The offline file is encrypted already."),
    MESSAGE(6020, L"The new offline file has to be encrypted."),
    MESSAGE(6021, L"The file is not an encrypted offline file."),
};

typedef NTSTATUS (WINAPI *find_message_fn)(HMODULE module, ULONG type, ULONG language, ULONG code, const void **entry);

static const char find_message_name[] = "RtlFindMessage";
static find_message_fn find_message;
static HMODULE kernel32, kernelbase;
/* By that name perhaps our own, which has no messages: programs pass its handle for Wine's. */
static HMODULE dropin;
static enum hook_state state;

static const struct message_entry *find_entry(ULONG code)
{
    unsigned int i;

    for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (messages[i].code == code) return &messages[i].entry;
    return NULL;
}

static NTSTATUS WINAPI hook_RtlFindMessage(HMODULE module, ULONG type, ULONG language, ULONG code, const void **entry)
{
    const struct message_entry *ours;
    NTSTATUS status, known_status;
    const void *known;

    if (dropin && module == dropin) module = kernelbase;
    status = find_message(module, type, language, code, entry);
    if (!status || type != TYPE_MESSAGETABLE || (module != kernel32 && module != kernelbase)
        || !(ours = find_entry(code)))
        return status;
    /* In a language that the system has no texts in, ours would be the only one. */
    if ((known_status = find_message(module, type, language, ERROR_FILE_NOT_FOUND, &known))) return known_status;
    *entry = ours;
    return STATUS_SUCCESS;
}

void messages_install(void)
{
    kernel32 = native_find_module(L"kernel32.dll");
    kernelbase = native_find_kernelbase();
    dropin = native_find_module(L"kernelbase.dll");
    state = HOOK_UNKNOWN;
    registry_add(find_message_name, &state);
    if (import_table_replace(kernelbase, "ntdll.dll", find_message_name,
                             native_find_function(native_find_module(L"ntdll.dll"), find_message_name),
                             (FARPROC)(void (*)(void))hook_RtlFindMessage, (FARPROC *)(void *)&find_message))
        state = HOOK_STANDS;
    else WARN("kernelbase.dll doesn't import RtlFindMessage as known: FormatMessage has no texts for the EFS codes\n");
}
