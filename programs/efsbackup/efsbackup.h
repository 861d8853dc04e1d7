/*
 * efsbackup: saves and restores EFS-encrypted files through the documented raw API alone, as any
 * third party's backup program would.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSBACKUP_H
#define EFSBACKUP_H

#include <stdbool.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "base/hash.h"
#include "common/console.h"

/* ---- what an archive says of a stream ---- */

struct sum
{
    ULONGLONG size; /* bytes */
    ULONGLONG hash; /* FNV-1a, 64 bits: accidents show */
};

/* Of a stream that is being read: how far it is, and what it has to be in the end. */
struct check
{
    struct sum now, wanted;
};

static inline void sum_begin(struct sum *sum)
{
    *sum = (struct sum){ 0, FNV1A_BEGIN };
}

static inline void sum_add(struct sum *sum, const BYTE *data, DWORD length)
{
    sum->size += length;
    sum->hash = fnv1a_add(sum->hash, data, length);
}

/* ERROR_CRC: it isn't the one that was saved. NULL: nothing is known of it. */
static inline DWORD check_end(const struct check *check)
{
    return !check || (check->now.size == check->wanted.size && check->now.hash == check->wanted.hash) ? ERROR_SUCCESS
        : ERROR_CRC;
}

/* ---- commands; each returns a Win32 code, *subject gets the name that the code is about ---- */

/* sum: has begun, and is gone on with; NULL allowed */
DWORD save_file(const WCHAR *file, const WCHAR *stream, struct sum *sum, const WCHAR **subject);
/* flags: CREATE_FOR_DIR and OVERWRITE_HIDDEN. check: has begun; NULL allowed. made: gets a handle of replace_open_raw,
   or INVALID_HANDLE_VALUE; NULL allowed */
DWORD restore_file(const WCHAR *stream, const WCHAR *file, ULONG flags, struct check *check, HANDLE *made,
                   const WCHAR **subject);
/* A directory with all that is in it, and an archive of it, a folder that is made for it. What can't be saved or
 * restored is said, and the rest is done: then ERROR_PARTIAL_COPY. */
DWORD save_tree(const WCHAR *dir, const WCHAR *archive, const WCHAR **subject);
DWORD restore_tree(const WCHAR *archive, const WCHAR *dir, const WCHAR **subject);
/* Is all there that a restore needs, as it was saved? What isn't is said: then ERROR_PARTIAL_COPY. */
DWORD verify_tree(const WCHAR *archive, const WCHAR **subject);
DWORD show_status(const WCHAR *file, const WCHAR **subject);
DWORD show_users(const WCHAR *file, const WCHAR **subject);

/* ---- replace.c; more of it in tree.h ---- */

/* An encrypted file that was made beside another which it will replace; held until the handle is closed. */
HANDLE replace_open_raw(const WCHAR *made);

/* ---- progress.c ---- */

struct progress
{
    bool      active;    /* standard error is a console */
    bool      shown;     /* a line is on the screen that has to be wiped */
    ULONGLONG done;      /* bytes */
    ULONGLONG total;     /* bytes, 0 if unknown */
    ULONGLONG next_tick; /* milliseconds, of the next line */
};

void progress_begin(struct progress *progress, ULONGLONG total);
void progress_add(struct progress *progress, ULONGLONG bytes);
void progress_end(struct progress *progress);

/* How often Ctrl-C was pressed: callbacks answer ERROR_CANCELLED, so that nothing half-done stays behind. */
extern volatile LONG cancelled;
void watch_for_cancel(void);

#endif
