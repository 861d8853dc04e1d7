/*
 * Files for the tests to work on, and the checks that many of them make.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "efs_test.h"
#include "efs_api.h"

#define IGNORED_ATTRIBUTES (FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_NORMAL)

static WCHAR test_dir[MAX_PATH];

/* All that were asked for: tests are easier to read when nobody frees them. */
static struct path
{
    struct path *next;
    WCHAR text[];
} *paths;

const WCHAR *test_path_in(const WCHAR *dir, const WCHAR *name)
{
    DWORD size = lstrlenW(dir) + lstrlenW(name) + 2;
    struct path *path = malloc(sizeof(*path) + size * sizeof(WCHAR)), *other;

    lstrcpyW(path->text, dir);
    if (*name)
    {
        lstrcatW(path->text, L"\\");
        lstrcatW(path->text, name);
    }
    for (other = paths; other; other = other->next)
    {
        if (lstrcmpW(other->text, path->text)) continue;
        free(path);
        return other->text;
    }
    path->next = paths;
    paths = path;
    return path->text;
}

const WCHAR *test_path(const WCHAR *name)
{
    return test_path_in(test_dir, name);
}

const WCHAR *test_path_numbered(const WCHAR *prefix, DWORD number)
{
    WCHAR name[64];

    _snwprintf(name, ARRAY_SIZE(name), L"%ls%lu", prefix, number);
    return test_path(name);
}

const WCHAR *env_path(const WCHAR *variable)
{
    static WCHAR path[MAX_PATH];
    DWORD length = GetEnvironmentVariableW(variable, path, ARRAY_SIZE(path));

    return length && length < ARRAY_SIZE(path) ? path : NULL;
}

static bool is_dot(const WCHAR *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

DWORD count_entries(const WCHAR *dir)
{
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(test_path_in(dir, L"*"), &data);
    DWORD count = 0;

    if (find == INVALID_HANDLE_VALUE) return ~0u;
    do if (!is_dot(data.cFileName)) count++;
    while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

/* A static path won't do, it calls itself. */
static void remove_tree(const WCHAR *path)
{
    WIN32_FIND_DATAW data;
    WCHAR *child = malloc(34000 * sizeof(*child));
    DWORD attributes = GetFileAttributesW(path);
    HANDLE find;

    if (attributes == INVALID_FILE_ATTRIBUTES) goto done;
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
    {
        DeleteFileW(path);
        goto done;
    }
    lstrcpyW(child, path);
    lstrcatW(child, L"\\*");
    find = FindFirstFileW(child, &data);
    if (find != INVALID_HANDLE_VALUE)
    {
        do
        {
            if (is_dot(data.cFileName)) continue;
            lstrcpyW(child, path);
            lstrcatW(child, L"\\");
            lstrcatW(child, data.cFileName);
            remove_tree(child);
        } while (FindNextFileW(find, &data));
        FindClose(find);
    }
    RemoveDirectoryW(path);
done:
    free(child);
}

void begin_tests(const char *name)
{
    WCHAR temp[MAX_PATH];

    load_efs_functions();
    GetTempPathW(ARRAY_SIZE(temp), temp);
    _snwprintf(test_dir, ARRAY_SIZE(test_dir), L"%lsefs-%hs-%lx", temp, name, GetCurrentProcessId());
    remove_tree(test_dir);
    check_call(CreateDirectoryW(test_dir, NULL));
}

void end_tests(void)
{
    WCHAR prefixed[MAX_PATH + 4] = L"\\\\?\\";
    struct path *next;

    for (; paths; paths = next)
    {
        next = paths->next;
        free(paths);
    }
    remove_tree(lstrcatW(prefixed, test_dir));
    ok(GetFileAttributesW(test_dir) == INVALID_FILE_ATTRIBUTES, "something in %s can't be removed\n",
       wine_dbgstr_w(test_dir));
}

void make_file(const WCHAR *path, const char *content, DWORD attributes)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD written;

    ok(file != INVALID_HANDLE_VALUE, "can't make %s: %lu\n", wine_dbgstr_w(path), GetLastError());
    WriteFile(file, content, strlen(content), &written, NULL);
    CloseHandle(file);
    if (attributes) SetFileAttributesW(path, attributes);
}

void move_in(const WCHAR *path, const char *content)
{
    const WCHAR *made = test_path(L"made elsewhere");

    make_file(made, content, 0);
    ok(MoveFileW(made, path), "can't move %s: %lu\n", wine_dbgstr_w(path), GetLastError());
}

void remove_file_(const char *file, int line, const WCHAR *path)
{
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    ok_(file, line)(DeleteFileW(path), "can't remove %s\n", wine_dbgstr_w(path));
}

DWORD restore_from(const WCHAR *path, ULONG flags, struct source *source)
{
    void *context = NULL;
    DWORD ret, error;

    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(path, CREATE_FOR_IMPORT | flags, &context);
    if (ret) return ret;
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, source, context);
    error = GetLastError();
    CloseEncryptedFileRaw(context);
    SetLastError(error);
    return ret;
}

