/*
 * backupraw extract STREAM FILE: a file of the host's from a stream of BackupRead.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/backupraw.h"

#include <getopt.h>
#include <string.h>

#include "backupraw/keep.h"

/* A pipe takes no more zeros than that: a stream of a few bytes can name a hole of exabytes. */
#define PIPE_ZEROS_MAX (UINT64_C(1) << 40)

struct extraction
{
    struct input  *input;
    struct output *output;
    struct keep    keep;
    struct bstream_header header; /* of the substream; without the name */
    struct blob    blob;
};

static enum efs_error begin(struct extraction *extraction, struct efs_diag *diag)
{
    const struct bstream_header *header = &extraction->header;
    struct keep *keep = &extraction->keep;
    bool alternate = extraction->input->order->alternate;

    switch (header->id)
    {
    case BSTREAM_DATA:
        if (header->attributes & BSTREAM_SPARSE) keep_sparse(keep);
        return EFS_OK;
    case BSTREAM_SPARSE_BLOCK:
        if (!alternate) keep_sparse(keep);
        if (!alternate && !extraction->output->stage && header->offset > extraction->output->position
            && header->offset - extraction->output->position > PIPE_ZEROS_MAX)
            return efs_fail(diag, EFS_ERR_INVALID, 0, "a hole of more than a TiB can be made in a file only");
        return EFS_OK;
    case BSTREAM_ALTERNATE:
        return keep_stream(keep, header, diag);
    case BSTREAM_EA:
    case BSTREAM_SECURITY:
    case BSTREAM_REPARSE:
    case BSTREAM_OBJECT_ID:
        return blob_begin(&extraction->blob, extraction->input, header, diag);
    case BSTREAM_LINK:
        /* it must be ignored (MS-BKUP 2.6): no name is ever made */
        if (!keep->data_only) message(extraction->input->name, "another name of the file is ignored, as it has to be");
        return EFS_OK;
    default:
        keep_nothing(keep, header->id);
        return EFS_OK;
    }
}

/* Is it the file's content? If not, perhaps an alternate stream's. */
static bool is_content(const struct extraction *extraction)
{
    return extraction->header.id == BSTREAM_DATA
        || (extraction->header.id == BSTREAM_SPARSE_BLOCK && !extraction->input->order->alternate);
}

static bool is_of_stream(const struct extraction *extraction)
{
    return extraction->header.id == BSTREAM_ALTERNATE || extraction->header.id == BSTREAM_SPARSE_BLOCK;
}

static enum efs_error take(struct extraction *extraction, const struct bstream_event *event, struct efs_diag *diag)
{
    if (is_content(extraction))
        return output_write_at(extraction->output, event->offset, event->bytes, event->length, diag);
    if (is_of_stream(extraction)) return keep_stream_data(&extraction->keep, event, diag);
    if (blob_is_kept(extraction->header.id)) blob_add(&extraction->blob, event);
    return EFS_OK;
}

static enum efs_error end(struct extraction *extraction, struct efs_diag *diag)
{
    const struct bstream_header *header = &extraction->header;
    enum efs_error error;

    if (is_content(extraction))
        /* Only an empty block says where the file ends. */
        return header->id == BSTREAM_SPARSE_BLOCK && !header->size
            ? output_set_end(extraction->output, header->offset, diag) : EFS_OK;
    if (is_of_stream(extraction)) return keep_stream_end(&extraction->keep, header, diag);
    if (!blob_is_kept(header->id)) return EFS_OK;
    error = blob_check(&extraction->blob, header->id, diag);
    if (!error) error = keep_blob(&extraction->keep, &extraction->blob, header->id, diag);
    blob_free(&extraction->blob);
    return error;
}

/* *blame: the file's name, or the stream's while that is read. */
static enum efs_error extract(struct extraction *extraction, const char **blame, struct efs_diag *diag)
{
    struct bstream_event event;
    enum efs_error error;
    bool at_end;

    for (;;)
    {
        *blame = extraction->input->name;
        if ((error = input_next(extraction->input, &event, &at_end, diag))) return error;
        *blame = extraction->output->name;
        if (at_end) return keep_commit(&extraction->keep, diag);
        if (event.type == BSTREAM_BEGIN)
        {
            extraction->header = event.header;
            error = begin(extraction, diag);
            extraction->header.name = NULL;
        }
        else error = event.type == BSTREAM_BYTES ? take(extraction, &event, diag) : end(extraction, diag);
        if (!error) continue;
        if (error == EFS_ERR_FORMAT) *blame = extraction->input->name;
        return error;
    }
}

int command_extract(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "data", no_argument, NULL, 'd' },
        { "force", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    static struct extraction extraction; /* too large for a stack */
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    struct output output = OUTPUT_NONE;
    const char *blame, *name;
    unsigned int flags = 0;
    bool data_only = false;
    enum efs_error error;
    int c, status;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
        if (c == 'd') data_only = true;
        else if (c == 'f') flags |= OUTPUT_FORCE;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (argc - optind != 2) return usage_error(argv[0], "a STREAM and the FILE to make of it are needed");
    name = argv[optind + 1];
    if (!strcmp(name, "-") && !data_only)
        return usage_error(argv[0], "standard output holds the data alone: with --data; a file of that name is ./-");

    error = input_open(&input, argv[optind], &diag);
    blame = input.name;
    if (!error)
    {
        error = output_open(&output, name, flags, &input.st, 1, &diag);
        blame = output.name;
    }
    extraction.input = &input;
    extraction.output = &output;
    if (!error) error = keep_begin(&extraction.keep, input.name, data_only, &output, &diag);
    if (!error) error = extract(&extraction, &blame, &diag);
    status = error ? report(blame, &diag) : extraction.keep.lost ? STATUS_INCOMPLETE : STATUS_OK;
    keep_free(&extraction.keep);
    blob_free(&extraction.blob);
    output_close(&output);
    input_close(&input);
    return status;
}
