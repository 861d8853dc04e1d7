/*
 * cipher: the command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wchar.h>

/* By this "wine-efs uninstall" knows the program for ours. */
__attribute__((used)) static const char mark[] = "wine-efs.cipher";

static const WCHAR usage_text[] =
    L"Displays or alters the encryption of directories [files].\n"
    L"\n"
    L"  CIPHER [/E | /D | /C] [/S:directory] [/B] [/F] [/H] [/Q] [pathname [...]]\n"
    L"  CIPHER /K\n"
    L"  CIPHER /Y\n"
    L"  CIPHER /ADDUSER [/CERTHASH:hash | /CERTFILE:filename] [/S:directory] [/B] [/H] [pathname [...]]\n"
    L"  CIPHER /REMOVEUSER /CERTHASH:hash [/S:directory] [/B] [/H] [pathname [...]]\n"
    L"  CIPHER /REKEY [pathname [...]]\n"
    L"  CIPHER /FLUSHCACHE\n"
    L"  CIPHER /U [/N]\n"
    L"  CIPHER /W:directory\n"
    L"  CIPHER /X[:efsfile] filename\n"
    L"  CIPHER /R:filename\n"
    L"  CIPHER /P:filename.cer\n"
    L"\n"
    L"    /B          Abort if an error is encountered. By default, CIPHER continues\n"
    L"                executing even if errors are encountered.\n"
    L"    /C          Displays information on the encrypted file.\n"
    L"    /D          Decrypts the specified files or directories.\n"
    L"    /E          Encrypts the specified files or directories. Directories will\n"
    L"                be marked so that files added afterward will be encrypted.\n"
    L"    /F          Forces the operation on all specified objects, also on those\n"
    L"                that it would skip as already done.\n"
    L"    /H          Takes files with the hidden or system attributes, too. These\n"
    L"                files are omitted by default.\n"
    L"    /K          Creates a new certificate and key for use with EFS.\n"
    L"    /N          Works with /U alone: the encrypted files are listed, and their keys\n"
    L"                not updated.\n"
    L"    /P          Prints a recovery policy with that certificate as the only agent's, in\n"
    L"                base64: the value EfsBlob.\n"
    L"    /Q          Reports only the most essential information.\n"
    L"    /R          Makes a key and a certificate of a recovery agent: filename.PFX has\n"
    L"                both, with a password, filename.CER the certificate alone.\n"
    L"    /S          Performs the specified operation on the given directory and all\n"
    L"                files and subdirectories within it.\n"
    L"    /U          Finds all encrypted files on the local drives, and gives those that\n"
    L"                you can decrypt your current key, if they have another one.\n"
    L"    /W          Overwrites the unused space of the volume that the directory is on,\n"
    L"                three times. Old data may stay all the same: see docs/cipher.md.\n"
    L"    /X          Backs up your current EFS certificate and key into a new .PFX file\n"
    L"                with a password; with efsfile, those of yours that open that file.\n"
    L"    /Y          Displays your current EFS certificate thumbnail on the local PC.\n"
    L"    /ADDUSER    Adds a user to the specified encrypted file(s), by the SHA1 hash\n"
    L"                of a certificate in your stores, or by a certificate's file.\n"
    L"    /REKEY      Updates the specified encrypted file(s) to use the configured\n"
    L"                EFS current key.\n"
    L"    /REMOVEUSER Removes a user from the specified file(s). CERTHASH must be the\n"
    L"                SHA1 hash of the certificate to remove.\n"
    L"    /FLUSHCACHE Clears the calling user's EFS key cache.\n"
    L"\n"
    L"    directory   A directory path.\n"
    L"    pathname    Specifies a pattern, file or directory.\n"
    L"\n"
    L"    Used without parameters, CIPHER displays the encryption state of the\n"
    L"    current directory and any files it contains.\n";

enum value { NONE, MAY, MUST }; /* does the command itself have one, behind a colon? */

struct command
{
    const WCHAR *name;
    bool       (*run)(const struct options *options);
    enum value   value;
};

static const struct command commands[] =
{
    { L"E", encrypt_names, NONE },
    { L"D", decrypt_names, NONE },
    { L"C", show_details, NONE },
    { L"K", make_key, NONE },
    { L"Y", show_key, NONE },
    { L"ADDUSER", add_user, NONE },
    { L"REMOVEUSER", remove_user, NONE },
    { L"REKEY", rekey_names, NONE },
    { L"FLUSHCACHE", flush_cache, NONE },
    { L"U", update_drives, NONE },
    { L"X", back_up_key, MAY },
    { L"R", make_recovery_key, MUST },
    { L"P", show_recovery_policy, MUST },
    { L"W", wipe_free_space, MUST },
};

