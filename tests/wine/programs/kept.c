/*
 * What of a file Windows programs can set and find again, and what of a backup made on Windows comes back.
 *
 *   kept DIR STREAMS     DIR: an empty directory; STREAMS: one with KIND.in, a stream of BackupRead, for kinds that
 *                        have one, and with encrypted.raw
 *
 * Prints a line for each kind, KIND=SET/BACK. SET: a program sets it by Windows' own functions; yes: it is found again;
 * no: it was forgotten, with success; a number: that error. BACK: its stream through BackupWrite into a new file, and
 * out again by BackupRead; yes: the same (bytes, or extended attributes); no: others, with success; a number: that
 * error. -: there is no such
 * way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _WIN32_WINNT 0x0601
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <winioctl.h>
#include <winternl.h>
#include <sddl.h>
#include <winefs.h>

#define ACCESS (GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER | DELETE)
#define STREAM_LIST ((FILE_INFORMATION_CLASS)22)
#define SHORT_NAME ((FILE_INFORMATION_CLASS)40)
#define PATH_SIZE 1024
#define HEADER 20 /* bytes of WIN32_STREAM_ID, without the name */

NTSTATUS NTAPI NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single, void *list,
                             ULONG list_length, ULONG *index, BOOLEAN restart);
NTSTATUS NTAPI NtSetEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length);
NTSTATUS NTAPI NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length,
                                    FILE_INFORMATION_CLASS class);

static BYTE content[5 << 20], buffer[6 << 20];

static DWORD code_of(NTSTATUS status)
{
    return status < 0 ? RtlNtStatusToDosError(status) : 0;
}

/* ERROR_SUCCESS, or what the last call failed with */
static DWORD error_unless(BOOL done)
{
    return done ? 0 : GetLastError();
}

