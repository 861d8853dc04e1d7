/*
 * efsraw import STREAM FILE: an encrypted file or directory from its raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "efs/session.h"
#include "efs/target.h"
#include "common/importing.h"
#include "input.h"
#include "common/output.h"

/* Is it the stream that is to blame, or the file that it goes to? */
static bool is_of_stream(enum efs_error error)
{
    return error == EFS_ERR_FORMAT || error == EFS_ERR_METADATA || error == EFS_ERR_VERSION
        || error == EFS_ERR_UNREPRESENTABLE;
}

static enum efs_error feed_import(struct importing *importing, struct input *input, const char **blame,
                                  struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    size_t length = 1;

    while (!error && length)
    {
        length = efs_import_best_length(importing->import, INPUT_BUFFER);
        error = input_read(input, input->buffer, length, &length, diag);
        if (error)
        {
            *blame = input->name;
            return error;
        }
        error = length ? importing_feed(importing, input->buffer, length, diag)
            : importing_commit(importing, diag);
    }
    if (is_of_stream(error)) *blame = input->name;
    return error;
}

/* It is kept as it came, but the user may want to look for a better backup while there is one. */
static void warn_of_damage(const struct efs_import *import, const char *name)
{
    struct efs_diag diag = { 0 };

    if (efs_import_judge(import, &diag))
        message(name, "warning: imported, but nobody will be able to decrypt it: offset 0x%" PRIx64 " of the $EFS: %s",
                diag.offset, diag.rule);
}

int command_import(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "directory", no_argument, NULL, 'd' },
        { "drop-named", no_argument, NULL, 'n' },
        { "force", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct efs_target target = { .dir_fd = -1 };
    struct importing importing = { 0 };
    const char *blame, *name;
    bool directory = false, force = false;
    unsigned int flags = 0;
    enum efs_error error;
    int c, status;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == 'd') directory = true;
        else if (c == 'n') flags |= EFS_SESSION_DROP_NAMED;
        else if (c == 'f') force = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 2) return usage_error(argv[0], "a STREAM and the FILE to make of it are needed");
    name = argv[optind + 1];
    if (!strcmp(name, "-"))
        return usage_error(argv[0], "the encrypted file can't be standard output; a file of that name is ./-");

    blame = argv[optind];
    error = input_open(&input, argv[optind], INPUT_STREAM, &diag);
    if (error) goto out;
    blame = name;
    error = efs_target_open(&target, name, &diag);
    if (error) goto out;
    if (target.exists && target.dev == input.st.st_dev && target.ino == input.st.st_ino)
    {
        error = efs_fail(&diag, EFS_ERR_INVALID, 0, "it is also the input");
        goto out;
    }
    if ((error = output_may_replace(&target, force, &diag))) goto out;
    /* What stands there already says which of the two it is. */
    error = importing_begin(&importing, &target, directory || (target.exists && target.directory), flags, &diag);
    if (!error) error = feed_import(&importing, &input, &blame, &diag);
    if (!error) warn_of_damage(importing.import, name);
out:
    status = error ? report(blame, &diag) : STATUS_OK;
    importing_end(&importing);
    efs_target_close(&target);
    input_close(&input);
    return status;
}
