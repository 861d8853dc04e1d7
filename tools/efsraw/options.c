/*
 * What all commands have: --help.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <getopt.h>
#include <stdio.h>

void print_help(void)
{
    fputs("Usage: efsraw info [--json] FILE\n"
          "       efsraw export [--drop-named] [--force] FILE STREAM\n"
          "       efsraw import [--directory] [--drop-named] [--force] STREAM FILE\n"
          "       efsraw verify STREAM\n"
          "       efsraw decrypt INPUT OUTPUT --key KEY [--cert FILE] [--password-file FILE] [--force]\n"
          "                   (KEY: a key file, or a SOURCE as for keys, with its options)\n"
          "       efsraw keys [--json] SOURCE|--scan IMAGE [--password-file FILE] "
           "[--nthash-file FILE] [--sha1-file FILE]\n"
          "                   [--backup-key FILE.pvk] [--sid SID]\n"
          "       efsraw convert [--split | --container] FILE\n"
          "       efsraw check [--repair] DIR\n"
          "       efsraw --help | --version\n"
          "\n"
          "info     shows who can decrypt a raw stream or an encrypted file, its sizes and form\n"
          "export   makes the raw stream of an encrypted file or directory\n"
          "import   makes an encrypted file, or directory, of a raw stream\n"
          "verify   reads a raw stream to its end and checks all of it\n"
          "decrypt  writes the plain content of a raw stream or an encrypted file\n"
          "keys     lists the keys of a Windows profile or volume, a Wine prefix, or key files\n"
          "convert  puts an encrypted file into the other of its two forms\n"
          "check    finds what isn't sound in a tree of encrypted files\n"
          "\n"
          "- stands for standard input or output, but not for an encrypted file.\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage. See efsraw(1).\n", stdout);
}

int parse_no_options(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c = getopt_long(argc, argv, "", options, NULL);

    if (c == -1) return STATUS_OK;
    if (c != 'h') return STATUS_USAGE;
    print_help();
    return -1;
}
