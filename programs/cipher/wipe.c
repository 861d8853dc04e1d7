/*
 * cipher /W: overwrites the space of a volume that no file uses, by files that fill it.
 *
 * The files go when their handles are closed, so also when the program is ended, however that happens; Wine's server
 * does that. Each pass makes them anew: a file system that doesn't write in place would have no room to rewrite them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wchar.h>

#define CHUNK     0x100000                   /* bytes that are written at once, as long as there is room */
#define SMALLEST  512                        /* of what is still tried when there is none for more */
#define FILE_SIZE (0x100000000ull - CHUNK)   /* bytes of a file: FAT has no larger ones */
#define MORE      (4 * CHUNK)                /* of a pass, beyond what the volume has: then something is odd */
#define DOTS      16                         /* of a pass, if all of the volume were unused */

#ifndef ERROR_DISK_QUOTA_EXCEEDED
#define ERROR_DISK_QUOTA_EXCEEDED 1295
#endif

/* RtlGenRandom, as advapi32.dll exports it. */
typedef BOOLEAN (WINAPI *random_fn)(void *bytes, ULONG size);

static volatile LONG stopped;

/* Closing the window or the session leaves no time; then the files go with the program. */
static BOOL WINAPI on_control(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
    InterlockedIncrement(&stopped);
    return TRUE;
}

struct wipe
{
    const WCHAR *dir;       /* for Windows' functions */
    BYTE        *chunk;     /* CHUNK bytes */
    ULONGLONG    volume;    /* bytes that are written in a pass at most */
    ULONGLONG    written;   /* in this pass */
    ULONGLONG    shown;     /* and of these has the user seen a dot for */
    bool         random;    /* each chunk gets other bytes */
    random_fn    get_random;
    HANDLE      *files;     /* of this pass */
    DWORD        count, capacity;
};

/* Is the end of the space what this means? */
static bool is_full(DWORD code)
{
    return code == ERROR_DISK_FULL || code == ERROR_HANDLE_DISK_FULL || code == ERROR_DISK_QUOTA_EXCEEDED;
}

/* ---- files ---- */

/* Nobody else can open it. ERROR_DISK_FULL: there is no room for its name, either. */
static DWORD add_file(struct wipe *wipe)
{
    WCHAR *path = HeapAlloc(GetProcessHeap(), 0, (wcslen(wipe->dir) + 40) * sizeof(*path));
    DWORD code = ERROR_SUCCESS, capacity = wipe->capacity ? 2 * wipe->capacity : 16;
    bool ends = wipe->dir[wcslen(wipe->dir) - 1] == '\\';
    HANDLE *more, file;

    if (!path) return ERROR_NOT_ENOUGH_MEMORY;
    if (wipe->count == wipe->capacity)
    {
        more = wipe->files ? HeapReAlloc(GetProcessHeap(), 0, wipe->files, capacity * sizeof(*more))
            : HeapAlloc(GetProcessHeap(), 0, capacity * sizeof(*more));
        if (!more) code = ERROR_NOT_ENOUGH_MEMORY;
        else wipe->files = more, wipe->capacity = capacity;
    }
    if (!code)
    {
        swprintf(path, wcslen(wipe->dir) + 40, L"%ls%lscipher-w-%08lx-%04lx.tmp", wipe->dir, ends ? L"" : L"\\",
                 GetCurrentProcessId(), wipe->count);
        file = CreateFileW(path, GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW,
                           FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE, NULL);
        if (file == INVALID_HANDLE_VALUE) code = GetLastError();
        else wipe->files[wipe->count++] = file;
    }
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}

static void remove_files(struct wipe *wipe)
{
    while (wipe->count) CloseHandle(wipe->files[--wipe->count]);
}

/* ---- a pass ---- */

static void show_dots(struct wipe *wipe)
{
    for (; wipe->written - wipe->shown >= wipe->volume / DOTS + 1; wipe->shown += wipe->volume / DOTS + 1)
        print(STD_OUTPUT_HANDLE, L".");
}

/* Up to FILE_SIZE bytes. ERROR_SUCCESS: it has as many; ERROR_DISK_FULL: there is no more room. */
static DWORD fill_file(struct wipe *wipe, HANDLE file)
{
    ULONGLONG left = FILE_SIZE;
    DWORD size = CHUNK, part, code;

    while (left && !stopped)
    {
        if (wipe->written >= wipe->volume) return ERROR_SUCCESS;
        if (size > left) size = (DWORD)left;
        if (wipe->random && !wipe->get_random(wipe->chunk, size)) return ERROR_GEN_FAILURE;
        part = 0;
        code = WriteFile(file, wipe->chunk, size, &part, NULL) ? ERROR_SUCCESS : GetLastError();
        if (code && !is_full(code)) return code;
        if (!code && part < size) code = ERROR_DISK_FULL;
        wipe->written += part;
        left -= part;
        show_dots(wipe);
        if (code && size <= SMALLEST) return ERROR_DISK_FULL;
        if (code) size /= 2;
    }
    return ERROR_SUCCESS;
}

