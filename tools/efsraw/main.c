/*
 * efsraw: EFS raw streams and encrypted files on Linux. The table of commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef EFSRAW_VERSION
#error "EFSRAW_VERSION comes from meson.build"
#endif

static const struct
{
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] =
{
    { "check", command_check },
    { "convert", command_convert },
    { "decrypt", command_decrypt },
    { "export", command_export },
    { "import", command_import },
    { "info", command_info },
    { "keys", command_keys },
    { "verify", command_verify },
};

void print_help(void)
{
    fputs("Usage: efsraw info [--json] FILE\n"
          "       efsraw export [--drop-named] [--force] FILE STREAM\n"
          "       efsraw import [--directory] [--drop-named] [--force] STREAM FILE\n"
          "       efsraw verify STREAM\n"
          "       efsraw decrypt INPUT OUTPUT --key KEY [--cert FILE] [--password-file FILE] [--force]\n"
          "                   (KEY: a key file, or a SOURCE as for keys, with its options)\n"
          "       efsraw keys [--json] SOURCE|--scan IMAGE [--password-file FILE] [--nthash-file FILE] [--sha1-file FILE]\n"
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

/* A file that is opened must never get the number of a standard stream that the caller has closed. */
static void reserve_standard_descriptors(void)
{
    int fd;

    do fd = open("/dev/null", O_PATH | O_CLOEXEC); /* can be neither read nor written: such use fails, as it should */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) close(fd);
}

static int run_command(int argc, char **argv)
{
    static char title[64]; /* what getopt begins its messages with */
    size_t i;

    if (argc < 2) return usage_error("efsraw", "a command is needed: info, export, import, verify, decrypt, keys, convert or check");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
    {
        print_help();
        return STATUS_OK;
    }
    if (!strcmp(argv[1], "--version"))
    {
        puts("efsraw " EFSRAW_VERSION);
        return STATUS_OK;
    }
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    {
        if (strcmp(argv[1], commands[i].name)) continue;
        snprintf(title, sizeof(title), "efsraw: %s", argv[1]);
        argv[1] = title;
        return commands[i].run(argc - 1, argv + 1);
    }
    snprintf(title, sizeof(title), "efsraw: %s", argv[1]);
    return usage_error(title, "no such command");
}

int main(int argc, char **argv)
{
    int status;

    reserve_standard_descriptors();
    setvbuf(stderr, NULL, _IOLBF, 0); /* one line, one write */
    signal(SIGPIPE, SIG_IGN);         /* a reader that went away is a failed write, and is reported */
    status = run_command(argc, argv);
    return finish_stdout(status);
}
