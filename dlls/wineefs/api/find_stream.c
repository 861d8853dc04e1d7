/*
 * FindFirstStreamW and FindNextStreamW, which are stubs in Wine, and what else kernel32 has for them: FindClose, and
 * GetFileInformationByHandleEx, whose class for streams Wine hasn't got.
 *
 * A handle is the address of a list that was read at once. FindClose is asked about each handle of a search: with no
 * such list there, that costs a comparison.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "find_stream.h"

#include "patch/entry.h"
#include "streams/stream_list.h"
#include "wine/debug.h"
#include "wine/errors.h"

#define LIST_FIRST 0x1000    /* bytes */
#define LIST_MAX   0x4000000 /* of 65,536 names, and more than a file has */

struct search
{
    struct search *next;
    BYTE          *list;
    ULONG          at; /* of the stream that is given next */
    BOOL           more;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct search *searches;

typedef HANDLE (WINAPI *find_first_fn)(const WCHAR *name, STREAM_INFO_LEVELS level, void *data, DWORD flags);
typedef BOOL (WINAPI *find_next_fn)(HANDLE handle, void *data);

static BOOL (WINAPI *original_close)(HANDLE handle);
static BOOL (WINAPI *original_information)(HANDLE file, FILE_INFO_BY_HANDLE_CLASS class, void *info, DWORD size);

static void free_search(struct search *search)
{
    if (search && search->list) HeapFree(GetProcessHeap(), 0, search->list);
    HeapFree(GetProcessHeap(), 0, search);
}

/* ERROR_HANDLE_EOF: it has none, or none are kept there. */
static DWORD read_list(struct search *search, HANDLE file)
{
    NTSTATUS status = STATUS_BUFFER_OVERFLOW;
    IO_STATUS_BLOCK io;
    ULONG size;

    for (size = LIST_FIRST; status == STATUS_BUFFER_OVERFLOW && size <= LIST_MAX; size *= 2)
    {
        if (search->list) HeapFree(GetProcessHeap(), 0, search->list);
        if (!(search->list = HeapAlloc(GetProcessHeap(), 0, size))) return ERROR_NOT_ENOUGH_MEMORY;
        io.Information = 0;
        status = NtQueryInformationFile(file, &io, search->list, size, (FILE_INFORMATION_CLASS)CLASS_STREAM);
    }
    if (status == STATUS_NOT_IMPLEMENTED || (!status && !io.Information)) return ERROR_HANDLE_EOF;
    search->more = !status;
    return status_to_win32(status);
}

static BOOL give_next(struct search *search, WIN32_FIND_STREAM_DATA *data)
{
    const BYTE *entry = search->list + search->at;
    ULONG length;

    if (!search->more) return FALSE;
    length = min(get_ulong(entry + STREAM_NAME_LENGTH), sizeof(data->cStreamName) - sizeof(WCHAR));
    memcpy(data->cStreamName, entry + STREAM_NAME, length);
    data->cStreamName[length / sizeof(WCHAR)] = 0;
    data->StreamSize.QuadPart = (LONGLONG)get_ulong64(entry + STREAM_SIZE);
    search->more = get_ulong(entry + STREAM_NEXT) != 0;
    search->at += get_ulong(entry + STREAM_NEXT);
    return TRUE;
}

static DWORD begin(const WCHAR *name, WIN32_FIND_STREAM_DATA *data, struct search *search)
{
    HANDLE file = CreateFileW(name, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                              NULL);
    DWORD err;

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    err = read_list(search, file);
    CloseHandle(file);
    if (!err && !give_next(search, data)) err = ERROR_HANDLE_EOF;
    return err;
}

static HANDLE WINAPI replace_FindFirstStreamW(const WCHAR *name, STREAM_INFO_LEVELS level, void *data, DWORD flags)
{
    struct search *search;
    DWORD err;

    TRACE("%s, %d, %p, %#lx\n", debug_wstr(name), level, data, flags);
    if (!name || level != FindStreamInfoStandard || !data || flags) err = ERROR_INVALID_PARAMETER;
    else if (!(search = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*search)))) err = ERROR_NOT_ENOUGH_MEMORY;
    else if (!(err = begin(name, data, search)))
    {
        AcquireSRWLockExclusive(&lock);
        search->next = searches;
        searches = search;
        ReleaseSRWLockExclusive(&lock);
        return search;
    }
    else free_search(search);
    SetLastError(err);
    return INVALID_HANDLE_VALUE;
}

