/*
 * Handles on whose closing something follows.
 *
 * A handle may be closed where no hook comes by, and another one get its number: what follows then is harmless, since
 * it looks at the file first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_closing.h"

#include "patch/originals.h"
#include "wine/debug.h"
#include "wine/unixcall.h"

#define WAITING_MAX 64 /* handles at once; nothing follows on further ones */

static RTL_SRWLOCK lock;
static struct stream_closing waiting[WAITING_MAX]; /* in no order; free ones have no handle */
LONG stream_closing_count;

/* The handle's, or a free one; NULL: there's none. Under the lock. */
static struct stream_closing *find(HANDLE handle)
{
    unsigned int i;

    for (i = 0; i < WAITING_MAX; i++)
        if (waiting[i].handle == handle) return &waiting[i];
    return NULL;
}

static void end_owner(ULONG64 owner, BOOL done)
{
    struct owner_end_params params = { 0 };

    if (!owner) return;
    params.owner = owner;
    params.done = done;
    unixcall_owner_end(&params);
    unixcall_error(__func__, &params.result);
}

void stream_closing_put(const struct stream_closing *closing)
{
    struct stream_closing *slot;
    ULONG64 old = 0;

    RtlAcquireSRWLockExclusive(&lock);
    if ((slot = find(closing->handle))) old = slot->owner;
    else if ((slot = find(NULL))) stream_closing_count++;
    if (slot) *slot = *closing;
    RtlReleaseSRWLockExclusive(&lock);
    if (!slot)
    {
        WARN("too many handles: nothing follows handle %p\n", (void *)closing->handle);
        old = closing->owner;
    }
    end_owner(old, FALSE);
}

void stream_closing_begin(struct stream_closing_now *now, HANDLE handle)
{
    struct stream_closing *slot;

    memset(&now->what, 0, sizeof(now->what));
    RtlAcquireSRWLockExclusive(&lock);
    if (handle && (slot = find(handle)))
    {
        now->what = *slot;
        slot->handle = NULL;
        stream_closing_count--;
    }
    RtlReleaseSRWLockExclusive(&lock);
    now->settle.found = now->what.written && stream_settle_begin(&now->settle, handle);
}

void stream_closing_end(struct stream_closing_now *now, BOOL closed)
{
    if (!now->what.handle) return;
    if (!closed)
    {
        stream_closing_put(&now->what);
        return;
    }
    end_owner(now->what.owner, TRUE);
    if (now->settle.found) stream_settle_end(&now->settle);
}

/* There is no other thread any more, and one that had the lock is gone with it. */
void stream_closing_finish(void)
{
    static struct stream_closing_now now;
    unsigned int i;

    memset(&lock, 0, sizeof(lock));
    for (i = 0; stream_closing_count && i < WAITING_MAX; i++)
    {
        if (!waiting[i].handle) continue;
        stream_closing_begin(&now, waiting[i].handle);
        if (now.what.handle && !nt_original.close(now.what.handle)) stream_closing_end(&now, TRUE);
    }
}