DWORD restore_stream(const WCHAR *path, ULONG flags, const struct stream *stream)
{
    struct source source;

    init_source(&source, stream);
    return restore_from(path, flags, &source);
}

DWORD save_to(const WCHAR *path, ULONG flags, struct sink *sink)
{
    void *context = NULL;
    DWORD ret, error;

    reset_sink(sink);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(path, flags, &context);
    if (ret) return ret;
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, sink, context);
    error = GetLastError();
    CloseEncryptedFileRaw(context);
    SetLastError(error);
    return ret;
}

static void *open_context(const char *file, int line, const WCHAR *path, ULONG flags)
{
    void *context = NULL;
    DWORD ret;

    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(path, flags, &context);
    ok_(file, line)(!ret, "Open of %s returned %lu\n", wine_dbgstr_w(path), ret);
    ok_(file, line)(ret || context, "Open succeeded without a context\n");
    return context;
}

void *open_import_(const char *file, int line, const WCHAR *path, ULONG flags)
{
    return open_context(file, line, path, CREATE_FOR_IMPORT | flags);
}

void *open_export_(const char *file, int line, const WCHAR *path, ULONG flags)
{
    return open_context(file, line, path, flags);
}

void check_sink_(const char *file, int line, const struct sink *sink, const struct stream *stream)
{
    DWORD i;

    ok_(file, line)(sink->size == stream->size, "got %lu bytes, expected %lu\n", sink->size, stream->size);
    for (i = 0; i < min(sink->size, stream->size) && sink->data[i] == stream->data[i]; i++) ;
    ok_(file, line)(i == min(sink->size, stream->size), "the streams differ from byte %#lx on\n", i);
}

void check_export_(const char *file, int line, const WCHAR *path, const struct stream *stream)
{
    struct sink sink = { 0 };
    DWORD ret = save_to(path, 0, &sink);

    ok_(file, line)(!ret, "export of %s returned %lu\n", wine_dbgstr_w(path), ret);
    if (!ret) check_sink_(file, line, &sink, stream);
    free_sink(&sink);
}

void check_plain_(const char *file, int line, const WCHAR *path, const char *content, DWORD attributes)
{
    HANDLE handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    DWORD size = 0, found = GetFileAttributesW(path);
    char buffer[256];

    ok_(file, line)(handle != INVALID_HANDLE_VALUE, "can't open %s: %lu\n", wine_dbgstr_w(path), GetLastError());
    if (handle == INVALID_HANDLE_VALUE) return;
    ReadFile(handle, buffer, sizeof(buffer), &size, NULL);
    CloseHandle(handle);
    ok_(file, line)(size == strlen(content) && !memcmp(buffer, content, size), "%s has changed, %lu bytes\n",
                        wine_dbgstr_w(path), size);
    ok_(file, line)((found & ~IGNORED_ATTRIBUTES) == attributes, "got attributes %#lx, expected %#lx\n", found,
                    attributes);
}

void check_missing_(const char *file, int line, const WCHAR *path)
{
    DWORD attributes, error;

    SetLastError(0xdeadbeef);
    attributes = GetFileAttributesW(path);
    error = GetLastError();
    ok_(file, line)(attributes == INVALID_FILE_ATTRIBUTES && error == ERROR_FILE_NOT_FOUND,
                        "%s is there: attributes %#lx, error %lu\n", wine_dbgstr_w(path), attributes, error);
}

void check_code_(const char *file, int line, DWORD code, DWORD expected)
{
    DWORD error = GetLastError();

    ok_(file, line)(code == expected, "got %lu, expected %lu\n", code, expected);
    if (expected) ok_(file, line)(error == expected, "got last error %lu, expected %lu\n", error, expected);
}

void check_call_(const char *file, int line, const char *call, BOOL result)
{
    DWORD error = GetLastError();

    ok_(file, line)(result, "%s failed: %lu\n", call, error);
}
