/*
 * What works on an encrypted file without its key, and what doesn't: attributes, times, security, rename, link,
 * delete; copies and moves by Win32's own functions; the raw functions themselves; and a guard that is off.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/objects.h"
#include "helpers/nt_test.h"

static struct stream stream;

static const WCHAR *make_encrypted(const WCHAR *leaf)
{
    const WCHAR *path = test_path(leaf);

    check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
    return path;
}

static void check_encrypted_(int line, const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data = { 0 };

    ok_(__FILE__, line)(GetFileAttributesExW(path, GetFileExInfoStandard, &data), "%s: error %lu\n",
                        wine_dbgstr_w(path), GetLastError());
    ok_(__FILE__, line)(data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n",
                        data.dwFileAttributes);
    ok_(__FILE__, line)(data.nFileSizeLow == OBJECT_SIZE, "got size %lu\n", data.nFileSizeLow);
    check_export_(__FILE__, line, path, &stream);
}
#define check_encrypted(path) check_encrypted_(__LINE__, path)

static HANDLE open_existing(const WCHAR *path, DWORD access)
{
    HANDLE file = CreateFileW(path, access, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    return file;
}

/* With the ENCRYPTED bit and without: encrypts nothing, decrypts nothing, and the others are kept. */
static void test_set_attributes(void)
{
    static const DWORD attributes[] = { FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_HIDDEN,
                                        FILE_ATTRIBUTE_SYSTEM, FILE_ATTRIBUTE_ARCHIVE,
                                        FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY };
    const DWORD visible = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
    DWORD i, j, found, value;
    FILE_BASIC_INFO basic;
    HANDLE file;

    make_objects();
    for (i = 0; i < ARRAY_SIZE(attributes) * 4; i++)
    {
        bool by_name = i & 1;

        value = attributes[i / 4] | (i & 2 ? FILE_ATTRIBUTE_ENCRYPTED : 0);
        for (j = 0; j < OBJECT_COUNT; j++)
        {
            const WCHAR *path = object_path(&objects[j]);

            if (objects[j].directory && value & FILE_ATTRIBUTE_READONLY) continue;
            winetest_push_context("%s, attributes %#lx by %s", wine_dbgstr_w(objects[j].name), value,
                                  by_name ? "name" : "handle");
            if (by_name) check_call(SetFileAttributesW(path, value));
            else
            {
                memset(&basic, 0, sizeof(basic));
                basic.FileAttributes = value | (objects[j].directory ? FILE_ATTRIBUTE_DIRECTORY : 0);
                file = open_existing(path, FILE_WRITE_ATTRIBUTES);
                check_call(SetFileInformationByHandle(file, FileBasicInfo, &basic, sizeof(basic)));
                CloseHandle(file);
            }
            found = GetFileAttributesW(path);
            ok((found & visible) == (value & visible), "got attributes %#lx\n", found);
            ok(!(found & FILE_ATTRIBUTE_ENCRYPTED) == !objects[j].encrypted, "got attributes %#lx\n", found);
            winetest_pop_context();
        }
        check_objects();
        for (j = 0; j < OBJECT_COUNT; j++) SetFileAttributesW(object_path(&objects[j]), FILE_ATTRIBUTE_NORMAL);
    }
    remove_objects();
}

/* What a program reads it may write back (GetFileAttributes, change a bit, SetFileAttributes) */
static void test_times_and_security(void)
{
    static const FILETIME time = { 0x12345600, 0x01d00000 };
    const WCHAR *path = make_encrypted(L"file");
    WIN32_FILE_ATTRIBUTE_DATA data;
    BYTE descriptor[1024];
    FILE_BASIC_INFO basic;
    DWORD size;
    HANDLE file;

    file = open_existing(path, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES);
    check_call(SetFileTime(file, NULL, &time, &time));
    check_call(GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof(basic)));
    basic.LastWriteTime.QuadPart += 10000000;
    check_call(SetFileInformationByHandle(file, FileBasicInfo, &basic, sizeof(basic)));
    CloseHandle(file);
    check_call(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    ok(data.ftLastWriteTime.dwLowDateTime == time.dwLowDateTime + 10000000, "got time %#lx\n",
       data.ftLastWriteTime.dwLowDateTime);
    check_encrypted(path);

    check_call(GetFileSecurityW(path,
                                OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                descriptor, sizeof(descriptor), &size));
    check_call(SetFileSecurityW(path, DACL_SECURITY_INFORMATION, descriptor));
    check_encrypted(path);
    remove_file(path);
}

