/*
 * A directory whose own streams are in a file within it can be removed as if it were empty.
 *
 * Wine's server removes a directory when its handles are closed, if it is empty then, which this one isn't: so the
 * server refuses the disposition, or does nothing in the end. Then it is done here, when the handle is closed that was
 * to bring it about. Until then nothing has happened, and the program may take it back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "removal.h"

#include "ea.h"
#include "efs/error.h"
#include "hooks.h"
#include "shadow/shadow_open.h"
#include "streams/stream_closing.h"
#include "streams/stream_follow.h"
#include "wine/debug.h"
#include "wine/unixcall.h"
#include "within.h"

#define WAITING_MAX 64 /* handles at once; directories of further ones can't be removed */

/* FILE_DISPOSITION_INFORMATION_EX.Flags */
#define DISPOSITION_DELETE   0x01
#define DISPOSITION_ON_CLOSE 0x08

static RTL_SRWLOCK lock;
static struct removal waiting[WAITING_MAX]; /* in no order; free entries have no handle */
LONG removal_count;

/* The handle's, or a free one; NULL: all are taken. Under the lock. */
static struct removal *find(HANDLE handle)
{
    unsigned int i;

    for (i = 0; i < WAITING_MAX; i++)
        if (waiting[i].handle == handle) return &waiting[i];
    return NULL;
}

static BOOL put(const struct removal *removal)
{
    struct removal *slot;

    RtlAcquireSRWLockExclusive(&lock);
    if ((slot = find(removal->handle)))
    {
        if (slot->dev != removal->dev || slot->ino != removal->ino) slot->disposition = slot->on_close = FALSE;
        slot->dev = removal->dev;
        slot->ino = removal->ino;
        slot->disposition = slot->disposition || removal->disposition;
        slot->on_close = slot->on_close || removal->on_close;
    }
    else if ((slot = find(NULL)))
    {
        *slot = *removal;
        removal_count++;
    }
    RtlReleaseSRWLockExclusive(&lock);
    return slot != NULL;
}

/* The program doesn't want the directory removed any more. */
static void take_back(HANDLE handle, BOOL on_close)
{
    struct removal *slot;

    RtlAcquireSRWLockExclusive(&lock);
    if ((slot = find(handle)))
    {
        if (on_close) slot->on_close = FALSE;
        else slot->disposition = FALSE;
        if (!slot->on_close && !slot->disposition)
        {
            slot->handle = NULL;
            removal_count--;
        }
    }
    RtlReleaseSRWLockExclusive(&lock);
}

/* Is it a directory that could be removed, but for its own file? Fills in which one it is. */
static enum efs_error check(HANDLE dir, struct removal *removal)
{
    struct remove_params params = { 0 };
    int fd;

    if (!unixcall_is_available() || unixcall_get_fd(dir, 0, &fd)) return EFS_ERR_NOT_ENCRYPTED;
    params.fd = fd;
    unixcall_remove(&params);
    removal->handle = dir;
    removal->dev = params.dev;
    removal->ino = params.ino;
    return (enum efs_error)params.result.error;
}

static void remove_now(const struct removal *removal)
{
    struct remove_params params = { 0 };

    params.fd = removal->fd;
    params.remove = TRUE;
    params.dev = removal->dev;
    params.ino = removal->ino;
    unixcall_remove(&params);
    unixcall_error(__func__, &params.result);
}

/* Which disposition does the program ask for? FALSE: a structure that Wine has to judge. */
static BOOL read_disposition(const void *info, ULONG length, ULONG class, ULONG *flags)
{
    if (!info || length < (class == CLASS_DISPOSITION ? sizeof(BOOLEAN) : sizeof(ULONG))) return FALSE;
    if (class == CLASS_DISPOSITION) *flags = *(const BOOLEAN *)info ? DISPOSITION_DELETE : 0;
    else *flags = get_ulong(info);
    return TRUE;
}

