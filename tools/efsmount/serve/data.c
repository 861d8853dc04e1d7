/*
 * Operations on the content of open files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "efs/secret.h"

/* ---- plaintext on its way to the kernel: in locked memory, each thread's own, which is kept between requests ---- */

static _Thread_local struct efs_secret own_buffer;
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void free_buffer(void *buffer)
{
    efs_secret_free(buffer);
}

static void make_key(void)
{
    if (pthread_key_create(&thread_end, free_buffer)) abort();
}

/* NULL: no memory. */
static uint8_t *get_buffer(size_t size)
{
    if (own_buffer.capacity >= size) return own_buffer.bytes;
    pthread_once(&thread_end_once, make_key);
    efs_secret_free(&own_buffer);
    if (pthread_setspecific(thread_end, &own_buffer) || !efs_secret_allocate(&own_buffer, size)) return NULL;
    return own_buffer.bytes;
}

static void read_encrypted(fuse_req_t req, const struct file *file, size_t size, off_t offset)
{
    uint8_t *buffer;
    size_t got = 0;
    int err;

    if ((uint64_t)offset >= view_content_size(file->content)) size = 0;
    else if (size > view_content_size(file->content) - (uint64_t)offset)
        size = (size_t)(view_content_size(file->content) - (uint64_t)offset);
    if (!size)
    {
        fuse_reply_buf(req, NULL, 0);
        return;
    }
    if (!(buffer = get_buffer(size)))
    {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    err = view_content_read(file->content, (uint64_t)offset, buffer, size, &got);
    if (err) fuse_reply_err(req, err);
    else fuse_reply_buf(req, (const char *)buffer, got);
    explicit_bzero(buffer, size);
}

void serve_read(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
    const struct file *file = file_of(info);
    struct fuse_bufvec out = FUSE_BUFVEC_INIT(size);

    (void)number;
    (void)serve_of(req);
    if (file->content)
    {
        read_encrypted(req, file, size, offset);
        return;
    }
    out.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
    out.buf[0].fd = file->handle.fd;
    out.buf[0].pos = offset;
    fuse_reply_data(req, &out, FUSE_BUF_SPLICE_MOVE);
}

/* libfuse has the plaintext in a buffer of its own. */
static void wipe(const struct fuse_bufvec *in)
{
    size_t i;

    for (i = 0; i < in->count; i++)
        if (!(in->buf[i].flags & FUSE_BUF_IS_FD)) explicit_bzero(in->buf[i].mem, in->buf[i].size);
}

static void write_encrypted(fuse_req_t req, const struct file *file, struct fuse_bufvec *in, off_t offset)
{
    size_t size = fuse_buf_size(in), written = 0;
    struct fuse_bufvec out = FUSE_BUFVEC_INIT(size);
    uint8_t *buffer = get_buffer(size + EFS_WRITE_ROOM);
    ssize_t copied;
    int err;

    if (!buffer)
    {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    out.buf[0].mem = buffer + offset % EFS_CIPHER_UNIT;
    copied = fuse_buf_copy(&out, in, 0);
    wipe(in);
    if (copied < 0) err = (int)-copied;
    else err = view_content_write(file->content, (uint64_t)offset, buffer, (size_t)copied, &written);
    if (err) explicit_bzero(buffer, size + EFS_WRITE_ROOM);
    if (err) fuse_reply_err(req, err);
    else fuse_reply_write(req, written);
}

void serve_write_buf(fuse_req_t req, fuse_ino_t number, struct fuse_bufvec *in, off_t offset,
                     struct fuse_file_info *info)
{
    const struct file *file = file_of(info);
    struct fuse_bufvec out = FUSE_BUFVEC_INIT(fuse_buf_size(in));
    ssize_t written;

    (void)number;
    (void)serve_of(req);
    if (file->content)
    {
        write_encrypted(req, file, in, offset);
        return;
    }
    out.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
    out.buf[0].fd = file->handle.fd;
    out.buf[0].pos = offset;
    written = fuse_buf_copy(&out, in, 0);
    if (written < 0) fuse_reply_err(req, (int)-written);
    else fuse_reply_write(req, (size_t)written);
}

void serve_fsync(fuse_req_t req, fuse_ino_t number, int data_only, struct fuse_file_info *info)
{
    const struct file *file = file_of(info);
    struct serve *serve = serve_of(req);
    int fd = file->handle.fd;

    (void)number;
    if (file->content) fuse_reply_err(req, view_content_sync(serve->tree, file->content));
    else fuse_reply_err(req, (data_only ? fdatasync(fd) : fsync(fd)) ? errno : 0);
}

void serve_fallocate(fuse_req_t req, fuse_ino_t number, int mode, off_t offset, off_t length,
                     struct fuse_file_info *info)
{
    const struct file *file = file_of(info);

    (void)number;
    (void)serve_of(req);
    if (file->content)
        fuse_reply_err(req, view_content_allocate(file->content, mode, (uint64_t)offset, (uint64_t)length));
    else fuse_reply_err(req, fallocate(file->handle.fd, mode, offset, length) ? errno : 0);
}

/* Between plain files alone; where either is encrypted, the kernel reads and writes instead. */
void serve_copy_file_range(fuse_req_t req, fuse_ino_t from, off_t from_offset, struct fuse_file_info *from_info,
                           fuse_ino_t to, off_t to_offset, struct fuse_file_info *to_info, size_t length, int flags)
{
    ssize_t copied;

    (void)from;
    (void)to;
    (void)serve_of(req);
    if (file_of(from_info)->content || file_of(to_info)->content)
    {
        fuse_reply_err(req, EOPNOTSUPP);
        return;
    }
    copied = copy_file_range(file_of(from_info)->handle.fd, &from_offset, file_of(to_info)->handle.fd, &to_offset,
                             length, (unsigned int)flags);
    /* ENOSYS would be taken for this view's own */
    if (copied < 0) fuse_reply_err(req, errno == ENOSYS ? EOPNOTSUPP : errno);
    else fuse_reply_write(req, (size_t)copied);
}

void serve_lseek(fuse_req_t req, fuse_ino_t number, off_t offset, int whence, struct fuse_file_info *info)
{
    const struct file *file = file_of(info);
    uint64_t size, found;
    off_t result;

    (void)number;
    (void)serve_of(req);
    if (!file->content)
    {
        result = lseek(file->handle.fd, offset, whence);
        if (result < 0) fuse_reply_err(req, errno);
        else fuse_reply_lseek(req, result);
        return;
    }
    size = view_content_size(file->content);
    if ((whence != SEEK_DATA && whence != SEEK_HOLE) || offset < 0 || (uint64_t)offset >= size)
    {
        fuse_reply_err(req, whence != SEEK_DATA && whence != SEEK_HOLE ? EINVAL : ENXIO);
        return;
    }
    found = view_content_seek(file->content, (uint64_t)offset, whence == SEEK_HOLE);
    if (whence == SEEK_DATA && found >= size) fuse_reply_err(req, ENXIO);
    else fuse_reply_lseek(req, (off_t)found);
}
