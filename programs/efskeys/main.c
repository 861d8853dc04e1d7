/*
 * efskeys: what `wine-efs key import` and `wine-efs key make` do in a prefix. A part of it, not for users.
 *
 *   efskeys import    puts the keys that come on standard input (keys/handover.h) into the user's stores
 *   efskeys make      makes a new current key
 *
 * A line on standard output for each key, "imported THUMBPRINT", "present THUMBPRINT" or "made THUMBPRINT", and at the
 * end "end STATUS"; failures on standard error. Exit status: 0, 1 failed, 2 wrong usage, 3 nothing was handed over,
 * which was said elsewhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/console.h"
#include "common/current_key.h"

#include <string.h>
#include <wchar.h>

#include <winefs.h>

#include "keys/handover.h"

#define EXIT_FAILED  1
#define EXIT_USAGE   2
#define EXIT_NOTHING 3

#define HASH_TEXT (2 * HASH_SIZE + 1)

typedef DWORD (WINAPI *import_fn)(const BYTE *key, DWORD key_size, const BYTE *certificate, DWORD certificate_size,
                                  BYTE hash[HASH_SIZE]);

/* wineefs.dll comes with the drop-in. NULL, and a line: it isn't there, or is an older one. */
static import_fn find_import(void)
{
    HMODULE module = GetModuleHandleW(L"wineefs.dll");
    FARPROC found = module ? GetProcAddress(module, "wineefs_key_import") : NULL;

    if (!found) print(STD_ERROR_HANDLE, L"wine-efs: it isn't installed in this prefix, or in another version\n");
    return (import_fn)(void (*)(void))found;
}

static int fail(const WCHAR *subject, DWORD code)
{
    WCHAR text[512];

    print(STD_ERROR_HANDLE, L"wine-efs: %ls: %ls\n", subject, code_text(code, text, ARRAYSIZE(text)));
    return EXIT_FAILED;
}

static void say(const WCHAR *what, const BYTE hash[HASH_SIZE])
{
    static const WCHAR digits[] = L"0123456789abcdef";
    WCHAR text[HASH_TEXT];
    unsigned int i;

    for (i = 0; i < HASH_SIZE; i++)
    {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[2 * HASH_SIZE] = 0;
    print(STD_OUTPUT_HANDLE, L"%ls %ls\n", what, text);
}

/* *got: bytes that came before the end. Win32 code */
static DWORD take(void *buffer, DWORD size, DWORD *got)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD part;

    for (*got = 0; *got < size; *got += part)
    {
        if (!ReadFile(input, (BYTE *)buffer + *got, size - *got, &part, NULL))
            return GetLastError() == ERROR_BROKEN_PIPE ? ERROR_SUCCESS : GetLastError();
        if (!part) break;
    }
    return ERROR_SUCCESS;
}

static DWORD take_all(void *buffer, DWORD size)
{
    DWORD got, code = take(buffer, size, &got);

    return code || got == size ? code : ERROR_HANDLE_EOF;
}

/* The next pair of the stream. `buffer`: room for the longest one */
static int import_one(import_fn import, BYTE *buffer)
{
    BYTE hash[HASH_SIZE];
    DWORD sizes[2], code;

    if ((code = take_all(sizes, sizeof(sizes)))) return fail(L"the key file", code);
    if (sizes[0] > KEY_HANDOVER_KEY || sizes[1] > KEY_HANDOVER_CERTIFICATE)
        return fail(L"the key file", ERROR_INVALID_DATA);
    if ((code = take_all(buffer, sizes[0] + sizes[1]))) return fail(L"the key file", code);
    code = import(buffer, sizes[0], buffer + sizes[0], sizes[1], hash);
    if (code && code != ERROR_ALREADY_EXISTS) return fail(L"a key can't be imported", code);
    say(code ? L"present" : L"imported", hash);
    return 0;
}

static int import_keys(void)
{
    import_fn import = find_import();
    const DWORD size = KEY_HANDOVER_KEY + KEY_HANDOVER_CERTIFICATE;
    DWORD head[2], got, code;
    int status = 0;
    BYTE *buffer;

    if (!import) return EXIT_FAILED;
    if ((code = take(head, sizeof(head), &got))) return fail(L"the key file", code);
    if (!got) return EXIT_NOTHING;
    if (got != sizeof(head) || head[0] != KEY_HANDOVER_MAGIC || head[1] > KEY_HANDOVER_PAIRS)
        return fail(L"the key file", ERROR_INVALID_DATA);
    if (!(buffer = VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE)))
        return fail(L"the key file", ERROR_NOT_ENOUGH_MEMORY);
    VirtualLock(buffer, KEY_HANDOVER_KEY); /* where each private key is */
    for (; head[1] && !status; head[1]--) status = import_one(import, buffer);
    SecureZeroMemory(buffer, size);
    VirtualFree(buffer, 0, MEM_RELEASE);
    return status;
}

static int make_key(void)
{
    BYTE hash[HASH_SIZE];
    DWORD code = SetUserFileEncryptionKey(NULL);

    if (!code) code = get_current_hash(hash);
    if (code) return fail(L"no key can be made", code);
    say(L"made", hash);
    return 0;
}

int wmain(int argc, WCHAR **argv);
int wmain(int argc, WCHAR **argv)
{
    int status = EXIT_USAGE;

    if (argc == 2 && !wcscmp(argv[1], L"import")) status = import_keys();
    if (argc == 2 && !wcscmp(argv[1], L"make")) status = make_key();
    print(STD_OUTPUT_HANDLE, L"end %d\n", status);
    return status;
}
