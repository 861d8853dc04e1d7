/*
 * The command line of efsmount.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/tool.h"

#ifndef EFSMOUNT_VERSION
#error "EFSMOUNT_VERSION comes from meson.build"
#endif

static const char help[] =
    "Usage: efsmount TREE [MOUNTPOINT] [--key SOURCE [--password-file FILE]]... [OPTION...]\n"
    "       efsmount --status [MOUNTPOINT]\n"
    "       fusermount3 -u MOUNTPOINT\n"
    "\n"
    "Shows the encrypted files of TREE as the owner of the keys sees them, to every program; without MOUNTPOINT over\n"
    "TREE itself. Without a key encrypted files show their lengths, and can't be read.\n"
    "\n"
    "  --key SOURCE      a key file, a directory of such, a Windows profile or volume, a Wine prefix; with --cert,\n"
    "                    --password-file, --nthash-file, --sha1-file, --backup-key, --masterkey-file, --sid;\n"
    "                    as for efsraw(1); without, the user's own keys (efsraw keys add); --all: these, too\n"
    "  --guard           no key at all\n"
    "  --for CERTIFICATE, --recovery CERTIFICATE\n"
    "                    whom new files in encrypted directories are encrypted for, and who recovers them;\n"
    "                    without --for the owner of the first key that has a certificate; several are allowed\n"
    "  -f, --foreground  stays in the foreground\n"
    "  --idle TIME       unmounts, and forgets the keys, when nothing was done for TIME: 90, 90s, 15m, 8h\n"
    "  -q, --quiet       says nothing but errors\n"
    "  -o OPTION[,...]   ro, allow_other, key=SOURCE, password-file=FILE, for=FILE, recovery=FILE, idle=TIME, and\n"
    "                    what mount(8) has for every file system\n"
    "  --status          lists the views that are mounted; with a MOUNTPOINT, that one and which keys it has\n"
    "\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 a key can't be opened, 4 there is a view of TREE, 5 no FUSE.\n"
    "See efsmount(1).\n";

/* For the kernel, by way of libfuse; the rest of what mount(8) has is nothing to us. */
static const char * const passed[] = { "suid", "nosuid", "dev", "nodev", "exec", "noexec", "atime",
                                       "noatime", "sync", "dirsync", NULL };
static const char * const ignored[] = { "defaults", "auto", "noauto", "user", "nouser", "users", "_netdev", "nofail",
                                        "relatime", "norelatime", "strictatime", "diratime", "nodiratime", "async",
                                        "group", "owner", "default_permissions", NULL };

static bool is_among(const char *word, const char * const *words)
{
    while (*words && strcmp(word, *words)) words++;
    return *words != NULL;
}

static bool take_time(unsigned int *seconds, const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10), unit = 1;

    if (*end == 's' || *end == 'm' || *end == 'h') unit = *end == 's' ? 1 : *end == 'm' ? 60 : 3600, end++;
    if (*text < '0' || *text > '9' || *end || !value || value > 31536000 / unit) return false;
    *seconds = (unsigned int)(value * unit);
    return true;
}

static bool add_mount_option(struct options *options, const char *word)
{
    size_t used = strlen(options->mount), length = strlen(word);

    if (used + length + 2 > sizeof(options->mount)) return false;
    if (used) options->mount[used++] = ',';
    memcpy(options->mount + used, word, length + 1);
    return true;
}

/* What follows "NAME=", or NULL. */
static const char *value_of(const char *word, const char *name)
{
    size_t length = strlen(name);

    return !strncmp(word, name, length) && word[length] == '=' ? word + length + 1 : NULL;
}

static bool take_key_word(struct options *options, const char *word, bool *full)
{
    static const struct { const char *name; int option; } words[] =
    {
        { "key", OPTION_KEY }, { "cert", OPTION_CERT }, { "password-file", OPTION_PASSWORD },
        { "nthash-file", OPTION_NT_HASH }, { "sha1-file", OPTION_SHA1 }, { "backup-key", OPTION_BACKUP_KEY },
        { "masterkey-file", OPTION_MASTER }, { "sid", OPTION_SID },
    };
    const char *value;
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if ((value = value_of(word, words[i].name)))
            return key_list_option(&options->keys, words[i].option, value, full);
    return false;
}

