/*
 * efsraw join EFS CIPHERTEXT STREAM: a raw stream of what forensic tools give apart; or of a .PFILE, or of the $EFS of
 * a directory alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "common/output.h"
#include "efs/metadata.h"
#include "efs/pfile.h"
#include "efs/raw.h"
#include "joined.h"

struct join
{
    const char    *efs, *ciphertext, *stream; /* names; ciphertext: NULL if there's none, or it is the .PFILE */
    bool           pfile, has_size, force;
    uint64_t       size;      /* that was given */
    int            fd;        /* of the ciphertext, -1: there's none */
    struct joined  joined;
    struct stat    stats[2];
    struct output  output;
    bool           read_failed; /* the error is the ciphertext's */
};

/* Decimal. False: it isn't one. */
static bool read_size(uint64_t *size, const char *text)
{
    char *end;

    errno = 0;
    *size = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno && *size <= INT64_MAX;
}

static int take_option(void *context, const char *command, int c)
{
    struct join *join = context;

    if (c == 'f') join->force = true;
    else if (!read_size(&join->size, optarg)) return usage_error(command, "--size is a number of bytes");
    else join->has_size = true;
    return -1;
}

/* -1: go on, else the exit status. */
static int parse(struct join *join, int argc, char **argv)
{
    static const struct option options[] =
    {
        { "size", required_argument, NULL, 's' },
        { "force", no_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int status = parse_options(argc, argv, "", options, take_option, join);

    if (status >= 0) return status;
    if (argc - optind != 2 && argc - optind != 3)
        return usage_error(argv[0], "an EFS and a CIPHERTEXT, or a file NAME.PFILE, and a STREAM are needed");
    join->efs = argv[optind];
    join->ciphertext = argc - optind == 3 ? argv[optind + 1] : NULL;
    join->stream = argv[argc - 1];
    join->pfile = !join->ciphertext && is_pfile_name(join->efs);
    if (join->has_size && !join->ciphertext && !join->pfile)
        return usage_error(argv[0], "a directory has no --size");
    return -1;
}

/* A regular file: its size has to be known before it is read. */
static enum efs_error open_part(const char *name, int *fd, struct stat *st, struct efs_diag *diag)
{
    *fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*fd == -1) return efs_fail_errno(diag, errno, 0, "open");
    if (fstat(*fd, st)) return efs_fail_errno(diag, errno, 0, "fstat");
    return S_ISREG(st->st_mode) ? EFS_OK : efs_fail(diag, EFS_ERR_INVALID, 0, "it isn't a regular file");
}

/* Of a file of its own; what is behind its Length is what an attribute's last cluster had. */
static enum efs_error read_efs(struct join *join, int fd, struct efs_diag *diag)
{
    uint64_t length = (uint64_t)join->stats[0].st_size;
    uint8_t *metadata = join->joined.metadata = malloc(EFS_METADATA_MAX);
    enum efs_error err;
    uint32_t version;

    if (!metadata) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    if (length > EFS_METADATA_MAX) length = EFS_METADATA_MAX;
    if ((err = io_read_exactly(fd, 0, metadata, (size_t)length, diag))) return err;
    if (length >= EFS_METADATA_MIN && load32_le(metadata) >= EFS_METADATA_MIN && load32_le(metadata) < length)
        length = load32_le(metadata);
    join->joined.metadata_length = (uint32_t)length;
    return efs_metadata_identify(metadata, (size_t)length, &version, diag);
}

/* Does the ciphertext have what the plain bytes take? Only whole blocks can be decrypted. */
static enum efs_error check_size(struct join *join, const char *name, struct efs_diag *diag)
{
    uint64_t whole = join->joined.stored / EFS_AES_BLOCK * EFS_AES_BLOCK;

    if (join->has_size) join->joined.size = join->size;
    else if (!join->pfile) join->joined.size = join->joined.stored;
    if (join->joined.size <= whole) return EFS_OK;
    message(name, "only the first %" PRIu64 " bytes can be decrypted; --size %" PRIu64 " leaves the rest out", whole,
            whole);
    return efs_fail(diag, EFS_ERR_INVALID, 0, "the ciphertext ends before the last block of 16 bytes is complete");
}

static enum efs_error open_parts(struct join *join, const char **blame, struct efs_diag *diag)
{
    enum efs_error err;
    int fd;

    *blame = join->efs;
    err = open_part(join->efs, &fd, &join->stats[0], diag);
    if (!err && join->pfile) err = joined_take_pfile(&join->joined, fd, (uint64_t)join->stats[0].st_size, diag);
    else if (!err) err = read_efs(join, fd, diag);
    if (join->pfile) join->fd = fd;
    else if (fd != -1) close(fd);
    if (err || (!join->ciphertext && !join->pfile)) return err;
    if (join->ciphertext)
    {
        *blame = join->ciphertext;
        if ((err = open_part(join->ciphertext, &join->fd, &join->stats[1], diag))) return err;
        join->joined.fd = join->fd;
        join->joined.stored = (uint64_t)join->stats[1].st_size;
    }
    return check_size(join, *blame, diag);
}

static enum efs_error write_stream(struct join *join, struct efs_diag *diag)
{
    static uint8_t buffer[EFS_RAW_TRANSFER];
    enum efs_error err;
    size_t length;

    do
    {
        err = joined_read(&join->joined, buffer, sizeof(buffer), &length, diag);
        join->read_failed = err != EFS_OK;
        if (!err) err = output_write(&join->output, buffer, length, diag);
    } while (!err && length);
    return err ? err : output_commit(&join->output, diag);
}

int command_join(int argc, char **argv)
{
    struct join join = { .fd = -1, .joined.fd = -1, .output = OUTPUT_NONE };
    struct efs_diag diag = { 0 };
    const char *blame;
    enum efs_error err;
    int status = parse(&join, argc, argv);

    if (status >= 0) return status;
    err = open_parts(&join, &blame, &diag);
    if (!err)
    {
        err = output_open(&join.output, join.stream, OUTPUT_NO_TERMINAL | (join.force ? OUTPUT_FORCE : 0), join.stats,
                          join.ciphertext ? 2 : 1, &diag);
        if (!err) err = write_stream(&join, &diag);
        if (!join.read_failed) blame = join.output.name;
    }
    status = err ? report(blame, &diag) : STATUS_OK;
    output_close(&join.output);
    if (join.fd != -1) close(join.fd);
    free(join.joined.metadata);
    return status;
}
