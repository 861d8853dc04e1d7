/*
 * Files by their names in a snapshot: all ways to read them work, encrypted ones are what they are, and nothing can be
 * changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/vss_test.h"

#include "helpers/nt_test.h"

#define DELETE_ON_CLOSE (FILE_FLAG_DELETE_ON_CLOSE | FILE_FLAG_BACKUP_SEMANTICS)

static WCHAR device[80];
static const WCHAR *plain, *dir, *encrypted;

static void check_protected_(int line, const char *what, BOOL result)
{
    DWORD err = GetLastError();

    ok_(__FILE__, line)(!result && err == ERROR_WRITE_PROTECT, "%s: %d, error %lu\n", what, result, err);
}
#define check_protected(call) check_protected_(__LINE__, #call, call)

static BOOL opens(const WCHAR *path, DWORD access, DWORD disposition, DWORD flags)
{
    HANDLE file = CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, disposition,
                              flags | FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (file == INVALID_HANDLE_VALUE) return FALSE;
    CloseHandle(file);
    return TRUE;
}

/* ---- reading ---- */

static void test_reading(void)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WIN32_FIND_DATAW found;
    char content[32];
    WCHAR root[90];
    DWORD attributes, count = 0;
    HANDLE search;

    ok(vss_read(vss_path(device, plain), content, sizeof(content)) && !strcmp(content, "plain"), "%s: %lu\n", content,
       GetLastError());
    check_call(GetFileAttributesExW(vss_path(device, plain), GetFileExInfoStandard, &data));
    ok(data.nFileSizeLow == 5, "%lu bytes\n", data.nFileSizeLow);
    attributes = GetFileAttributesW(vss_path(device, dir));
    ok(attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY), "attributes %#lx\n",
       attributes);
    search = FindFirstFileW(vss_path(device, test_path_in(dir, L"*")), &found);
    ok(search != INVALID_HANDLE_VALUE, "FindFirstFile: error %lu\n", GetLastError());
    if (search != INVALID_HANDLE_VALUE)
    {
        do count++;
        while (FindNextFileW(search, &found));
        FindClose(search);
    }
    ok(count == 3, "%lu names\n", count); /* . .. inside */
    ok(GetFileAttributesW(vss_path(device, test_path(L"missing"))) == INVALID_FILE_ATTRIBUTES
       && GetLastError() == ERROR_FILE_NOT_FOUND, "error %lu\n", GetLastError());
    lstrcpyW(root, device);
    lstrcatW(root, L"\\");
    attributes = GetFileAttributesW(root);
    ok(attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY)
       && !(attributes & FILE_ATTRIBUTE_REPARSE_POINT), "the root's attributes %#lx, error %lu\n", attributes,
       GetLastError());
}

static void test_volume(void)
{
    WCHAR root[90], path[90], name[64], other_name[64], fs[32], other_fs[32];
    DWORD serial, other_serial, flags, other_flags, length;
    ULARGE_INTEGER free_bytes, total;

    lstrcpyW(root, device);
    lstrcatW(root, L"\\");
    check_call(GetVolumePathNameW(vss_path(device, plain), path, ARRAY_SIZE(path)));
    ok(!lstrcmpiW(path, root), "%s\n", wine_dbgstr_w(path));
    SetLastError(0xdeadbeef);
    ok(!GetVolumePathNameW(vss_path(device, plain), path, 10) && GetLastError() == ERROR_FILENAME_EXCED_RANGE,
       "error %lu\n", GetLastError());
    check_call(GetVolumeInformationW(root, name, ARRAY_SIZE(name), &serial, &length, &flags, fs, ARRAY_SIZE(fs)));
    check_call(GetVolumeInformationW(vss_root(), other_name, ARRAY_SIZE(other_name), &other_serial, &length,
                                     &other_flags, other_fs, ARRAY_SIZE(other_fs)));
    ok(serial == other_serial && !lstrcmpW(name, other_name) && !lstrcmpW(fs, other_fs), "%#lx %#lx, %s\n", serial,
       other_serial, wine_dbgstr_w(fs));
    ok((flags & FILE_SUPPORTS_ENCRYPTION) == (other_flags & FILE_SUPPORTS_ENCRYPTION), "%#lx %#lx\n", flags,
       other_flags);
    ok(GetDriveTypeW(root) == DRIVE_FIXED, "type %u\n", GetDriveTypeW(root));
    check_call(GetDiskFreeSpaceExW(root, NULL, &total, &free_bytes));
}