static HANDLE open_it(const WCHAR *name, DWORD access, DWORD disposition)
{
    return CreateFileW(name, access, 7, NULL, disposition, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

/* ---- each kind: set it; is it there? `wanted` is the kind's own ---- */

static DWORD write_all(HANDLE file, DWORD size)
{
    DWORD done;

    return error_unless(WriteFile(file, content, size, &done, NULL) && done == size);
}

static BOOL has_content(HANDLE file, DWORD size)
{
    DWORD got = 0;

    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    return ReadFile(file, buffer, size + 1, &got, NULL) && got == size && !memcmp(buffer, content, size);
}

static DWORD set_data(HANDLE file, const WCHAR *name, DWORD size)
{
    (void)name;
    return write_all(file, size);
}

static BOOL has_data(HANDLE file, const WCHAR *name, DWORD size)
{
    (void)name;
    return has_content(file, size);
}

static HANDLE open_stream(const WCHAR *name, DWORD access, DWORD disposition)
{
    WCHAR full[PATH_SIZE + 10];

    swprintf(full, PATH_SIZE + 10, L"%ls:of", name);
    return CreateFileW(full, access, 7, NULL, disposition, 0, NULL);
}

static DWORD set_stream(HANDLE file, const WCHAR *name, DWORD size)
{
    HANDLE stream = open_stream(name, GENERIC_WRITE, CREATE_ALWAYS);
    DWORD err;

    (void)file;
    if (stream == INVALID_HANDLE_VALUE) return GetLastError();
    err = write_all(stream, size);
    CloseHandle(stream);
    return err;
}

/* Its content, and listed as a stream. */
static BOOL has_stream(HANDLE file, const WCHAR *name, DWORD size)
{
    static WCHAR list[512];
    IO_STATUS_BLOCK io;
    BOOL listed = FALSE, same;
    HANDLE stream;
    size_t i;

    memset(list, 0, sizeof(list));
    if (NtQueryInformationFile(file, &io, list, sizeof(list), STREAM_LIST)) return FALSE;
    for (i = 0; i < sizeof(list) / sizeof(list[0]) - 4; i++) listed |= !memcmp(list + i, L":of:", 4 * sizeof(WCHAR));
    stream = open_stream(name, GENERIC_READ, OPEN_EXISTING);
    if (stream == INVALID_HANDLE_VALUE) return FALSE;
    same = has_content(stream, size);
    CloseHandle(stream);
    return same && listed;
}

/* FILE_FULL_EA_INFORMATION: as many as it takes, of 1,000 bytes each at most */
static DWORD make_ea(DWORD size)
{
    DWORD at = 0, left = size, length, entry;
    char letter;

    for (letter = 'A'; left; letter++, left -= length, at += entry)
    {
        length = min(left, 1000);
        entry = (8 + 2 + length + 3) & ~3u;
        memset(buffer + at, 0, entry);
        if (left > length) memcpy(buffer + at, &entry, sizeof(entry));
        buffer[at + 5] = 1;
        buffer[at + 6] = (BYTE)length;
        buffer[at + 7] = (BYTE)(length >> 8);
        buffer[at + 8] = (BYTE)letter;
        memcpy(buffer + at + 10, content, length);
    }
    return at;
}

static DWORD set_ea(HANDLE file, const WCHAR *name, DWORD size)
{
    IO_STATUS_BLOCK io;

    (void)name;
    return code_of(NtSetEaFile(file, &io, buffer, make_ea(size)));
}

/* Entry by entry, in any order, whatever is between them. */
static BOOL is_in(const BYTE *entry, const BYTE *list, DWORD length)
{
    DWORD at = 0, next = 1, size = 4u + entry[5] + 1 + entry[6] + 256u * entry[7];

    for (; next && at + 4 + size <= length; at += next)
    {
        if (!memcmp(entry + 4, list + at + 4, size)) return TRUE;
        memcpy(&next, list + at, sizeof(next));
    }
    return FALSE;
}

static BOOL are_all_in(const BYTE *entries, DWORD length, const BYTE *list, DWORD list_length)
{
    DWORD at = 0, next = 1;

    for (; next && at + 10 < length; at += next)
    {
        if (!is_in(entries + at, list, list_length)) return FALSE;
        memcpy(&next, entries + at, sizeof(next));
    }
    return at > 0 || !next;
}

static BOOL is_same_list(const BYTE *a, DWORD a_length, const BYTE *b, DWORD b_length)
{
    return are_all_in(a, a_length, b, b_length) && are_all_in(b, b_length, a, a_length);
}

static BOOL has_ea(HANDLE file, const WCHAR *name, DWORD size)
{
    static BYTE got[0x10000];
    DWORD length = make_ea(size);
    IO_STATUS_BLOCK io;

    (void)name;
    return !NtQueryEaFile(file, &io, got, sizeof(got) - 1, FALSE, NULL, 0, NULL, TRUE)
        && is_same_list(got, (DWORD)io.Information, buffer, length);
}

static DWORD set_sparse(HANDLE file, const WCHAR *name, DWORD size)
{
    DWORD done;

    (void)name;
    if (!DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &done, NULL)) return GetLastError();
    SetFilePointer(file, 4 << 20, NULL, FILE_BEGIN);
    return write_all(file, size);
}

static BOOL has_sparse(HANDLE file, const WCHAR *name, DWORD size)
{
    FILE_ALLOCATED_RANGE_BUFFER all = { .Length.QuadPart = 8 << 20 }, ranges[8];
    DWORD done = 0;

    return (GetFileAttributesW(name) & FILE_ATTRIBUTE_SPARSE_FILE)
        && DeviceIoControl(file, FSCTL_QUERY_ALLOCATED_RANGES, &all, sizeof(all), ranges, sizeof(ranges), &done, NULL)
        && done == sizeof(ranges[0]) && ranges[0].FileOffset.QuadPart == 4 << 20 && ranges[0].Length.QuadPart == size;
}

/* The part of a descriptor, in SDDL; `parts`: SECURITY_INFORMATION */
static const WCHAR *text_of(DWORD parts)
{
    if (parts == DACL_SECURITY_INFORMATION) return L"D:P(D;;DC;;;S-1-5-21-1-2-3-1106)(A;;FA;;;S-1-5-21-1-2-3-1105)"
                                                   L"(A;;FA;;;BA)";
    if (parts == SACL_SECURITY_INFORMATION) return L"S:(AU;SA;FA;;;WD)";
    return L"O:S-1-5-21-1-2-3-1105G:S-1-5-21-1-2-3-1106";
}

static DWORD set_security(HANDLE file, const WCHAR *name, DWORD parts)
{
    PSECURITY_DESCRIPTOR descriptor;

    (void)name;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text_of(parts), SDDL_REVISION_1, &descriptor, NULL))
        return GetLastError();
    return error_unless(SetKernelObjectSecurity(file, parts, descriptor));
}

static BOOL has_security(HANDLE file, const WCHAR *name, DWORD parts)
{
    static BYTE descriptor[4096];
    DWORD needed;
    WCHAR *text;

    (void)name;
    return GetKernelObjectSecurity(file, parts, descriptor, sizeof(descriptor), &needed)
        && ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, parts, &text, NULL)
        && !wcscmp(text, text_of(parts));
}

static DWORD set_attributes(HANDLE file, const WCHAR *name, DWORD attributes)
{
    (void)file;
    return error_unless(SetFileAttributesW(name, attributes));
}

