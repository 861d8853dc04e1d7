/*
 * The index of a tree's archive: "KIND ATTRIBUTES CREATION ACCESS WRITE NUMBER SIZE HASH PATH", numbers in hexadecimal,
 * and at the end "end ENTRIES". Archives of the first format, which had neither SIZE and HASH nor an end, are read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree.h"

#include <stddef.h>
#include <string.h>
#include <wchar.h>

static const WCHAR index_name[] = L"index";
static const char first_line[] = "efsbackup tree 2\n", old_first_line[] = "efsbackup tree 1";

#define FIELDS_SIZE 120 /* characters of a line before the path, at most */

bool tree_is_dir(enum tree_kind kind)
{
    return kind == TREE_PLAIN_DIR || kind == TREE_RAW_DIR;
}

bool tree_is_raw(enum tree_kind kind)
{
    return kind == TREE_RAW_FILE || kind == TREE_RAW_DIR;
}

WCHAR *tree_join(const WCHAR *dir, const WCHAR *name)
{
    WCHAR *path = HeapAlloc(GetProcessHeap(), 0, (wcslen(dir) + wcslen(name) + 2) * sizeof(*path));

    if (!path) return NULL;
    wcscpy(path, dir);
    if (*dir && *name && dir[wcslen(dir) - 1] != '\\' && dir[wcslen(dir) - 1] != '/') wcscat(path, L"\\");
    wcscat(path, name);
    return path;
}

static WCHAR *join_number(const WCHAR *archive, unsigned int number, const WCHAR *type)
{
    WCHAR name[32];

    _snwprintf(name, ARRAYSIZE(name), L"%08x.%ls", number, type);
    return tree_join(archive, name);
}

WCHAR *tree_data_path(const WCHAR *archive, const struct tree_entry *entry)
{
    return join_number(archive, entry->number, tree_is_raw(entry->kind) ? L"raw" : L"backup");
}

WCHAR *tree_security_path(const WCHAR *archive, const struct tree_entry *entry)
{
    return join_number(archive, entry->number, L"backup");
}

static DWORD open_index(struct tree_index *index, const WCHAR *archive, bool writing)
{
    WCHAR *name = tree_join(archive, index_name), *path = name ? usable_path(name) : NULL;

    memset(index, 0, offsetof(struct tree_index, buffer));
    index->handle = INVALID_HANDLE_VALUE;
    index->writing = writing;
    if (path)
        index->handle = CreateFileW(path, writing ? GENERIC_WRITE : GENERIC_READ, FILE_SHARE_READ, NULL,
                                    writing ? CREATE_NEW : OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    HeapFree(GetProcessHeap(), 0, path);
    HeapFree(GetProcessHeap(), 0, name);
    return index->handle == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
}

static DWORD write_line(struct tree_index *index, const char *line, DWORD length)
{
    DWORD written;

    if (!WriteFile(index->handle, line, length, &written, NULL)) return GetLastError();
    return written == length ? ERROR_SUCCESS : ERROR_DISK_FULL;
}

DWORD tree_index_create(struct tree_index *index, const WCHAR *archive)
{
    DWORD code = open_index(index, archive, true);

    return code ? code : write_line(index, first_line, sizeof(first_line) - 1);
}

DWORD tree_index_add(struct tree_index *index, const struct tree_entry *entry)
{
    WCHAR fields[FIELDS_SIZE];
    int length = _snwprintf(fields, FIELDS_SIZE, L"%c %08lx %016I64x %016I64x %016I64x %08x %016I64x %016I64x ",
                            entry->kind, entry->info.FileAttributes, entry->info.CreationTime.QuadPart,
                            entry->info.LastAccessTime.QuadPart, entry->info.LastWriteTime.QuadPart, entry->number,
                            entry->sum.size, entry->sum.hash);
    int bytes, i;

    for (i = 0; i < length; i++) index->buffer[i] = (char)fields[i];
    /* WC_ERR_INVALID_CHARS: a name that UTF-8 can't hold would come back as another */
    bytes = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, entry->path, -1, index->buffer + length,
                                sizeof(index->buffer) - (DWORD)length, NULL, NULL);
    if (length <= 0 || bytes <= 0) return ERROR_NO_UNICODE_TRANSLATION;
    length += bytes;
    index->buffer[length - 1] = '\n';
    index->entries++;
    return write_line(index, index->buffer, (DWORD)length);
}

DWORD tree_index_end(struct tree_index *index)
{
    WCHAR line[32];
    char bytes[32];
    int length = _snwprintf(line, ARRAYSIZE(line), L"end %08x\n", index->entries), i;

    for (i = 0; i < length; i++) bytes[i] = (char)line[i];
    return write_line(index, bytes, (DWORD)length);
}