/* Whom something is encrypted for; the value stays. */
static bool take_recipient(struct options *options, int option, const char *value)
{
    optarg = (char *)(uintptr_t)value;
    return recipients_option(&options->recipients, "efsmount", option) < 0;
}

/* One of -o. False: it isn't known. */
static bool take_word(struct options *options, const char *word)
{
    const char *value = value_of(word, "idle"), *user = value_of(word, "for"), *agent = value_of(word, "recovery");
    bool full;

    if (!*word || !strncmp(word, "x-", 2) || is_among(word, ignored)) return true;
    if (value) return take_time(&options->idle, value);
    if (user || agent) return take_recipient(options, user ? OPTION_FOR : OPTION_RECOVERY, user ? user : agent);
    if (!strcmp(word, "allow_other")) return options->others = true;
    if (!strcmp(word, "ro") || !strcmp(word, "rw"))
    {
        options->read_only = word[1] == 'o';
        return true;
    }
    if (is_among(word, passed)) return add_mount_option(options, word);
    return take_key_word(options, word, &full);
}

/* "a,b": a comma in a name is written "\,". Cuts the text up in place. NULL: all was taken; else what wasn't. */
static const char *take_words(struct options *options, char *text)
{
    char *out = text, *word = text;
    bool end;

    for (;; text++)
    {
        if (*text && *text != ',')
        {
            if (text[0] == '\\' && text[1] == ',') text++;
            *out++ = *text;
            continue;
        }
        end = !*text;
        *out++ = 0;
        if (!take_word(options, word)) return word;
        if (end) return NULL;
        word = out;
    }
}

static int check(struct options *options, int argc, char **argv)
{
    int count = argc - optind;

    if (options->guard && options->keys.count) return usage_error(argv[0], "--guard and --key don't go together");
    if (options->status && count > 1) return usage_error(argv[0], "--status wants one mount point at most");
    options->mountpoint = count ? argv[argc - 1] : NULL;
    if (options->status) return -1;
    if (count < 1 || count > 2) return usage_error(argv[0], "a TREE is needed, and a MOUNTPOINT may follow");
    if (key_list_stdin(&options->keys) + (unsigned int)recipients_from_stdin(&options->recipients) > 1)
        return usage_error(argv[0], "standard input can be read for one thing only");
    options->tree = argv[optind];
    options->mountpoint = argv[optind + count - 1];
    return -1;
}

int options_parse(struct options *options, int argc, char **argv)
{
    static const struct option long_options[] =
    {
        KEY_LIST_OPTIONS,
        RECIPIENT_OPTIONS,
        { "foreground", no_argument, NULL, 'f' },
        { "guard", no_argument, NULL, 'g' },
        { "help", no_argument, NULL, 'h' },
        { "idle", required_argument, NULL, 'i' },
        { "quiet", no_argument, NULL, 'q' },
        { "status", no_argument, NULL, 's' },
        { "version", no_argument, NULL, 'v' },
        { 0 },
    };
    const char *unknown;
    bool full;
    int c;

    memset(options, 0, sizeof(*options));
    while ((c = getopt_long(argc, argv, "fqo:h", long_options, NULL)) != -1)
    {
        if (key_list_option(&options->keys, c, optarg, &full)) continue;
        if (full) return usage_error(argv[0], KEY_LIST_FULL, KEY_LIST_MAX);
        if (c == 'f') options->foreground = true;
        else if (c == 'g') options->guard = true;
        else if (c == 'q') options->quiet = true;
        else if (c == 's') options->status = true;
        else if (c == 'h') return fputs(help, stdout), STATUS_OK;
        else if (c == 'v') return printf("efsmount %s\n", EFSMOUNT_VERSION), STATUS_OK;
        else if ((c == OPTION_FOR || c == OPTION_RECOVERY) && !take_recipient(options, c, optarg)) return STATUS_FAILED;
        else if (c == 'i' && !take_time(&options->idle, optarg))
            return usage_error(argv[0], "--idle: a time is a number of seconds, or one with m or h behind it");
        else if (c == 'o' && (unknown = take_words(options, optarg)))
            return usage_error(argv[0], "-o: not known, or not right: %s", unknown);
        else if (c == '?') return STATUS_USAGE;
    }
    return check(options, argc, argv);
}