static BOOL has_attributes(HANDLE file, const WCHAR *name, DWORD attributes)
{
    (void)file;
    return (GetFileAttributesW(name) & attributes) == attributes;
}

static DWORD set_compressed(HANDLE file, const WCHAR *name, DWORD format)
{
    USHORT value = (USHORT)format;
    DWORD done;

    (void)name;
    return error_unless(DeviceIoControl(file, FSCTL_SET_COMPRESSION, &value, sizeof(value), NULL, 0, &done, NULL));
}

static BOOL has_compressed(HANDLE file, const WCHAR *name, DWORD format)
{
    (void)format;
    return has_attributes(file, name, FILE_ATTRIBUTE_COMPRESSED);
}

/* which: 0: creation, 1: last access, 2: last write */
static const FILETIME moment = { 0x12345678, 0x01c12345 };

static DWORD set_time(HANDLE file, const WCHAR *name, DWORD which)
{
    (void)name;
    return error_unless(SetFileTime(file, which == 0 ? &moment : NULL, which == 1 ? &moment : NULL,
                                    which == 2 ? &moment : NULL));
}

static BOOL has_time(HANDLE file, const WCHAR *name, DWORD which)
{
    FILETIME times[3];

    (void)name;
    return GetFileTime(file, &times[0], &times[1], &times[2]) && !CompareFileTime(&times[which], &moment);
}

static DWORD set_object_id(HANDLE file, const WCHAR *name, DWORD size)
{
    DWORD done;

    (void)name;
    return error_unless(DeviceIoControl(file, FSCTL_SET_OBJECT_ID, content, size, NULL, 0, &done, NULL));
}

static BOOL has_object_id(HANDLE file, const WCHAR *name, DWORD size)
{
    DWORD done;

    (void)name;
    return DeviceIoControl(file, FSCTL_GET_OBJECT_ID, NULL, 0, buffer, size, &done, NULL)
        && !memcmp(buffer, content, 16);
}

/* Of an unknown maker's kind: that needs no right and no target. */
static const BYTE reparse[] = { 0x11, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                                't', 'e', 'x', 't' };

static DWORD set_reparse(HANDLE file, const WCHAR *name, DWORD unused)
{
    DWORD done;

    (void)name;
    (void)unused;
    return error_unless(DeviceIoControl(file, FSCTL_SET_REPARSE_POINT, (void *)reparse, sizeof(reparse), NULL, 0, &done,
                                        NULL));
}

static BOOL has_reparse(HANDLE file, const WCHAR *name, DWORD unused)
{
    DWORD done;

    (void)name;
    (void)unused;
    return DeviceIoControl(file, FSCTL_GET_REPARSE_POINT, NULL, 0, buffer, 1000, &done, NULL)
        && !memcmp(buffer, reparse, sizeof(reparse));
}

static DWORD set_link(HANDLE file, const WCHAR *name, DWORD unused)
{
    WCHAR other[PATH_SIZE + 10];

    (void)file;
    (void)unused;
    swprintf(other, PATH_SIZE + 10, L"%ls-link", name);
    return error_unless(CreateHardLinkW(other, name, NULL));
}

static BOOL has_link(HANDLE file, const WCHAR *name, DWORD unused)
{
    BY_HANDLE_FILE_INFORMATION info;

    (void)name;
    (void)unused;
    return GetFileInformationByHandle(file, &info) && info.nNumberOfLinks == 2;
}

static DWORD set_short_name(HANDLE file, const WCHAR *name, DWORD unused)
{
    struct { ULONG length; WCHAR name[10]; } info = { 9 * sizeof(WCHAR), L"SHORT.NAM" };
    IO_STATUS_BLOCK io;

    (void)name;
    (void)unused;
    /* SetFileShortName is this; Wine's kernel32 ends a program that calls it */
    return code_of(NtSetInformationFile(file, &io, &info, sizeof(info), SHORT_NAME));
}

static BOOL has_short_name(HANDLE file, const WCHAR *name, DWORD unused)
{
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(name, &data);

    (void)file;
    (void)unused;
    FindClose(find);
    return !wcscmp(data.cAlternateFileName, L"SHORT.NAM");
}

/* In UTF-16, the longest that there are */
static DWORD set_long_name(HANDLE file, const WCHAR *name, DWORD letter)
{
    WCHAR other[PATH_SIZE + 300];
    DWORD i, at;

    (void)file;
    at = (DWORD)swprintf(other, PATH_SIZE, L"\\\\?\\%ls", name);
    while (other[at - 1] != '\\') at--;
    for (i = 0; i < 255; i++) other[at + i] = (WCHAR)letter;
    other[at + i] = 0;
    return error_unless(CopyFileW(name, other, TRUE));
}

