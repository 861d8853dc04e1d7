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
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "common/output.h"
#include "efs/metadata.h"
#include "efs/pfile.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"

struct join
{
    const char    *efs, *ciphertext, *stream; /* names; ciphertext: NULL if there's none, or it is the .PFILE */
    bool           pfile, has_size, force;
    bool           read_failed; /* the error is the ciphertext's */
    int            fd;         /* of the ciphertext, -1: a directory */
    uint64_t       start;      /* of the ciphertext in it */
    uint64_t       stored;     /* bytes of it that are there */
    uint64_t       size;       /* plain bytes */
    uint8_t       *metadata;
    uint32_t       metadata_length;
    struct stat    stats[2];
    struct output  output;
};

static bool is_pfile_name(const char *name)
{
    size_t length = strlen(name);

    return length > 6 && !strcasecmp(name + length - 6, ".pfile");
}

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
    enum efs_error err;
    uint32_t version;

    if (length > EFS_METADATA_MAX) length = EFS_METADATA_MAX;
    if ((err = io_read_exactly(fd, 0, join->metadata, (size_t)length, diag))) return err;
    if (length >= EFS_METADATA_MIN && load32_le(join->metadata) >= EFS_METADATA_MIN
        && load32_le(join->metadata) < length)
        length = load32_le(join->metadata);
    join->metadata_length = (uint32_t)length;
    return efs_metadata_identify(join->metadata, (size_t)length, &version, diag);
}

static enum efs_error read_pfile(struct join *join, int fd, struct efs_diag *diag)
{
    uint64_t length = (uint64_t)join->stats[0].st_size, size;
    enum efs_error err;

    memset(join->metadata, 0, EFS_PFILE_HEADER);
    err = io_read_exactly(fd, 0, join->metadata, length < EFS_PFILE_HEADER ? (size_t)length : EFS_PFILE_HEADER, diag);
    if (!err) err = efs_pfile_read(join->metadata, length, &join->metadata_length, &size, diag);
    if (err) return err;
    join->start = EFS_PFILE_HEADER;
    join->stored = length - EFS_PFILE_HEADER;
    if (!join->has_size) join->size = size;
    return EFS_OK;
}

/* Does the ciphertext have what the plain bytes take? Only whole blocks can be decrypted. */
static enum efs_error check_size(struct join *join, const char *name, struct efs_diag *diag)
{
    uint64_t whole = join->stored / EFS_AES_BLOCK * EFS_AES_BLOCK;

    if (!join->has_size && !join->pfile) join->size = join->stored;
    if (join->size <= whole) return EFS_OK;
    message(name, "only the first %" PRIu64 " bytes can be decrypted; --size %" PRIu64 " leaves the rest out", whole,
            whole);
    return efs_fail(diag, EFS_ERR_INVALID, 0, "the ciphertext ends before the last block of 16 bytes is complete");
}

static enum efs_error open_parts(struct join *join, const char **blame, struct efs_diag *diag)
{
    enum efs_error err;
    int fd;

    *blame = join->efs;
    if (!(join->metadata = malloc(EFS_METADATA_MAX))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    err = open_part(join->efs, &fd, &join->stats[0], diag);
    if (!err) err = join->pfile ? read_pfile(join, fd, diag) : read_efs(join, fd, diag);
    if (join->pfile) join->fd = fd;
    else if (fd != -1) close(fd);
    if (err || (!join->ciphertext && !join->pfile)) return err;
    if (join->ciphertext)
    {
        *blame = join->ciphertext;
        if ((err = open_part(join->ciphertext, &join->fd, &join->stats[1], diag))) return err;
        join->stored = (uint64_t)join->stats[1].st_size;
    }
    return check_size(join, *blame, diag);
}

/* Stored bytes; behind what is there come zeros, which are beyond the plain bytes. */
static enum efs_error write_stored(struct join *join, uint64_t offset, uint32_t length, struct efs_diag *diag)
{
    static uint8_t buffer[EFS_RAW_TRANSFER];
    uint64_t there = offset < join->stored ? join->stored - offset : 0;
    enum efs_error err;

    if (there > length) there = length;
    err = io_read_exactly(join->fd, join->start + offset, buffer, (size_t)there, diag);
    join->read_failed = err != EFS_OK;
    if (err) return err;
    memset(buffer + there, 0, length - (size_t)there);
    return output_write(&join->output, buffer, length, diag);
}

static enum efs_error write_stream(struct join *join, struct efs_diag *diag)
{
    struct efs_raw_writer writer;
    struct efs_raw_piece piece;
    enum efs_error err = EFS_OK;

    efs_raw_writer_init(&writer, join->metadata_length, join->size, join->fd == -1);
    for (efs_raw_writer_next(&writer, &piece); !err && piece.type != EFS_RAW_PIECE_END;
         efs_raw_writer_next(&writer, &piece))
    {
        if (piece.type == EFS_RAW_PIECE_DATA) err = write_stored(join, piece.offset, piece.length, diag);
        else err = output_write(&join->output, piece.type == EFS_RAW_PIECE_METADATA ? join->metadata + piece.offset
                                    : piece.bytes, piece.length, diag);
    }
    return err ? err : output_commit(&join->output, diag);
}

int command_join(int argc, char **argv)
{
    struct join join = { .fd = -1, .output = OUTPUT_NONE };
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
    free(join.metadata);
    return status;
}
