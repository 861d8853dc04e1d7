/*
 * What a Windows program sees and does in a view of efsmount, for tests/mount/test_wine.sh. One command:
 *
 *   attributes FILE   by name, by handle, in a listing: three times attributes (hexadecimal) and size
 *   read FILE         its content goes to standard output
 *   append FILE TEXT  TEXT goes to its end
 *   make FILE TEXT    makes it with FILE_ATTRIBUTE_ENCRYPTED, and writes TEXT
 *   over FILE TEXT    the same of one that may be there (CREATE_ALWAYS)
 *   mkdir DIR         CreateDirectory
 *   copy FILE FILE    CopyFile
 *   encrypt, decrypt FILE
 *   status FILE       FileEncryptionStatus
 *   busy FILE         OpenEncryptedFileRaw while the program has it open for writing
 *   begin FILE        makes it, an empty system file, and begins an import over it, as wimlib does
 *   info FILE         EncryptedFileKeyInfo, class 2
 *   adduser FILE CERT AddUsersToEncryptedFile; CERT: a file with a certificate, DER
 *   duplicate FILE FILE  DuplicateEncryptionInfoFile
 *
 * The last line is the code of the error, 0 if there is none; but not of read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <winefs.h>

typedef struct { DWORD cbData; BYTE *pbData; } BLOB_OF_INFO;
DWORD WINAPI EncryptedFileKeyInfo(LPCWSTR name, DWORD class, BLOB_OF_INFO **info);

static HANDLE open_file(const WCHAR *name, DWORD access, DWORD disposition, DWORD attributes)
{
    return CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, disposition,
                       attributes | FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

static DWORD show_attributes(const WCHAR *name)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    BY_HANDLE_FILE_INFORMATION info;
    WIN32_FIND_DATAW found;
    HANDLE file, find;

    if (!GetFileAttributesExW(name, GetFileExInfoStandard, &data)) return GetLastError();
    printf("%lx %lu\n", data.dwFileAttributes, data.nFileSizeLow);
    find = FindFirstFileW(name, &found);
    if (find == INVALID_HANDLE_VALUE) return GetLastError();
    FindClose(find);
    printf("%lx %lu\n", found.dwFileAttributes, found.nFileSizeLow);
    file = open_file(name, 0, OPEN_EXISTING, 0);
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    if (!GetFileInformationByHandle(file, &info)) return GetLastError();
    printf("%lx %lu\n", info.dwFileAttributes, info.nFileSizeLow);
    CloseHandle(file);
    return 0;
}

static DWORD read_all(const WCHAR *name)
{
    HANDLE file = open_file(name, GENERIC_READ, OPEN_EXISTING, 0);
    static char buffer[65536];
    DWORD n;

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    _setmode(1, _O_BINARY);
    while (ReadFile(file, buffer, sizeof(buffer), &n, NULL))
    {
        if (!n) return 0;
        fwrite(buffer, 1, n, stdout);
    }
    return GetLastError();
}

static DWORD write_text(HANDLE file, const WCHAR *text)
{
    char bytes[256];
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof(bytes), NULL, NULL) - 1;
    DWORD n, err = 0;

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    if (length < 0 || !WriteFile(file, bytes, (DWORD)length, &n, NULL)) err = GetLastError();
    CloseHandle(file);
    return err;
}

static DWORD append(const WCHAR *name, const WCHAR *text)
{
    return write_text(open_file(name, FILE_APPEND_DATA | SYNCHRONIZE, OPEN_EXISTING, 0), text);
}

static DWORD status_of(const WCHAR *name)
{
    DWORD status;

    if (!FileEncryptionStatusW(name, &status)) return GetLastError();
    printf("%lu\n", status);
    return 0;
}

static DWORD open_busy(const WCHAR *name)
{
    HANDLE file = open_file(name, GENERIC_WRITE, OPEN_EXISTING, 0);
    void *context;
    DWORD err;

    if (file == INVALID_HANDLE_VALUE) return 1000000 + GetLastError();
    err = OpenEncryptedFileRawW(name, 0, &context);
    CloseHandle(file);
    return err;
}

static DWORD begin_over(const WCHAR *name)
{
    HANDLE file = open_file(name, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_SYSTEM);
    void *context;
    DWORD err;

    if (file == INVALID_HANDLE_VALUE) return 1000000 + GetLastError();
    CloseHandle(file);
    if (!(err = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT | OVERWRITE_HIDDEN, &context)))
        CloseEncryptedFileRaw(context);
    return err;
}

static DWORD info_of(const WCHAR *name)
{
    BLOB_OF_INFO *info;
    DWORD err = EncryptedFileKeyInfo(name, 2, &info);

    if (!err) printf("%lu\n", *(DWORD *)info->pbData);
    return err;
}

static DWORD add_user(const WCHAR *name, const WCHAR *certificate)
{
    static BYTE bytes[32768];
    EFS_CERTIFICATE_BLOB blob = { X509_ASN_ENCODING, 0, bytes };
    ENCRYPTION_CERTIFICATE user = { sizeof(user), NULL, &blob }, *users[] = { &user };
    ENCRYPTION_CERTIFICATE_LIST list = { 1, users };
    HANDLE file = open_file(certificate, GENERIC_READ, OPEN_EXISTING, 0);

    if (file == INVALID_HANDLE_VALUE || !ReadFile(file, bytes, sizeof(bytes), &blob.cbData, NULL)) return 1000000;
    CloseHandle(file);
    return AddUsersToEncryptedFile(name, &list);
}

static DWORD run(const WCHAR *command, const WCHAR *name, const WCHAR *text)
{
    if (!wcscmp(command, L"attributes")) return show_attributes(name);
    if (!wcscmp(command, L"append")) return append(name, text);
    if (!wcscmp(command, L"make"))
        return write_text(open_file(name, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_ENCRYPTED), text);
    if (!wcscmp(command, L"over"))
        return write_text(open_file(name, GENERIC_WRITE, CREATE_ALWAYS, FILE_ATTRIBUTE_ENCRYPTED), text);
    if (!wcscmp(command, L"mkdir")) return CreateDirectoryW(name, NULL) ? 0 : GetLastError();
    if (!wcscmp(command, L"copy")) return CopyFileW(name, text, TRUE) ? 0 : GetLastError();
    if (!wcscmp(command, L"encrypt")) return EncryptFileW(name) ? 0 : GetLastError();
    if (!wcscmp(command, L"decrypt")) return DecryptFileW(name, 0) ? 0 : GetLastError();
    if (!wcscmp(command, L"status")) return status_of(name);
    if (!wcscmp(command, L"busy")) return open_busy(name);
    if (!wcscmp(command, L"begin")) return begin_over(name);
    if (!wcscmp(command, L"info")) return info_of(name);
    if (!wcscmp(command, L"adduser")) return add_user(name, text);
    if (!wcscmp(command, L"duplicate"))
        return DuplicateEncryptionInfoFile(name, text, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    return 1000000;
}

int wmain(int argc, WCHAR **argv)
{
    if (argc < 3) return 2;
    if (!wcscmp(argv[1], L"read")) return read_all(argv[2]) != 0;
    printf("%lu\n", run(argv[1], argv[2], argc > 3 ? argv[3] : L""));
    return 0;
}
