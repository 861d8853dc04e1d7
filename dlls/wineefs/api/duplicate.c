/*
 * DuplicateEncryptionInfoFile: a new file for the same users.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "efs_api.h"
#include "wine/errors.h"
#include "efs/metadata.h"
#include "keys/available.h"
#include "keys/readers.h"
#include "wine/nt.h"
#include "raw/open.h"
#include "arguments.h"
#include "visible/security.h"
#include "stored_metadata.h"
#include "wine/unixcall.h"

/* The attributes that a new file is given. A program can't set the others, and READONLY isn't passed on (MS-EFSR). */
#define ATTRIBUTES (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_TEMPORARY \
                    | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED)

/* A $EFS with a key of its own, in the place of the other, for the one user whose certificate has this thumbprint. */
static DWORD make_metadata(BYTE **bytes, DWORD *size, const struct efs_bytes *thumbprint)
{
    struct new_metadata_params params = { 0 };
    struct readers readers;
    BYTE *made;
    DWORD err;

    if ((err = keys_check())) return err;
    if (!(made = HeapAlloc(GetProcessHeap(), 0, EFS_METADATA_MAX))) return ERROR_NOT_ENOUGH_MEMORY;
    if (!(err = readers_get_by(&readers, thumbprint->data, thumbprint->length)))
    {
        params.readers = readers.pass;
        params.buffer = (UINT_PTR)made;
        unixcall_new_metadata(&params);
        err = readers_error(__func__, &params.readers, &params.result);
    }
    readers_free(&readers);
    HeapFree(GetProcessHeap(), 0, err ? made : *bytes);
    if (err) return err;
    *bytes = made;
    *size = params.length;
    return ERROR_SUCCESS;
}

/* The $EFS of the new file. For a file with a single user, Windows makes a new key: then that has to be the caller. */
static DWORD make_from_source(BYTE **bytes, DWORD *size, BOOL directory)
{
    struct efs_metadata metadata;
    struct efs_key_entry user;
    uint32_t cursor = 0;
    enum efs_error err;

    if ((err = efs_metadata_read(&metadata, *bytes, *size, NULL))) return error_of_stored(err);
    if (metadata.opaque) return ERROR_EFS_VERSION_NOT_SUPPORT;
    if (metadata.count[EFS_DDF] != 1 || directory) return ERROR_SUCCESS;
    return efs_metadata_next(&metadata, EFS_DDF, &cursor, &user) ? make_metadata(bytes, size, &user.thumbprint)
        : ERROR_FILE_CORRUPT;
}

/* May what is there be replaced? ERROR_FILE_NOT_FOUND: nothing is there. */
static DWORD check_destination(const WCHAR *name, BOOL directory, DWORD disposition)
{
    DWORD attributes = GetFileAttributesW(name);

    if (attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if (disposition == CREATE_NEW) return ERROR_FILE_EXISTS;
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY) != !directory) return ERROR_DIRECTORY;
    /* MS-EFSR: an existing directory must be encrypted already. */
    if (directory && !(attributes & FILE_ATTRIBUTE_ENCRYPTED)) return ERROR_FILE_NOT_ENCRYPTED;
    return ERROR_SUCCESS;
}

/* All or nothing, by the rules of an import. */
static DWORD make_file(const WCHAR *name, BOOL directory, const BYTE *metadata, DWORD size)
{
    struct make_empty_params params = { 0 };
    struct context context = { 0 };
    DWORD err;

    if ((err = open_for_import(name, CREATE_FOR_IMPORT | (directory ? CREATE_FOR_DIR : 0), &context))) return err;
    params.target = context.session;
    params.metadata = (UINT_PTR)metadata;
    params.length = size;
    params.directory = directory;
    unixcall_make_empty(&params);
    context_clear(&context);
    return unixcall_error(__func__, &params.result);
}

static DWORD set_security(const WCHAR *name, const SECURITY_ATTRIBUTES *security)
{
    struct blob blob = { 0 };
    DWORD err = security_copy(security->lpSecurityDescriptor, &blob);
    HANDLE file = INVALID_HANDLE_VALUE;

    if (!err)
    {
        file = CreateFileW(name, WRITE_DAC, SHARE_ALL, NULL, OPEN_EXISTING,
                           FILE_FLAG_BACKUP_SEMANTICS, NULL);
        err = file == INVALID_HANDLE_VALUE ? GetLastError() : security_set_list(file, &blob);
    }
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    blob_free(&blob);
    return err;
}

