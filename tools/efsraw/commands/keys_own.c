/*
 * efsraw keys add, list, remove: the directory of the user's own keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"
#include "keys_own.h"
#include "keys_print.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/output.h"
#include "common/text.h"
#include "efs/key.h"
#include "key_directory.h"
#include "key_file.h"
#include "key_source.h"
#include "keyring.h"
#include "secret.h"
#include "thumbprint.h"

#define SHA1_BYTES 20
#define SHA1_DIGITS (2 * SHA1_BYTES)
#define NAME_KEYS 6 /* of one file; their thumbprints are its name, for which there are 255 bytes */
#define NAME_BYTES (NAME_KEYS * (SHA1_DIGITS + 1) + sizeof(".pfx"))

struct request
{
    const char *password_file;
    bool        json, remember;
};

enum { REMEMBER = 0x300 };

/* -1: go on, else the exit status. */
static int parse(struct request *request, int argc, char **argv, const struct option *options)
{
    int c;

    memset(request, 0, sizeof(*request));
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == OPTION_PASSWORD) request->password_file = optarg;
        else if (c == 'j') request->json = true;
        else if (c == REMEMBER) request->remember = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    return -1;
}

/* ---- add ---- */

struct adding
{
    const struct request *request;
    const struct place   *directory;
    const char           *path;      /* of the file that is added, for messages */
    char                  name[NAME_BYTES];
    char                 *target;    /* its path in the directory, to be freed; set when an error is about it */
};

static char *put_hex(char *at, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (; count; count--, bytes++)
    {
        *at++ = digits[*bytes >> 4];
        *at++ = digits[*bytes & 15];
    }
    return at;
}

/* The thumbprints of all keys in the file, and what kind of file it is. */
static enum efs_error make_name(struct adding *adding, const struct efs_key *key, const struct efs_secret *file,
                                struct efs_diag *diag)
{
    bool pem = memmem(file->bytes, file->length, "-----BEGIN ", 11) != NULL;
    uint8_t thumbprint[SHA1_BYTES];
    char *at = adding->name;
    size_t i, named = 0;

    for (i = 0; i < efs_key_count(key); i++)
    {
        if (!efs_key_thumbprint(key, i, thumbprint)) continue;
        if (named++ == NAME_KEYS)
            return efs_fail(diag, EFS_ERR_INVALID, 0, "more than 6 keys in it; --key takes it where it is");
        if (at != adding->name) *at++ = '-';
        at = put_hex(at, thumbprint, sizeof(thumbprint));
    }
    memcpy(at, pem ? ".pem" : ".pfx", sizeof(".pfx"));
    if (named) return EFS_OK;
    return efs_fail(diag, EFS_ERR_INVALID, 0, "no certificate in it, by which the key could be named; openssl pkcs12 "
                                              "-export makes a PFX of a key and its certificate");
}

/* Complete, or not there; what is there under the name has the same keys. */
static enum efs_error write_file(struct adding *adding, const struct efs_secret *file, struct efs_diag *diag)
{
    struct output output = OUTPUT_NONE;
    enum efs_error error;

    adding->target = place_path(adding->directory, adding->name);
    if (!adding->target) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "asprintf");
    error = output_open_at(&output, adding->directory->fd, adding->name, adding->target, OUTPUT_FORCE, NULL, 0, diag);
    output.end.mask = 077;
    if (!error) error = output_write(&output, file->bytes, file->length, diag);
    if (!error) error = output_commit(&output, diag);
    output_close(&output);
    return error;
}

static void remember(const struct adding *adding, const char *password)
{
    if (!password) message(adding->path, "no password opens it, so none is remembered");
    else if (!keyring_store(password, adding->target))
        message(adding->path, "the password isn't remembered: there is no keyring, or it doesn't take it");
}

static enum efs_error take_file(void *context, const struct efs_secret *file, const char *password,
                                struct efs_diag *diag)
{
    struct adding *adding = context;
    struct efs_key *key;
    enum efs_error error = efs_key_load(&key, file->bytes, file->length, password, diag);

    if (!error) error = make_name(adding, key, file, diag);
    if (!error) error = write_file(adding, file, diag);
    if (!error && adding->request->remember) remember(adding, password);
    efs_key_free(key);
    return error;
}

static int add_file(const struct request *request, const struct place *directory, const char *path)
{
    struct adding adding = { .request = request, .directory = directory, .path = path };
    struct key_file file = { .dir_fd = AT_FDCWD, .name = path, .path = path, .password_file = request->password_file };
    struct efs_diag diag = { 0 };
    const char *blame;
    int status = STATUS_OK;

    if (key_file_load(&file, take_file, &adding, &blame, &diag))
        status = report(adding.target ? adding.target : blame, &diag);
    else
    {
        text_utf8(stdout, adding.target, TEXT_TERMINAL);
        putchar('\n');
    }
    free(adding.target);
    return status;
}

