/*
 * lines 1, 2 and 16: every Win32 function that tells attributes or sizes, on encrypted and plain files.
 *
 * What an encrypted file shows is derived from what the same function says of a plain file with the
 * same plaintext: the ENCRYPTED bit is all that may differ.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/objects.h"

#include <sys/stat.h>
#include <wchar.h>

#ifndef FILE_SUPPORTS_ENCRYPTION
#define FILE_SUPPORTS_ENCRYPTION 0x20000
#endif

typedef bool (*query_fn)(const WCHAR *path, int variant, struct answer *answer);

static void set_attributes(struct answer *answer, DWORD attributes)
{
    answer->has_attributes = true;
    answer->attributes = attributes;
}

static void set_size(struct answer *answer, DWORD high, DWORD low)
{
    answer->has_size = true;
    answer->size = ((ULONG64)high << 32) | low;
}

static const char *ansi(const WCHAR *path)
{
    static char name[MAX_PATH];

    WideCharToMultiByte(CP_ACP, 0, path, -1, name, sizeof(name), NULL, NULL);
    return name;
}

static bool get_attributes(const WCHAR *path, int variant, struct answer *answer)
{
    set_attributes(answer, variant ? GetFileAttributesW(path) : GetFileAttributesA(ansi(path)));
    return answer->attributes != INVALID_FILE_ATTRIBUTES;
}

static bool get_attributes_ex(const WCHAR *path, int variant, struct answer *answer)
{
    WIN32_FILE_ATTRIBUTE_DATA data = { 0 };
    BOOL ret = variant ? GetFileAttributesExW(path, GetFileExInfoStandard, &data)
                       : GetFileAttributesExA(ansi(path), GetFileExInfoStandard, &data);

    set_attributes(answer, data.dwFileAttributes);
    set_size(answer, data.nFileSizeHigh, data.nFileSizeLow);
    return ret;
}

static bool find_first_a(const WCHAR *path, int variant, struct answer *answer)
{
    WIN32_FIND_DATAA data = { 0 };
    HANDLE find = variant ? FindFirstFileExA(ansi(path), FindExInfoStandard, &data, FindExSearchNameMatch, NULL, 0)
                          : FindFirstFileA(ansi(path), &data);

    if (find == INVALID_HANDLE_VALUE) return false;
    FindClose(find);
    set_attributes(answer, data.dwFileAttributes);
    set_size(answer, data.nFileSizeHigh, data.nFileSizeLow);
    return true;
}

/* 0: FindFirstFileW; then FindFirstFileExW with a level and flags */
static bool find_first_w(const WCHAR *path, int variant, struct answer *answer)
{
    static const struct { FINDEX_INFO_LEVELS level; FINDEX_SEARCH_OPS op; DWORD flags; } variants[] =
    {
        { 0, 0, 0 },
        { FindExInfoStandard, FindExSearchNameMatch, 0 },
        { FindExInfoBasic, FindExSearchNameMatch, 0 },
        { FindExInfoStandard, FindExSearchNameMatch, FIND_FIRST_EX_LARGE_FETCH },
        { FindExInfoBasic, FindExSearchNameMatch, FIND_FIRST_EX_LARGE_FETCH },
        { FindExInfoStandard, FindExSearchNameMatch, FIND_FIRST_EX_CASE_SENSITIVE },
        { FindExInfoStandard, FindExSearchLimitToDirectories, 0 }, /* advice that nobody follows */
    };
    WIN32_FIND_DATAW data = { 0 };
    HANDLE find = variant ? FindFirstFileExW(path, variants[variant].level, &data, variants[variant].op, NULL,
                                             variants[variant].flags)
                          : FindFirstFileW(path, &data);

    if (find == INVALID_HANDLE_VALUE) return false;
    FindClose(find);
    set_attributes(answer, data.dwFileAttributes);
    set_size(answer, data.nFileSizeHigh, data.nFileSizeLow);
    return true;
}

/* In a listing of the whole directory */
static bool find_next(const WCHAR *path, int variant, struct answer *answer)
{
    const WCHAR *leaf = wcsrchr(path, '\\') + 1;
    WIN32_FIND_DATAW data = { 0 };
    HANDLE find = FindFirstFileExW(test_path(variant ? L"*" : L"*.*"), variant ? FindExInfoBasic : FindExInfoStandard,
                                   &data, FindExSearchNameMatch, NULL, variant ? FIND_FIRST_EX_LARGE_FETCH : 0);
    bool found;

    if (find == INVALID_HANDLE_VALUE) return false;
    do found = !lstrcmpW(data.cFileName, leaf);
    while (!found && FindNextFileW(find, &data));
    FindClose(find);
    set_attributes(answer, data.dwFileAttributes);
    set_size(answer, data.nFileSizeHigh, data.nFileSizeLow);
    return found;
}