static const struct { const WCHAR *name; size_t at; } switches[] =
{
    { L"A", (size_t)-1 }, { L"I", (size_t)-1 }, /* defaults now; earlier ones had them */
    { L"B", offsetof(struct options, abort) },
    { L"F", offsetof(struct options, force) },
    { L"H", offsetof(struct options, hidden) },
    { L"N", offsetof(struct options, no_update) },
    { L"Q", offsetof(struct options, quiet) },
    { L"SMARTCARD", offsetof(struct options, smart_card) },
};

static const struct { const WCHAR *name; size_t at; } values[] =
{
    { L"S", offsetof(struct options, dir) },
    { L"CERTHASH", offsetof(struct options, hash) },
    { L"CERTFILE", offsetof(struct options, file) },
    { L"USER", offsetof(struct options, user) },
    { L"SERVER", offsetof(struct options, server) },
};

static bool is_called(const WCHAR *text, size_t length, const WCHAR *name)
{
    return wcslen(name) == length && !_wcsnicmp(text, name, length);
}

/* An argument behind its slash. False: there is no such switch, or it has no value, or one too many. */
static bool take_switch(const WCHAR *text, struct options *options, const struct command **command)
{
    const WCHAR *colon = wcschr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : wcslen(text);
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(values); i++)
    {
        if (!is_called(text, length, values[i].name)) continue;
        if (!colon || !colon[1]) return false;
        *(const WCHAR **)(void *)((BYTE *)options + values[i].at) = colon + 1;
        return true;
    }
    for (i = 0; i < ARRAYSIZE(commands); i++)
    {
        if (!is_called(text, length, commands[i].name)) continue;
        if (*command && *command != &commands[i]) return false;
        if (colon ? !colon[1] || commands[i].value == NONE : commands[i].value == MUST) return false;
        if (colon) options->value = colon + 1;
        *command = &commands[i];
        return true;
    }
    for (i = 0; i < ARRAYSIZE(switches); i++)
    {
        if (colon || !is_called(text, length, switches[i].name)) continue;
        if (switches[i].at != (size_t)-1) *(bool *)((BYTE *)options + switches[i].at) = true;
        return true;
    }
    return false;
}

/* Do the values belong to the command? */
static bool is_consistent(const struct options *options, const struct command *command)
{
    bool adds = command && command->run == add_user, removes = command && command->run == remove_user;
    bool updates = command && command->run == update_drives;

    if (options->server && (!command || command->run != flush_cache)) return false;
    if ((options->file || options->user) && !adds) return false;
    if (options->hash && !adds && !removes) return false;
    if (removes && !options->hash) return false;
    if (command && command->run == back_up_key && (options->count != 1 || options->dir)) return false;
    if (command && command->value == MUST && (options->count || options->dir)) return false;
    if (options->smart_card && (!command || command->run != make_recovery_key)) return false;
    if (updates ? options->dir || options->count : options->no_update) return false;
    return !adds || !!options->hash + !!options->file + !!options->user == 1;
}

int wmain(int argc, WCHAR **argv);
int wmain(int argc, WCHAR **argv)
{
    struct options options = { .names = argv + 1 };
    const struct command *command = NULL;
    int i;

    for (i = 1; i < argc; i++)
    {
        if (argv[i][0] != '/' && argv[i][0] != '-') options.names[options.count++] = argv[i];
        else if (!wcscmp(argv[i] + 1, L"?"))
        {
            print(STD_OUTPUT_HANDLE, L"%ls", usage_text);
            return 0;
        }
        else if (!take_switch(argv[i] + 1, &options, &command))
        {
            print(STD_ERROR_HANDLE, L"cipher: %ls: invalid parameter; CIPHER /? lists them.\n", argv[i]);
            return 1;
        }
    }
    if (!is_consistent(&options, command))
    {
        print(STD_ERROR_HANDLE, L"cipher: the parameters don't belong together; CIPHER /? lists them.\n");
        return 1;
    }
    if (options.user)
    {
        print(STD_ERROR_HANDLE, L"cipher: /USER: there is no directory of users to ask; give /CERTFILE: or "
                                L"/CERTHASH:.\n");
        return 1;
    }
    return !(command ? command->run : list_names)(&options);
}