/* The next line, terminated, without its end; in the buffer. */
static DWORD read_line(struct tree_index *index, char **line)
{
    DWORD length;
    char *end;

    while (!(end = memchr(index->buffer + index->at, '\n', index->have - index->at)))
    {
        memmove(index->buffer, index->buffer + index->at, index->have - index->at);
        index->have -= index->at;
        index->at = 0;
        if (index->have == sizeof(index->buffer)) return ERROR_INVALID_DATA;
        if (!ReadFile(index->handle, index->buffer + index->have, sizeof(index->buffer) - index->have, &length, NULL))
            return GetLastError();
        if (!length) return index->have ? ERROR_INVALID_DATA : ERROR_NO_MORE_ITEMS;
        index->have += length;
    }
    *line = index->buffer + index->at;
    *end = 0;
    /* a zero in the line would hide what is behind it */
    if (strlen(*line) != (size_t)(end - *line)) return ERROR_INVALID_DATA;
    index->at = (DWORD)(end + 1 - index->buffer);
    index->line++;
    return ERROR_SUCCESS;
}

DWORD tree_index_open(struct tree_index *index, const WCHAR *archive)
{
    DWORD code = open_index(index, archive, false);
    char *line;

    if (code) return code;
    code = read_line(index, &line);
    if (code) return code == ERROR_NO_MORE_ITEMS ? ERROR_INVALID_DATA : code;
    index->old = !strcmp(line, old_first_line);
    if (!index->old && (strncmp(line, first_line, sizeof(first_line) - 2) || line[sizeof(first_line) - 2]))
        return ERROR_INVALID_DATA;
    return ERROR_SUCCESS;
}

/* A field of that many digits and what ends it. */
static bool take_field(char **line, unsigned int digits, char end, ULONGLONG *value)
{
    for (*value = 0; digits; digits--, (*line)++)
    {
        char c = **line;

        if (c >= '0' && c <= '9') *value = *value << 4 | (ULONGLONG)(c - '0');
        else if (c >= 'a' && c <= 'f') *value = *value << 4 | (ULONGLONG)(c - 'a' + 10);
        else return false;
    }
    return *(*line)++ == end;
}

static bool take_number(char **line, unsigned int digits, ULONGLONG *value)
{
    return take_field(line, digits, ' ', value);
}

/* The last line of a complete index. */
static DWORD check_last(struct tree_index *index, char *number)
{
    ULONGLONG entries;
    DWORD code;

    if (!take_field(&number, 8, 0, &entries) || entries != index->entries) return ERROR_INVALID_DATA;
    code = read_line(index, &number);
    return code ? code : ERROR_INVALID_DATA;
}

/* An archive may come from anywhere: nothing is restored outside of the directory that was asked for. */
static bool is_inside(const WCHAR *path)
{
    const WCHAR *name = path, *end;

    if (!*path) return true;
    for (;; name = end + 1)
    {
        end = name + wcscspn(name, L"\\");
        if (end == name || (end - name == 1 && name[0] == '.') || (end - name == 2 && name[0] == '.' && name[1] == '.'))
            return false;
        if (!*end) break;
    }
    return !wcschr(path, '/');
}

DWORD tree_index_next(struct tree_index *index, struct tree_entry *entry)
{
    ULONGLONG attributes, creation, access, write, number;
    char *line;
    DWORD code;

    if ((code = read_line(index, &line)))
        return code == ERROR_NO_MORE_ITEMS && !index->old ? ERROR_INVALID_DATA : code;
    if (!index->old && !strncmp(line, "end ", 4)) return check_last(index, line + 4);
    if (!*line || !strchr("fdFD", *line) || line[1] != ' ') return ERROR_INVALID_DATA;
    entry->kind = (enum tree_kind)*line;
    line += 2;
    if (!take_number(&line, 8, &attributes) || !take_number(&line, 16, &creation) || !take_number(&line, 16, &access)
        || !take_number(&line, 16, &write) || !take_number(&line, 8, &number))
        return ERROR_INVALID_DATA;
    if (!index->old && (!take_number(&line, 16, &entry->sum.size) || !take_number(&line, 16, &entry->sum.hash)))
        return ERROR_INVALID_DATA;
    entry->old = index->old;
    index->entries++;
    entry->info.FileAttributes = (DWORD)attributes;
    entry->info.CreationTime.QuadPart = (LONGLONG)creation;
    entry->info.LastAccessTime.QuadPart = (LONGLONG)access;
    entry->info.LastWriteTime.QuadPart = (LONGLONG)write;
    entry->info.ChangeTime.QuadPart = 0;
    entry->number = (unsigned int)number;
    if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, line, -1, entry->path, TREE_PATH_MAX))
        return ERROR_INVALID_DATA;
    if (!is_inside(entry->path) || (!entry->path[0] && !tree_is_dir(entry->kind))) return ERROR_INVALID_DATA;
    return ERROR_SUCCESS;
}

DWORD tree_index_close(struct tree_index *index)
{
    DWORD code = ERROR_SUCCESS;

    if (index->handle == INVALID_HANDLE_VALUE) return code;
    if (index->writing && !FlushFileBuffers(index->handle)) code = GetLastError();
    CloseHandle(index->handle);
    index->handle = INVALID_HANDLE_VALUE;
    return code;
}