static HANDLE open_attributes(const WCHAR *path)
{
    HANDLE handle = CreateFileW(path, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    ok(handle != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    return handle;
}

static bool by_handle(const WCHAR *path, int variant, struct answer *answer)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    HANDLE handle = open_attributes(path);
    BOOL ret = GetFileInformationByHandle(handle, &info);

    (void)variant;
    set_attributes(answer, info.dwFileAttributes);
    set_size(answer, info.nFileSizeHigh, info.nFileSizeLow);
    CloseHandle(handle);
    return ret;
}

static bool by_handle_ex(const WCHAR *path, int variant, struct answer *answer)
{
    FILE_ATTRIBUTE_TAG_INFO tag = { 0 };
    FILE_STANDARD_INFO standard = { 0 };
    FILE_BASIC_INFO basic = { 0 };
    HANDLE handle = open_attributes(path);
    BOOL ret;

    if (variant == FileBasicInfo)
    {
        ret = GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof(basic));
        set_attributes(answer, basic.FileAttributes);
    }
    else if (variant == FileStandardInfo)
    {
        ret = GetFileInformationByHandleEx(handle, FileStandardInfo, &standard, sizeof(standard));
        set_size(answer, standard.EndOfFile.HighPart, standard.EndOfFile.LowPart);
        ok(standard.NumberOfLinks == 1 && !standard.DeletePending, "got %lu links\n", standard.NumberOfLinks);
    }
    else
    {
        ret = GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag));
        set_attributes(answer, tag.FileAttributes);
        ok(!tag.ReparseTag, "got tag %#lx\n", tag.ReparseTag);
    }
    CloseHandle(handle);
    return ret;
}

