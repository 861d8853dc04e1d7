/*
 * efsraw decrypt: the plain bytes of a stream, of files or of whole trees.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "decrypt.h"
#include "joined.h"
#include "key_list.h"
#include "secret.h"
#include "common/tree.h"

struct request
{
    char                 **sources;
    int                    source_count;
    const char            *target;
    bool                   recursive, quiet, into; /* into: the target is a directory that gets the sources' names */
    enum named_streams     named;
    struct decrypt_options options;
    struct key_list        keys;
    unsigned int           output_flags;
};

/* All that a run shares. */
struct run
{
    struct request       *request;
    struct efs_key       *key;
    struct efs_feks      *feks;
    struct decrypt_queue *queue;
    struct progress       progress;
    struct stat           inputs[KEY_LIST_MAX * KEY_LIST_FILES + 1];
    uint64_t              decrypted, failed; /* files */
    struct decrypt_tree   tree;
};

/* ---- the command line ---- */

/* False: it can't be a stream's name. */
static bool take_stream_name(struct decrypt_options *options, const char *name)
{
    const uint8_t *s = (const uint8_t *)name;
    uint32_t c = 0;
    size_t n;

    options->named = true;
    options->stream_length = 0;
    for (; *s; s += n)
    {
        n = utf8_get(s, &c);
        if (!n || c == ':' || c == '/' || c == '\\' || options->stream_length + 4 > sizeof(options->stream))
            return false;
        options->stream_length += (uint32_t)utf16_put(options->stream + options->stream_length, c);
    }
    return options->stream_length != 0;
}

static bool take_named(enum named_streams *named, const char *where)
{
    *named = !strcmp(where, "attributes") ? NAMED_ATTRIBUTES : NAMED_FILES;
    return *named == NAMED_ATTRIBUTES || !strcmp(where, "files");
}

/* -1: go on, else the exit status. */
static int check_request(struct request *request, char **argv)
{
    struct stat st;
    bool directory;
    int i;

    if (key_list_is_empty(&request->keys)) return usage_error(argv[0], KEY_LIST_NEEDED);
    if (request->recursive && request->options.named)
        return usage_error(argv[0], "--stream and -r don't go together");
    if (!request->recursive && request->named) return usage_error(argv[0], "--named-streams is for -r");
    directory = strcmp(request->target, "-") && !stat(request->target, &st) && S_ISDIR(st.st_mode);
    request->into = request->source_count > 1 || (directory && !request->recursive);
    if (request->into && !directory)
        return usage_error(argv[0], "several INPUTs need a directory that is there, at the end");
    for (i = 0; i < request->source_count; i++)
        if (!strcmp(request->sources[i], "-") && (request->into || request->recursive))
            return usage_error(argv[0], "standard input has no name to be given to a file");
    if (!strcmp(request->sources[0], "-") + key_list_stdin(&request->keys) > 1)
        return usage_error(argv[0], "standard input can be read for one thing only");
    return -1;
}

