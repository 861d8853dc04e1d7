/*
 * Many sessions at once: on files of their own and on one and the same, in threads and in processes. Each import is all
 * or nothing, each export gives one of the streams whole, whatever the others do; nothing is left behind.
 *
 * With ThreadSanitizer in tools/test, natively in the other builds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "efs/session.h"
#include "efs/target.h"
#include "scratch.h"

#define WORKERS 6
#define STREAMS 3
#define ROUNDS  40

static struct build streams[STREAMS];
static struct build directory_streams[STREAMS];

struct work
{
    const char   *name;      /* what all of them share, or this worker's own */
    bool          directory;
    bool          shared;
    unsigned int  seed;
    unsigned int  imports, exports, refused;
    const char   *failed;
};

static const struct build *stream_of(const struct work *work, unsigned int i)
{
    return &(work->directory ? directory_streams : streams)[i % STREAMS];
}

static void import(struct work *work, const struct build *stream)
{
    struct efs_import *session = NULL;
    struct efs_target target;
    enum efs_error err;

    if (!(err = efs_target_open(&target, work->name, NULL)))
    {
        if (!(err = efs_import_begin(&session, &target, work->directory, 0, NULL))
            && !(err = efs_import_feed(session, stream->data, stream->length / 2, NULL))
            && !(err = efs_import_feed(session, stream->data + stream->length / 2, stream->length - stream->length / 2,
                                       NULL)))
            err = efs_import_commit(session, NULL);
        efs_import_free(session);
        efs_target_close(&target);
    }
    /* Another one was first: the documented answers, and only where there are others. */
    if (!err) work->imports++;
    else if (work->shared && (err == EFS_ERR_CHANGED || err == EFS_ERR_EXISTS)) work->refused++;
    else work->failed = efs_error_text(err);
}

static void export(struct work *work)
{
    struct efs_export *session;
    struct build out = { 0 };
    enum efs_error err;
    size_t length = 0;
    unsigned int i;
    int fd = open(work->name, O_RDONLY | O_CLOEXEC);

    if (fd == -1) return; /* nobody has made it yet */
    if ((err = efs_export_begin(&session, fd, 0, NULL)))
    {
        work->failed = efs_error_text(err);
        return;
    }
    build_zeros(&out, 100000);
    err = efs_export_read(session, out.data, out.length, &length, NULL);
    efs_export_free(session);
    for (i = 0; !err && i < STREAMS; i++)
        if (stream_of(work, i)->length == length && !memcmp(out.data, stream_of(work, i)->data, length)) break;
    if (err) work->failed = efs_error_text(err);
    else if (i == STREAMS) work->failed = "an export is none of the streams";
    else work->exports++;
    build_free(&out);
}

static void *do_work(void *argument)
{
    struct work *work = argument;
    unsigned int i;

    for (i = 0; i < ROUNDS && !work->failed; i++)
    {
        import(work, stream_of(work, work->seed + i));
        export(work);
    }
    return NULL;
}

static unsigned int tests, bad;

static void report(const char *what, const struct work *work, unsigned int count, unsigned int entries)
{
    struct build picture;
    unsigned int i, imports = 0, exports = 0, refused = 0, lines = 0;
    const char *failed = NULL;

    for (i = 0; i < count; i++)
    {
        imports += work[i].imports;
        exports += work[i].exports;
        refused += work[i].refused;
        if (work[i].failed) failed = work[i].failed;
    }
    picture = scratch_picture();
    for (i = 0; i < picture.length; i++)
        if (picture.data[i] == '\n' && (i + 1 == picture.length || picture.data[i + 1] != ' ')) lines++;
    if (!failed && lines != entries)
    {
        failed = "something is left behind";
        scratch_print("there is", &picture);
    }
    build_free(&picture);
    if (failed) bad++;
    printf("%sok %u - %s: %u imports, %u came second, %u exports%s%s\n", failed ? "not " : "", ++tests, what, imports,
           refused, exports, failed ? ": " : "", failed ? failed : "");
}

static void prepare(struct work work[WORKERS], bool shared, bool directory)
{
    static char names[WORKERS][16];
    unsigned int i;

    scratch_clear();
    for (i = 0; i < WORKERS; i++)
    {
        snprintf(names[i], sizeof(names[i]), "own%u", i);
        work[i] = (struct work){ .name = shared ? "one" : names[i], .directory = directory, .shared = shared,
                                 .seed = i };
    }
}

static void in_threads(const char *what, bool shared, bool directory)
{
    struct work work[WORKERS];
    pthread_t threads[WORKERS];
    unsigned int i;

    prepare(work, shared, directory);
    for (i = 0; i < WORKERS; i++) MUST(!pthread_create(&threads[i], NULL, do_work, &work[i]));
    for (i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
    report(what, work, WORKERS, shared ? 1 : WORKERS);
}

static void in_processes(const char *what, bool shared, bool directory)
{
    struct work work[WORKERS];
    int pipes[WORKERS][2];
    unsigned int i;
    pid_t pid;

    prepare(work, shared, directory);
    fflush(stdout);
    for (i = 0; i < WORKERS; i++)
    {
        MUST(!pipe(pipes[i]));
        if (!(pid = fork()))
        {
            do_work(&work[i]);
            /* the text is the parent's, too: it was there before the fork */
            _exit(write(pipes[i][1], &work[i], sizeof(work[i])) != sizeof(work[i]));
        }
        MUST(pid > 0);
        close(pipes[i][1]);
    }
    for (i = 0; i < WORKERS; i++)
    {
        MUST(read(pipes[i][0], &work[i], sizeof(work[i])) == sizeof(work[i]));
        close(pipes[i][0]);
    }
    while (wait(NULL) > 0) ;
    report(what, work, WORKERS, shared ? 1 : WORKERS);
}

int main(void)
{
    unsigned int i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    scratch_begin();
    for (i = 0; i < STREAMS; i++)
    {
        build_file_stream(&streams[i], 1000 + 30000 * i, i + 1);
        build_directory_stream(&directory_streams[i], i + 1);
    }
    /* one of them is a container */
    build_stream_header(&streams[2], 0, ":name:$DATA");
    build_data_segment(&streams[2], 0, 100, 512, 9);
    build_zeros(&streams[2], 512);

    in_threads("threads, a file each", false, false);
    in_threads("threads, one file", true, false);
    in_threads("threads, a directory each", false, true);
    in_threads("threads, one directory", true, true);
    in_processes("processes, a file each", false, false);
    in_processes("processes, one file", true, false);
    in_processes("processes, one directory", true, true);
    printf("1..%u\n", tests);
    return bad != 0;
}