static void test_rename(void)
{
    union { FILE_RENAME_INFO info; BYTE bytes[sizeof(FILE_RENAME_INFO) + 1024]; } rename = { 0 };
    const WCHAR *path = make_encrypted(L"file"), *other = test_path(L"other"), *inside = test_path(L"directory\\file");
    HANDLE file;

    check_call(MoveFileW(path, other));
    check_missing(path);
    check_encrypted(other);
    check_call(MoveFileExW(other, path, 0));
    check_call(CreateDirectoryW(test_path(L"directory"), NULL));
    check_call(MoveFileExW(path, inside, MOVEFILE_COPY_ALLOWED));
    check_missing(path);
    check_encrypted(inside);
    check_call(MoveFileExW(inside, path, MOVEFILE_WRITE_THROUGH));
    check_call(RemoveDirectoryW(test_path(L"directory")));

    file = open_existing(path, DELETE | SYNCHRONIZE);
    rename.info.FileNameLength = lstrlenW(other) * sizeof(WCHAR);
    lstrcpyW(rename.info.FileName, other);
    check_call(SetFileInformationByHandle(file, FileRenameInfo, &rename, sizeof(rename)));
    CloseHandle(file);
    check_missing(path);
    check_encrypted(other);
    check_call(MoveFileW(other, test_path(L"Other"))); /* the case alone */
    check_encrypted(test_path(L"Other"));

    /* over a plain file, which is gone then */
    make_file(path, "plain", 0);
    SetLastError(0xdeadbeef);
    ok(!MoveFileExW(other, path, 0), "MoveFileEx succeeded\n");
    check_plain(path, "plain", 0);
    check_encrypted(other);
    check_call(MoveFileExW(other, path, MOVEFILE_REPLACE_EXISTING));
    check_missing(other);
    check_encrypted(path);

    /* a plain one over it: Wine opens the target for its data to see whether it may, Windows doesn't */
    make_file(other, "plain", 0);
    SetLastError(0xdeadbeef);
    if (MoveFileExW(other, path, MOVEFILE_REPLACE_EXISTING))
    {
        check_plain(path, "plain", 0);
        check_missing(other);
    }
    else
    {
        DWORD error = GetLastError();

        todo_if(GetModuleHandleW(L"wineefs.dll") != NULL)
            ok(0, "MoveFileEx over an encrypted file failed: %lu\n", error);
        check_encrypted(path);
        check_plain(other, "plain", 0);
        remove_file(other);
    }
    remove_file(path);
}

