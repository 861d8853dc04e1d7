/*
 * Whether encryption is switched off for a directory: an entry in its Desktop.ini.
 *
 * Not by GetPrivateProfileString and its kin: Wine's know no names above MAX_PATH.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "desktop_ini.h"

#include "ini.h"
#include "wine/nt.h"

#define SIZE_LIMIT (64 * 1024) /* bytes */

static const char section_name[] = "Encryption", entry_name[] = "Disable";

static WCHAR *make_path(const WCHAR *dir)
{
    static const WCHAR leaf[] = L"\\Desktop.ini";
    DWORD length = (DWORD)lstrlenW(dir);
    WCHAR *path = HeapAlloc(GetProcessHeap(), 0, (length + sizeof(leaf) / sizeof(WCHAR)) * sizeof(WCHAR));

    if (!path)
    {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    memcpy(path, dir, length * sizeof(WCHAR));
    while (length && (path[length - 1] == '\\' || path[length - 1] == '/')) length--;
    memcpy(path + length, leaf, sizeof(leaf));
    return path;
}

/* The file's bytes, or what is to become of them, as units of its own width */
struct text
{
    BOOL      wide; /* UTF-16 with its mark */
    uint16_t *units;
    DWORD     length;
};

/* Reads the file. The units are to be freed, also on failure. */
static DWORD load(HANDLE file, struct text *text)
{
    LARGE_INTEGER size;
    BYTE *bytes;
    DWORD i, got, err = ERROR_SUCCESS;

    if (!GetFileSizeEx(file, &size)) return GetLastError();
    if (size.QuadPart > SIZE_LIMIT) return ERROR_FILE_TOO_LARGE;
    if (!(bytes = HeapAlloc(GetProcessHeap(), 0, SIZE_LIMIT))) return ERROR_NOT_ENOUGH_MEMORY;
    text->units = HeapAlloc(GetProcessHeap(), 0, SIZE_LIMIT * sizeof(uint16_t));
    if (!text->units) err = ERROR_NOT_ENOUGH_MEMORY;
    else if (!ReadFile(file, bytes, SIZE_LIMIT, &got, NULL)) err = GetLastError();
    else
    {
        text->wide = got >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe;
        text->length = text->wide ? got / 2 : got;
        for (i = 0; i < text->length; i++)
            text->units[i] = text->wide ? (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8) : bytes[i];
    }
    HeapFree(GetProcessHeap(), 0, bytes);
    return err;
}

static DWORD write_all(HANDLE file, const void *bytes, DWORD size)
{
    LARGE_INTEGER start = { 0 };
    DWORD written;

    if (!SetFilePointerEx(file, start, NULL, FILE_BEGIN) || !WriteFile(file, bytes, size, &written, NULL))
        return GetLastError();
    if (written != size) return ERROR_DISK_FULL;
    return SetEndOfFile(file) ? ERROR_SUCCESS : GetLastError();
}

/* Writes the text as it was read: units of 16 bits, or bytes. */
static DWORD store(HANDLE file, const struct text *text)
{
    DWORD i, size = text->wide ? text->length * 2 : text->length, err;
    BYTE *bytes = HeapAlloc(GetProcessHeap(), 0, size + 1);

    if (!bytes) return ERROR_NOT_ENOUGH_MEMORY;
    for (i = 0; i < text->length; i++)
    {
        if (text->wide)
        {
            bytes[2 * i] = (BYTE)text->units[i];
            bytes[2 * i + 1] = (BYTE)(text->units[i] >> 8);
        }
        else bytes[i] = (BYTE)text->units[i];
    }
    err = write_all(file, bytes, size);
    HeapFree(GetProcessHeap(), 0, bytes);
    return err;
}

BOOL desktop_ini_is_disabled(const WCHAR *dir)
{
    WCHAR *path = make_path(dir);
    struct text text = { 0 };
    BOOL disabled = FALSE;
    HANDLE file;

    if (!path) return FALSE;
    file = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    if (file != INVALID_HANDLE_VALUE)
    {
        disabled = !load(file, &text) && ini_get_switch(text.units, text.length, section_name, entry_name);
        HeapFree(GetProcessHeap(), 0, text.units);
        CloseHandle(file);
    }
    HeapFree(GetProcessHeap(), 0, path);
    return disabled;
}

static DWORD rewrite(HANDLE file, BOOL disable)
{
    struct text old = { 0 }, new = { 0 };
    DWORD err = load(file, &old);

    if (!err && !ini_get_switch(old.units, old.length, section_name, entry_name) != !disable)
    {
        new.wide = old.wide;
        new.units = HeapAlloc(GetProcessHeap(), 0, (old.length + INI_GROWTH) * sizeof(uint16_t));
        if (!new.units) err = ERROR_NOT_ENOUGH_MEMORY;
        else
        {
            new.length = (DWORD)ini_set_switch(old.units, old.length, section_name, entry_name, disable, new.units);
            if ((err = store(file, &new))) store(file, &old);
        }
    }
    HeapFree(GetProcessHeap(), 0, new.units);
    HeapFree(GetProcessHeap(), 0, old.units);
    return err;
}

DWORD desktop_ini_disable(const WCHAR *dir, BOOL disable)
{
    WCHAR *path = make_path(dir);
    DWORD attributes, wanted = 0, err;
    HANDLE file;
    BOOL created;

    if (!path) return GetLastError();
    attributes = GetFileAttributesW(path);
    /* Wine would open it for root, who may write any file on the host. */
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY))
    {
        HeapFree(GetProcessHeap(), 0, path);
        return ERROR_ACCESS_DENIED;
    }
    /* In an encrypted directory only a system file stays plain, and so it can be written there. Windows' shell makes
       such files hidden system files, too. */
    if (GetFileAttributesW(dir) & FILE_ATTRIBUTE_ENCRYPTED) wanted = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
    file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, disable ? OPEN_ALWAYS : OPEN_EXISTING,
                       wanted, NULL);
    err = GetLastError();
    if (file != INVALID_HANDLE_VALUE)
    {
        created = disable && err != ERROR_ALREADY_EXISTS;
        err = rewrite(file, disable);
        CloseHandle(file);
        if (err && created) DeleteFileW(path);
    }
    /* Without a Desktop.ini, encryption is on already. */
    else if (!disable && err == ERROR_FILE_NOT_FOUND) err = ERROR_SUCCESS;
    HeapFree(GetProcessHeap(), 0, path);
    return err;
}
