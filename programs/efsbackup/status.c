/*
 * efsbackup status: what the system says about a file, and whether it can be saved.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

static const struct { DWORD bit; const WCHAR *name; } attribute_names[] =
{
    { FILE_ATTRIBUTE_READONLY, L"READONLY" },
    { FILE_ATTRIBUTE_HIDDEN, L"HIDDEN" },
    { FILE_ATTRIBUTE_SYSTEM, L"SYSTEM" },
    { FILE_ATTRIBUTE_DIRECTORY, L"DIRECTORY" },
    { FILE_ATTRIBUTE_ARCHIVE, L"ARCHIVE" },
    { FILE_ATTRIBUTE_NORMAL, L"NORMAL" },
    { FILE_ATTRIBUTE_TEMPORARY, L"TEMPORARY" },
    { FILE_ATTRIBUTE_SPARSE_FILE, L"SPARSE_FILE" },
    { FILE_ATTRIBUTE_REPARSE_POINT, L"REPARSE_POINT" },
    { FILE_ATTRIBUTE_COMPRESSED, L"COMPRESSED" },
    { FILE_ATTRIBUTE_OFFLINE, L"OFFLINE" },
    { FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, L"NOT_CONTENT_INDEXED" },
    { FILE_ATTRIBUTE_ENCRYPTED, L"ENCRYPTED" },
};

static const WCHAR *status_text(DWORD status)
{
    switch (status)
    {
    case FILE_ENCRYPTABLE: return L"can be encrypted";
    case FILE_IS_ENCRYPTED: return L"is encrypted";
    case FILE_SYSTEM_ATTR: return L"is a system file, which can't be encrypted";
    case FILE_ROOT_DIR: return L"is a root directory, which can't be encrypted";
    case FILE_SYSTEM_DIR: return L"is in the system directory, which can't be encrypted";
    case FILE_UNKNOWN: return L"unknown, it may be encrypted";
    case FILE_SYSTEM_NOT_SUPPORT: return L"the file system has no encryption";
    case FILE_READ_ONLY: return L"is read-only";
    case FILE_DIR_DISALLOWED: return L"encryption is switched off for the directory";
    default: return L"a value without a meaning";
    }
}

DWORD show_status(const WCHAR *file, const WCHAR **subject)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WCHAR text[512], *path;
    void *context = NULL;
    DWORD code = ERROR_SUCCESS, status;
    size_t i;

    *subject = file;
    if (!(path = usable_path(file))) return GetLastError();
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
    {
        code = GetLastError();
        goto done;
    }
    print(STD_OUTPUT_HANDLE, L"%ls\n  size:                  %I64u bytes\n  attributes:           ", file,
          (ULONGLONG)data.nFileSizeHigh << 32 | data.nFileSizeLow);
    for (i = 0; i < sizeof(attribute_names) / sizeof(attribute_names[0]); i++)
        if (data.dwFileAttributes & attribute_names[i].bit) print(STD_OUTPUT_HANDLE, L" %ls", attribute_names[i].name);
    print(STD_OUTPUT_HANDLE, L" (0x%lx)\n  ENCRYPTED attribute:   %ls\n", data.dwFileAttributes,
          data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED ? L"reported" : L"not reported");

    if (FileEncryptionStatusW(path, &status))
        print(STD_OUTPUT_HANDLE, L"  FileEncryptionStatus:  %lu, %ls\n", status, status_text(status));
    else
    {
        status = GetLastError();
        print(STD_OUTPUT_HANDLE, L"  FileEncryptionStatus:  failed: %ls (%lu)\n",
              code_text(status, text, ARRAYSIZE(text)), status);
    }

    /* The only question whose answer counts: would a backup work? */
    status = OpenEncryptedFileRawW(path, 0, &context);
    if (status)
        print(STD_OUTPUT_HANDLE, L"  raw export:            no: %ls (%lu)\n", code_text(status, text, ARRAYSIZE(text)),
              status);
    else
    {
        print(STD_OUTPUT_HANDLE, L"  raw export:            yes\n");
        CloseEncryptedFileRaw(context);
    }
done:
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}