/* As restic, burp and wimlib read them */
static void test_encrypted(const struct stream *stream)
{
    const WCHAR *path = vss_path(device, encrypted);
    DWORD attributes = GetFileAttributesW(path);
    WIN32_FILE_ATTRIBUTE_DATA data;

    ok(attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED), "attributes %#lx\n",
       attributes);
    check_call(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    ok(data.nFileSizeLow == stream->data_size, "%lu bytes\n", data.nFileSizeLow);
    check_export(path, stream);
    ok(!opens(path, GENERIC_READ, OPEN_EXISTING, 0) && GetLastError() == ERROR_ACCESS_DENIED, "error %lu\n",
       GetLastError());
}

/* ---- writing ---- */

static void test_names_written(void)
{
    const WCHAR *path = vss_path(device, plain), *new = vss_path(device, test_path(L"new"));
    const WCHAR *folder = vss_path(device, dir);

    check_protected(opens(path, GENERIC_WRITE, OPEN_EXISTING, 0));
    check_protected(opens(path, FILE_APPEND_DATA, OPEN_EXISTING, 0));
    check_protected(opens(path, FILE_WRITE_ATTRIBUTES, OPEN_EXISTING, 0));
    check_protected(opens(path, FILE_WRITE_EA, OPEN_EXISTING, 0));
    check_protected(opens(path, WRITE_DAC, OPEN_EXISTING, 0));
    check_protected(opens(path, WRITE_OWNER, OPEN_EXISTING, 0));
    check_protected(opens(path, DELETE, OPEN_EXISTING, 0));
    check_protected(opens(path, GENERIC_ALL, OPEN_EXISTING, 0));
    check_protected(opens(path, GENERIC_READ, OPEN_EXISTING, DELETE_ON_CLOSE));
    check_protected(opens(path, GENERIC_READ, CREATE_ALWAYS, 0));
    check_protected(opens(path, GENERIC_READ | GENERIC_WRITE, TRUNCATE_EXISTING, 0));
    check_protected(opens(new, GENERIC_READ, CREATE_NEW, 0));
    check_protected(opens(new, GENERIC_READ, OPEN_ALWAYS, 0));
    check_protected(opens(new, GENERIC_WRITE, OPEN_ALWAYS, 0));
    ok(opens(path, GENERIC_READ, OPEN_ALWAYS, 0), "one that is there: error %lu\n", GetLastError());
    ok(opens(path, MAXIMUM_ALLOWED, OPEN_EXISTING, 0), "all that can be had: error %lu\n", GetLastError());
    check_protected(CreateDirectoryW(new, NULL));
    check_protected(RemoveDirectoryW(folder));
    check_protected(DeleteFileW(path));
    check_protected(SetFileAttributesW(path, FILE_ATTRIBUTE_READONLY));
    check_protected(MoveFileW(path, new));
    check_protected(MoveFileW(plain, new));
    check_protected(CopyFileW(plain, new, TRUE));
    check_protected(CreateHardLinkW(new, plain, NULL));
    ok(!CreateHardLinkW(test_path(L"linked"), path, NULL), "a link to what is in it\n");
    check_protected(MoveFileExW(path, test_path(L"moved"), MOVEFILE_REPLACE_EXISTING));
    check_missing(test_path(L"new"));
    check_missing(test_path(L"linked"));
    check_plain(plain, "plain", 0);
}

static void test_streams_written(void)
{
    WCHAR name[600];

    lstrcpyW(name, vss_path(device, plain));
    lstrcatW(name, L":stream");
    check_protected(opens(name, GENERIC_WRITE, CREATE_ALWAYS, 0));
    check_protected(opens(name, GENERIC_WRITE, OPEN_ALWAYS, 0));
}

static void test_raw_written(void)
{
    void *context = NULL;
    DWORD ret;

    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(vss_path(device, encrypted), CREATE_FOR_IMPORT, &context);
    check_code(ret, ERROR_WRITE_PROTECT);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(vss_path(device, test_path(L"new")), CREATE_FOR_IMPORT, &context);
    check_code(ret, ERROR_WRITE_PROTECT);
}

