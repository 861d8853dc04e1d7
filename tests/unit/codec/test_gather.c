/*
 * What lies side by side in a file goes there, and comes from there, by one call; and sessions do so, with the errors
 * that each piece by itself would have had.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/gather.h"
#include "efs/probe.h"
#include "efs/target.h"
#include "lib/host.h"
#include "store/forms/form.h"
#include "store/staging.h"

/* ---- what the calls meet: shortness, one error, a largest file ---- */

static unsigned int calls;
static unsigned int unaligned; /* calls whose beginning or end isn't a page's */
static size_t most;        /* bytes of one call; 0: all */
static unsigned int fail_at; /* number of the call that fails */
static int fail_errno;        /* 0: it does nothing */
static uint64_t largest;   /* bytes of a file; 0: no such limit */

static void meet(size_t bytes, unsigned int at, int err, uint64_t limit)
{
    calls = unaligned = 0;
    most = bytes;
    fail_at = at;
    fail_errno = err;
    largest = limit;
}

/* Returns the bytes that this call may transfer, -1 with errno. */
static ssize_t allow(const struct iovec *parts, int count, off_t offset)
{
    size_t length = 0;
    int i;

    for (i = 0; i < count; i++) length += parts[i].iov_len;
    unaligned += (uint64_t)offset % 4096 || length % 4096;
    if (++calls == fail_at)
    {
        errno = fail_errno;
        return fail_errno ? -1 : 0;
    }
    if (most && length > most) length = most;
    if (!largest || (uint64_t)offset + length <= largest) return (ssize_t)length;
    errno = EFBIG;
    return (uint64_t)offset < largest ? (ssize_t)(largest - (uint64_t)offset) : -1;
}

static ssize_t transfer(int fd, const struct iovec *parts, int count, off_t offset, bool writes)
{
    ssize_t allowed = allow(parts, count, offset), done = 0;
    int i;

    if (allowed < 0) return -1;
    for (i = 0; i < count && done < allowed; i++)
    {
        size_t n = parts[i].iov_len < (size_t)(allowed - done) ? parts[i].iov_len : (size_t)(allowed - done);
        ssize_t now = writes ? pwrite(fd, parts[i].iov_base, n, offset + done)
            : pread(fd, parts[i].iov_base, n, offset + done);

        if (now < 0) return -1;
        done += now;
        if ((size_t)now < n) break;
    }
    return done;
}

ssize_t __wrap_preadv64(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t __wrap_preadv64(int fd, const struct iovec *parts, int count,
                        off_t offset) { return transfer(fd, parts, count, offset, false); }
ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count,
                         off_t offset) { return transfer(fd, parts, count, offset, true); }

#define START (150 * 65536) /* of a file with a hole before its data, bytes */

/* ---- by itself ---- */

static int new_file(void)
{
    int fd = open(in_dir("file"), O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(fd != -1);
    return fd;
}

static void test_write_and_read(void **state)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 7, 100 };
    const char *text = "one, two, three";
    struct gather gather = { 0 };
    uint8_t out[20] = { 0 };
    size_t i;
    int fd = new_file();

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        meet(sizes[i], 2, EINTR, 0);
        assert_true(gather_add(&gather, 1000, text, 3));
        assert_true(gather_add(&gather, 1003, text + 3, 0)); /* nothing, and no part */
        assert_true(gather_add(&gather, 1003, text + 3, 5));
        assert_true(gather_add(&gather, 1008, text + 8, 7));
        assert_int_equal(gather.count, 3);
        assert_int_equal(gather_write(&gather, fd, NULL), EFS_OK);
        assert_int_equal(gather.count, 0);
        if (!sizes[i] || sizes[i] >= 15) assert_int_equal(calls, 1);
        else assert_int_equal(calls, 1 + (15 + sizes[i] - 1) / sizes[i]); /* and the interrupted one */

        meet(sizes[i], 2, EINTR, 0);
        assert_true(gather_add(&gather, 1000, out, 4));
        assert_true(gather_add(&gather, 1004, out + 5, 11));
        assert_int_equal(gather_read(&gather, fd, NULL), EFS_OK);
        assert_memory_equal(out, "one,\0 two, three", 16);
        assert_int_equal(ftruncate(fd, 0), 0);
    }
    close(fd);
}

