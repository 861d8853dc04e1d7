/*
 * efsraw users add, users remove, rekey: other users for files that are there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "each_encrypted.h"
#include "efs/users.h"
#include "key_list.h"
#include "recipients.h"
#include "secret.h"
#include "thumbprint.h"
#include "common/tree.h"

struct request
{
    struct key_list           key_list;
    struct recipients         recipients;
    bool                      remove_old, quiet;
    bool                      recipient_last; /* a certificate was named last: a password is that one's */
    /* what has been read of them */
    struct efs_key           *keys;
    const struct efs_certificate **certificates;
    /* what has come of it */
    bool                      tree;      /* the files of other users are none of the command's business */
    uint64_t                  changed, same, foreign;
};

static int take_option(void *context, const char *command, int c)
{
    struct request *request = context;
    bool full;
    int status;

    if (c == OPTION_RECOVERY) return usage_error(command, "recovery agents stay as they are");
    if (c == 'o' && !request->tree) return usage_error(command, "--remove-old is for rekey");
    if (c == 'o') request->remove_old = true;
    else if (c == 'q') request->quiet = true;
    else if (c == OPTION_FOR)
    {
        if ((status = recipients_option(&request->recipients, command, c)) >= 0) return status;
        request->recipient_last = true;
    }
    else if (c == OPTION_PASSWORD && request->recipient_last) request->recipients.last->password_file = optarg;
    else
    {
        if (c == OPTION_KEY) request->recipient_last = false;
        if (!key_list_option(&request->key_list, c, optarg, &full))
            return usage_error(command, KEY_LIST_FULL, KEY_LIST_MAX);
    }
    return -1;
}

/* -1: go on, else the exit status. */
static int parse(struct request *request, int argc, char **argv)
{
    static const struct option options[] =
    {
        KEY_LIST_OPTIONS,
        RECIPIENT_OPTIONS,
        { "remove-old", no_argument, NULL, 'o' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int status = parse_options(argc, argv, "q", options, take_option, request);

    if (status >= 0) return status;
    if (optind == argc) return usage_error(argv[0], "a FILE is needed");
    if (key_list_is_empty(&request->key_list)) return usage_error(argv[0], KEY_LIST_NEEDED);
    if (!request->recipients.user_count) return usage_error(argv[0], "--for is needed: whose certificate");
    if (recipients_from_stdin(&request->recipients) + (int)key_list_stdin(&request->key_list) > 1)
        return usage_error(argv[0], "standard input can be read for one thing only");
    return -1;
}

static enum efs_error load(struct request *request, const char **blame, struct efs_diag *diag)
{
    enum efs_error error = recipients_load(&request->recipients, blame, diag);

    if (!error) error = key_list_load(&request->key_list, &request->keys, blame, diag);
    if (error) return error;
    request->certificates = recipients_list(request->recipients.users, request->recipients.user_count);
    return request->certificates ? EFS_OK : efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
}

static bool is_directory(int fd)
{
    struct stat st;

    return !fstat(fd, &st) && S_ISDIR(st.st_mode);
}

/* What the rule says is all that there is to say: no stream of the user's is meant. */
static enum efs_error say_rule_alone(struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_INVALID, 0, diag->rule);
}

static enum efs_error visit(void *context, const char *path, int fd, bool named, struct efs_diag *diag)
{
    struct request *request = context;
    struct efs_users_changed changed;
    enum efs_error error;
    sigset_t before;

    (void)path;
    /* What has been begun is ended: ^C comes between two files. */
    cleanup_hold(&before);
    error = efs_users_add(fd, request->keys, request->certificates, request->recipients.user_count,
                          request->remove_old, &changed, diag);
    cleanup_release(&before);
    if (error == EFS_ERR_NO_KEY && request->tree && (!named || is_directory(fd)))
    {
        request->foreign++;
        return EFS_OK;
    }
    if (error == EFS_ERR_UNREPRESENTABLE) return say_rule_alone(diag);
    if (error) return error;
    if (changed.added || changed.removed) request->changed++;
    else request->same++;
    return EFS_OK;
}

static void show_counts(const struct request *request, const struct each_encrypted *each)
{
    printf("%" PRIu64 " changed, %" PRIu64 " had it already", request->changed, request->same);
    if (request->foreign) printf(", %" PRIu64 " not for this key", request->foreign);
    if (each->plain) printf(", %" PRIu64 " not encrypted", each->plain);
    if (each->failed) printf(", %" PRIu64 " failed", each->failed);
    putchar('\n');
}

/* All that is named. */
static int change_all(struct request *request, int argc, char **argv)
{
    struct progress progress;
    struct each_encrypted each = { .context = request, .recursive = request->tree, .visit = visit,
                                   .progress = &progress };
    struct tree_size size = { 0 };
    int i;

    progress_begin(&progress, 0, request->quiet);
    for (i = optind; i < argc && request->tree && progress.on; i++) tree_measure(argv[i], &size);
    progress_begin(&progress, request->tree ? size.objects : (uint64_t)(argc - optind), request->quiet);
    progress.files = true;
    for (i = optind; i < argc; i++) each_encrypted_walk(&each, argv[i]);
    progress_clear(&progress);
    if (request->tree && !request->quiet) show_counts(request, &each);
    return each.failed ? STATUS_FAILED : STATUS_OK;
}

static int change(int argc, char **argv, bool tree)
{
    struct request request = { .tree = tree };
    struct efs_diag diag = { 0 };
    const char *blame;
    int status = parse(&request, argc, argv);

    if (status < 0)
    {
        secret_guard_process();
        if (load(&request, &blame, &diag)) status = report(blame, &diag);
        else status = change_all(&request, argc, argv);
    }
    efs_key_free(request.keys);
    free(request.certificates);
    recipients_free(&request.recipients);
    return status;
}

int users_add(int argc, char **argv)
{
    return change(argc, argv, false);
}

int command_rekey(int argc, char **argv)
{
    return change(argc, argv, true);
}

/* ---- users remove ---- */

int users_remove(int argc, char **argv)
{
    uint8_t thumbprint[THUMBPRINT_MAX];
    struct efs_diag diag = { 0 };
    int fd, status = parse_no_options(argc, argv);
    sigset_t before;
    enum efs_error error;
    uint32_t length;

    if (status) return status < 0 ? STATUS_OK : status;
    if (argc - optind != 2) return usage_error(argv[0], "a FILE and a THUMBPRINT are needed");
    if (!(length = thumbprint_read(thumbprint, argv[optind + 1])))
        return usage_error(argv[0], "a thumbprint is hexadecimal digits, as efsraw users shows them");
    fd = open(argv[optind], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd == -1) error = efs_fail_errno(&diag, errno, 0, "open");
    else
    {
        cleanup_hold(&before);
        error = efs_users_remove(fd, thumbprint, length, &diag);
        cleanup_release(&before);
    }
    if (fd != -1) close(fd);
    if (error == EFS_ERR_UNREPRESENTABLE || (error == EFS_ERR_NOT_FOUND && !diag.sys_errno)) say_rule_alone(&diag);
    return error ? report(argv[optind], &diag) : STATUS_OK;
}