/* Where the list has it; NULL: no list of ours has that handle. Under the lock. */
static struct search **find(HANDLE handle)
{
    struct search **search;

    for (search = &searches; *search; search = &(*search)->next)
        if (*search == handle) return search;
    return NULL;
}

static BOOL WINAPI replace_FindNextStreamW(HANDLE handle, void *data)
{
    DWORD err = ERROR_INVALID_HANDLE;
    struct search **search;

    if (!data) return !error_return(ERROR_INVALID_PARAMETER);
    AcquireSRWLockExclusive(&lock);
    if ((search = find(handle))) err = give_next(*search, data) ? ERROR_SUCCESS : ERROR_HANDLE_EOF;
    ReleaseSRWLockExclusive(&lock);
    return !error_return(err);
}

static BOOL WINAPI replace_FindClose(HANDLE handle)
{
    struct search *dead = NULL, **search;

    if (!searches) return original_close(handle);
    AcquireSRWLockExclusive(&lock);
    if ((search = find(handle)))
    {
        dead = *search;
        *search = dead->next;
    }
    ReleaseSRWLockExclusive(&lock);
    if (!dead) return original_close(handle);
    free_search(dead);
    return TRUE;
}

static BOOL WINAPI replace_GetFileInformationByHandleEx(HANDLE file, FILE_INFO_BY_HANDLE_CLASS class, void *info,
                                                        DWORD size)
{
    IO_STATUS_BLOCK io = { .Information = 0 };
    NTSTATUS status;

    if (class != FileStreamInfo) return original_information(file, class, info, size);
    status = NtQueryInformationFile(file, &io, info, size, (FILE_INFORMATION_CLASS)CLASS_STREAM);
    /* no streams are kept there, and Wine says so */
    if (status == STATUS_NOT_IMPLEMENTED) return original_information(file, class, info, size);
    return !error_return(!status && !io.Information ? ERROR_HANDLE_EOF : status_to_win32(status));
}

/* ---- in the place of Wine's ---- */

static BOOL is_first_stub(FARPROC function)
{
    find_first_fn find_first = (find_first_fn)(void (*)(void))function;
    WIN32_FIND_STREAM_DATA data;

    SetLastError(ERROR_SUCCESS);
    return find_first(L"", FindStreamInfoStandard, &data, 0) == INVALID_HANDLE_VALUE
        && GetLastError() == ERROR_HANDLE_EOF;
}

static BOOL is_next_stub(FARPROC function)
{
    find_next_fn find_next = (find_next_fn)(void (*)(void))function;
    WIN32_FIND_STREAM_DATA data;

    SetLastError(ERROR_SUCCESS);
    return !find_next(INVALID_HANDLE_VALUE, &data) && GetLastError() == ERROR_HANDLE_EOF;
}

#define ENTRY(name, is_stub, original) \
    { #name, (FARPROC)(void (*)(void))replace_##name, "file", is_stub, original, HOOK_ABSENT, { NULL, NULL } }

/* All or none: handles of the first are closed by the third. */
static struct entry entries[] =
{
    ENTRY(FindFirstStreamW, is_first_stub, NULL),
    ENTRY(FindNextStreamW, is_next_stub, NULL),
    ENTRY(FindClose, NULL, (FARPROC *)(void *)&original_close),
    ENTRY(GetFileInformationByHandleEx, NULL, (FARPROC *)(void *)&original_information),
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

void find_stream_find(void)
{
    entry_find(entries, ENTRY_COUNT);
}

void find_stream_install(void)
{
    entry_install(entries, ENTRY_COUNT);
}