static void test_not_next(void **state)
{
    uint8_t bytes[GATHER_PARTS + 1] = { 0 };
    struct gather gather = { 0 };
    unsigned int i;

    (void)state;
    assert_true(gather_add(&gather, 10, bytes, 5));
    assert_false(gather_add(&gather, 16, bytes, 5)); /* a hole */
    assert_false(gather_add(&gather, 14, bytes, 5)); /* over it */
    assert_false(gather_add(&gather, 5, bytes, 5));  /* before it */
    assert_int_equal(gather.count, 1);
    for (i = 1; i < GATHER_PARTS; i++) assert_true(gather_add(&gather, 14 + i, bytes + i, 1));
    assert_false(gather_add(&gather, 14 + GATHER_PARTS, bytes, 1)); /* no room */
    assert_int_equal(gather.length, 5 + GATHER_PARTS - 1);
}

static void test_errors(void **state)
{
    uint8_t bytes[64] = "0123456789abcdef", out[64];
    struct gather gather = { 0 };
    struct efs_diag diag;
    int fd = new_file();

    (void)state;
    /* a file that can't be larger: what fits is there, the rest stays and can be looked at */
    meet(0, 0, 0, 107);
    gather_add(&gather, 100, bytes, 4);
    gather_add(&gather, 104, bytes + 4, 12);
    assert_true(gather_write(&gather, fd, &diag));
    assert_int_equal(diag.sys_errno, EFBIG);
    assert_int_equal(diag.offset, 107);
    assert_int_equal(pread(fd, out, 16, 100), 7);
    assert_memory_equal(out, bytes, 7);
    assert_int_equal(gather.offset, 107);
    assert_int_equal(gather.length, 9);
    assert_int_equal(gather_peek(&gather, 107, out, 64), 9);
    assert_memory_equal(out, bytes + 7, 9);
    assert_int_equal(gather_peek(&gather, 110, out, 2), 2);
    assert_memory_equal(out, bytes + 10, 2);
    assert_int_equal(gather_peek(&gather, 106, out, 2), 0);
    assert_int_equal(gather_peek(&gather, 116, out, 2), 0);

    /* a disk that takes nothing */
    meet(0, 1, 0, 0);
    assert_int_equal(gather_write(&gather, fd, &diag), EFS_ERR_DISK_FULL);
    assert_int_equal(diag.sys_errno, ENOSPC);
    assert_int_equal(diag.offset, 107);

    /* a read across the end */
    gather = (struct gather){ 0 };
    meet(0, 0, 0, 0);
    gather_add(&gather, 98, out, 2);
    gather_add(&gather, 100, out + 2, 20);
    assert_int_equal(gather_read(&gather, fd, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(diag.offset, 107);
    assert_memory_equal(out, "\0\0" "0123456", 9);

    gather = (struct gather){ 0 };
    meet(3, 2, EIO, 0);
    gather_add(&gather, 98, out, 2);
    gather_add(&gather, 100, out + 2, 5);
    assert_int_equal(gather_read(&gather, fd, &diag), EFS_ERR_IO);
    assert_int_equal(diag.sys_errno, EIO);
    assert_int_equal(diag.offset, 101);
    close(fd);
}

/* ---- a staging file ---- */

static struct efs_stage *begin_stage(struct efs_target *target, const struct build *metadata)
{
    struct efs_stage *stage;

    meet(0, 0, 0, 0);
    assert_int_equal(efs_target_open(target, in_dir("file"), NULL), EFS_OK);
    assert_int_equal(efs_stage_begin(&stage, target, false, form_to_begin(), metadata->data, (uint32_t)metadata->length,
                                     NULL), EFS_OK);
    assert_int_equal(efs_stage_write(stage, 0, "0123", 4, NULL), EFS_OK);
    assert_int_equal(efs_stage_queue(stage, 4, "45", 2, NULL), EFS_OK);
    assert_int_equal(efs_stage_queue(stage, 6, "6789", 4, NULL), EFS_OK);
    assert_int_equal(calls, 0);
    return stage;
}

static void test_stage(void **state)
{
    struct build metadata = { 0 };
    struct efs_target target;
    struct efs_stage *stage;
    struct efs_diag diag;
    uint8_t out[20];

    (void)state;
    build_metadata_value(&metadata, BUILD_METADATA_SIZE, 1);

    /* what is read is written or queued, and nothing else */
    stage = begin_stage(&target, &metadata);
    assert_int_equal(efs_stage_read(stage, 2, out, 7, NULL), EFS_OK);
    assert_memory_equal(out, "2345678", 7);
    assert_int_equal(efs_stage_read(stage, 2, out, 9, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(diag.offset, 4);
    assert_int_equal(efs_stage_flush(stage, NULL), EFS_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(efs_stage_read(stage, 0, out, 10, NULL), EFS_OK);
    assert_memory_equal(out, "0123456789", 10);
    efs_stage_free(stage);
    efs_target_close(&target);

    /* each way of writing writes the queue first, and has its error; the queue is empty afterwards */
    stage = begin_stage(&target, &metadata);
    meet(0, 1, ENOSPC, 0);
    assert_int_equal(efs_stage_queue(stage, 20, "x", 1, &diag), EFS_ERR_DISK_FULL);
    assert_int_equal(diag.offset, 4);
    assert_int_equal(efs_stage_flush(stage, NULL), EFS_OK);
    assert_int_equal(calls, 1);
    efs_stage_free(stage);
    efs_target_close(&target);

    stage = begin_stage(&target, &metadata);
    meet(0, 1, EIO, 0);
    assert_int_equal(efs_stage_write(stage, 20, "x", 1, NULL), EFS_ERR_IO);
    efs_stage_free(stage);
    efs_target_close(&target);

    stage = begin_stage(&target, &metadata);
    meet(0, 1, EIO, 0);
    assert_int_equal(efs_stage_set_stream(stage, "user.test", metadata.data, 1, NULL), EFS_ERR_IO);
    efs_stage_free(stage);
    efs_target_close(&target);

    /* all but this one, which the other form can read */
    stage = begin_stage(&target, &metadata);
    meet(0, 0, 0, 7);
    assert_int_equal(efs_stage_flush(stage, NULL), FORM_UNFIT);
    assert_int_equal(efs_stage_read(stage, 3, out, 7, NULL), EFS_OK);
    assert_memory_equal(out, "3456789", 7);
    efs_stage_free(stage);
    efs_target_close(&target);
    build_free(&metadata);
}

/* ---- sessions ---- */

/* `segments` of `bytes` each, from `first` bytes on, the ones after the first at `step` bytes' distance. */
static void build_segments(struct build *b, uint64_t first, unsigned int segments, uint32_t bytes, uint64_t step)
{
    uint32_t seed = segments;
    unsigned int i, shift = 9;

    while ((1u << shift) < bytes) shift++;
    build_file_header(b);
    build_stream_header(b, 0, NULL);
    build_plain_segment(b, BUILD_METADATA_SIZE);
    build_metadata_value(b, BUILD_METADATA_SIZE, 3);
    build_stream_header(b, 0, "::$DATA");
    for (i = 0; i < segments; i++)
    {
        build_data_segment(b, first + i * step, bytes, bytes, shift);
        build_random(b, bytes, &seed);
    }
}

static enum efs_error import_at_once(const struct build *b, struct efs_diag *diag)
{
    struct efs_import *session = NULL;
    struct efs_target target;
    enum efs_error err;

    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
    err = efs_import_begin(&session, &target, false, 0, diag);
    if (!err) err = efs_import_feed(session, b->data, b->length, diag);
    if (!err) err = efs_import_commit(session, diag);
    efs_import_free(session);
    efs_target_close(&target);
    return err;
}

static void test_sessions(void **state)
{
    static const struct { unsigned int segments; uint32_t bytes; uint64_t step; unsigned int calls; } cases[] =
    {
        { 4, 65536, 65536, 1 },
        { 4, 65536, 131072, 4 },             /* holes between them */
        { GATHER_PARTS, 512, 512, 1 },
        { GATHER_PARTS + 1, 512, 512, 2 },
        { 3 * GATHER_PARTS + 5, 1024, 1024, 4 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct build b = { 0 };
        struct efs_diag diag;

        build_segments(&b, 0, cases[i].segments, cases[i].bytes, cases[i].step);
        meet(0, 0, 0, 0);
        if (import_at_once(&b, &diag)) fail_msg("%zu: %s", i, diag.rule);
        assert_int_equal(calls, cases[i].calls);
        meet(0, 0, 0, 0);
        assert_exports(in_dir("file"), &b, 10000000);
        assert_int_equal(calls, cases[i].calls);
        meet(1000, 3, EINTR, 0);
        assert_int_equal(import_at_once(&b, &diag), EFS_OK);
        meet(333, 5, EINTR, 0);
        assert_exports(in_dir("file"), &b, 10000000);
        build_free(&b);
    }
}

/* Fed as is best, all but the first two writes are of whole pages, though each feed is of another length. */
static void test_best_length(void **state)
{
    static const size_t capacities[] = { 100, 50000, 70000, 200000, 262144, 1 << 20 };
    struct efs_import *session = NULL;
    struct efs_target target;
    struct build b = { 0 };
    size_t i, at, n;

    (void)state;
    build_segments(&b, 0, 40, 65536, 65536);
    for (i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++)
    {
        meet(0, 0, 0, 0);
        assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
        assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
        for (at = 0; at < b.length; at += n)
        {
            n = efs_import_best_length(session, capacities[i]);
            assert_true(n >= (capacities[i] + 1) / 2 && n <= capacities[i]);
            if (n > b.length - at) n = b.length - at;
            assert_int_equal(efs_import_feed(session, b.data + at, n, NULL), EFS_OK);
        }
        assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
        efs_import_free(session);
        efs_target_close(&target);
        if (capacities[i] >= 2 * 0x10200) assert_true(unaligned <= 2);
        assert_exports(in_dir("file"), &b, 100000);
    }
    build_free(&b);
}

static void test_import_errors(void **state)
{
    struct efs_diag diag;
    struct build b = { 0 };

    (void)state;
    build_segments(&b, 0, 8, 65536, 65536);
    /* the third call follows 2 * 50000 bytes */
    meet(50000, 3, ENOSPC, 0);
    assert_int_equal(import_at_once(&b, &diag), EFS_ERR_DISK_FULL);
    assert_int_equal(diag.sys_errno, ENOSPC);
    assert_int_equal(diag.offset, 100000);
    assert_int_equal(calls, 3); /* it isn't tried again */

    /* the stream is broken after what can't be written, and what can */
    build_bytes(&b, "neither a stream's nor a segment's header", 40);
    meet(0, 1, EIO, 0);
    assert_int_equal(import_at_once(&b, &diag), EFS_ERR_IO);
    meet(0, 0, 0, 0);
    assert_int_equal(import_at_once(&b, &diag), EFS_ERR_FORMAT);
    assert_int_equal(diag.offset, b.length - 40 + 4);
    assert_int_equal(count_entries(), 0);
    build_free(&b);
}

/* Too large a file, found out when its end is already queued: the raw stream, which has no holes, is kept. */
static void test_too_large(void **state)
{
    static const struct { uint64_t limit; size_t most; } cases[] = {
        { START, 0 }, { START + 65536, 0 }, { START + 100, 0 }, { START + 70000, 20000 }, { START + 5 * 65536 - 1, 0 },
    };
    struct efs_diag diag;
    struct build b = { 0 };
    struct efs_probe probe;
    struct stat st;
    unsigned int i;

    (void)state;
    build_segments(&b, START, 5, 65536, 65536);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        meet(cases[i].most, 0, 0, cases[i].limit);
        if (import_at_once(&b, &diag)) fail_msg("%u: %s", i, diag.rule);
        efs_probe_at(AT_FDCWD, in_dir("file"), &probe);
        assert_true(probe.encrypted);
        assert_int_equal(probe.data_size, START + 5 * 65536);
        assert_int_equal(stat(in_dir("file"), &st), 0);
        assert_true(st.st_size < START);
        meet(0, 0, 0, 0);
        assert_exports(in_dir("file"), &b, 5000);
    }
    /* broken at its end: that is what is said */
    build_zeros(&b, 12);
    meet(0, 0, 0, START + 100);
    assert_int_equal(import_at_once(&b, &diag), EFS_ERR_FORMAT);
    assert_int_equal(diag.offset, b.length - 12 + 4);
    build_free(&b);
}

static void test_export_errors(void **state)
{
    struct build b = { 0 };
    struct efs_export *session;
    struct efs_diag diag;
    uint8_t *buffer;
    size_t n;

    (void)state;
    build_segments(&b, 0, 4, 65536, 65536);
    assert_int_equal(import_at_once(&b, NULL), EFS_OK);
    buffer = malloc(b.length);
    assert_non_null(buffer);
    meet(0, 0, 0, 0);
    assert_int_equal(efs_export_begin(&session, open(in_dir("file"), O_RDONLY), 0, NULL), EFS_OK);
    meet(70000, 2, EIO, 0);
    assert_int_equal(efs_export_read(session, buffer, b.length, &n, &diag), EFS_ERR_IO);
    assert_int_equal(diag.offset, 70000);
    assert_int_equal(n, 0);
    /* from the beginning, as if nothing had been */
    efs_export_rewind(session);
    meet(0, 0, 0, 0);
    assert_int_equal(efs_export_read(session, buffer, b.length, &n, &diag), EFS_OK);
    assert_int_equal(n, b.length);
    assert_memory_equal(buffer, b.data, n);
    assert_int_equal(truncate(in_dir("file"), 100000), 0);
    efs_export_rewind(session);
    assert_int_equal(efs_export_read(session, buffer, b.length, &n, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(diag.offset, 100000);
    efs_export_free(session);
    free(buffer);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_write_and_read, make_dir, drop_dir),
        cmocka_unit_test(test_not_next),
        cmocka_unit_test_setup_teardown(test_errors, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_stage, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_sessions, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_best_length, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_import_errors, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_too_large, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_export_errors, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
