/*
 * The contexts that OpenEncryptedFileRaw gives out: a table of slots, each with a generation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "context.h"

#include "debug.h"
#include "unixcall.h"

/* A token is the slot's index and its generation, which changes with each use, so that a stale token finds nothing. */
#define INDEX_BITS  16
#define SLOTS_MAX   (1u << INDEX_BITS)
#define SLOTS_FIRST 64
#define NO_SLOT     SLOTS_MAX

struct slot
{
    struct context *context;
    ULONG_PTR       generation; /* never 0, so that no token is NULL */
    unsigned int    next_free;
};

static SRWLOCK lock = SRWLOCK_INIT; /* guards the table, never held across a callback */
static struct slot *slots;
static unsigned int slot_count, first_free = NO_SLOT;

void context_clear(struct context *context)
{
    struct session_params params = { context->session };

    if (context->session) unixcall(context->direction == CONTEXT_EXPORT ? unix_export_free : unix_target_close, &params);
    if (context->file) CloseHandle(context->file);
    if (context->reserved) CloseHandle(context->reserved);
    HeapFree(GetProcessHeap(), 0, context->name);
    memset(context, 0, sizeof(*context));
}

static void destroy(struct context *context)
{
    context_clear(context);
    HeapFree(GetProcessHeap(), 0, context);
}

/* Called with the lock held. */
static BOOL grow(void)
{
    unsigned int count = slot_count ? slot_count * 2 : SLOTS_FIRST, i;
    struct slot *table;

    if (count > SLOTS_MAX) return FALSE;
    if (slots) table = HeapReAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, slots, count * sizeof(*slots));
    else table = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, count * sizeof(*slots));
    if (!table) return FALSE;
    for (i = count; i-- > slot_count;)
    {
        /* not the same in each process, so that a number from elsewhere is unlikely to fit */
        table[i].generation = ((GetTickCount() ^ (GetCurrentProcessId() << 3)) & 0x7fff) + 1;
        table[i].next_free = first_free;
        first_free = i;
    }
    slots = table;
    slot_count = count;
    return TRUE;
}

static PVOID make_token(unsigned int index)
{
    return (PVOID)(slots[index].generation << INDEX_BITS | index);
}

/* Called with the lock held. */
static struct slot *find(PVOID token)
{
    unsigned int index = (ULONG_PTR)token & (SLOTS_MAX - 1);

    if (index >= slot_count || !slots[index].context || make_token(index) != token) return NULL;
    return &slots[index];
}

/* Called with the lock held; what it returns is destroyed without it. */
static struct context *remove_slot(struct slot *slot)
{
    struct context *context = slot->context;

    slot->context = NULL;
    slot->generation++;
    if (!(slot->generation << INDEX_BITS >> INDEX_BITS)) slot->generation = 1;
    slot->next_free = first_free;
    first_free = (unsigned int)(slot - slots);
    return context;
}

DWORD context_create(const struct context *init, PVOID *token)
{
    struct context *context = HeapAlloc(GetProcessHeap(), 0, sizeof(*context));
    struct context failed = *init;
    DWORD err = ERROR_SUCCESS;
    unsigned int index;

    if (context)
    {
        *context = *init;
        AcquireSRWLockExclusive(&lock);
        if (first_free != NO_SLOT || grow())
        {
            index = first_free;
            first_free = slots[index].next_free;
            slots[index].context = context;
            *token = make_token(index);
        }
        else err = slot_count == SLOTS_MAX ? ERROR_TOO_MANY_OPEN_FILES : ERROR_NOT_ENOUGH_MEMORY;
        ReleaseSRWLockExclusive(&lock);
    }
    else err = ERROR_NOT_ENOUGH_MEMORY;

    if (err)
    {
        HeapFree(GetProcessHeap(), 0, context);
        context_clear(&failed);
    }
    return err;
}

DWORD context_acquire(PVOID token, enum context_direction direction, struct context **context)
{
    DWORD err = ERROR_INVALID_PARAMETER;
    struct slot *slot;

    *context = NULL;
    AcquireSRWLockExclusive(&lock);
    slot = find(token);
    if (slot && !slot->context->closed && slot->context->direction == direction)
    {
        err = slot->context->busy ? ERROR_BUSY : ERROR_SUCCESS;
        if (!err)
        {
            *context = slot->context;
            slot->context->busy = TRUE;
        }
    }
    ReleaseSRWLockExclusive(&lock);
    return err;
}

void context_release(PVOID token, struct context *context)
{
    struct context *dead = NULL;
    struct slot *slot;

    AcquireSRWLockExclusive(&lock);
    context->busy = FALSE;
    if (context->closed && (slot = find(token))) dead = remove_slot(slot);
    ReleaseSRWLockExclusive(&lock);
    if (dead) destroy(dead);
}

void context_close(PVOID token)
{
    struct context *dead = NULL;
    struct slot *slot;

    AcquireSRWLockExclusive(&lock);
    slot = find(token);
    if (slot)
    {
        if (slot->context->busy) slot->context->closed = TRUE;
        else dead = remove_slot(slot);
    }
    ReleaseSRWLockExclusive(&lock);
    if (dead) destroy(dead);
    else if (!slot) WARN("%p is no context\n", token);
}
