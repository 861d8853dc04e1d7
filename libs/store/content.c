/*
 * The shape of an encrypted file's content, whatever its form: padded, and closed by the count of what pads it; or, in
 * the open form, as long as an attribute says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/bytes.h"
#include "base/io.h"
#include "efs/raw.h"
#include "efs/store.h"

#define PADDING_SIZE 2 /* the u16 at the end */
#define PAGE_SIZE    4096

/*
 * NTFS-3G (2022.10.3, efs_raw) answers EIO to a request that begins at the padding count, which happens when the
 * ciphertext ends at a page's end; one that begins a page before it is answered.
 */
static enum efs_error read_padding(int fd, uint64_t padded, uint8_t bytes[PADDING_SIZE], struct efs_diag *diag)
{
    uint8_t page[PAGE_SIZE + PADDING_SIZE];
    struct efs_diag first = { 0 };
    enum efs_error err = io_read_exactly(fd, padded, bytes, PADDING_SIZE, &first);

    if (err && first.sys_errno == EIO && padded >= PAGE_SIZE)
    {
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* else just the failed page would be asked for again */
        if (!io_read_exactly(fd, padded - PAGE_SIZE, page, sizeof(page), NULL))
        {
            memcpy(bytes, page + PAGE_SIZE, PADDING_SIZE);
            return EFS_OK;
        }
    }
    if (err && diag) *diag = first;
    return err;
}

/*
 * The plain size that the attribute says, as far as there are whole units: any mix of old and new that a power cut
 * leaves is valid. False: the file isn't in the open form.
 */
static bool read_open_length(int fd, uint64_t size, uint64_t *length)
{
    uint64_t whole = size - size % EFS_RAW_UNIT, said;
    uint8_t bytes[8];

    if (fgetxattr(fd, EFS_STORE_SIZE, bytes, sizeof(bytes)) != sizeof(bytes)) return false;
    said = load64_le(bytes);
    *length = said < whole ? said : whole;
    return true;
}

enum efs_error content_read_length(int fd, uint64_t size, uint64_t *length, bool *open, struct efs_diag *diag)
{
    *open = read_open_length(fd, size, length);
    return *open ? EFS_OK : content_read_closed_length(fd, size, length, diag);
}

enum efs_error content_read_closed_length(int fd, uint64_t size, uint64_t *length, struct efs_diag *diag)
{
    uint8_t bytes[PADDING_SIZE];
    enum efs_error err;
    uint64_t padded;
    uint16_t padding;

    /* Does the content have an encrypted file's shape? An empty file is empty. */
    if (!size)
    {
        *length = 0;
        return EFS_OK;
    }
    if (size % EFS_RAW_UNIT != PADDING_SIZE || size == PADDING_SIZE)
        return efs_fail(diag, EFS_ERR_CORRUPT, size, "encrypted file: its size isn't a multiple of 512, and 2");
    padded = size - PADDING_SIZE;
    if ((err = read_padding(fd, padded, bytes, diag))) return err;
    padding = load16_le(bytes);
    if (padding >= EFS_RAW_UNIT)
        return efs_fail(diag, EFS_ERR_CORRUPT, padded, "encrypted file: padding count above 511");
    *length = padded - padding;
    return EFS_OK;
}