static void test_link_and_delete(void)
{
    const WCHAR *path = make_encrypted(L"file"), *link = test_path(L"link");
    HANDLE file;

    check_call(CreateHardLinkW(link, path, NULL));
    check_encrypted(link);
    check_encrypted(path);
    check_call(DeleteFileW(path));
    check_missing(path);
    check_encrypted(link);

    /* DELETE on close, and a disposition that is taken back */
    file = CreateFileW(link, DELETE, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    CloseHandle(file);
    check_missing(link);
    make_encrypted(L"file");
    file = open_existing(path, DELETE);
    check_call(SetFileInformationByHandle(file, FileDispositionInfo, &(FILE_DISPOSITION_INFO){ TRUE },
                                          sizeof(FILE_DISPOSITION_INFO)));
    check_call(SetFileInformationByHandle(file, FileDispositionInfo, &(FILE_DISPOSITION_INFO){ FALSE },
                                          sizeof(FILE_DISPOSITION_INFO)));
    CloseHandle(file);
    check_encrypted(path);
    SetLastError(0xdeadbeef);
    file = CreateFileW(path, GENERIC_READ | DELETE, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    ok(file == INVALID_HANDLE_VALUE, "CreateFile succeeded\n");
    check_encrypted(path);
    remove_file(path);
}

static void test_copy(void)
{
    const WCHAR *path = make_encrypted(L"file"), *copy = test_path(L"copy"), *plain = test_path(L"plain");
    DWORD error;
    BOOL ret;

    SetLastError(0xdeadbeef);
    ret = CopyFileW(path, copy, FALSE);
    error = GetLastError();
    ok(!ret && error == ERROR_ACCESS_DENIED, "CopyFile: %d, error %lu\n", ret, error);
    check_missing(copy);
    SetLastError(0xdeadbeef);
    ret = CopyFileExW(path, copy, NULL, NULL, NULL, COPY_FILE_ALLOW_DECRYPTED_DESTINATION);
    error = GetLastError();
    ok(!ret && error == ERROR_ACCESS_DENIED, "CopyFileEx: %d, error %lu\n", ret, error);
    check_missing(copy);
    make_file(copy, "stays", 0);
    SetLastError(0xdeadbeef);
    ret = CopyFileW(path, copy, FALSE);
    error = GetLastError();
    ok(!ret && error == ERROR_ACCESS_DENIED, "CopyFile: %d, error %lu\n", ret, error);
    check_plain(copy, "stays", 0);
    check_encrypted(path);

    /* and over an encrypted one: it is a plain one then */
    make_file(plain, "plain", 0);
    SetLastError(0xdeadbeef);
    ok(!CopyFileW(plain, path, TRUE), "CopyFile succeeded\n");
    check_encrypted(path);
    check_call(CopyFileW(plain, path, FALSE));
    check_plain(path, "plain", 0);
    remove_file(path);
    remove_file(plain);
    remove_file(copy);
}

/* Windows opens both files to read their data, and refuses. Wine renames them without a look at their data: the
   backup is the encrypted file then, and nothing is lost. */
static void test_replace(void)
{
    const WCHAR *path = make_encrypted(L"file"), *plain = test_path(L"plain"), *backup = test_path(L"backup");

    make_file(plain, "plain", 0);
    if (ReplaceFileW(path, plain, backup, 0, NULL, NULL))
    {
        check_plain(path, "plain", 0);
        check_missing(plain);
        check_encrypted(backup);
        check_call(MoveFileW(path, plain));
        check_call(MoveFileW(backup, path));
    }
    else ok(GetLastError() == ERROR_ACCESS_DENIED, "got error %lu\n", GetLastError());
    check_encrypted(path);
    check_plain(plain, "plain", 0);
    check_missing(backup);
    if (ReplaceFileW(plain, path, backup, 0, NULL, NULL))
    {
        check_encrypted(plain);
        check_missing(path);
        check_plain(backup, "plain", 0);
        check_call(MoveFileW(plain, path));
        check_call(MoveFileW(backup, plain));
    }
    else ok(GetLastError() == ERROR_ACCESS_DENIED || GetLastError() == ERROR_UNABLE_TO_MOVE_REPLACEMENT,
            "got error %lu\n", GetLastError());
    check_encrypted(path);
    check_plain(plain, "plain", 0);
    check_missing(backup);
    remove_file(path);
    remove_file(plain);
}

/* Within a file system a move keeps it encrypted; to another it would be a copy. */
static void test_move_to_volume(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_SMALL_DIR"), *target, *path = make_encrypted(L"file");
    DWORD error;
    BOOL ret;

    if (!dir) skip("EFS_TEST_SMALL_DIR names no other file system\n");
    else
    {
        target = test_path_in(dir, L"moved");
        SetLastError(0xdeadbeef);
        ret = MoveFileExW(path, target, MOVEFILE_COPY_ALLOWED);
        error = GetLastError();
        ok(!ret && error == ERROR_ACCESS_DENIED, "MoveFileEx: %d, error %lu\n", ret, error);
        check_missing(target);
        check_encrypted(path);
        SetLastError(0xdeadbeef);
        ret = MoveFileW(path, target);
        ok(!ret, "MoveFile succeeded\n");
        check_missing(target);
        check_encrypted(path);
        SetLastError(0xdeadbeef);
        ok(!MoveFileExW(path, target, 0), "MoveFileEx succeeded\n");
        ok(GetLastError() == ERROR_NOT_SAME_DEVICE, "got error %lu\n", GetLastError());
        check_encrypted(path);
        make_file(target, "stays", 0);
        SetLastError(0xdeadbeef);
        ok(!MoveFileExW(path, target, MOVEFILE_COPY_ALLOWED | MOVEFILE_REPLACE_EXISTING), "MoveFileEx succeeded\n");
        check_plain(target, "stays", 0);
        check_encrypted(path);
        remove_file(target);
    }
    remove_file(path);
}

/* The raw functions go past the guard, whatever other threads are denied at the same time. */
static const WCHAR *thread_paths[8];

static DWORD CALLBACK raw_thread(void *arg)
{
    DWORD number = (DWORD)(DWORD_PTR)arg, i;
    const WCHAR *path = thread_paths[number];
    HANDLE file;

    for (i = 0; i < 30; i++)
    {
        if (number & 1)
        {
            file = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
            if (file != INVALID_HANDLE_VALUE) return 1;
        }
        if (!(GetFileAttributesW(path) & FILE_ATTRIBUTE_ENCRYPTED)) return 2;
        if (number & 2 && restore_stream(path, 0, &stream)) return 3;
        else
        {
            struct sink sink = { 0 };
            DWORD ret = save_to(path, 0, &sink);
            bool same = !ret && sink.size == stream.size && !memcmp(sink.data, stream.data, sink.size);

            free_sink(&sink);
            if (!same) return 4;
        }
    }
    return 0;
}

static void test_threads(void)
{
    HANDLE threads[8];
    DWORD i, ret;

    for (i = 0; i < ARRAY_SIZE(threads); i++)
    {
        thread_paths[i] = test_path_numbered(L"thread", i);
        check_code(restore_stream(thread_paths[i], 0, &stream), ERROR_SUCCESS);
    }
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, raw_thread, (void *)(DWORD_PTR)i, 0, &ret);
    for (i = 0; i < ARRAY_SIZE(threads); i++)
    {
        ret = WaitForSingleObject(threads[i], 60000);
        ok(ret == WAIT_OBJECT_0, "thread %lu did not end\n", i);
        GetExitCodeThread(threads[i], &ret);
        ok(!ret, "thread %lu: step %lu failed\n", i, ret);
        CloseHandle(threads[i]);
        check_encrypted(thread_paths[i]);
        remove_file(thread_paths[i]);
    }
}

#define GUARD_KEY L"Software\\Wine\\EFS"

/* In the child: without the guard the raw bytes can be read, and the file shows as encrypted all the same */
static void check_unguarded(const char *path)
{
    BYTE bytes[OBJECT_HOST_SIZE + 1];
    DWORD read = 0, attributes = GetFileAttributesA(path);
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_call(ReadFile(file, bytes, sizeof(bytes), &read, NULL));
    CloseHandle(file);
    ok(read == OBJECT_HOST_SIZE, "%lu bytes can be read\n", read);
    ok(attributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", attributes);
}

static void check_guarded(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    DWORD error = GetLastError();

    ok(file == INVALID_HANDLE_VALUE && error == ERROR_ACCESS_DENIED, "got %p, error %lu\n", file, error);
}

static void run_child(const char *mode, const WCHAR *path)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;
    WCHAR program[MAX_PATH], command[1024];

    GetModuleFileNameW(NULL, program, ARRAY_SIZE(program));
    _snwprintf(command, ARRAY_SIZE(command), L"\"%ls\" guarded %hs \"%ls\"", program, mode, path);
    check_call(CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    winetest_wait_child_process(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

static void test_guard_off(void)
{
    static const struct { const WCHAR *value; const char *mode; } settings[] =
    {
        { L"off", "unguarded" }, { L"on", "guarded" }, { L"", "guarded" }, { L"offside", "guarded" },
    };
    const WCHAR *path;
    DWORD i;
    HKEY key;

    if (!GetModuleHandleW(L"wineefs.dll"))
    {
        skip("this is the system's own guard\n");
        return;
    }
    path = make_encrypted(L"file");
    check_call(!RegCreateKeyExW(HKEY_CURRENT_USER, GUARD_KEY, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL));
    for (i = 0; i < ARRAY_SIZE(settings); i++)
    {
        winetest_push_context("Guard=%s", wine_dbgstr_w(settings[i].value));
        check_call(!RegSetValueExW(key, L"Guard", 0, REG_SZ, (const BYTE *)settings[i].value,
                                   (lstrlenW(settings[i].value) + 1) * sizeof(WCHAR)));
        run_child(settings[i].mode, path);
        winetest_pop_context();
    }
    check_call(!RegDeleteValueW(key, L"Guard"));
    RegCloseKey(key);
    run_child("guarded", path);
    check_encrypted(path);
    remove_file(path);
}

START_TEST(guarded)
{
    char **argv;

    if (winetest_get_mainargs(&argv) >= 4)
    {
        not_windows("the guard of wine-efs is switched off")
        {
            if (!strcmp(argv[2], "unguarded")) check_unguarded(argv[3]);
            else check_guarded(argv[3]);
        }
        return;
    }
    begin_tests("guarded");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    build_stream(&stream, OBJECT_SIZE, 1);
    unseen("programs: wimlib, Bacula and restic set attributes with the ENCRYPTED bit and without")
        test_set_attributes();
    unseen("reasoned: nothing of it needs the data")
    {
        test_times_and_security();
        test_rename();
        test_link_and_delete();
    }
    unseen("reasoned: the source is opened for its data, which is denied")
        test_copy();
    unseen("reasoned: both are opened for their data, which is denied")
        test_replace();
    unseen("reasoned: to another volume it is a copy, which is denied")
        test_move_to_volume();
    unseen("programs: they use the raw functions while others are denied; on many threads: reasoned")
        test_threads();
    not_windows("the guard of wine-efs is switched off")
        test_guard_off();
    unseen("reasoned: nothing was made")
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    free_stream(&stream);
    end_tests();
}