static BOOL has_long_name(HANDLE file, const WCHAR *name, DWORD letter)
{
    return set_long_name(file, name, letter) == ERROR_FILE_EXISTS;
}

/* ---- encrypted files: the raw functions ---- */

static const WCHAR *streams; /* the directory */

struct raw
{
    DWORD size, at;
    BYTE *bytes;
};

static DWORD WINAPI give(BYTE *bytes, void *context, ULONG *length)
{
    struct raw *raw = context;

    *length = min(*length, raw->size - raw->at);
    memcpy(bytes, raw->bytes + raw->at, *length);
    raw->at += *length;
    return 0;
}

static DWORD WINAPI take(BYTE *bytes, void *context, ULONG length)
{
    struct raw *raw = context;

    if (length > raw->size - raw->at) return ERROR_MORE_DATA;
    memcpy(raw->bytes + raw->at, bytes, length);
    raw->at += length;
    return 0;
}

static DWORD read_file(const WCHAR *name, const WCHAR *suffix, struct raw *raw)
{
    WCHAR path[PATH_SIZE];
    HANDLE file;
    DWORD err;

    swprintf(path, PATH_SIZE, L"%ls\\%ls%ls", streams, name, suffix);
    if ((file = open_it(path, GENERIC_READ, OPEN_EXISTING)) == INVALID_HANDLE_VALUE) return GetLastError();
    raw->size = GetFileSize(file, NULL);
    raw->at = 0;
    raw->bytes = malloc(raw->size + 1);
    err = error_unless(ReadFile(file, raw->bytes, raw->size, &raw->size, NULL));
    CloseHandle(file);
    return err;
}

static DWORD set_encrypted(HANDLE file, const WCHAR *name, DWORD unused)
{
    void *context;
    struct raw raw;
    WCHAR other[PATH_SIZE + 10];
    DWORD err;

    (void)file;
    (void)unused;
    swprintf(other, PATH_SIZE + 10, L"%ls-raw", name);
    if ((err = read_file(L"encrypted", L".raw", &raw))) return err;
    if ((err = OpenEncryptedFileRawW(other, CREATE_FOR_IMPORT, &context))) return err;
    err = WriteEncryptedFileRaw(give, &raw, context);
    CloseEncryptedFileRaw(context);
    return err;
}

static BOOL has_encrypted(HANDLE file, const WCHAR *name, DWORD unused)
{
    struct raw raw, got = { sizeof(buffer), 0, buffer };
    WCHAR other[PATH_SIZE + 10];
    void *context;

    (void)file;
    (void)unused;
    swprintf(other, PATH_SIZE + 10, L"%ls-raw", name);
    if (read_file(L"encrypted", L".raw", &raw) || !(GetFileAttributesW(other) & FILE_ATTRIBUTE_ENCRYPTED)
        || OpenEncryptedFileRawW(other, 0, &context) || ReadEncryptedFileRaw(take, &got, context)) return FALSE;
    CloseEncryptedFileRaw(context);
    return got.at == raw.size && !memcmp(got.bytes, raw.bytes, raw.size);
}

/* ---- all of them ---- */

#define OWNER_GROUP (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION)

static const struct
{
    const char *name;
    DWORD       wanted;
    BOOL        directory;
    DWORD     (*set)(HANDLE file, const WCHAR *name, DWORD wanted);
    BOOL      (*is_there)(HANDLE file, const WCHAR *name, DWORD wanted);
} kinds[] =
{
    { "data", 100000, FALSE, set_data, has_data },
    { "stream100", 100, FALSE, set_stream, has_stream },
    { "stream5M", sizeof(content), FALSE, set_stream, has_stream },
    { "streamDirectory", 100, TRUE, set_stream, has_stream },
    { "ea", 100, FALSE, set_ea, has_ea },
    { "ea10K", 10000, FALSE, set_ea, has_ea },
    { "eaDirectory", 100, TRUE, set_ea, has_ea },
    { "sparse", 65536, FALSE, set_sparse, has_sparse },
    { "dacl", DACL_SECURITY_INFORMATION, FALSE, set_security, has_security },
    { "owner", OWNER_GROUP, FALSE, set_security, has_security },
    { "sacl", SACL_SECURITY_INFORMATION, FALSE, set_security, has_security },
    { "descriptor42K", 0, FALSE, NULL, NULL },
    { "reparse", 0, FALSE, set_reparse, has_reparse },
    { "objectid", 64, FALSE, set_object_id, has_object_id },
    { "txfs", 0, FALSE, NULL, NULL },
    { "hardlink", 0, FALSE, set_link, has_link },
    { "encrypted", 0, FALSE, set_encrypted, has_encrypted },
    { "readonly", FILE_ATTRIBUTE_READONLY, FALSE, set_attributes, has_attributes },
    { "hidden", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, FALSE, set_attributes, has_attributes },
    { "temporary", FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, FALSE, set_attributes,
      has_attributes },
    { "compressed", 1, FALSE, set_compressed, has_compressed },
    { "write", 2, FALSE, set_time, has_time },
    { "access", 1, FALSE, set_time, has_time },
    { "creation", 0, FALSE, set_time, has_time },
    { "shortname", 0, FALSE, set_short_name, has_short_name },
    { "longname", 'n', FALSE, set_long_name, has_long_name },
    { "longnameForeign", 0x4e2d, FALSE, set_long_name, has_long_name },
};