/* -1: go on, else the exit status. */
static int parse_request(struct request *request, int argc, char **argv)
{
    static const struct option options[] =
    {
        KEY_LIST_OPTIONS,
        { "force", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { "named-streams", required_argument, NULL, 'n' },
        { "quiet", no_argument, NULL, 'q' },
        { "recursive", no_argument, NULL, 'r' },
        { "stream", required_argument, NULL, 's' },
        { 0 },
    };
    bool full;
    int c;

    memset(request, 0, sizeof(*request));
    while ((c = getopt_long(argc, argv, "qr", options, NULL)) != -1)
    {
        if (key_list_option(&request->keys, c, optarg, &full)) continue;
        if (full) return usage_error(argv[0], KEY_LIST_FULL, KEY_LIST_MAX);
        if (c == 'f') request->output_flags |= OUTPUT_FORCE;
        else if (c == 'q') request->quiet = true;
        else if (c == 'r') request->recursive = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else if (c == 's' && !take_stream_name(&request->options, optarg))
            return usage_error(argv[0], "--stream: not the name of a named stream");
        else if (c == 'n' && !take_named(&request->named, optarg))
            return usage_error(argv[0], "--named-streams: attributes or files");
        else if (c == '?') return STATUS_USAGE;
    }
    if (argc - optind < 2) return usage_error(argv[0], "an INPUT and an OUTPUT are needed");
    request->sources = argv + optind;
    request->source_count = argc - optind - 1;
    request->target = argv[argc - 1];
    return check_request(request, argv);
}

/* ---- the work ---- */

/* Where a source goes in the target directory; to be freed. NULL: it has no name, or there is no memory. */
static char *path_within(const char *target, const char *source, const char **name)
{
    size_t length = strlen(source), begin, room = strlen(target) + 2;
    char *path;

    while (length && source[length - 1] == '/') length--;
    for (begin = length; begin && source[begin - 1] != '/';) begin--;
    if (begin == length || (source[begin] == '.' && (length == begin + 1 || (length == begin + 2
        && source[begin + 1] == '.'))))
        return NULL;
    if (!(path = malloc(room + length - begin))) return NULL;
    memcpy(path, target, room - 2);
    path[room - 2] = '/';
    memcpy(path + room - 1, source + begin, length - begin);
    path[room - 1 + length - begin] = 0;
    *name = path + room - 1;
    return path;
}

static enum efs_error open_target(struct run *run, struct output *output, const char *path, const char *name,
                                  struct efs_diag *diag)
{
    const struct request *request = run->request;
    size_t inputs = request->keys.file_count + 1;
    enum efs_error error;
    int fd;

    if (!name) return output_open(output, path, request->output_flags, run->inputs, inputs, diag);
    fd = open(request->target, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) return efs_fail_errno(diag, errno, 0, "open directory");
    error = output_open_at(output, fd, name, path, request->output_flags, run->inputs, inputs, diag);
    close(fd);
    return error;
}

/* A .PFILE's own name is the one before that ending. cut: to be freed. */
static void cut_pfile(const struct input *input, const char **path, const char **name, char **cut)
{
    size_t at = *name ? (size_t)(*name - *path) : 0;

    if (!input->joined || !*name || !is_pfile_name(*name) || !(*cut = strdup(*path))) return;
    (*cut)[strlen(*cut) - PFILE_ENDING] = 0;
    *path = *cut;
    *name = *cut + at;
}

/* path: of the output; name: its last component, if it is one in the target. */
static void decrypt_one(struct run *run, const char *source, const char *path, const char *name)
{
    struct input input = { .fd = -1 };
    struct output output = OUTPUT_NONE;
    struct efs_diag diag = { 0 };
    bool output_failed = false;
    enum efs_error error = input_open(&input, source, INPUT_ANY, &diag);
    char *cut = NULL;

    if (!error)
    {
        cut_pfile(&input, &path, &name, &cut);
        run->inputs[run->request->keys.file_count] = input.st;
        run->progress.total = S_ISREG(input.st.st_mode) ? (uint64_t)input.st.st_size : 0;
        output_failed = true;
        error = open_target(run, &output, path, name, &diag);
    }
    if (!error)
        error = decrypt_input(run->queue, run->feks, &input, &output, &run->request->options, &output_failed, &diag);
    if (!error)
    {
        output_failed = true;
        error = output_commit(&output, &diag);
    }
    progress_clear(&run->progress);
    if (!error) run->decrypted++;
    else
    {
        run->failed++;
        report_at(output_failed ? output.name : input.name, input_place(&input, &diag), &diag);
    }
    output_close(&output);
    input_close(&input);
    free(cut);
}

static void decrypt_each(struct run *run)
{
    const struct request *request = run->request;
    const char *source, *path, *name;
    char *within;
    int i;

    for (i = 0; i < request->source_count; i++)
    {
        source = request->sources[i];
        path = request->target;
        name = NULL;
        within = request->into ? path_within(request->target, source, &name) : NULL;
        if (within) path = within;
        if (request->into && !within)
        {
            message(source, "it has no name that could be one in the target directory");
            run->failed++;
        }
        else if (request->recursive) decrypt_tree(&run->tree, source, path);
        else decrypt_one(run, source, path, name);
        free(within);
    }
}

/* "12 files decrypted, 3 copied", and so on; of what isn't there nothing is said. */
static void print_counts(const struct decrypt_tree *tree)
{
    printf("%" PRIu64 " file%s decrypted, %" PRIu64 " copied", tree->decrypted, tree->decrypted == 1 ? "" : "s",
           tree->copied);
    if (tree->there) printf(", %" PRIu64 " there already", tree->there);
    if (tree->left_out) printf(", %" PRIu64 " left out", tree->left_out);
    if (tree->failed) printf(", %" PRIu64 " failed", tree->failed);
    putchar('\n');
}

static int decrypt_all(struct run *run)
{
    const struct request *request = run->request;
    struct tree_size size = { 0 };
    int i;

    progress_begin(&run->progress, 0, request->quiet);
    for (i = 0; i < request->source_count && request->recursive && run->progress.on; i++)
        tree_measure(request->sources[i], &size);
    progress_begin(&run->progress, size.bytes, request->quiet);
    run->request->options.progress = &run->progress;
    run->tree = (struct decrypt_tree){ .queue = run->queue, .feks = run->feks, .progress = &run->progress,
                                       .inputs = run->inputs, .input_count = request->keys.file_count,
                                       .output_flags = request->output_flags, .named = request->named };
    decrypt_each(run);
    progress_clear(&run->progress);
    if (request->recursive && !request->quiet) print_counts(&run->tree);
    return run->failed + run->tree.failed ? STATUS_FAILED : STATUS_OK;
}

int command_decrypt(int argc, char **argv)
{
    static struct request request;
    static struct run run;
    struct efs_diag diag = { 0 };
    const char *blame = argv[0];
    enum efs_error error;
    int status = parse_request(&request, argc, argv);

    if (status >= 0) return status;
    secret_guard_process();
    run.request = &request;
    error = key_list_load(&request.keys, &run.key, &blame, &diag);
    memcpy(run.inputs, request.keys.files, sizeof(request.keys.files));
    if (!error) error = efs_feks_new(&run.feks, run.key, &diag);
    if (!error) error = decrypt_queue_begin(&run.queue, run.feks, &run.progress, &diag);
    status = error ? report(blame, &diag) : decrypt_all(&run);
    decrypt_queue_free(run.queue);
    efs_feks_free(run.feks);
    efs_key_free(run.key);
    return status;
}
