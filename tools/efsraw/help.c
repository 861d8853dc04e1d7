/*
 * What efsraw says of itself, in both of its programs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#ifndef EFSRAW_VERSION
#error "EFSRAW_VERSION comes from meson.build"
#endif

static const char help[] =
    "Usage: efsraw info [--json] FILE...\n"
    "       efsraw export [--drop-named] [--pfile] [--force] FILE STREAM\n"
    "       efsraw import [--directory] [--drop-named] [--force] STREAM FILE\n"
    "       efsraw verify STREAM\n"
    "       efsraw decrypt INPUT OUTPUT --key KEY [--cert FILE] [--password-file FILE] [--force]\n"
    "                   [--stream NAME] [--quiet] (KEY: a key file, or a SOURCE as for keys, with its options)\n"
    "       efsraw decrypt INPUT... DIR --key KEY...    (without --key, or with --all too: your own keys)\n"
    "       efsraw decrypt -r SRC DST --key KEY... [--named-streams=attributes|files]\n"
    "       efsraw encrypt INPUT OUTPUT|--stream-out STREAM --for CERT... [--recovery CERT]... [--force] [--quiet]\n"
    "                   (CERT: a certificate, or a PFX and --password-file FILE behind it)\n"
    "       efsraw join EFS CIPHERTEXT STREAM [--size BYTES] [--force]\n"
    "       efsraw join NAME.PFILE|EFS STREAM [--force]\n"
    "       efsraw users [--json | --csv] [-r] FILE|DIR...\n"
    "       efsraw users add FILE... --key KEY... --for CERT...\n"
    "       efsraw users remove FILE THUMBPRINT\n"
    "       efsraw rekey FILE|DIR... --key KEY... --for CERT... [--remove-old] [--quiet]\n"
    "       efsraw keys [--json] SOURCE|--scan IMAGE [--password-file FILE] "
    "[--nthash-file FILE] [--sha1-file FILE]\n"
    "                   [--backup-key FILE.pvk] [--masterkey-file FILE] [--sid SID]\n"
    "       efsraw keys add FILE... [--password-file FILE] [--remember]\n"
    "       efsraw keys list [--json] [--password-file FILE]\n"
    "       efsraw keys remove THUMBPRINT...\n"
    "       efsraw convert [--split | --container] FILE\n"
    "       efsraw check [--repair] DIR\n"
    "       efsraw --help | --version\n"
    "\n"
    "info     shows who can decrypt a raw stream or an encrypted file, its sizes and form\n"
    "export   makes the raw stream of an encrypted file or directory\n"
    "import   makes an encrypted file, or directory, of a raw stream\n"
    "verify   reads a raw stream to its end and checks all of it\n"
    "decrypt  writes the plain content of a raw stream or an encrypted file, or of a whole tree\n"
    "encrypt  makes an encrypted file, or a raw stream, of a plain file\n"
    "join     makes a raw stream of a $EFS and its ciphertext, or of a .PFILE\n"
    "users    shows who can decrypt files, adds and removes them\n"
    "rekey    adds a user to all files in a tree that a key opens\n"
    "keys     lists the keys of a Windows profile or volume, a Wine prefix, or key files; keeps your own\n"
    "convert  puts an encrypted file into the other of its two forms\n"
    "check    finds what isn't sound in a tree of encrypted files\n"
    "\n"
    "- stands for standard input or output, but not for an encrypted file.\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage. See efsraw(1).\n";

int efsraw_main(const struct tool_command *commands, int argc, char **argv)
{
    const struct tool efsraw =
    {
        .name = "efsraw", .version = EFSRAW_VERSION, .help = help, .commands = commands,
        .which = "info, export, import, verify, decrypt, encrypt, join, users, rekey, keys, convert or check",
    };

    return tool_main(&efsraw, argc, argv);
}
