/*
 * efsraw decrypt INPUT OUTPUT --key KEY: the plain bytes of the unnamed stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "efs/key.h"
#include "input.h"
#include "key_source.h"
#include "common/output.h"
#include "plaintext.h"
#include "secret.h"
#include "common/text.h"

#define KEY_FILE_MAX 1048576 /* bytes; a PFX has some thousand */

struct request
{
    const char  *input, *output, *cert;
    struct key_source_options key;
    unsigned int output_flags;
};

static bool is_stdin(const char *name)
{
    return name && !strcmp(name, "-");
}

/* -1: go on, else the exit status. */
static int parse_request(struct request *request, int argc, char **argv)
{
    static const struct option options[] =
    {
        { "key", required_argument, NULL, 'k' },
        { "cert", required_argument, NULL, 'c' },
        KEY_SOURCE_OPTIONS,
        { "force", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c, from_stdin;

    memset(request, 0, sizeof(*request));
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (key_source_option(&request->key, c, optarg)) continue;
        if (c == 'k') request->key.path = optarg;
        else if (c == 'c') request->cert = optarg;
        else if (c == 'f') request->output_flags |= OUTPUT_FORCE;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 2) return usage_error(argv[0], "an INPUT and an OUTPUT are needed");
    if (!request->key.path) return usage_error(argv[0], "--key is needed");
    request->input = argv[optind];
    request->output = argv[optind + 1];
    from_stdin = !strcmp(request->input, "-") + !strcmp(request->key.path, "-") + is_stdin(request->cert) +
                 is_stdin(request->key.password_file) + is_stdin(request->key.nt_hash_file)
                     + is_stdin(request->key.sha1_file);
    if (from_stdin > 1) return usage_error(argv[0], "standard input can be read for one thing only");
    return -1;
}

enum { STAT_KEY, STAT_PASSWORD, STAT_CERT, STAT_INPUT, STATS }; /* what must not be overwritten */

static enum efs_error fit_certificate(struct efs_key *key, const struct request *request, struct stat *st,
                                      const char **blame, struct efs_diag *diag)
{
    struct efs_secret file = { 0 };
    enum efs_error error;

    *blame = request->cert;
    error = secret_read(&file, request->cert, KEY_FILE_MAX, st, diag);
    if (!error) error = efs_key_fit_certificate(key, file.bytes, file.length, diag);
    efs_secret_free(&file);
    return error;
}

/* Is it a directory, or are there options that only a source of keys has? */
static bool is_source(const struct key_source_options *key)
{
    struct stat st;

    return key->nt_hash_file || key->sha1_file || key->backup_key || key->sid
        || (key->path && !stat(key->path, &st) && S_ISDIR(st.st_mode));
}

static enum efs_error load_key(struct efs_key **key, const struct request *request, struct stat stats[STATS],
                               const char **blame, struct efs_diag *diag)
{
    struct efs_secret file = { 0 }, password = { 0 };
    enum efs_error error;

    if (is_source(&request->key)) return key_source_keys(key, &request->key, blame, diag);
    *blame = request->key.path;
    error = secret_read(&file, request->key.path, KEY_FILE_MAX, &stats[STAT_KEY], diag);
    if (error) goto out;
    if (request->key.password_file)
    {
        *blame = request->key.password_file;
        error = secret_read_line(&password, request->key.password_file, &stats[STAT_PASSWORD], diag);
        if (error) goto out;
        *blame = request->key.path;
    }
    error = efs_key_load(key, file.bytes, file.length, (const char *)password.bytes, diag);
    if (error == EFS_ERR_PASSWORD && !request->key.password_file && secret_ask(&password, request->key.path))
    {
        memset(diag, 0, sizeof(*diag));
        error = efs_key_load(key, file.bytes, file.length, (const char *)password.bytes, diag);
    }
    if (!error && request->cert) error = fit_certificate(*key, request, &stats[STAT_CERT], blame, diag);
out:
    efs_secret_free(&password);
    efs_secret_free(&file);
    return error;
}

/* *key: freed, it isn't needed any longer. */
static enum efs_error begin_plaintext(struct plaintext *plaintext, struct output *output, struct efs_key **key,
                                      const struct input *input, struct efs_diag *diag)
{
    struct efs_metadata metadata;
    struct efs_secret fek;
    enum efs_error error = efs_metadata_read(&metadata, input->metadata.bytes, input->metadata.length, diag);

    if (!error && !efs_secret_allocate(&fek, sizeof(struct efs_fek)))
        error = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    if (error) return error;
    error = efs_key_unwrap(*key, &metadata, (struct efs_fek *)(void *)fek.bytes, NULL, NULL, diag);
    efs_key_free(*key);
    *key = NULL;
    if (!error) error = plaintext_begin(plaintext, output, (struct efs_fek *)(void *)fek.bytes, diag);
    efs_secret_free(&fek);
    return error;
}

static void say_left_out(const struct input *input, const struct efs_raw_stream *stream)
{
    fputs("efsraw: ", stderr);
    text_utf8(stderr, input->name, TEXT_TERMINAL);
    fputs(": the stream \"", stderr);
    text_utf16(stderr, stream->name, stream->name_length, TEXT_TERMINAL);
    fputs("\" is left out\n", stderr);
}

/* Pulls the whole input through; *blame is the output's name only while that is written. */
static enum efs_error decrypt(struct input *input, struct output *output, struct efs_key **key,
                              const char **blame, struct efs_diag *diag)
{
    struct plaintext plaintext = { 0 };
    struct efs_raw_event event;
    bool end = false, current = false, plain = false, seen = false;
    enum efs_error error;

    for (;;)
    {
        *blame = input->name;
        error = input_next(input, &event, &end, diag);
        if (error || end) break;
        if (event.type == EFS_RAW_STREAM)
        {
            current = event.stream.unnamed;
            plain = event.stream.plain;
            if (!current && !event.stream.metadata) say_left_out(input, &event.stream);
            if (current && seen)
                error = efs_fail(diag, EFS_ERR_FORMAT, event.position, "stream header: a second unnamed stream");
            if (current && !error && !plain) error = begin_plaintext(&plaintext, output, key, input, diag);
            seen = seen || current;
        }
        else if (current)
        {
            *blame = output->name;
            if (event.type == EFS_RAW_SEGMENT && !plain) error = plaintext_segment(&plaintext, &event.segment, diag);
            if (event.type == EFS_RAW_DATA && !plain)
                error = plaintext_data(&plaintext, event.data, event.data_length, diag);
            if (event.type == EFS_RAW_DATA && plain) error = output_write(output, event.data, event.data_length, diag);
        }
        if (error) break;
    }
    if (!error && !seen) error = efs_fail(diag, EFS_ERR_TYPE, 0, "no unnamed stream, as a directory has none");
    if (!error)
    {
        *blame = output->name;
        if (plaintext.pool) error = plaintext_end(&plaintext, diag);
        if (!error) error = output_commit(output, diag);
    }
    plaintext_free(&plaintext);
    return error;
}

int command_decrypt(int argc, char **argv)
{
    static const struct rlimit no_core = { 0, 0 };
    struct efs_diag diag = { 0 };
    struct request request;
    struct input input = { .fd = -1 };
    struct output output = OUTPUT_NONE;
    struct efs_key *key = NULL;
    struct stat stats[STATS];
    const char *blame;
    enum efs_error error;
    int status = parse_request(&request, argc, argv);

    if (status >= 0) return status;
    memset(stats, 0, sizeof(stats));
    /* A crash must not write the key to disk, and no other process of the user's look at it. */
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_DUMPABLE, 0);

    error = load_key(&key, &request, stats, &blame, &diag);
    if (error) goto out;
    blame = request.input;
    error = input_open(&input, request.input, INPUT_ANY, &diag);
    blame = input.name;
    if (error) goto out;
    stats[STAT_INPUT] = input.st;
    error = output_open(&output, request.output, request.output_flags, stats, STATS, &diag);
    blame = output.name;
    if (!error) error = decrypt(&input, &output, &key, &blame, &diag);
out:
    status = error ? report_at(blame, input_place(&input, &diag), &diag) : STATUS_OK;
    output_close(&output);
    input_close(&input);
    efs_key_free(key);
    return status;
}