/* What a handle could do that was opened for reading */
static void test_handles_written(void)
{
    HANDLE file = CreateFileW(vss_path(device, plain), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, NULL), other = NULL;
    BYTE stream[64] = { 1 };
    FILE_BASIC_INFO basic = { .FileAttributes = FILE_ATTRIBUTE_HIDDEN };
    FILE_END_OF_FILE_INFO end = { { .QuadPart = 1 } };
    FILE_DISPOSITION_INFO disposition = { TRUE };
    void *context = NULL;
    DWORD done;

    ok(file != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());
    if (file == INVALID_HANDLE_VALUE) return;
    check_protected(SetFileInformationByHandle(file, FileBasicInfo, &basic, sizeof(basic)));
    check_protected(SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof(end)));
    check_protected(SetFileInformationByHandle(file, FileDispositionInfo, &disposition, sizeof(disposition)));
    check_protected(DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &other, GENERIC_WRITE, FALSE, 0));
    check_protected(BackupWrite(file, stream, sizeof(stream), &done, FALSE, FALSE, &context));
    other = ReOpenFile(file, GENERIC_WRITE, FILE_SHARE_READ, FILE_FLAG_BACKUP_SEMANTICS);
    check_protected(other != INVALID_HANDLE_VALUE);
    check_call(DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &other, 0, FALSE,
                               DUPLICATE_SAME_ACCESS));
    check_protected(SetFileInformationByHandle(other, FileBasicInfo, &basic, sizeof(basic)));
    CloseHandle(other);
    CloseHandle(file);
    check_plain(plain, "plain", 0);
    /* what has the number of a closed handle is another file */
    file = CreateFileW(plain, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());
    basic.FileAttributes = FILE_ATTRIBUTE_NORMAL;
    check_call(SetFileInformationByHandle(file, FileBasicInfo, &basic, sizeof(basic)));
    CloseHandle(file);
}

START_TEST(vss_paths)
{
    IVssBackupComponents *components;
    VSS_SNAPSHOT_PROP properties;
    struct stream stream;
    VSS_ID set, id;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    begin_tests("vss_paths");
    plain = test_path(L"plain");
    dir = test_path(L"dir");
    encrypted = test_path(L"encrypted");
    make_file(plain, "plain", FILE_ATTRIBUTE_NORMAL);
    check_call(CreateDirectoryW(dir, NULL));
    make_file(test_path_in(dir, L"inside"), "inside", FILE_ATTRIBUTE_NORMAL);
    build_stream(&stream, 5000, 18);
    unseen("programs: what they restore is what they saved")
        check_code(restore_stream(encrypted, 0, &stream), ERROR_SUCCESS);
    if ((components = vss_begin()) && vss_make(components, &set, &id))
    {
        unseen("programs: requesters ask for them")
            vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
        lstrcpynW(device, properties.m_pwszSnapshotDeviceObject, ARRAY_SIZE(device));
        ((vss_free_fn)vss_export("VssFreeSnapshotProperties"))(&properties);
        unseen("programs: they read a snapshot by such names; what the root shows is reasoned")
            test_reading();
        unseen("programs: Bacula asks for the volume of each file; that all is as on the drive is reasoned")
            test_volume();
        unseen("programs: restic, burp and wimlib read such files in a snapshot")
            test_encrypted(&stream);
        unseen("reasoned: a snapshot can only be read; the code is that of other media that are")
        {
            test_names_written();
            test_streams_written();
            test_raw_written();
            test_handles_written();
        }
        IVssBackupComponents_Release(components);
        unseen("programs: wimlib leaves it to the last Release; the codes are reasoned")
        {
            ok(!opens(vss_path(device, plain), GENERIC_READ, OPEN_EXISTING, 0), "it is still there\n");
            ok(!opens(vss_path(device, test_path(L"new")), GENERIC_WRITE, CREATE_NEW, 0)
               && GetLastError() != ERROR_WRITE_PROTECT, "where there's none any more: error %lu\n", GetLastError());
        }
    }
    free_stream(&stream);
    end_tests();
    CoUninitialize();
}