/* Gives a file that was just made its attributes and its descriptor. The descriptor last: Wine makes a mode of both. */
static DWORD dress(const WCHAR *name, DWORD attributes, const SECURITY_ATTRIBUTES *security)
{
    if ((attributes & ATTRIBUTES) && !SetFileAttributesW(name, attributes & ATTRIBUTES)) return GetLastError();
    return security && security->lpSecurityDescriptor ? set_security(name, security) : ERROR_SUCCESS;
}

/* Wine's RtlValidSecurityDescriptor lets any bytes pass. */
static BOOL is_security(const SECURITY_ATTRIBUTES *security)
{
    const SECURITY_DESCRIPTOR *descriptor;

    if (!pointer_is_readable(security, sizeof(*security))) return FALSE;
    descriptor = security->lpSecurityDescriptor;
    return !descriptor || (pointer_is_readable(descriptor, SECURITY_DESCRIPTOR_MIN_LENGTH)
                           && descriptor->Revision == SECURITY_DESCRIPTOR_REVISION);
}

static DWORD duplicate(const WCHAR *source, const WCHAR *destination, DWORD disposition, DWORD attributes,
                       const SECURITY_ATTRIBUTES *security)
{
    BOOL directory, missing;
    BYTE *metadata;
    DWORD err, size, source_attributes;

    if (!source || !destination) return ERROR_INVALID_PARAMETER;
    if (security && !is_security(security)) return ERROR_INVALID_SECURITY_DESCR;
    if ((err = stored_metadata_get(source, &metadata, &size))) return err;
    source_attributes = GetFileAttributesW(source);
    directory = source_attributes != INVALID_FILE_ATTRIBUTES && (source_attributes & FILE_ATTRIBUTE_DIRECTORY);
    err = make_from_source(&metadata, &size, directory);
    if (!err)
    {
        err = check_destination(destination, directory, disposition);
        missing = err == ERROR_FILE_NOT_FOUND;
        if (!err || missing) err = make_file(destination, directory, metadata, size);
        if (!err && missing && (err = dress(destination, attributes, security)))
        {
            SetFileAttributesW(destination, FILE_ATTRIBUTE_NORMAL);
            if (directory) RemoveDirectoryW(destination);
            else DeleteFileW(destination);
        }
    }
    HeapFree(GetProcessHeap(), 0, metadata);
    return err;
}

/***********************************************************************
 *           DuplicateEncryptionInfoFile   (ADVAPI32.@)
 *
 * Makes an empty encrypted file, or an encrypted directory, for the users of another one, by copying its $EFS; for a
 * single user, with a key of its own.
 *
 * PARAMS
 *  source      [I] encrypted file or directory
 *  destination [I] of the same kind, or missing. The data of an existing file is lost.
 *  disposition [I] CREATE_NEW: it must be missing; anything else: it may be there
 *  attributes  [I] of a file that is made; READONLY and those that aren't a program's to set are ignored
 *  security    [I] its security descriptor's access list, or NULL
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER        a name is NULL
 *  ERROR_INVALID_SECURITY_DESCR   the descriptor isn't one
 *  ERROR_FILE_NOT_ENCRYPTED       the source, or a directory that is there
 *  ERROR_ACCESS_DENIED            a file with a single user, who isn't the caller: the new one gets a key of its own
 *  ERROR_EFS_DISABLED             the same, and a policy forbids it, or wineefs-keys.so or what it stands on is missing
 *  ERROR_EFS_VERSION_NOT_SUPPORT  $EFS of version 4 or later, which isn't understood here
 *  ERROR_FILE_EXISTS              CREATE_NEW, but it is there
 *  ERROR_DIRECTORY                one is a directory, the other one a file
 *  what the source can't be opened for, what an import would say of the destination, ERROR_NO_EFS
 */
DWORD WINAPI DuplicateEncryptionInfoFile(LPCWSTR source, LPCWSTR destination, DWORD disposition, DWORD attributes,
                                         CONST LPSECURITY_ATTRIBUTES security)
{
    DWORD err;

    TRACE("%s, %s, %lu, %#lx, %p\n", debug_wstr(source), debug_wstr(destination), disposition, attributes,
          (void *)security);

    err = duplicate(source, destination, disposition, attributes, security);
    if (err) WARN("%s: error %lu\n", debug_wstr(source), err);
    return error_return(err);
}
