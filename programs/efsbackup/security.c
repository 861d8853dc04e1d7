/*
 * Security descriptors alone, as the substreams that BackupRead gives first and BackupWrite takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"

#include <stddef.h>

#include "backup/security.h"
#include "backup/stream.h"

#define HEADER_SIZE  offsetof(WIN32_STREAM_ID, cStreamName)

void security_free(struct security *security)
{
    HeapFree(GetProcessHeap(), 0, security->bytes);
    *security = (struct security){ 0 };
}

static bool allocate(struct security *security, DWORD descriptor_size)
{
    WIN32_STREAM_ID *header = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, HEADER_SIZE + descriptor_size);

    if (!header) return false;
    header->dwStreamId = BACKUP_SECURITY_DATA;
    header->dwStreamAttributes = STREAM_CONTAINS_SECURITY;
    header->Size.QuadPart = descriptor_size;
    *security = (struct security){ (BYTE *)header, HEADER_SIZE + descriptor_size };
    return true;
}

void *security_descriptor(const struct security *security)
{
    return security->bytes + HEADER_SIZE;
}

DWORD security_read(HANDLE file, struct security *security)
{
    void *context = NULL;
    WIN32_STREAM_ID header = { 0 };
    DWORD length, code = ERROR_SUCCESS;

    *security = (struct security){ 0 };
    if (!BackupRead(file, (BYTE *)&header, HEADER_SIZE, &length, FALSE, TRUE, &context)) code = GetLastError();
    else if (length != HEADER_SIZE || header.dwStreamId != BACKUP_SECURITY_DATA
             || (ULONGLONG)header.Size.QuadPart > BSTREAM_SECURITY_MAX)
        code = ERROR_INVALID_DATA;
    else if (!allocate(security, header.Size.LowPart)) code = ERROR_NOT_ENOUGH_MEMORY;
    else if (!BackupRead(file, security->bytes + HEADER_SIZE, header.Size.LowPart, &length, FALSE, TRUE, &context))
        code = GetLastError();
    else if (length != header.Size.LowPart) code = ERROR_INVALID_DATA;
    if (context) BackupRead(file, NULL, 0, &length, TRUE, TRUE, &context);
    if (code) security_free(security);
    return code;
}

DWORD security_write(HANDLE file, const struct security *security)
{
    void *context = NULL;
    DWORD length, code = ERROR_SUCCESS;

    if (!BackupWrite(file, security->bytes, security->length, &length, FALSE, TRUE, &context)) code = GetLastError();
    if (context && !BackupWrite(file, NULL, 0, &length, TRUE, TRUE, &context) && !code) code = GetLastError();
    return code;
}

DWORD security_save(const struct security *security, const WCHAR *path, struct sum *sum)
{
    WCHAR *name = usable_path(path);
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD written, code = ERROR_SUCCESS;

    if (!name) return ERROR_NOT_ENOUGH_MEMORY;
    if ((file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL)) == INVALID_HANDLE_VALUE
        || !WriteFile(file, security->bytes, security->length, &written, NULL))
        code = GetLastError();
    else if (written != security->length) code = ERROR_DISK_FULL;
    else sum_add(sum, security->bytes, security->length);
    if (file != INVALID_HANDLE_VALUE)
    {
        CloseHandle(file);
        if (code) DeleteFileW(name);
    }
    HeapFree(GetProcessHeap(), 0, name);
    return code;
}

/* All of the file, which has at most that many bytes. */
static DWORD read_whole(HANDLE file, struct security *security)
{
    LARGE_INTEGER size;
    DWORD got;

    if (!GetFileSizeEx(file, &size)) return GetLastError();
    if (size.QuadPart < (LONGLONG)HEADER_SIZE || size.QuadPart > (LONGLONG)HEADER_SIZE + BSTREAM_SECURITY_MAX)
        return ERROR_INVALID_DATA;
    if (!allocate(security, size.LowPart - HEADER_SIZE)) return ERROR_NOT_ENOUGH_MEMORY;
    if (!ReadFile(file, security->bytes, security->length, &got, NULL)) return GetLastError();
    return got == security->length ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

DWORD security_load(const WCHAR *path, struct security *security, struct sum *sum)
{
    WCHAR *name = usable_path(path);
    WIN32_STREAM_ID header;
    HANDLE file;
    DWORD code;

    *security = (struct security){ 0 };
    if (!name) return ERROR_NOT_ENOUGH_MEMORY;
    file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    code = file == INVALID_HANDLE_VALUE ? GetLastError() : read_whole(file, security);
    if (!code)
    {
        memcpy(&header, security->bytes, HEADER_SIZE);
        if (header.dwStreamId != BACKUP_SECURITY_DATA || header.dwStreamNameSize
            || (ULONGLONG)header.Size.QuadPart != security->length - HEADER_SIZE
            || !bsecurity_is_valid(security_descriptor(security), security->length - HEADER_SIZE))
            code = ERROR_INVALID_DATA;
    }
    if (!code) sum_add(sum, security->bytes, security->length);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    HeapFree(GetProcessHeap(), 0, name);
    if (code) security_free(security);
    return code;
}

/* One entry: the user may do everything. Files and directories that are made in it get the same, until they have their
   own. */
DWORD security_make_private(struct security *security)
{
    union { TOKEN_USER user; BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE]; } info;
    union { ACL acl; BYTE bytes[sizeof(ACL) + sizeof(ACCESS_ALLOWED_ACE) + SECURITY_MAX_SID_SIZE]; } list;
    SECURITY_DESCRIPTOR descriptor;
    DWORD size = 0, code = ERROR_SUCCESS;
    HANDLE token;

    *security = (struct security){ 0 };
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return GetLastError();
    if (!GetTokenInformation(token, TokenUser, &info, sizeof(info), &size)
        || !InitializeAcl(&list.acl, sizeof(list), ACL_REVISION)
            || !AddAccessAllowedAceEx(&list.acl, ACL_REVISION, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE,
                                      FILE_ALL_ACCESS, info.user.User.Sid)
        || !InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION)
            || !SetSecurityDescriptorDacl(&descriptor, TRUE, &list.acl, FALSE)
        || !SetSecurityDescriptorControl(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED))
        code = GetLastError();
    CloseHandle(token);
    if (code) return code;

    size = 0;
    if (!MakeSelfRelativeSD(&descriptor, NULL, &size) && GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        return GetLastError();
    if (!allocate(security, size)) return ERROR_NOT_ENOUGH_MEMORY;
    if (MakeSelfRelativeSD(&descriptor, security_descriptor(security), &size)) return ERROR_SUCCESS;
    code = GetLastError();
    security_free(security);
    return code;
}
