/*
 * cipher /K, /Y and /FLUSHCACHE: the user's own key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

typedef DWORD (WINAPI *flush_fn)(void *user);

static bool print_hash(const WCHAR *what)
{
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1], text[HASH_TEXT];
    DWORD size = ARRAYSIZE(computer), code;
    BYTE hash[HASH_SIZE];

    if ((code = get_current_hash(hash))) return report(L"cipher", code);
    if (!GetComputerNameW(computer, &size)) computer[0] = 0;
    print(STD_OUTPUT_HANDLE, L"\n%ls on the PC named %ls is:\n\n  %ls\n\n", what, computer,
          hash_text(hash, sizeof(hash), text));
    return true;
}

bool make_key(const struct options *options)
{
    DWORD code = SetUserFileEncryptionKey(NULL);

    (void)options;
    return code ? report(L"cipher", code) : print_hash(L"Your new file encryption certificate thumbnail information");
}

bool show_key(const struct options *options)
{
    (void)options;
    return print_hash(L"Your current EFS certificate thumbnail");
}

bool flush_cache(const struct options *options)
{
    flush_fn flush = (flush_fn)(void (*)(void))find_advapi("FlushEfsCache");
    DWORD code;

    if (options->server)
    {
        print(STD_ERROR_HANDLE, L"cipher: /SERVER: keys are cached on no other machine.\n");
        return false;
    }
    if ((code = flush ? flush(NULL) : ERROR_CALL_NOT_IMPLEMENTED)) return report(L"cipher", code);
    print(STD_OUTPUT_HANDLE, L"\nYour EFS key cache has been cleared.\n");
    return true;
}
