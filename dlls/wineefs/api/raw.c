/*
 * The raw EFS functions as advapi32 exports them.
 *
 * They return the Win32 code, as documented, and set it as the last error too, which some callers read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "arguments.h"
#include "raw/context.h"
#include "raw/open.h"
#include "raw/transfer.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

/***********************************************************************
 *           OpenEncryptedFileRawW   (ADVAPI32.@)
 *
 * Opens a file or directory to back up (export) or restore (import) its encrypted content, without its key.
 *
 * PARAMS
 *  name    [I] file or directory, up to 5120 characters
 *  flags   [I] 0: export. CREATE_FOR_IMPORT: import. CREATE_FOR_DIR: the target is a directory.
 *              OVERWRITE_HIDDEN: replace a file that is hidden or a system file. Others are ignored (MS-EFSR
 *              3.1.4.2.1).
 *  context [O] for ReadEncryptedFileRaw or WriteEncryptedFileRaw, until CloseEncryptedFileRaw. Unchanged on failure.
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER    name or context is NULL
 *  ERROR_FILE_NOT_FOUND       export: no such file
 *  ERROR_PATH_NOT_FOUND       no such parent directory
 *  ERROR_FILE_NOT_ENCRYPTED   export: no EFS metadata there
 *  ERROR_FILE_CORRUPT         export: data and metadata don't fit together
 *  ERROR_DIRECTORY            CREATE_FOR_DIR, but it is a file
 *  ERROR_ACCESS_DENIED        no rights; import: read-only, or hidden or system without OVERWRITE_HIDDEN
 *  ERROR_SHARING_VIOLATION    open elsewhere
 *  ERROR_NO_EFS               wineefs.so is missing
 *
 * NOTES
 *  A missing import target is created by WriteEncryptedFileRaw, when the stream is complete. Until then the target
 *  is as it was, whatever happens.
 */
DWORD WINAPI OpenEncryptedFileRawW(LPCWSTR name, ULONG flags, PVOID *context)
{
    struct context opened = { 0 };
    DWORD err;

    TRACE("%s, %#lx, %p\n", debug_wstr(name), flags, (void *)context);

    if (!name || !context) return error_return(ERROR_INVALID_PARAMETER);
    if (!unixcall_is_available()) return error_return(ERROR_NO_EFS);
    err = flags & CREATE_FOR_IMPORT ? open_for_import(name, flags, &opened) : open_for_export(name, flags, &opened);
    if (!err) err = context_create(&opened, context);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    else TRACE("context %p\n", *context);
    return error_return(err);
}

/***********************************************************************
 *           OpenEncryptedFileRawA   (ADVAPI32.@)
 *
 * See OpenEncryptedFileRawW. The name is in the code page of the file functions.
 */
DWORD WINAPI OpenEncryptedFileRawA(LPCSTR name, ULONG flags, PVOID *context)
{
    WCHAR *wide;
    DWORD err;

    if (!name || !context) return error_return(ERROR_INVALID_PARAMETER);
    if (!(wide = ansi_to_wide(name))) return error_return(GetLastError());
    err = OpenEncryptedFileRawW(wide, flags, context);
    HeapFree(GetProcessHeap(), 0, wide);
    return error_return(err);
}

/***********************************************************************
 *           ReadEncryptedFileRaw   (ADVAPI32.@)
 *
 * Exports: hands the raw stream to the callback, in pieces of at most 16 KiB, then calls it once with length 0.
 *
 * PARAMS
 *  callback         [I] gets (data, callback_context, bytes); a value other than ERROR_SUCCESS ends the export
 *  callback_context [I] for the callback
 *  context          [I] from OpenEncryptedFileRaw
 *
 * RETURNS
 *  ERROR_SUCCESS, the callback's value unchanged, or
 *  ERROR_INVALID_PARAMETER  no callback; no context, or one for import
 *  ERROR_BUSY               the context is in use by another call
 *  ERROR_FILE_CORRUPT       the file became shorter meanwhile
 *  ERROR_IO_DEVICE          it can't be read
 *
 * NOTES
 *  A second call begins again with the first byte.
 */
DWORD WINAPI ReadEncryptedFileRaw(PFE_EXPORT_FUNC callback, PVOID callback_context, PVOID context)
{
    struct context *found;
    DWORD err;

    TRACE("%p, %p, %p\n", (void *)(UINT_PTR)callback, callback_context, context);

    if (!callback) return error_return(ERROR_INVALID_PARAMETER);
    if (!(err = context_acquire(context, CONTEXT_EXPORT, &found)))
    {
        err = transfer_export(callback, callback_context, found);
        context_release(context);
    }
    TRACE("returns %lu\n", err);
    return error_return(err);
}

/***********************************************************************
 *           WriteEncryptedFileRaw   (ADVAPI32.@)
 *
 * Imports: asks the callback for the raw stream, piece by piece, and gives the target its content when it ends.
 *
 * PARAMS
 *  callback         [I] gets (buffer, callback_context, &length), length being the buffer's 256 KiB; fills in the
 *                       bytes it put there, 0 for the end. A value other than ERROR_SUCCESS ends the import.
 *  callback_context [I] for the callback
 *  context          [I] from OpenEncryptedFileRaw
 *
 * RETURNS
 *  ERROR_SUCCESS, the callback's value unchanged, or
 *  ERROR_INVALID_PARAMETER        no callback; no context, or one for export; a length above the buffer's
 *  ERROR_BUSY                     the context is in use by another call
 *  ERROR_NOT_EXPORT_FORMAT        not a raw stream, broken or truncated
 *  ERROR_EFS_VERSION_NOT_SUPPORT  $EFS of an unknown version
 *  ERROR_NOT_SUPPORTED            a well-formed stream that can't be kept yet
 *  ERROR_DIRECTORY                a file's stream for a directory
 *  ERROR_VOLUME_NOT_SUPPORT_EFS   the file system can't hold the metadata
 *  ERROR_DISK_FULL, ERROR_ACCESS_DENIED, ERROR_FILE_EXISTS (the name was taken meanwhile), ...
 *
 * NOTES
 *  After any failure the target is as it was, and another call may try again from the first byte. After
 *  success a call whose callback has nothing to give changes nothing.
 */
DWORD WINAPI WriteEncryptedFileRaw(PFE_IMPORT_FUNC callback, PVOID callback_context, PVOID context)
{
    struct context *found;
    DWORD err;

    TRACE("%p, %p, %p\n", (void *)(UINT_PTR)callback, callback_context, context);

    if (!callback) return error_return(ERROR_INVALID_PARAMETER);
    if (!(err = context_acquire(context, CONTEXT_IMPORT, &found)))
    {
        err = transfer_import(callback, callback_context, found);
        context_release(context);
    }
    TRACE("returns %lu\n", err);
    return error_return(err);
}

/***********************************************************************
 *           CloseEncryptedFileRaw   (ADVAPI32.@)
 *
 * Ends what OpenEncryptedFileRaw began. A Read or Write that is in progress in another thread still finishes.
 * Whatever is no context (any more) is ignored.
 */
VOID WINAPI CloseEncryptedFileRaw(PVOID context)
{
    TRACE("%p\n", context);

    context_close(context);
}
