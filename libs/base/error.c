/*
 * The engine's errors: the tables from errno and to English.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/error.h"

#include <errno.h>

static const struct { int err; enum efs_error code; } errno_table[] =
{
    { ENOENT, EFS_ERR_NOT_FOUND },
    { ENOTDIR, EFS_ERR_PATH_NOT_FOUND },
    { ENAMETOOLONG, EFS_ERR_PATH_NOT_FOUND },
    { ELOOP, EFS_ERR_PATH_NOT_FOUND },
    { EEXIST, EFS_ERR_EXISTS },
    { EISDIR, EFS_ERR_TYPE },
    { EACCES, EFS_ERR_ACCESS },
    { EPERM, EFS_ERR_ACCESS },
    { ETXTBSY, EFS_ERR_ACCESS },
    { EROFS, EFS_ERR_READ_ONLY_VOLUME },
    { ENOTSUP, EFS_ERR_VOLUME },
    { ENOSPC, EFS_ERR_DISK_FULL },
#ifdef EDQUOT /* the PE half has the codecs, and no files of its own */
    { EDQUOT, EFS_ERR_DISK_FULL },
#endif
    { EFBIG, EFS_ERR_DISK_FULL },
    { ENOMEM, EFS_ERR_NO_MEMORY },
    { EMFILE, EFS_ERR_TOO_MANY_FILES },
    { ENFILE, EFS_ERR_TOO_MANY_FILES },
    { EINVAL, EFS_ERR_INVALID },
};

enum efs_error efs_error_from_errno(int err)
{
    size_t i;

    for (i = 0; i < sizeof(errno_table) / sizeof(errno_table[0]); i++)
        if (errno_table[i].err == err) return errno_table[i].code;
    return EFS_ERR_IO;
}

const char *efs_error_text(enum efs_error code)
{
    static const char * const texts[EFS_ERROR_COUNT] =
    {
        [EFS_OK] = "no error",
        [EFS_ERR_FORMAT] = "not a complete EFS raw stream",
        [EFS_ERR_METADATA] = "broken EFS metadata",
        [EFS_ERR_VERSION] = "unsupported version of the EFS metadata",
        [EFS_ERR_UNREPRESENTABLE] = "well-formed, but this file system can't hold such a stream",
        [EFS_ERR_NOT_ENCRYPTED] = "not an encrypted file",
        [EFS_ERR_CORRUPT] = "the encrypted file's data and metadata don't fit together",
        [EFS_ERR_TYPE] = "a directory where a file is needed, or the reverse",
        [EFS_ERR_NOT_FOUND] = "no such file",
        [EFS_ERR_PATH_NOT_FOUND] = "no such directory",
        [EFS_ERR_EXISTS] = "another file has taken the name",
        [EFS_ERR_CHANGED] = "the target was replaced meanwhile",
        [EFS_ERR_ACCESS] = "permission denied",
        [EFS_ERR_VOLUME] = "the file system can't hold the EFS metadata",
        [EFS_ERR_READ_ONLY_VOLUME] = "read-only file system",
        [EFS_ERR_DISK_FULL] = "no space left",
        [EFS_ERR_IO] = "input/output error",
        [EFS_ERR_KEY_FILE] = "no PFX, PEM, DER or PVK file with an RSA private key",
        [EFS_ERR_PASSWORD] = "the password doesn't open the key file",
        [EFS_ERR_NO_KEY] = "not encrypted for this key",
        [EFS_ERR_ALGORITHM] = "unknown encryption algorithm",
        [EFS_ERR_INVALID] = "invalid argument",
        [EFS_ERR_NO_MEMORY] = "out of memory",
        [EFS_ERR_TOO_MANY_FILES] = "too many open files",
    };
    return (unsigned int)code < EFS_ERROR_COUNT ? texts[code] : "unknown error";
}
