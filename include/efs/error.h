/*
 * The engine's one error type.
 *
 * Every function of the engine that can fail returns an efs_error and, where the caller passed one,
 * fills an efs_diag with the place and the rule. The mapping to Win32 codes is one table in
 * dlls/wineefs/wine/errors.c, the mapping to messages one table in libs/base/error.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_ERROR_H
#define EFS_ERROR_H

#include <stddef.h>
#include <stdint.h>

enum efs_error
{
    EFS_OK = 0,

    /* the input */
    EFS_ERR_FORMAT,          /* not a raw stream; broken, truncated, or its records are out of order */
    EFS_ERR_METADATA,        /* the $EFS breaks a rule of its own format */
    EFS_ERR_VERSION,         /* the $EFS is of a version that has to be understood here and is not */
    EFS_ERR_UNREPRESENTABLE, /* a well-formed stream that this file system can't hold as it is (NTFS-3G) */

    /* the file on the host */
    EFS_ERR_NOT_ENCRYPTED,   /* no EFS metadata on it */
    EFS_ERR_CORRUPT,         /* data and metadata don't fit together */
    EFS_ERR_TYPE,            /* a directory where a file is needed, or the reverse */
    EFS_ERR_NOT_FOUND,       /* no such file */
    EFS_ERR_PATH_NOT_FOUND,  /* no such parent directory */
    EFS_ERR_EXISTS,          /* the name was taken by somebody else in the meantime */
    EFS_ERR_CHANGED,         /* the target was replaced by somebody else in the meantime */
    EFS_ERR_ACCESS,          /* no rights */
    EFS_ERR_VOLUME,          /* the file system can't hold the metadata */
    EFS_ERR_READ_ONLY_VOLUME,
    EFS_ERR_DISK_FULL,       /* no space, or no quota, left */
    EFS_ERR_IO,              /* any other error of the host's */

    /* keys */
    EFS_ERR_KEY_FILE,        /* of none of the forms of key.h, or without an RSA private key */
    EFS_ERR_PASSWORD,        /* the password doesn't open the key file */
    EFS_ERR_NO_KEY,          /* the metadata has no entry for this key */
    EFS_ERR_ALGORITHM,       /* the FEK names an algorithm that isn't known here */

    /* the caller and the machine */
    EFS_ERR_INVALID,         /* argument */
    EFS_ERR_NO_MEMORY,
    EFS_ERR_TOO_MANY_FILES,  /* no file descriptor left */

    EFS_ERROR_COUNT
};

/* What went wrong, where. `rule` is a static string; it is NULL exactly when nothing was recorded. */
struct efs_diag
{
    enum efs_error code;
    int            sys_errno; /* errno of the host's call, 0 if the error isn't the host's */
    uint64_t       offset;    /* bytes from the start of the input or of the file */
    const char    *rule;      /* the rule that was broken, or the call that failed */
};

/* Fills *diag (which may be NULL) and returns code, so that a check is one line. Inline, so that compilers and
 * analyzers see that it is what was passed. */
static inline enum efs_error efs_fail(struct efs_diag *diag, enum efs_error code, uint64_t offset, const char *rule)
{
    if (diag)
    {
        diag->code = code;
        diag->sys_errno = 0;
        diag->offset = offset;
        diag->rule = rule;
    }
    return code;
}

/* The code for an errno value, by the one table in error.c. Never EFS_OK. */
enum efs_error efs_error_from_errno(int err);

/* efs_fail for a failed call of the host's. */
static inline enum efs_error efs_fail_errno(struct efs_diag *diag, int err, uint64_t offset, const char *call)
{
    enum efs_error code = efs_error_from_errno(err);

    if (code == EFS_OK) __builtin_unreachable();
    efs_fail(diag, code, offset, call);
    if (diag) diag->sys_errno = err;
    return code;
}

/* One line of English for each code, without a full stop. Never NULL. */
const char *efs_error_text(enum efs_error code);

#endif
