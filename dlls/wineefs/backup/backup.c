/*
 * kernel32's BackupRead, BackupWrite and BackupSeek: arguments and contexts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup.h"

#include "wine/debug.h"
#include "patch/entry.h"
#include "raw/token.h"
#include "shadow/shadow_marks.h"
#include "wine/errors.h"

enum kind
{
    KIND_READ = 1,
    KIND_WRITE = 2,
};

struct backup
{
    enum kind kind;
    union
    {
        struct backup_reader *reader;
        struct backup_writer *writer;
    };
};

static void destroy(void *object)
{
    struct backup *backup = object;

    if (backup->kind == KIND_READ) backup_reader_destroy(backup->reader);
    else backup_writer_destroy(backup->writer);
    HeapFree(GetProcessHeap(), 0, backup);
}

static struct token_table backups = TOKEN_TABLE(destroy);

static DWORD create(enum kind kind, BOOL security, PVOID *token)
{
    struct backup *backup = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*backup));
    DWORD err = ERROR_NOT_ENOUGH_MEMORY;

    if (!backup) return err;
    backup->kind = kind;
    if (kind == KIND_READ) backup->reader = backup_reader_create(security);
    else backup->writer = backup_writer_create(security);
    if (!backup->reader) HeapFree(GetProcessHeap(), 0, backup);
    else if ((err = token_create(&backups, backup, kind, token))) destroy(backup);
    return err;
}

/* The call with bAbort: ends the backup or restore. ERROR_INVALID_DATA: what was written isn't a complete stream. */
static DWORD end(PVOID *context, enum kind kind)
{
    struct backup *backup;
    void *object;
    PVOID token = *context;
    DWORD err;

    if (!token) return ERROR_SUCCESS; /* nothing was begun */
    if ((err = token_acquire(&backups, token, kind, &object))) return err;
    backup = object;
    if (kind == KIND_WRITE) err = backup_writer_finish(backup->writer);
    token_close(&backups, token);
    token_release(&backups, token);
    *context = NULL;
    return err;
}

static BOOL WINAPI replace_BackupRead(HANDLE file, LPBYTE buffer, DWORD length, LPDWORD got, BOOL abort, BOOL security,
                                      LPVOID *context)
{
    void *backup;
    DWORD err;

    TRACE("%p, %p, %lu, %p, %d, %d, %p\n", (void *)file, (void *)buffer, length, (void *)got, abort, security,
          (void *)context);

    if (!context) return !error_return(ERROR_INVALID_PARAMETER);
    if (abort) return !error_return(end(context, KIND_READ));
    /*
     * Programs read as many bytes as a substream's name has, and most have none: 0 bytes are allowed, but not at the
     * beginning.
     */
    if ((!buffer && length) || (!length && !*context) || !got) return !error_return(ERROR_INVALID_PARAMETER);
    *got = 0;
    if (!*context && (err = create(KIND_READ, security, context))) return !error_return(err);
    if ((err = token_acquire(&backups, *context, KIND_READ, &backup))) return !error_return(err);
    err = backup_reader_read(((struct backup *)backup)->reader, file, buffer, length, got);
    token_release(&backups, *context);
    TRACE("%lu bytes, error %lu\n", *got, err);
    return !error_return(err);
}

static BOOL WINAPI replace_BackupWrite(HANDLE file, LPBYTE buffer, DWORD length, LPDWORD written, BOOL abort,
                                       BOOL security, LPVOID *context)
{
    void *backup;
    DWORD err;

    TRACE("%p, %p, %lu, %p, %d, %d, %p\n", (void *)file, (void *)buffer, length, (void *)written, abort, security,
          (void *)context);

    if (!context) return !error_return(ERROR_INVALID_PARAMETER);
    if (abort) return !error_return(end(context, KIND_WRITE));
    if ((!buffer && length) || !written) return !error_return(ERROR_INVALID_PARAMETER);
    *written = 0;
    if (shadow_is_marked(file)) return !error_return(ERROR_WRITE_PROTECT);
    if (!*context && (err = create(KIND_WRITE, security, context))) return !error_return(err);
    if ((err = token_acquire(&backups, *context, KIND_WRITE, &backup))) return !error_return(err);
    err = backup_writer_write(((struct backup *)backup)->writer, file, buffer, length, written);
    token_release(&backups, *context);
    TRACE("%lu bytes, error %lu\n", *written, err);
    return !error_return(err);
}

