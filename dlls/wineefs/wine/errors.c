/*
 * The tables from the engine's errors to Win32 codes, and to the status codes that ntdll's functions return.
 *
 * Microsoft documents no code for most of them ("nonzero"); these are the ones whose meaning fits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

#include "nt.h"

static const DWORD win32_codes[EFS_ERROR_COUNT] =
{
    [EFS_OK] = ERROR_SUCCESS,
    [EFS_ERR_FORMAT] = ERROR_NOT_EXPORT_FORMAT,
    [EFS_ERR_METADATA] = ERROR_NOT_EXPORT_FORMAT,
    [EFS_ERR_VERSION] = ERROR_EFS_VERSION_NOT_SUPPORT,
    [EFS_ERR_UNREPRESENTABLE] = ERROR_NOT_SUPPORTED,
    [EFS_ERR_NOT_ENCRYPTED] = ERROR_FILE_NOT_ENCRYPTED,
    [EFS_ERR_CORRUPT] = ERROR_FILE_CORRUPT,
    [EFS_ERR_TYPE] = ERROR_DIRECTORY,
    [EFS_ERR_NOT_FOUND] = ERROR_FILE_NOT_FOUND,
    [EFS_ERR_PATH_NOT_FOUND] = ERROR_PATH_NOT_FOUND,
    [EFS_ERR_EXISTS] = ERROR_FILE_EXISTS,
    [EFS_ERR_CHANGED] = ERROR_SHARING_VIOLATION,
    [EFS_ERR_ACCESS] = ERROR_ACCESS_DENIED,
    [EFS_ERR_VOLUME] = ERROR_VOLUME_NOT_SUPPORT_EFS,
    [EFS_ERR_READ_ONLY_VOLUME] = ERROR_WRITE_PROTECT,
    [EFS_ERR_DISK_FULL] = ERROR_DISK_FULL,
    [EFS_ERR_IO] = ERROR_IO_DEVICE,
    [EFS_ERR_KEY_FILE] = ERROR_INVALID_DATA,
    [EFS_ERR_PASSWORD] = ERROR_INVALID_PASSWORD,
    [EFS_ERR_NO_KEY] = ERROR_NO_USER_KEYS,
    [EFS_ERR_ALGORITHM] = ERROR_NOT_SUPPORTED,
    [EFS_ERR_INVALID] = ERROR_INVALID_PARAMETER,
    [EFS_ERR_NO_MEMORY] = ERROR_NOT_ENOUGH_MEMORY,
    [EFS_ERR_TOO_MANY_FILES] = ERROR_TOO_MANY_OPEN_FILES,
};

DWORD error_to_win32(enum efs_error error)
{
    if ((unsigned int)error >= EFS_ERROR_COUNT) return ERROR_GEN_FAILURE;
    return win32_codes[error];
}

/* Of the errors that a call of the host's can have; any other is one of the device. */
static const NTSTATUS status_codes[EFS_ERROR_COUNT] =
{
    [EFS_ERR_NOT_FOUND] = STATUS_OBJECT_NAME_NOT_FOUND,
    [EFS_ERR_PATH_NOT_FOUND] = STATUS_OBJECT_PATH_NOT_FOUND,
    [EFS_ERR_EXISTS] = STATUS_OBJECT_NAME_COLLISION,
    [EFS_ERR_CHANGED] = STATUS_SHARING_VIOLATION,
    [EFS_ERR_ACCESS] = STATUS_ACCESS_DENIED,
    [EFS_ERR_VOLUME] = STATUS_NOT_SUPPORTED,
    [EFS_ERR_READ_ONLY_VOLUME] = STATUS_MEDIA_WRITE_PROTECTED,
    [EFS_ERR_DISK_FULL] = STATUS_DISK_FULL,
    [EFS_ERR_INVALID] = STATUS_INVALID_PARAMETER,
    [EFS_ERR_NO_MEMORY] = STATUS_NO_MEMORY,
    [EFS_ERR_TOO_MANY_FILES] = STATUS_TOO_MANY_OPENED_FILES,
};

NTSTATUS error_to_status(enum efs_error error)
{
    if (!error) return STATUS_SUCCESS;
    if ((unsigned int)error >= EFS_ERROR_COUNT || !status_codes[error]) return STATUS_IO_DEVICE_ERROR;
    return status_codes[error];
}

DWORD error_of_stored(enum efs_error error)
{
    return error == EFS_ERR_METADATA ? ERROR_FILE_CORRUPT : error_to_win32(error);
}

DWORD error_of_change(enum efs_error error)
{
    return error == EFS_ERR_NO_KEY || error == EFS_ERR_INVALID ? ERROR_ACCESS_DENIED : error_of_stored(error);
}

DWORD error_of_users(enum efs_error error)
{
    return error == EFS_ERR_INVALID ? ERROR_EFS_ALG_BLOB_TOO_BIG : error_of_change(error);
}

DWORD error_return(DWORD code)
{
    if (code) SetLastError(code);
    return code;
}