static DWORD make(const WCHAR *name, BOOL directory, HANDLE *file)
{
    if (directory && !CreateDirectoryW(name, NULL)) return GetLastError();
    /* with the right to the SACL, if the user has it */
    *file = open_it(name, ACCESS | ACCESS_SYSTEM_SECURITY, directory ? OPEN_EXISTING : CREATE_NEW);
    if (*file == INVALID_HANDLE_VALUE) *file = open_it(name, ACCESS, directory ? OPEN_EXISTING : CREATE_NEW);
    return error_unless(*file != INVALID_HANDLE_VALUE);
}

/* The stream through BackupWrite, and out again. */
static DWORD pass_through(HANDLE file, const struct raw *raw, BOOL *same)
{
    void *context = NULL;
    DWORD done, got, err = 0;
    ULONG filled = 0;

    if (!BackupWrite(file, raw->bytes, raw->size, &done, FALSE, TRUE, &context)) err = GetLastError();
    if (context && !BackupWrite(file, NULL, 0, &done, TRUE, TRUE, &context) && !err) err = GetLastError();
    if (err) return err;
    context = NULL;
    do
        if (!BackupRead(file, buffer + filled, sizeof(buffer) - filled, &got, FALSE,
                        raw->bytes[0] == BACKUP_SECURITY_DATA, &context)) err = GetLastError();
        else filled += got;
    while (!err && got);
    BackupRead(file, NULL, 0, &got, TRUE, TRUE, &context);
    if (raw->bytes[0] == BACKUP_EA_DATA)
        *same = filled > HEADER && buffer[0] == BACKUP_EA_DATA
            && is_same_list(buffer + HEADER, filled - HEADER, raw->bytes + HEADER, raw->size - HEADER);
    else *same = filled == raw->size && !memcmp(buffer, raw->bytes, filled);
    return err;
}

static void print_answer(DWORD err, BOOL there)
{
    if (err) printf("%lu", err);
    else printf(there ? "yes" : "no");
}

static void may_audit(void)
{
    TOKEN_PRIVILEGES privileges = { 1, { { { 0 }, SE_PRIVILEGE_ENABLED } } };
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) return;
    if (LookupPrivilegeValueW(NULL, SE_SECURITY_NAME, &privileges.Privileges[0].Luid))
        AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL);
    CloseHandle(token);
}

int wmain(int argc, WCHAR **argv)
{
    WCHAR path[PATH_SIZE], name[40];
    struct raw raw;
    HANDLE file;
    BOOL there;
    DWORD err, i;

    if (argc != 3 || wcslen(argv[1]) > PATH_SIZE - 300) return 2;
    streams = argv[2];
    may_audit();
    for (i = 0; i < sizeof(content); i++) content[i] = (BYTE)(i * 7 + i / 251);
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
        swprintf(name, 40, L"%hs", kinds[i].name);
        swprintf(path, PATH_SIZE, L"%ls\\%ls", argv[1], name);
        printf("%s=", kinds[i].name);
        if (!kinds[i].set) printf("-");
        else
        {
            if (!(err = make(path, kinds[i].directory, &file))) err = kinds[i].set(file, path, kinds[i].wanted);
            print_answer(err, !err && kinds[i].is_there(file, path, kinds[i].wanted));
            CloseHandle(file);
        }
        printf("/");
        wcscat(path, L"-back");
        if (read_file(name, L".in", &raw)) printf("-");
        else
        {
            if (!(err = make(path, kinds[i].directory, &file))) err = pass_through(file, &raw, &there);
            print_answer(err, !err && there);
            CloseHandle(file);
        }
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
