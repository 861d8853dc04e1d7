/*
 * Backup streams for the tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backups.h"

void backup_append(struct backup *backup, const void *data, DWORD size)
{
    if (backup->size + size > backup->capacity)
    {
        backup->capacity = 2 * (backup->size + size);
        backup->data = realloc(backup->data, backup->capacity);
    }
    memcpy(backup->data + backup->size, data, size);
    backup->size += size;
}

void backup_free(struct backup *backup)
{
    free(backup->data);
    memset(backup, 0, sizeof(*backup));
}

void backup_header(struct backup *backup, DWORD id, DWORD attributes, ULONGLONG size, const WCHAR *name)
{
    DWORD name_size = lstrlenW(name) * sizeof(*name);

    backup_append(backup, &id, 4);
    backup_append(backup, &attributes, 4);
    backup_append(backup, &size, 8);
    backup_append(backup, &name_size, 4);
    backup_append(backup, name, name_size);
}

void backup_substream(struct backup *backup, DWORD id, DWORD attributes, const void *data, DWORD size)
{
    backup_header(backup, id, attributes, size, L"");
    backup_append(backup, data, size);
}

void backup_sparse_block(struct backup *backup, ULONGLONG offset, const void *data, DWORD size)
{
    backup_header(backup, BACKUP_SPARSE_BLOCK, STREAM_SPARSE_ATTRIBUTE, 8 + size, L"");
    backup_append(backup, &offset, 8);
    backup_append(backup, data, size);
}

DWORD backup_read(HANDLE file, DWORD chunk, BOOL security, struct backup *backup)
{
    BYTE *buffer = malloc(chunk);
    void *context = NULL;
    DWORD got, err = ERROR_SUCCESS;

    backup_free(backup);
    for (;;)
    {
        got = 0xdeadbeef;
        if (!BackupRead(file, buffer, chunk, &got, FALSE, security, &context))
        {
            err = GetLastError();
            ok(!got, "%lu bytes with a failure\n", got);
            break;
        }
        if (got > chunk) ok(0, "%lu bytes in a buffer of %lu\n", got, chunk);
        if (!got || got > chunk) break;
        backup_append(backup, buffer, got);
    }
    if (context)
    {
        check_call(BackupRead(file, NULL, 0, &got, TRUE, security, &context));
        ok(!context, "context %p is left\n", context);
    }
    free(buffer);
    SetLastError(err);
    return err;
}

DWORD backup_write(HANDLE file, DWORD chunk, BOOL security, const struct backup *backup)
{
    DWORD at = 0, length, written, err = ERROR_SUCCESS;
    void *context = NULL;

    while (!err && at < backup->size)
    {
        length = min(chunk, backup->size - at);
        written = 0xdeadbeef;
        if (!BackupWrite(file, backup->data + at, length, &written, FALSE, security, &context)) err = GetLastError();
        else if (written != length) ok(0, "%lu bytes of %lu\n", written, length);
        at += length;
    }
    if (context && !BackupWrite(file, NULL, 0, &written, TRUE, security, &context) && !err) err = GetLastError();
    ok(!context, "context %p is left\n", context);
    SetLastError(err);
    return err;
}

const WIN32_STREAM_ID *backup_next(const struct backup *backup, DWORD *at, const BYTE **data)
{
    const WIN32_STREAM_ID *header = (const void *)(backup->data + *at);

    if (*at == backup->size) return NULL;
    ok(backup->size - *at >= HEADER_SIZE, "cut header at %lu\n", *at);
    if (backup->size - *at < HEADER_SIZE) return NULL;
    *at += HEADER_SIZE;
    ok(backup->size - *at >= header->dwStreamNameSize + header->Size.QuadPart, "cut substream at %lu\n", *at);
    if (backup->size - *at < header->dwStreamNameSize + header->Size.QuadPart) return NULL;
    *data = backup->data + *at + header->dwStreamNameSize;
    *at += header->dwStreamNameSize + (DWORD)header->Size.QuadPart;
    return header;
}

HANDLE backup_open_(const char *file, int line, const WCHAR *path, DWORD access, DWORD disposition)
{
    HANDLE handle = CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, disposition,
                                FILE_FLAG_BACKUP_SEMANTICS, NULL);

    ok_(file, line)(handle != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    return handle;
}

void backup_make(const WCHAR *path, const void *content, DWORD size)
{
    HANDLE file = backup_open(path, GENERIC_WRITE, CREATE_ALWAYS);
    DWORD written;

    check_call(WriteFile(file, content, size, &written, NULL));
    CloseHandle(file);
}

void backup_fill(BYTE *data, DWORD size, DWORD seed)
{
    DWORD i;

    for (i = 0; i < size; i++) data[i] = (BYTE)(next_random(&seed) >> 3);
}

void *backup_security(HANDLE file, DWORD *size)
{
    SECURITY_INFORMATION wanted = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    void *descriptor;

    GetKernelObjectSecurity(file, wanted, NULL, 0, size);
    descriptor = malloc(*size);
    check_call(GetKernelObjectSecurity(file, wanted, descriptor, *size, size));
    return descriptor;
}

/* The list's entries behind one that says a mode. */
static const BYTE *entries_of(ACL *list, DWORD *count, DWORD *size)
{
    static const BYTE sid[] = { 1, 3, 0, 0, 0, 0, 0, 5, 88, 0, 0, 0, 3, 0, 0, 0 };
    ACCESS_DENIED_ACE *ace = (ACCESS_DENIED_ACE *)(list + 1);
    DWORD passed = 0;

    if (list->AceCount && ace->Header.AceType == ACCESS_DENIED_ACE_TYPE && !ace->Mask
        && !memcmp(&ace->SidStart, sid, sizeof(sid)))
        passed = ace->Header.AceSize;
    *count = list->AceCount - (passed != 0);
    *size = list->AclSize - passed;
    return (const BYTE *)ace + passed;
}

bool backup_same_security(const void *saved, const void *shown)
{
    const void *both[2] = { saved, shown };
    PSID owner[2], group[2];
    const BYTE *entries[2];
    DWORD count[2], size[2], i;
    BOOL defaulted, present;
    ACL *list;

    for (i = 0; i < 2; i++)
    {
        if (!GetSecurityDescriptorOwner((void *)both[i], &owner[i], &defaulted)
            || !GetSecurityDescriptorGroup((void *)both[i], &group[i], &defaulted)
            || !GetSecurityDescriptorDacl((void *)both[i], &present, &list, &defaulted) || !present || !list)
            return false;
        entries[i] = entries_of(list, &count[i], &size[i]);
    }
    return EqualSid(owner[0], owner[1]) && EqualSid(group[0], group[1]) && count[0] == count[1] && size[0] == size[1]
        && !memcmp(entries[0], entries[1], size[0] - sizeof(ACL));
}
