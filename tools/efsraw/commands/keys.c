/*
 * efsraw keys SOURCE: the keys of a Windows profile or volume, a Wine prefix, a directory of key files, or one file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"
#include "keys_own.h"
#include "keys_print.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "key_source.h"
#include "common/text.h"
#include "secret.h"

static const char *const kind_names[] =
{
    [EFS_KEYSTORE_FILES] = "files",
    [EFS_KEYSTORE_PREFIX] = "prefix",
    [EFS_KEYSTORE_PROFILE] = "profile",
    [EFS_KEYSTORE_VOLUME] = "volume",
    [EFS_KEYSTORE_IMAGE] = "image",
};

static const char *const kind_texts[] =
{
    [EFS_KEYSTORE_FILES] = "key files",
    [EFS_KEYSTORE_PREFIX] = "a Wine prefix (keys are hidden in it, not protected: who can read it has them)",
    [EFS_KEYSTORE_PROFILE] = "the profile of a Windows user",
    [EFS_KEYSTORE_VOLUME] = "a Windows volume",
    [EFS_KEYSTORE_IMAGE] = "a disk image",
};

struct request
{
    struct key_source_options source;
    bool                      json;
};

/* -1: go on, else the exit status. */
static int parse_request(struct request *request, int argc, char **argv)
{
    static const struct option options[] =
    {
        KEY_SOURCE_OPTIONS,
        { "scan", no_argument, NULL, OPTION_SCAN },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c;

    memset(request, 0, sizeof(*request));
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (key_source_option(&request->source, c, optarg)) continue;
        if (c == OPTION_SCAN) request->source.scan = true;
        else if (c == 'j') request->json = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 1) return usage_error(argv[0], "one SOURCE is needed");
    request->source.path = argv[optind];
    return -1;
}

static void print_list(const char *source, const struct efs_keystore *store)
{
    struct efs_keystore_found found;
    size_t i;

    text_utf8(stdout, source, TEXT_TERMINAL);
    printf(": %s\n", kind_texts[efs_keystore_kind(store)]);
    efs_keystore_found(store, &found);
    printf("found     %zu certificates, %zu key files, %zu master keys, %zu histories of passwords", found.certificates,
           found.key_files, found.master_keys, found.histories);
    if (efs_keystore_kind(store) == EFS_KEYSTORE_IMAGE) printf(", %zu SIDs", found.sids);
    putchar('\n');
    for (i = 0; i < efs_keystore_count(store); i++)
    {
        putchar('\n');
        keys_print_entry(efs_keystore_entry(store, i));
    }
}

/* ---- JSON ---- */

static void print_json(const char *source, const struct efs_keystore *store)
{
    struct efs_keystore_found found;
    size_t i;

    efs_keystore_found(store, &found);
    keys_put_string("{\n  \"source\": ", source);
    printf(",\n  \"kind\": \"%s\",\n  \"found\": {\"certificates\": %zu, \"key_files\": %zu, \"master_keys\": %zu, "
           "\"histories\": %zu"
           ", \"sids\": %zu},\n  \"keys\": [", kind_names[efs_keystore_kind(store)], found.certificates,
           found.key_files,
           found.master_keys, found.histories, found.sids);
    for (i = 0; i < efs_keystore_count(store); i++)
    {
        fputs(i ? ",\n" : "\n", stdout);
        keys_put_entry(efs_keystore_entry(store, i));
    }
    puts("\n  ]\n}");
}

int command_keys(int argc, char **argv)
{
    int (*own)(int argc, char **argv) = argc > 1 ? keys_own_command(argv[1]) : NULL;
    struct efs_keystore *store = NULL;
    struct efs_diag diag = { 0 };
    struct request request;
    const char *blame;
    int status;

    if (own) return own(argc, argv);
    status = parse_request(&request, argc, argv);
    if (status >= 0) return status;
    secret_guard_process();
    if (key_source_open(&store, &request.source, &blame, &diag)) return report(blame, &diag);
    if (request.json) print_json(request.source.path, store);
    else print_list(request.source.path, store);
    /* usable ones come first */
    status = efs_keystore_entry(store, 0)->code ? STATUS_FAILED : STATUS_OK;
    efs_keystore_close(store);
    return status;
}
