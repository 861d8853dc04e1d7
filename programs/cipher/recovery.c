/*
 * cipher /R and /P: a recovery agent's key and certificate, and the policy that names one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wchar.h>
#include <wincrypt.h>

#define CERTIFICATE_MAX 4096 /* bytes; one that is made here has some 800 */

typedef DWORD (WINAPI *make_fn)(const char *password, HANDLE file, BYTE *certificate, DWORD *size);

/* As wineefs_key_export, no function of Windows'. */
static DWORD make(const char *password, HANDLE file, BYTE *certificate, DWORD *size)
{
    HMODULE module = GetModuleHandleW(L"wineefs.dll");
    make_fn call = module ? (make_fn)(void (*)(void))GetProcAddress(module, "wineefs_recovery_make") : NULL;

    return call ? call(password, file, certificate, size) : ERROR_CALL_NOT_IMPLEMENTED;
}

/* ---- /R ---- */

struct files
{
    WCHAR *pfx, *cer;           /* their names; to be freed by HeapFree */
    HANDLE pfx_file, cer_file;
};

static WCHAR *with_ending(const WCHAR *name, const WCHAR *ending)
{
    WCHAR *full = HeapAlloc(GetProcessHeap(), 0, (wcslen(name) + wcslen(ending) + 1) * sizeof(*full)), *path;

    if (!full) return NULL;
    wcscpy(full, name);
    wcscat(full, ending);
    path = usable_path(full);
    HeapFree(GetProcessHeap(), 0, full);
    return path;
}