static int keys_add(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "password-file", required_argument, NULL, OPTION_PASSWORD },
        { "remember", no_argument, NULL, REMEMBER },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct efs_diag diag = { 0 };
    struct place directory;
    struct request request;
    int status = parse(&request, argc, argv, options), i;

    if (status >= 0) return status;
    if (optind == argc) return usage_error(argv[0], "a FILE is needed");
    secret_guard_process();
    if (key_directory_open(&directory, true, &diag)) status = report(key_directory_name(), &diag);
    else
    {
        status = STATUS_OK;
        for (i = optind; i < argc; i++)
            if (add_file(&request, &directory, argv[i])) status = STATUS_FAILED;
    }
    place_close(&directory);
    return status;
}

/* ---- what is there ---- */

/* The keys of one file, as far as they open without asking. NULL: it has been said why not. */
static struct efs_keystore *open_file(const struct place *directory, const char *name, const char *password_file)
{
    struct key_source_options source = { .password_file = password_file };
    struct efs_keystore *store = NULL;
    struct efs_diag diag = { 0 };
    const char *blame;
    char *path = place_path(directory, name);

    source.path = path;
    if (!path) message(name, "out of memory");
    else if (key_source_open(&store, &source, &blame, &diag)) report(blame, &diag);
    free(path);
    return store;
}

/* *count: of the keys that have been shown. */
static int list_file(const struct place *directory, const char *name, const struct request *request, size_t *count)
{
    struct efs_keystore *store = open_file(directory, name, request->password_file);
    size_t i;

    if (!store) return STATUS_FAILED;
    for (i = 0; i < efs_keystore_count(store); i++, ++*count)
    {
        if (request->json) fputs(*count ? ",\n" : "\n", stdout);
        else putchar('\n');
        (request->json ? keys_put_entry : keys_print_entry)(efs_keystore_entry(store, i));
    }
    efs_keystore_close(store);
    return STATUS_OK;
}

static int list_files(const struct place *directory, const struct names *names, const struct request *request)
{
    int status = STATUS_OK;
    size_t i, count = 0;

    if (request->json)
    {
        keys_put_string("{\n  \"directory\": ", key_directory_name());
        fputs(",\n  \"keys\": [", stdout);
    }
    else
    {
        text_utf8(stdout, key_directory_name(), TEXT_TERMINAL);
        printf(": %zu file%s\n", names->count, names->count == 1 ? "" : "s");
    }
    for (i = 0; i < names->count; i++)
        if (list_file(directory, names->list[i], request, &count)) status = STATUS_FAILED;
    if (request->json) puts(count ? "\n  ]\n}" : "]\n}");
    return status;
}

static int keys_list(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "password-file", required_argument, NULL, OPTION_PASSWORD },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct efs_diag diag = { 0 };
    struct names names = { 0 };
    struct place directory;
    struct request request;
    int status = parse(&request, argc, argv, options);
    enum efs_error error;

    if (status >= 0) return status;
    if (optind != argc) return usage_error(argv[0], "the directory of your own keys has no name to be given");
    secret_guard_process();
    error = key_directory_open(&directory, false, &diag);
    if (!error) error = key_directory_names(&names, &directory, &diag);
    /* that there are none yet is no failure */
    if (error && (error != EFS_ERR_NOT_FOUND || diag.sys_errno != ENOENT)) status = report(key_directory_name(), &diag);
    else status = list_files(&directory, &names, &request);
    place_free_names(&names);
    place_close(&directory);
    return status;
}

/* ---- remove ---- */

/* The keys that are to go. */
struct removing
{
    uint8_t (*wanted)[SHA1_BYTES];
    bool    *found;
    size_t   count;
};

static bool is_wanted(struct removing *removing, const uint8_t thumbprint[SHA1_BYTES])
{
    size_t i;

    for (i = 0; i < removing->count; i++)
        if (!memcmp(removing->wanted[i], thumbprint, SHA1_BYTES)) return removing->found[i] = true;
    return false;
}

/* The thumbprints in a name that keys add has given. False: it isn't one. */
static bool count_named(struct removing *removing, const char *name, size_t *wanted, size_t *others)
{
    uint8_t thumbprint[THUMBPRINT_MAX];
    char digits[SHA1_DIGITS + 1];

    for (;; name++)
    {
        if (strnlen(name, SHA1_DIGITS) < SHA1_DIGITS) return false;
        memcpy(digits, name, SHA1_DIGITS);
        digits[SHA1_DIGITS] = 0;
        if (thumbprint_read(thumbprint, digits) != SHA1_BYTES) return false;
        ++*(is_wanted(removing, thumbprint) ? wanted : others);
        name += SHA1_DIGITS;
        if (*name != '-') return *name == '.';
    }
}