NTSTATUS removal_set_disposition(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    NTSTATUS status = nt_original.set_information(file, io, info, length, class);
    struct removal removal = { 0 };
    ULONG flags;

    if (!read_disposition(info, length, class, &flags)) return status;
    if (!(flags & DISPOSITION_DELETE))
    {
        if (!status && removal_count) take_back(file, (flags & DISPOSITION_ON_CLOSE) != 0);
        return status;
    }
    if (!status) stream_will_go(file);
    /* Once its entries were read by the same handle, Wine 8.0 takes a directory for empty. */
    if (status && status != STATUS_DIRECTORY_NOT_EMPTY) return status;
    switch (check(file, &removal))
    {
    case EFS_OK:
        if (flags & DISPOSITION_ON_CLOSE) removal.on_close = TRUE;
        else removal.disposition = TRUE;
        if (nt_original.close && put(&removal)) status = STATUS_SUCCESS;
        else status = STATUS_INSUFFICIENT_RESOURCES;
        break;
    case EFS_ERR_ACCESS:
    case EFS_ERR_READ_ONLY_VOLUME:
        status = STATUS_ACCESS_DENIED;
        break;
    case EFS_ERR_EXISTS:
        status = STATUS_DIRECTORY_NOT_EMPTY;
        break;
    default:
        return status;
    }
    io->Information = 0;
    return io->Status = status;
}

void removal_on_close(HANDLE file)
{
    struct removal removal = { 0 };
    enum efs_error err;

    if (!nt_original.close) return;
    err = check(file, &removal);
    removal.on_close = TRUE;
    /* Also where there is something else in it, which may be gone when the handle is closed. */
    if ((!err || err == EFS_ERR_EXISTS) && !put(&removal))
        WARN("too many handles: directory %p will stay\n", (void *)file);
}

void removal_begin(struct removal *removal, HANDLE handle)
{
    struct removal *slot;

    memset(removal, 0, sizeof(*removal));
    RtlAcquireSRWLockExclusive(&lock);
    if (handle && (slot = find(handle)))
    {
        *removal = *slot;
        slot->handle = NULL;
        removal_count--;
    }
    RtlReleaseSRWLockExclusive(&lock);
    if (removal->handle && unixcall_get_fd(handle, 0, &removal->fd)) removal->handle = NULL;
}

void removal_end(struct removal *removal, BOOL closed, HANDLE moved)
{
    struct fd_params params = { 0 };

    if (!removal->handle) return;
    if (closed && !moved)
    {
        remove_now(removal);
        return;
    }
    params.fd = removal->fd;
    unixcall_close_fd(&params);
    if (closed) removal->handle = moved;
    put(removal);
}

/* Without the lock: there is no other thread any more, and one that was stopped may have held it. */
void removal_finish(void)
{
    unsigned int i;

    for (i = 0; removal_count && i < WAITING_MAX; i++)
        if (waiting[i].handle && !unixcall_get_fd(waiting[i].handle, 0, &waiting[i].fd)) remove_now(&waiting[i]);
}

/* Apart, since it needs so much of the stack. */
static __attribute__((noinline)) NTSTATUS close_watched(HANDLE handle)
{
    struct stream_closing_now closing;
    struct removal removal;
    NTSTATUS status;

    removal_begin(&removal, handle);
    stream_closing_begin(&closing, handle);
    status = nt_original.close(handle);
    removal_end(&removal, !status, NULL);
    stream_closing_end(&closing, !status);
    return status;
}

NTSTATUS WINAPI hook_NtClose(HANDLE handle)
{
    if (hooks_empty_scans) hooks_forget_scan(handle);
    if (ea_scans) ea_forget_scan(handle);
    shadow_forget(handle);
    return removal_count || stream_closing_count ? close_watched(handle) : nt_original.close(handle);
}

static __attribute__((noinline)) BOOL is_in_shadow(const OBJECT_ATTRIBUTES *attr)
{
    struct shadow_name shadow;

    if (!shadow_query_begin(&shadow, &attr)) return FALSE;
    shadow_query_end(&shadow, NULL);
    return TRUE;
}

NTSTATUS WINAPI hook_NtDeleteFile(OBJECT_ATTRIBUTES *attr)
{
    struct removal removal = { 0 };
    HANDLE dir;

    if (shadow_is_candidate(attr) && is_in_shadow(attr)) return STATUS_MEDIA_WRITE_PROTECTED;
    if (within_is_named(attr)) return STATUS_OBJECT_NAME_NOT_FOUND;
    /* Wine would open and close the directory by functions that aren't hooked. So it is done here. */
    if (!attr || !attr->ObjectName
        || hooks_open_file(&dir, DELETE | SYNCHRONIZE, attr, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                                      FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT))
        return stream_delete(attr);
    if (check(dir, &removal) || unixcall_get_fd(dir, 0, &removal.fd))
    {
        NtClose(dir);
        return stream_delete(attr);
    }
    NtClose(dir);
    remove_now(&removal);
    return STATUS_SUCCESS;
}
