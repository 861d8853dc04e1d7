/*
 * Work on a raw stream for callgrind to count: the reader and the writer alone, and whole import and export sessions.
 *
 * codec WHAT MEBIBYTES DIR: WHAT is reader, writer, import or export; DIR is where the sessions' file is.
 * codec small COUNT DIR: imports COUNT files of 4 KiB, and says how many microseconds of processor each took.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "efs/metadata.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"
#include "efs/session.h"
#include "efs/target.h"

#define METADATA_LENGTH 680 /* as one user and one recovery agent need */
#define CHUNK           262144

static uint8_t metadata[METADATA_LENGTH], chunk[CHUNK];

static void fail(const char *what)
{
    fprintf(stderr, "codec: %s\n", what);
    exit(1);
}

/* What an import asks of the $EFS: its length and its version. */
static void make_metadata(void)
{
    metadata[0] = METADATA_LENGTH & 0xff;
    metadata[1] = METADATA_LENGTH >> 8;
    metadata[8] = 2;
}

/* The next bytes of the stream, at most `capacity`; 0 at its end. The data is whatever is there. */
static size_t make_stream(struct efs_raw_writer *writer, struct efs_raw_piece *piece, uint8_t *out, size_t capacity)
{
    size_t done = 0, n;

    while (done < capacity)
    {
        if (!piece->length)
        {
            efs_raw_writer_next(writer, piece);
            if (piece->type == EFS_RAW_PIECE_END) break;
        }
        n = capacity - done < piece->length ? capacity - done : piece->length;
        if (piece->type == EFS_RAW_PIECE_BYTES) memcpy(out + done, piece->bytes, n);
        else if (piece->type == EFS_RAW_PIECE_METADATA) memcpy(out + done, metadata + piece->offset, n);
        if (piece->type == EFS_RAW_PIECE_BYTES) piece->bytes += n;
        piece->offset += n;
        piece->length -= (uint32_t)n;
        done += n;
    }
    return done;
}

static void run_reader(uint64_t size)
{
    static struct efs_raw_reader reader;
    struct efs_raw_writer writer;
    struct efs_raw_piece piece = { 0 };
    struct efs_raw_event event;
    const uint8_t *input;
    size_t length;

    efs_raw_reader_init(&reader);
    efs_raw_writer_init(&writer, METADATA_LENGTH, size, false);
    while ((length = make_stream(&writer, &piece, chunk, sizeof(chunk))))
    {
        input = chunk;
        do
            if (efs_raw_reader_next(&reader, &input, &length, &event, NULL)) fail("reader");
        while (event.type != EFS_RAW_NEED_INPUT);
    }
    if (efs_raw_reader_finish(&reader, NULL)) fail("reader");
}

static void run_writer(uint64_t size)
{
    struct efs_raw_writer writer;
    struct efs_raw_piece piece = { 0 };

    efs_raw_writer_init(&writer, METADATA_LENGTH, size, false);
    while (make_stream(&writer, &piece, chunk, sizeof(chunk))) {}
}

static void import(const char *path, uint64_t size)
{
    struct efs_raw_writer writer;
    struct efs_raw_piece piece = { 0 };
    struct efs_target target;
    struct efs_import *session = NULL;
    size_t length;

    if (efs_target_open(&target, path, NULL) || efs_import_begin(&session, &target, false, 0, NULL)) fail("import");
    efs_raw_writer_init(&writer, METADATA_LENGTH, size, false);
    while ((length = make_stream(&writer, &piece, chunk, sizeof(chunk))))
        if (efs_import_feed(session, chunk, length, NULL)) fail("import");
    if (efs_import_commit(session, NULL)) fail("import");
    efs_import_free(session);
    efs_target_close(&target);
}

static void export(const char *path)
{
    struct efs_export *session = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length;

    if (fd == -1 || efs_export_begin(&session, fd, 0, NULL)) fail("export");
    do
        if (efs_export_read(session, chunk, 16384, &length, NULL)) fail("export");
    while (length);
    efs_export_free(session);
}

static void import_small(const char *dir, unsigned long count)
{
    struct timespec start, end;
    char path[PATH_MAX];
    unsigned long i;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (i = 0; i < count; i++)
    {
        snprintf(path, sizeof(path), "%s/%lu", dir, i);
        import(path, 4096);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.2f\n", ((double)(end.tv_sec - start.tv_sec) * 1e9
                      + (double)(end.tv_nsec - start.tv_nsec)) / 1e3 / (double)count);
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    uint64_t size;

    if (argc != 4) return 2;
    size = strtoull(argv[2], NULL, 10) << 20;
    make_metadata();
    snprintf(path, sizeof(path), "%s/codec-%s", argv[3], argv[2]);
    if (!strcmp(argv[1], "reader")) run_reader(size);
    else if (!strcmp(argv[1], "writer")) run_writer(size);
    else if (!strcmp(argv[1], "small")) import_small(argv[3], strtoul(argv[2], NULL, 10));
    else if (!strcmp(argv[1], "import"))
    {
        unlink(path);
        import(path, size);
    }
    else if (!strcmp(argv[1], "export")) export(path);
    else return 2;
    return 0;
}