/* Those in the file itself; of one that doesn't open it isn't known. */
static void count_inside(struct removing *removing, const struct place *directory, const char *name, size_t *wanted,
                         size_t *others)
{
    struct efs_keystore *store = open_file(directory, name, NULL);
    size_t i;

    *wanted = *others = 0;
    for (i = 0; store && i < efs_keystore_count(store); i++)
    {
        const struct efs_keystore_entry *entry = efs_keystore_entry(store, i);

        ++*(entry->has_certificate && is_wanted(removing, entry->thumbprint) ? wanted : others);
    }
    efs_keystore_close(store);
}

static int remove_file(struct removing *removing, const struct place *directory, const char *name)
{
    struct efs_diag diag = { 0 };
    size_t wanted = 0, others = 0;
    int status = STATUS_OK;
    char *path, *absolute;

    if (!count_named(removing, name, &wanted, &others)) count_inside(removing, directory, name, &wanted, &others);
    if (!wanted) return STATUS_OK;
    if (!(path = place_path(directory, name))) return message(name, "out of memory"), STATUS_FAILED;
    absolute = realpath(path, NULL); /* what the keyring knows it by */
    if (others)
    {
        message(path, "it has other keys, too, which aren't to be removed: name all of them, or none");
        status = STATUS_FAILED;
    }
    else if (unlinkat(directory->fd, name, 0))
    {
        efs_fail_errno(&diag, errno, 0, "unlink");
        status = report(path, &diag);
    }
    else if (absolute) keyring_forget(absolute);
    free(absolute);
    free(path);
    return status;
}

static int remove_keys(struct removing *removing, char **thumbprints)
{
    struct efs_diag diag = { 0 };
    struct names names = { 0 };
    struct place directory;
    int status = STATUS_OK;
    enum efs_error error = key_directory_open(&directory, false, &diag);
    size_t i;

    if (!error) error = key_directory_names(&names, &directory, &diag);
    if (error) status = report(key_directory_name(), &diag);
    for (i = 0; i < names.count; i++)
        if (remove_file(removing, &directory, names.list[i])) status = STATUS_FAILED;
    for (i = 0; !error && i < removing->count; i++)
    {
        if (removing->found[i]) continue;
        message(thumbprints[i], "there is no such key among your own");
        status = STATUS_FAILED;
    }
    place_free_names(&names);
    place_close(&directory);
    return status;
}

static int keys_remove(int argc, char **argv)
{
    uint8_t thumbprint[THUMBPRINT_MAX];
    struct removing removing = { 0 };
    int status = parse_no_options(argc, argv), i;

    if (status) return status < 0 ? STATUS_OK : status;
    if (optind == argc) return usage_error(argv[0], "a THUMBPRINT is needed");
    for (i = optind; i < argc; i++)
        if (thumbprint_read(thumbprint, argv[i]) != SHA1_BYTES)
            return usage_error(argv[0], "a thumbprint is 40 hexadecimal digits, as efsraw keys list shows them");
    secret_guard_process();
    removing.count = (size_t)(argc - optind);
    removing.wanted = calloc(removing.count, sizeof(*removing.wanted));
    removing.found = calloc(removing.count, sizeof(*removing.found));
    if (!removing.wanted || !removing.found) status = (message(argv[0], "out of memory"), STATUS_FAILED);
    else
    {
        for (i = optind; i < argc; i++)
        {
            thumbprint_read(thumbprint, argv[i]);
            memcpy(removing.wanted[i - optind], thumbprint, SHA1_BYTES);
        }
        status = remove_keys(&removing, argv + optind);
    }
    free(removing.wanted);
    free(removing.found);
    return status;
}

/* ---- the three ---- */

static int run(const char *word, int (*command)(int argc, char **argv), int argc, char **argv)
{
    static char title[] = "efsraw: keys remove";

    snprintf(title, sizeof(title), "efsraw: keys %s", word);
    argv[1] = title;
    return command(argc - 1, argv + 1);
}

static int run_add(int argc, char **argv)
{
    return run("add", keys_add, argc, argv);
}

static int run_list(int argc, char **argv)
{
    return run("list", keys_list, argc, argv);
}

static int run_remove(int argc, char **argv)
{
    return run("remove", keys_remove, argc, argv);
}

int (*keys_own_command(const char *word))(int argc, char **argv)
{
    if (!strcmp(word, "add")) return run_add;
    if (!strcmp(word, "list")) return run_list;
    return strcmp(word, "remove") ? NULL : run_remove;
}