/* Nothing is overwritten before it is on the disk. */
static DWORD flush_files(const struct wipe *wipe)
{
    DWORD i, code = ERROR_SUCCESS;

    for (i = 0; i < wipe->count; i++)
        if (!FlushFileBuffers(wipe->files[i]) && !code && !is_full(GetLastError())) code = GetLastError();
    return code;
}

/* ERROR_SUCCESS: the volume was full. ERROR_CANCELLED; ERROR_NOT_SUPPORTED: it took more than it has, and isn't. */
static DWORD fill_volume(struct wipe *wipe)
{
    DWORD code = ERROR_SUCCESS, flushed;

    wipe->written = wipe->shown = 0;
    while (!code && !stopped && wipe->written < wipe->volume)
        if (!(code = add_file(wipe))) code = fill_file(wipe, wipe->files[wipe->count - 1]);
    if (!code) code = stopped ? ERROR_CANCELLED : ERROR_NOT_SUPPORTED;
    if (is_full(code))
    {
        flushed = flush_files(wipe);
        code = stopped ? ERROR_CANCELLED : flushed;
    }
    remove_files(wipe);
    return code;
}

static DWORD pass(struct wipe *wipe, const WCHAR *title, int byte)
{
    DWORD code;

    print(STD_OUTPUT_HANDLE, L"Writing %ls\n", title);
    wipe->random = byte < 0;
    if (!wipe->random) memset(wipe->chunk, byte, CHUNK);
    code = fill_volume(wipe);
    print(STD_OUTPUT_HANDLE, L"\n");
    return code;
}

/* ---- the volume ---- */

static DWORD all_passes(struct wipe *wipe)
{
    DWORD code;

    print(STD_OUTPUT_HANDLE, L"To remove as much data as possible, please close all other applications while\n"
                             L"running CIPHER /W.\n");
    print(STD_ERROR_HANDLE, L"cipher: /W: what a file system that copies on write, a snapshot, an SSD or another "
                            L"flash memory keeps of old data isn't reached, nor what is in the ends of files, in "
                            L"directories, or reserved for others.\n");
    if ((code = pass(wipe, L"0x00", 0x00)) || (code = pass(wipe, L"0xFF", 0xff))) return code;
    return pass(wipe, L"Random Numbers", -1);
}

static DWORD find_volume(struct wipe *wipe)
{
    DWORD attributes = GetFileAttributesW(wipe->dir);
    ULARGE_INTEGER unused, total;

    if (attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) return ERROR_DIRECTORY;
    if (!GetDiskFreeSpaceExW(wipe->dir, &unused, &total, NULL)) return GetLastError();
    wipe->volume = total.QuadPart + MORE;
    return ERROR_SUCCESS;
}

bool wipe_free_space(const struct options *options)
{
    WCHAR *path = verbatim_path(options->value);
    struct wipe wipe = { .dir = path, .get_random = (random_fn)(void (*)(void))find_advapi("SystemFunction036") };
    DWORD code = path ? find_volume(&wipe) : GetLastError();

    if (!code && !wipe.get_random) code = ERROR_CALL_NOT_IMPLEMENTED;
    if (!code && !(wipe.chunk = HeapAlloc(GetProcessHeap(), 0, CHUNK))) code = ERROR_NOT_ENOUGH_MEMORY;
    if (!code)
    {
        SetConsoleCtrlHandler(on_control, TRUE);
        code = all_passes(&wipe);
    }
    HeapFree(GetProcessHeap(), 0, wipe.files);
    HeapFree(GetProcessHeap(), 0, wipe.chunk);
    HeapFree(GetProcessHeap(), 0, path);
    if (!code) return true;
    if (code == ERROR_CANCELLED) print(STD_ERROR_HANDLE, L"cipher: stopped; not all unused space was overwritten.\n");
    else if (code != ERROR_NOT_SUPPORTED) report(options->value, code);
    else print(STD_ERROR_HANDLE, L"cipher: %ls: it takes more than it has, by compression or the like; its unused "
                                 L"space wasn't overwritten.\n", options->value);
    return false;
}