static BOOL WINAPI replace_BackupSeek(HANDLE file, DWORD low, DWORD high, LPDWORD low_seeked, LPDWORD high_seeked,
                                      LPVOID *context)
{
    UINT64 wanted = (UINT64)high << 32 | low, seeked;
    struct backup *backup;
    void *object;
    DWORD err;

    TRACE("%p, 0x%I64x, %p, %p, %p\n", (void *)file, (ULONGLONG)wanted, (void *)low_seeked, (void *)high_seeked,
          (void *)context);

    if (!context || !low_seeked || !high_seeked) return !error_return(ERROR_INVALID_PARAMETER);
    *low_seeked = *high_seeked = 0;
    if ((err = token_acquire(&backups, *context, KIND_READ | KIND_WRITE, &object))) return !error_return(err);
    backup = object;
    if (backup->kind == KIND_READ) seeked = backup_reader_skip(backup->reader, wanted);
    else err = backup_writer_skip(backup->writer, file, wanted, &seeked);
    token_release(&backups, *context);
    *low_seeked = (DWORD)seeked;
    *high_seeked = (DWORD)(seeked >> 32);
    /* Microsoft: BackupSeek "does not seek across stream headers" */
    return !error_return(err ? err : seeked < wanted ? ERROR_SEEK : ERROR_SUCCESS);
}

/* ---- in the place of Wine's stubs ---- */

typedef BOOL (WINAPI *transfer_fn)(HANDLE file, LPBYTE buffer, DWORD length, LPDWORD done, BOOL abort, BOOL security,
                                   LPVOID *context);
typedef BOOL (WINAPI *seek_fn)(HANDLE file, DWORD low, DWORD high, LPDWORD low_seeked, LPDWORD high_seeked,
                               LPVOID *context);

static BOOL is_transfer_stub(FARPROC function)
{
    transfer_fn transfer = (transfer_fn)(void (*)(void))function;
    BYTE buffer[1] = { 0 };
    void *context = NULL;
    DWORD done, err;
    BOOL result;

    SetLastError(ERROR_SUCCESS);
    result = transfer(INVALID_HANDLE_VALUE, buffer, sizeof(buffer), &done, FALSE, FALSE, &context);
    err = GetLastError();
    if (context) transfer(INVALID_HANDLE_VALUE, NULL, 0, &done, TRUE, FALSE, &context);
    return !result && err == ERROR_NOT_SUPPORTED;
}

static BOOL is_seek_stub(FARPROC function)
{
    seek_fn seek = (seek_fn)(void (*)(void))function;
    void *context = NULL;
    DWORD low, high;

    SetLastError(ERROR_SUCCESS);
    return !seek(INVALID_HANDLE_VALUE, 0, 0, &low, &high, &context) && GetLastError() == ERROR_NOT_SUPPORTED;
}

#define ENTRY(name, is_stub) \
    { #name, (FARPROC)(void (*)(void))replace_##name, "tape", is_stub, NULL, HOOK_ABSENT, { NULL, NULL } }

static struct entry entries[] =
{
    ENTRY(BackupRead, is_transfer_stub),
    ENTRY(BackupWrite, is_transfer_stub),
    ENTRY(BackupSeek, is_seek_stub),
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

void backup_find(void)
{
    entry_find(entries, ENTRY_COUNT);
}

void backup_install(void)
{
    entry_install(entries, ENTRY_COUNT);
}