static bool exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* Neither is there yet. */
static DWORD create(struct files *files)
{
    files->pfx_file = create_closed_file(files->pfx);
    if (files->pfx_file == INVALID_HANDLE_VALUE) return GetLastError();
    files->cer_file = CreateFileW(files->cer, GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    return files->cer_file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
}

static DWORD fill(const struct files *files, const char *password)
{
    BYTE certificate[CERTIFICATE_MAX];
    DWORD size = sizeof(certificate), written, code = make(password, files->pfx_file, certificate, &size);

    if (code) return code;
    if (!WriteFile(files->cer_file, certificate, size, &written, NULL) || !FlushFileBuffers(files->cer_file))
        return GetLastError();
    return written == size ? ERROR_SUCCESS : ERROR_DISK_FULL;
}

/* Both files, or none. */
static DWORD make_files(struct files *files, const char *password)
{
    DWORD code = create(files);

    if (!code) code = fill(files, password);
    if (code && files->pfx_file != INVALID_HANDLE_VALUE) remove_created_file(files->pfx_file);
    if (code && files->cer_file != INVALID_HANDLE_VALUE) remove_created_file(files->cer_file);
    if (files->pfx_file != INVALID_HANDLE_VALUE) CloseHandle(files->pfx_file);
    if (files->cer_file != INVALID_HANDLE_VALUE) CloseHandle(files->cer_file);
    return code;
}

bool make_recovery_key(const struct options *options)
{
    struct files files = { with_ending(options->value, L".PFX"), with_ending(options->value, L".CER"),
                           INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE };
    char password[PASSWORD_SIZE] = "";
    DWORD code = ERROR_SUCCESS;

    if (options->smart_card)
        print(STD_ERROR_HANDLE, L"cipher: /SMARTCARD: no smart card can be written; without it the key goes into a "
                                L"file.\n");
    else if (!files.pfx || !files.cer) code = GetLastError();
    /* before anything is asked */
    else if (exists(files.pfx) || exists(files.cer)) code = ERROR_FILE_EXISTS;
    else if (!(code = ask_password(password))) code = make_files(&files, password);
    SecureZeroMemory(password, sizeof(password));
    HeapFree(GetProcessHeap(), 0, files.pfx);
    HeapFree(GetProcessHeap(), 0, files.cer);
    if (code) return report(options->value, code);
    if (options->smart_card) return false;
    print(STD_OUTPUT_HANDLE, L"\nYour .CER file was created successfully.\nYour .PFX file was created successfully.\n");
    return true;
}

/* ---- /P ---- */

/* EfsBlob (MS-GPEF 2.2.1.2): a version, how many keys there are, and each key; all numbers are little-endian. */
struct policy_head
{
    DWORD version, keys;
};

/* Offsets count from the second length on. */
struct policy_key
{
    DWORD length;        /* of all, with SID and certificate */
    DWORD length_behind; /* the same without the first field */
    DWORD sid, source;
    DWORD certificate_size, certificate;
    DWORD reserved[2];
};

#define POLICY_VERSION   0x10001
#define POLICY_SOURCE    2 /* a certificate, and no key's container */
#define POLICY_FROM      sizeof(DWORD)

/* The user's; to be freed by HeapFree. NULL: see GetLastError. */
static TOKEN_USER *get_user(void)
{
    TOKEN_USER *user = NULL;
    DWORD size = 0;
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return NULL;
    GetTokenInformation(token, TokenUser, NULL, 0, &size);
    user = HeapAlloc(GetProcessHeap(), 0, size);
    if (user && !GetTokenInformation(token, TokenUser, user, size, &size))
    {
        HeapFree(GetProcessHeap(), 0, user);
        user = NULL;
    }
    CloseHandle(token);
    return user;
}

/* To be freed by HeapFree. NULL: out of memory */
static BYTE *make_policy(const struct certificate *agent, PSID sid, DWORD *size)
{
    DWORD sid_size = GetLengthSid(sid), length = sizeof(struct policy_key) + sid_size + agent->size;
    struct policy_head head = { POLICY_VERSION, 1 };
    struct policy_key key = { .length = length, .length_behind = length - POLICY_FROM,
                              .sid = sizeof(key) - POLICY_FROM, .source = POLICY_SOURCE,
                              .certificate_size = agent->size,
                              .certificate = sizeof(key) - POLICY_FROM + sid_size };
    BYTE *bytes = HeapAlloc(GetProcessHeap(), 0, sizeof(head) + length), *at = bytes;

    if (!bytes) return NULL;
    memcpy(at, &head, sizeof(head));
    memcpy(at += sizeof(head), &key, sizeof(key));
    memcpy(at += sizeof(key), sid, sid_size);
    memcpy(at + sid_size, agent->bytes, agent->size);
    *size = sizeof(head) + length;
    return bytes;
}

#define PART 8192 /* units that are printed at once */

/* One line, as long as it is. */
static DWORD print_base64(const BYTE *bytes, DWORD size)
{
    DWORD flags = CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, units = 0, code = ERROR_SUCCESS, at;
    WCHAR *text;

    if (!CryptBinaryToStringW(bytes, size, flags, NULL, &units)) return GetLastError();
    if (!(text = HeapAlloc(GetProcessHeap(), 0, units * sizeof(*text)))) return ERROR_NOT_ENOUGH_MEMORY;
    if (!CryptBinaryToStringW(bytes, size, flags, text, &units)) code = GetLastError();
    else for (at = 0; at < units; at += PART) print(STD_OUTPUT_HANDLE, L"%.*ls", PART, text + at);
    if (!code) print(STD_OUTPUT_HANDLE, L"\n");
    HeapFree(GetProcessHeap(), 0, text);
    return code;
}

bool show_recovery_policy(const struct options *options)
{
    struct certificate agent = { NULL, 0 };
    DWORD code = read_certificate(options->value, &agent), size;
    TOKEN_USER *user = NULL;
    BYTE *policy = NULL;

    if (!code && !(user = get_user())) code = GetLastError();
    if (!code && !(policy = make_policy(&agent, user->User.Sid, &size))) code = ERROR_NOT_ENOUGH_MEMORY;
    if (!code) code = print_base64(policy, size);
    HeapFree(GetProcessHeap(), 0, policy);
    HeapFree(GetProcessHeap(), 0, user);
    HeapFree(GetProcessHeap(), 0, agent.bytes);
    return code ? report(options->value, code) : true;
}
