/*
 * efsraw encrypt INPUT OUTPUT --for CERT: a plain file becomes an encrypted file, or a raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/importing.h"
#include "common/output.h"
#include "common/progress.h"
#include "efs/raw_writer.h"
#include "efs/seal.h"
#include "efs/target.h"
#include "key_source.h"
#include "recipients.h"
#include "secret.h"

struct request
{
    const char       *input, *output, *stream_out;
    struct recipients recipients;
    bool              force, quiet;
};

static int take_option(void *context, const char *command, int c)
{
    struct request *request = context;
    struct recipient *last = request->recipients.last;

    if (c == 's') request->stream_out = optarg;
    else if (c == 'f') request->force = true;
    else if (c == 'q') request->quiet = true;
    else if (c != OPTION_PASSWORD) return recipients_option(&request->recipients, command, c);
    else if (last) last->password_file = optarg;
    else return usage_error(command, "--password-file follows the --for or --recovery that it belongs to");
    return -1;
}

/* -1: go on, else the exit status. */
static int parse_request(struct request *request, int argc, char **argv)
{
    static const struct option options[] =
    {
        RECIPIENT_OPTIONS,
        { "password-file", required_argument, NULL, OPTION_PASSWORD },
        { "stream-out", required_argument, NULL, 's' },
        { "force", no_argument, NULL, 'f' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int status = parse_options(argc, argv, "q", options, take_option, request);
    bool stream = request->stream_out != NULL;

    if (status >= 0) return status;
    if (argc - optind != (stream ? 1 : 2))
        return usage_error(argv[0], "an INPUT and an OUTPUT are needed, or an INPUT and --stream-out");
    if (!request->recipients.user_count) return usage_error(argv[0], "--for is needed");
    request->input = argv[optind];
    request->output = stream ? request->stream_out : argv[optind + 1];
    if (!stream && !strcmp(request->output, "-"))
        return usage_error(argv[0], "the encrypted file can't be standard output; a file of that name is ./-");
    if (recipients_from_stdin(&request->recipients) + !strcmp(request->input, "-") > 1)
        return usage_error(argv[0], "standard input can be read for one thing only");
    return -1;
}

/* Where the raw stream goes; `failed`: an error is the output's, not the input's. */
struct destination
{
    struct efs_target target;
    struct importing  importing; /* without an import: to `output` */
    struct output     output;
    bool              failed;
    struct progress   progress;
    uint64_t          done;      /* bytes of the raw stream; holes aren't among them */
};

/* So many bytes have gone there, or couldn't. */
static enum efs_error note(struct destination *to, enum efs_error error, size_t length)
{
    to->failed = error != EFS_OK;
    progress_show(&to->progress, to->done += length);
    return error;
}

static enum efs_error feed_import(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    struct destination *to = context;
    return note(to, importing_feed(&to->importing, bytes, length, diag), length);
}

static enum efs_error feed_output(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    struct destination *to = context;
    return note(to, output_write(&to->output, bytes, length, diag), length);
}

struct source
{
    int         fd;
    struct stat st;
    const struct efs_certificate **users, **agents;
    struct efs_seal_readers readers;
};

static enum efs_error seal(const struct source *source, struct destination *to, unsigned int flags, uint32_t *named,
                           struct efs_diag *diag)
{
    struct efs_seal *seal;
    enum efs_error error = efs_seal_begin(&seal, &source->readers, to->importing.import ? feed_import : feed_output,
                                          to, diag);

    if (error) return error;
    to->done = 0;
    error = efs_seal_file(seal, source->fd, flags, named, diag);
    efs_seal_free(seal);
    return error;
}

/* Is OUTPUT the very file that INPUT is? */
static bool is_in_place(const struct source *source, const struct efs_target *target)
{
    return target->exists && target->dev == source->st.st_dev && target->ino == source->st.st_ino;
}

/* One try; a file on NTFS-3G has no holes to keep: then it is EFS_ERR_UNREPRESENTABLE with them. */
static enum efs_error encrypt_into(const struct source *source, struct destination *to, unsigned int flags,
                                   struct efs_diag *diag)
{
    enum efs_error error = importing_begin(&to->importing, &to->target, false, 0, diag);
    uint32_t named;

    to->failed = error != EFS_OK;
    if (!error) error = seal(source, to, flags, &named, diag);
    /* They are attributes, or files beside it, in plaintext: they would stay. */
    if (!error && named && is_in_place(source, &to->target))
        error = efs_fail(diag, EFS_ERR_INVALID, 0, "it has alternate streams, which aren't encrypted in place; "
                                                   "name another OUTPUT");
    if (!error) to->failed = (error = importing_commit(&to->importing, diag)) != EFS_OK;
    importing_end(&to->importing);
    return error;
}

static enum efs_error encrypt_file(const struct request *request, const struct source *source,
                                   struct destination *to, struct efs_diag *diag)
{
    enum efs_error error = efs_target_open(&to->target, request->output, diag);
    bool in_place;

    to->failed = true;
    if (!error) error = output_may_replace(&to->target, request->force, diag);
    if (error) return error;
    in_place = is_in_place(source, &to->target);
    to->target.no_copies = in_place;
    error = encrypt_into(source, to, EFS_SEAL_HOLES, diag);
    if (error == EFS_ERR_UNREPRESENTABLE && to->failed && S_ISREG(source->st.st_mode))
    {
        memset(diag, 0, sizeof(*diag));
        error = encrypt_into(source, to, 0, diag);
    }
    if (!error && in_place) error = efs_target_keep_time(&to->target, &source->st, diag);
    return error;
}

static enum efs_error encrypt_stream(const struct request *request, const struct source *source,
                                     struct destination *to, struct efs_diag *diag)
{
    unsigned int flags = OUTPUT_NO_TERMINAL | (request->force ? OUTPUT_FORCE : 0);
    enum efs_error error = output_open(&to->output, request->output, flags, &source->st, 1, diag);
    uint32_t named;

    to->failed = error != EFS_OK;
    if (!error) error = seal(source, to, EFS_SEAL_HOLES, &named, diag);
    if (!error) to->failed = (error = output_commit(&to->output, diag)) != EFS_OK;
    return error;
}

static enum efs_error open_source(struct source *source, const char *name, struct efs_diag *diag)
{
    struct efs_stored stored;
    enum efs_error error;

    source->fd = !strcmp(name, "-") ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (source->fd < 0) return efs_fail_errno(diag, errno, 0, "open");
    if (fstat(source->fd, &source->st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (S_ISDIR(source->st.st_mode)) return efs_fail(diag, EFS_ERR_TYPE, 0, "it is a directory");
    if (!S_ISREG(source->st.st_mode)) return EFS_OK;
    error = efs_stored_open_fd(&stored, fcntl(source->fd, F_DUPFD_CLOEXEC, 3), diag);
    if (error == EFS_ERR_NOT_ENCRYPTED)
    {
        memset(diag, 0, sizeof(*diag));
        return lseek(source->fd, 0, SEEK_SET) < 0 ? efs_fail_errno(diag, errno, 0, "lseek") : EFS_OK;
    }
    if (error) return error;
    efs_stored_close(&stored);
    return efs_fail(diag, EFS_ERR_INVALID, 0, "it is encrypted already");
}

static enum efs_error list_readers(struct source *source, const struct recipients *recipients, struct efs_diag *diag)
{
    source->users = recipients_list(recipients->users, recipients->user_count);
    source->agents = recipients_list(recipients->agents, recipients->agent_count);
    if (!source->users || !source->agents) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    source->readers = (struct efs_seal_readers){ source->users, recipients->user_count, source->agents,
                                                 recipients->agent_count };
    return EFS_OK;
}

int command_encrypt(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    struct request request = { 0 };
    struct source source = { .fd = -1 };
    struct destination to = { .target = { .dir_fd = -1, .fd = -1 }, .output = OUTPUT_NONE };
    const char *blame;
    enum efs_error error;
    int status = parse_request(&request, argc, argv);

    if (status >= 0) goto out;
    secret_guard_process();

    error = recipients_load(&request.recipients, &blame, &diag);
    if (!error) error = list_readers(&source, &request.recipients, &diag);
    if (!error)
    {
        blame = request.input;
        error = open_source(&source, request.input, &diag);
    }
    if (!error)
    {
        progress_begin(&to.progress, S_ISREG(source.st.st_mode)
                       ? efs_raw_stream_length(0, (uint64_t)source.st.st_size, false) : 0, request.quiet);
        error = request.stream_out ? encrypt_stream(&request, &source, &to, &diag)
            : encrypt_file(&request, &source, &to, &diag);
        blame = to.failed ? request.output : request.input;
    }
    progress_clear(&to.progress);
    status = error ? report(blame, &diag) : STATUS_OK;
out:
    output_close(&to.output);
    efs_target_close(&to.target);
    if (source.fd > STDIN_FILENO) close(source.fd);
    free(source.users);
    free(source.agents);
    recipients_free(&request.recipients);
    return status;
}
