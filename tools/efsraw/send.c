/*
 * A raw stream's content goes from a mapping of the file to writev. Nothing here ever reads the mapping, only the
 * kernel: where the file has become shorter, or the disk fails, it says EFAULT, and nobody gets a SIGBUS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "send.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"

#define SEND_SIZE  1048576 /* bytes at once */
#define SEND_PARTS 40      /* of these: 16 ranges of content, the headers between them, the metadata */

struct window /* zeros: none */
{
    uint8_t *pages;
    uint64_t offset; /* of the file */
    size_t   length;
    uint64_t end;    /* of the content, in the file */
};

/* What the parts have of the content. Without a window (a file system that maps nothing) it is read. */
static struct window map_content(int fd, const struct efs_export_part *parts, size_t count)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = UINT64_MAX, end = 0;
    struct window window = { 0 };
    void *pages;
    size_t i;

    for (i = 0; i < count; i++)
    {
        if (parts[i].bytes) continue;
        if (parts[i].offset < start) start = parts[i].offset;
        if (parts[i].offset + parts[i].length > end) end = parts[i].offset + parts[i].length;
    }
    if (start >= end) return window;
    start -= start % page;
    if (end - start > 2 * SEND_SIZE) return window; /* not one after the other: no ordinary file */
    pages = mmap(NULL, (size_t)(end - start), PROT_READ, MAP_SHARED | MAP_POPULATE, fd, (off_t)start);
    if (pages == MAP_FAILED) return window;
    return (struct window){ .pages = pages, .offset = start, .length = (size_t)(end - start), .end = end };
}

/* Behind its end a file's last page is zeros, with no EFAULT: it must not have ended before what was taken. */
static enum efs_error check_length(int fd, const struct window *window, struct efs_diag *diag)
{
    struct stat st;

    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, window->offset, "fstat");
    if ((uint64_t)st.st_size >= window->end) return EFS_OK;
    return efs_fail(diag, EFS_ERR_CORRUPT, (uint64_t)st.st_size, "the file became shorter");
}

/* A part from its byte `from` on, by a buffer. */
static enum efs_error copy_part(struct input *input, const struct efs_export_part *part, size_t from,
                                struct output *output, bool *output_failed, struct efs_diag *diag)
{
    const uint8_t *bytes = part->bytes;
    enum efs_error error = EFS_OK;
    size_t n;

    for (; from < part->length && !error; from += n)
    {
        n = part->length - from < INPUT_BUFFER ? part->length - from : INPUT_BUFFER;
        *output_failed = false;
        if (!bytes && (error = io_read_exactly(input->fd, part->offset + from, input->buffer, n, diag))) break;
        *output_failed = true;
        error = output_write(output, bytes ? bytes + from : input->buffer, n, diag);
    }
    return error;
}

static enum efs_error send_parts(struct input *input, const struct efs_export_part *parts, size_t count,
                                 struct output *output, bool *output_failed, struct efs_diag *diag)
{
    struct window window = map_content(input->fd, parts, count);
    struct iovec places[SEND_PARTS];
    enum efs_error error = EFS_OK;
    size_t done, first = 0, i;
    ssize_t written;

    for (i = 0; i < count; i++)
    {
        const uint8_t *bytes = parts[i].bytes;

        if (!bytes && window.pages) bytes = window.pages + (parts[i].offset - window.offset);
        places[i] = (struct iovec){ .iov_base = (void *)(uintptr_t)bytes, .iov_len = parts[i].length };
    }
    written = window.pages ? output_writev(output, places, (int)count) : 0;
    /* a full disk, a signal, a page that isn't there: the rest by a buffer, which tells what it is */
    for (done = written > 0 ? (size_t)written : 0; first < count && done >= parts[first].length; first++)
        done -= parts[first].length;
    for (; first < count && !error; first++, done = 0)
        error = copy_part(input, &parts[first], done, output, output_failed, diag);
    if (window.pages && !error)
    {
        *output_failed = false;
        error = check_length(input->fd, &window, diag);
    }
    if (window.pages) munmap(window.pages, window.length);
    return error;
}

bool can_send(struct input *input, struct efs_diag *diag)
{
    /* reading a hole by a mapping would fill it, on tmpfs for good */
    return input_begin_export(input, diag) == EFS_OK && efs_export_has_parts(input->export_)
        && S_ISREG(input->st.st_mode) && (uint64_t)input->st.st_blocks * 512 >= (uint64_t)input->st.st_size;
}

enum efs_error send_stream(struct input *input, struct output *output, bool *output_failed, struct efs_diag *diag)
{
    struct efs_export_part parts[SEND_PARTS];
    enum efs_error error;
    size_t count;

    do
    {
        count = SEND_PARTS;
        *output_failed = false;
        error = efs_export_parts(input->export_, parts, &count, SEND_SIZE, diag);
        if (!error) error = send_parts(input, parts, count, output, output_failed, diag);
    } while (!error && count);
    return error;
}
