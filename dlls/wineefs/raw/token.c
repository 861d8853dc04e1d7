/*
 * What programs hold instead of our objects' addresses.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "token.h"

/* A token is the slot's index and its generation, which changes with each use, so that a stale token finds nothing. */
#define INDEX_BITS  16
#define SLOTS_MAX   (1u << INDEX_BITS)
#define SLOTS_FIRST 64
#define NO_SLOT     (~0u)

struct token_slot
{
    void        *object;
    ULONG_PTR    generation; /* never 0, so that no token is NULL */
    unsigned int next_free;
    unsigned int kind;
    BOOL         busy;   /* acquired, and not released yet */
    BOOL         closed; /* while it was busy: the release destroys the object */
};

/* Called with the lock held. */
static BOOL grow(struct token_table *table)
{
    unsigned int count = table->count ? table->count * 2 : SLOTS_FIRST, i;
    struct token_slot *slots;

    if (count > SLOTS_MAX) return FALSE;
    if (table->slots) slots = HeapReAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, table->slots, count * sizeof(*slots));
    else slots = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, count * sizeof(*slots));
    if (!slots) return FALSE;
    for (i = count; i-- > table->count;)
    {
        /* Each process and table begins with another number, so that a token from elsewhere is unlikely to fit. */
        slots[i].generation = ((GetTickCount() ^ (GetCurrentProcessId() << 3) ^ (DWORD)((ULONG_PTR)table >> 2))
                               & 0x7fff) + 1;
        slots[i].next_free = table->first_free;
        table->first_free = i;
    }
    table->slots = slots;
    table->count = count;
    return TRUE;
}

static PVOID make_token(const struct token_table *table, unsigned int index)
{
    return (PVOID)(table->slots[index].generation << INDEX_BITS | index);
}

/* Called with the lock held. */
static struct token_slot *find(const struct token_table *table, PVOID token)
{
    unsigned int index = (ULONG_PTR)token & (SLOTS_MAX - 1);

    if (index >= table->count || !table->slots[index].object || make_token(table, index) != token) return NULL;
    return &table->slots[index];
}

/* Called with the lock held; what it returns is destroyed without it. */
static void *remove_slot(struct token_table *table, struct token_slot *slot)
{
    void *object = slot->object;

    slot->object = NULL;
    slot->generation++;
    if (!(slot->generation << INDEX_BITS >> INDEX_BITS)) slot->generation = 1;
    slot->next_free = table->first_free;
    table->first_free = (unsigned int)(slot - table->slots);
    return object;
}

DWORD token_create(struct token_table *table, void *object, unsigned int kind, PVOID *token)
{
    DWORD err = ERROR_SUCCESS;
    struct token_slot *slot;

    AcquireSRWLockExclusive(&table->lock);
    if (table->first_free != NO_SLOT || grow(table))
    {
        *token = make_token(table, table->first_free);
        slot = &table->slots[table->first_free];
        table->first_free = slot->next_free;
        slot->object = object;
        slot->kind = kind;
        slot->busy = slot->closed = FALSE;
    }
    else err = table->count == SLOTS_MAX ? ERROR_TOO_MANY_OPEN_FILES : ERROR_NOT_ENOUGH_MEMORY;
    ReleaseSRWLockExclusive(&table->lock);
    return err;
}

DWORD token_acquire(struct token_table *table, PVOID token, unsigned int kinds, void **object)
{
    DWORD err = ERROR_INVALID_PARAMETER;
    struct token_slot *slot;

    *object = NULL;
    AcquireSRWLockExclusive(&table->lock);
    slot = find(table, token);
    if (slot && !slot->closed && (slot->kind & kinds))
    {
        err = slot->busy ? ERROR_BUSY : ERROR_SUCCESS;
        if (!err)
        {
            *object = slot->object;
            slot->busy = TRUE;
        }
    }
    ReleaseSRWLockExclusive(&table->lock);
    return err;
}

void token_release(struct token_table *table, PVOID token)
{
    struct token_slot *slot;
    void *dead = NULL;

    AcquireSRWLockExclusive(&table->lock);
    if ((slot = find(table, token)))
    {
        slot->busy = FALSE;
        if (slot->closed) dead = remove_slot(table, slot);
    }
    ReleaseSRWLockExclusive(&table->lock);
    if (dead) table->destroy(dead);
}

BOOL token_close(struct token_table *table, PVOID token)
{
    struct token_slot *slot;
    void *dead = NULL;

    AcquireSRWLockExclusive(&table->lock);
    slot = find(table, token);
    if (slot)
    {
        if (slot->busy) slot->closed = TRUE;
        else dead = remove_slot(table, slot);
    }
    ReleaseSRWLockExclusive(&table->lock);
    if (dead) table->destroy(dead);
    return slot != NULL;
}
