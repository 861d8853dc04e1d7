/*
 * Encrypting and decrypting files where they are, with the user's key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

/* NAME DIR COUNT: each of the files 0 to COUNT - 1 */
static unsigned int get_count(WCHAR **args)
{
    return (unsigned int)_wtoi(args[1]);
}

static void encrypt(WCHAR **args)
{
    unsigned int i;

    for (i = 0; i < get_count(args); i++)
        if (!EncryptFileW(file_name(args[0], i))) fail("EncryptFile");
}

static void decrypt(WCHAR **args)
{
    unsigned int i;

    for (i = 0; i < get_count(args); i++)
        if (!DecryptFileW(file_name(args[0], i), 0)) fail("DecryptFile");
}

/* Each is replaced by a copy of itself: what encrypting is, but for the keys and the cipher. */
static void replace(WCHAR **args)
{
    WCHAR copy[MAX_PATH + 24];
    unsigned int i;

    for (i = 0; i < get_count(args); i++)
    {
        const WCHAR *name = file_name(args[0], i);

        swprintf(copy, MAX_PATH + 24, L"%ls.copy", name);
        if (!CopyFileW(name, copy, FALSE)) fail("CopyFile");
        if (!MoveFileExW(copy, name, MOVEFILE_REPLACE_EXISTING)) fail("MoveFileEx");
    }
}

const struct command keys_commands[] =
{
    { "encrypt", 2, encrypt },
    { "decrypt", 2, decrypt },
    { "replace", 2, replace },
    { 0 },
};
