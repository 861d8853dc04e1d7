/*
 * Reading an encrypted file or directory from the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "efs/metadata.h"
#include "efs/raw.h"
#include "stored.h"
#include "xattr.h"

#define PADDING_SIZE 2 /* the u16 at the end */
#define PAGE_SIZE    4096

static void stored_init(struct efs_stored *stored)
{
    memset(stored, 0, sizeof(*stored));
    stored->fd = -1;
}

static enum efs_error read_exactly(int fd, uint64_t offset, void *buffer, size_t length, struct efs_diag *diag)
{
    uint8_t *p = buffer;

    while (length)
    {
        ssize_t n = pread(fd, p, length, (off_t)offset);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return efs_fail_errno(diag, errno, offset, "read");
        if (!n) return efs_fail(diag, EFS_ERR_CORRUPT, offset, "the file became shorter");
        p += n;
        offset += (size_t)n;
        length -= (size_t)n;
    }
    return EFS_OK;
}

/*
 * NTFS-3G (2022.10.3, efs_raw) answers EIO to a request that begins at the padding count, which happens when the
 * ciphertext ends at a page's end; one that begins a page before it is answered.
 */
static enum efs_error read_padding(int fd, uint64_t padded, uint8_t bytes[PADDING_SIZE], struct efs_diag *diag)
{
    uint8_t page[PAGE_SIZE + PADDING_SIZE];
    struct efs_diag first = { 0 };
    enum efs_error err = read_exactly(fd, padded, bytes, PADDING_SIZE, &first);

    if (err && first.sys_errno == EIO && padded >= PAGE_SIZE)
    {
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* else just the failed page would be asked for again */
        if (!read_exactly(fd, padded - PAGE_SIZE, page, sizeof(page), NULL))
        {
            memcpy(bytes, page + PAGE_SIZE, PADDING_SIZE);
            return EFS_OK;
        }
    }
    if (err && diag) *diag = first;
    return err;
}

enum efs_error stored_read_data_size(int fd, uint64_t size, uint64_t *data_size, struct efs_diag *diag)
{
    uint8_t bytes[PADDING_SIZE];
    enum efs_error err;
    uint64_t padded;
    uint16_t padding;

    /* Does the content have the split form's shape? An empty file is empty. */
    if (!size)
    {
        *data_size = 0;
        return EFS_OK;
    }
    if (size % EFS_RAW_UNIT != PADDING_SIZE || size == PADDING_SIZE)
        return efs_fail(diag, EFS_ERR_CORRUPT, size, "encrypted file: its size isn't a multiple of 512, and 2");
    padded = size - PADDING_SIZE;
    if ((err = read_padding(fd, padded, bytes, diag))) return err;
    padding = load16_le(bytes);
    if (padding >= EFS_RAW_UNIT) return efs_fail(diag, EFS_ERR_CORRUPT, padded, "encrypted file: padding count above 511");
    *data_size = padded - padding;
    return EFS_OK;
}

enum efs_error efs_stored_open_fd(struct efs_stored *stored, int fd, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st;
    uint32_t version;

    stored_init(stored);
    stored->fd = fd;
    if (fstat(fd, &st))
    {
        err = efs_fail_errno(diag, errno, 0, "fstat");
        goto out;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
    {
        err = efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "neither a file nor a directory");
        goto out;
    }
    stored->directory = S_ISDIR(st.st_mode);
    if ((err = xattr_get_metadata(fd, &stored->metadata, &stored->metadata_length, diag))) goto out;
    /* Is the attribute a $EFS at all? What it says in detail is its reader's business. */
    if (efs_metadata_identify(stored->metadata, stored->metadata_length, &version, NULL))
    {
        err = efs_fail(diag, EFS_ERR_CORRUPT, 0, EFS_STORE_XATTR ": not a $EFS");
        goto out;
    }
    if (!stored->directory && (err = stored_read_data_size(fd, (uint64_t)st.st_size, &stored->data_size, diag))) goto out;
    if (!stored->directory) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
out:
    if (err) efs_stored_close(stored);
    return err;
}

enum efs_error efs_stored_open(struct efs_stored *stored, const char *path, struct efs_diag *diag)
{
    /* not blocking: a FIFO must not keep us waiting before we see that it is one */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd == -1)
    {
        stored_init(stored);
        return efs_fail_errno(diag, errno, 0, "open");
    }
    return efs_stored_open_fd(stored, fd, diag);
}

void efs_stored_close(struct efs_stored *stored)
{
    if (stored->fd != -1) close(stored->fd);
    free(stored->metadata);
    stored_init(stored);
}

enum efs_error efs_stored_read(const struct efs_stored *stored, uint64_t offset, void *buffer, size_t length, struct efs_diag *diag)
{
    return read_exactly(stored->fd, offset, buffer, length, diag);
}