/* A listing through GetFileInformationByHandleEx: the classes that begin like FILE_FULL_DIR_INFO */
static bool list_by_handle(const WCHAR *path, int variant, struct answer *answer)
{
    const WCHAR *leaf = wcsrchr(path, '\\') + 1;
    BOOL id_both = variant == FileIdBothDirectoryInfo || variant == FileIdBothDirectoryRestartInfo;
    ULONG name_offset = id_both ? FIELD_OFFSET(FILE_ID_BOTH_DIR_INFO, FileName)
        : 0x44; /* FILE_FULL_DIR_INFO, which winbase.h of Wine 8 lacks */
    HANDLE dir = CreateFileW(test_path(L""), FILE_LIST_DIRECTORY,
                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                             OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    static union { LARGE_INTEGER align; BYTE bytes[4096]; } buffer;
    const FILE_ID_BOTH_DIR_INFO *entry;
    bool found = false;

    ok(dir != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    while (!found && GetFileInformationByHandleEx(dir, variant, &buffer, sizeof(buffer)))
    {
        for (entry = (void *)&buffer; !found; entry = (void *)((BYTE *)entry + entry->NextEntryOffset))
        {
            found = entry->FileNameLength == lstrlenW(leaf) * sizeof(WCHAR)
                && !memcmp((BYTE *)entry + name_offset, leaf, entry->FileNameLength);
            if (found || !entry->NextEntryOffset) break;
        }
        if (!found) continue;
        set_attributes(answer, entry->FileAttributes);
        set_size(answer, entry->EndOfFile.HighPart, entry->EndOfFile.LowPart);
    }
    CloseHandle(dir);
    return found;
}

static bool get_size(const WCHAR *path, int variant, struct answer *answer)
{
    LARGE_INTEGER size = { 0 }, zero = { 0 };
    struct _stati64 status = { 0 };
    HANDLE handle;
    DWORD high = 0;
    BOOL ret = TRUE;

    if (variant == 4)
    {
        ret = !_wstati64(path, &status);
        set_size(answer, status.st_size >> 32, (DWORD)status.st_size);
        return ret;
    }
    handle = open_attributes(path);
    switch (variant)
    {
    case 0: size.LowPart = GetFileSize(handle, &high); size.HighPart = high; break;
    case 1: ret = GetFileSizeEx(handle, &size); break;
    case 2: ret = SetFilePointerEx(handle, zero, &size, FILE_END); break;
    case 3: size.LowPart = SetFilePointer(handle, 0, &size.HighPart, FILE_END); break;
    }
    set_size(answer, size.HighPart, size.LowPart);
    CloseHandle(handle);
    return ret;
}

static const struct { const char *name; query_fn query; int variant; bool files_only; } queries[] =
{
    { "GetFileAttributesA", get_attributes, 0, false },
    { "GetFileAttributesW", get_attributes, 1, false },
    { "GetFileAttributesExA", get_attributes_ex, 0, false },
    { "GetFileAttributesExW", get_attributes_ex, 1, false },
    { "FindFirstFileA", find_first_a, 0, false },
    { "FindFirstFileExA", find_first_a, 1, false },
    { "FindFirstFileW", find_first_w, 0, false },
    { "FindFirstFileExW, standard", find_first_w, 1, false },
    { "FindFirstFileExW, basic", find_first_w, 2, false },
    { "FindFirstFileExW, standard, large fetch", find_first_w, 3, false },
    { "FindFirstFileExW, basic, large fetch", find_first_w, 4, false },
    { "FindFirstFileExW, case sensitive", find_first_w, 5, false },
    { "FindFirstFileExW, directories", find_first_w, 6, false },
    { "FindNextFileW", find_next, 0, false },
    { "FindNextFileW, basic, large fetch", find_next, 1, false },
    { "GetFileInformationByHandle", by_handle, 0, false },
    { "FileBasicInfo", by_handle_ex, FileBasicInfo, false },
    { "FileStandardInfo", by_handle_ex, FileStandardInfo, false },
    { "FileAttributeTagInfo", by_handle_ex, FileAttributeTagInfo, false },
    { "FileIdBothDirectoryInfo", list_by_handle, FileIdBothDirectoryInfo, false },
    { "FileIdBothDirectoryRestartInfo", list_by_handle, FileIdBothDirectoryRestartInfo, false },
    { "FileFullDirectoryInfo", list_by_handle, FileFullDirectoryInfo, false },
    { "FileFullDirectoryRestartInfo", list_by_handle, FileFullDirectoryRestartInfo, false },
    { "GetFileSize", get_size, 0, true },
    { "GetFileSizeEx", get_size, 1, true },
    { "SetFilePointerEx", get_size, 2, true },
    { "SetFilePointer", get_size, 3, true },
    { "_wstati64", get_size, 4, true },
};

static void test_queries(void)
{
    DWORD i, j;

    for (i = 0; i < ARRAY_SIZE(queries); i++)
    {
        for (j = 0; j < OBJECT_COUNT; j++)
        {
            const struct object *object = &objects[j];
            struct answer answer = { 0 }, twin = { 0 };
            bool ret;

            if (queries[i].files_only && object->directory) continue;
            winetest_push_context("%s, %s", queries[i].name, wine_dbgstr_w(object->name));
            SetLastError(0xdeadbeef);
            ret = queries[i].query(twin_path(object), queries[i].variant, &twin);
            if (!ret && (GetLastError() == ERROR_INVALID_PARAMETER || GetLastError() == ERROR_CALL_NOT_IMPLEMENTED))
            {
                skip("the system hasn't got it: %lu\n", GetLastError());
                winetest_pop_context();
                continue;
            }
            ok(ret, "the query failed for the plain one: %lu\n", GetLastError());
            ok(queries[i].query(object_path(object), queries[i].variant, &answer), "the query failed: %lu\n",
               GetLastError());
            check_answer(object, &answer, &twin);
            winetest_pop_context();
        }
    }
}

/* line 2: with the flags of a volume that could do nothing else differs */
static void test_volume(void)
{
    WCHAR root[4], name[MAX_PATH];
    DWORD flags = 0, length, i;
    HANDLE handle;

    lstrcpynW(root, test_path(L""), ARRAY_SIZE(root));
    check_call(GetVolumeInformationW(root, NULL, 0, NULL, NULL, &flags, NULL, 0));
    ok(flags & FILE_SUPPORTS_ENCRYPTION, "got flags %#lx\n", flags);
    flags = 0;
    check_call(GetVolumeInformationW(root, NULL, 0, NULL, &length, &flags, name, ARRAY_SIZE(name)));
    ok(flags & FILE_SUPPORTS_ENCRYPTION, "got flags %#lx\n", flags);
    ok(length && name[0], "got %lu, %s\n", length, wine_dbgstr_w(name));
    flags = 0;
    check_call(GetVolumeInformationA(ansi(root), NULL, 0, NULL, NULL, &flags, NULL, 0));
    ok(flags & FILE_SUPPORTS_ENCRYPTION, "got flags %#lx\n", flags);

    for (i = 0; i < OBJECT_COUNT; i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(objects[i].name));
        handle = open_attributes(object_path(&objects[i]));
        flags = 0;
        check_call(GetVolumeInformationByHandleW(handle, NULL, 0, NULL, NULL, &flags, NULL, 0));
        ok(flags & FILE_SUPPORTS_ENCRYPTION, "got flags %#lx\n", flags);
        CloseHandle(handle);
        winetest_pop_context();
    }
}

/* A file system that can't hold the metadata doesn't promise it. */
static void test_other_volume(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_NOXATTR_DIR");
    DWORD flags = 0;
    HANDLE handle;

    if (!dir)
    {
        skip("EFS_TEST_NOXATTR_DIR names no file system without extended attributes\n");
        return;
    }
    handle = open_attributes(dir);
    check_call(GetVolumeInformationByHandleW(handle, NULL, 0, NULL, NULL, &flags, NULL, 0));
    ok(flags && !(flags & FILE_SUPPORTS_ENCRYPTION), "got flags %#lx\n", flags);
    CloseHandle(handle);
}

START_TEST(win32_queries)
{
    begin_tests("win32-queries");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: what they restore is what they saved")
        make_objects();
    unseen("documented: FILE_ATTRIBUTE_ENCRYPTED; that nothing else differs from a plain file is reasoned")
        test_queries();
    unseen("programs: wimlib and Open Salamander want the flag of the drive; by handle: reasoned")
        test_volume();
    unseen("documented: GetVolumeInformation on FILE_SUPPORTS_ENCRYPTION")
        test_other_volume();
    unseen("reasoned: queries change nothing")
        check_objects();
    remove_objects();
    end_tests();
}
