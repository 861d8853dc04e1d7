/*
 * What programs hold instead of our objects' addresses: a table of slots, each with a generation.
 *
 * A NULL, stale or foreign token is recognised without looking at memory that isn't ours.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_TOKEN_H
#define WINEEFS_TOKEN_H

#include <windows.h>

struct token_slot;

struct token_table
{
    void             (*destroy)(void *object); /* called without the lock */
    SRWLOCK            lock;
    struct token_slot *slots;
    unsigned int       count, first_free;
};

#define TOKEN_TABLE(destroy) { destroy, SRWLOCK_INIT, NULL, 0, ~0u }

/* kind: a bit of the caller's. Win32 code; on failure the object stays the caller's. */
DWORD token_create(struct token_table *table, void *object, unsigned int kind, PVOID *token);

/*
 * Finds an object and marks it busy until token_release. kinds: the bits of those that will do.
 * ERROR_INVALID_PARAMETER: no such token, or of another kind; ERROR_BUSY: in use.
 */
DWORD token_acquire(struct token_table *table, PVOID token, unsigned int kinds, void **object);
void token_release(struct token_table *table, PVOID token);

/* Destroys the object, at once or when whoever acquired it releases it. FALSE: there is no such token. */
BOOL token_close(struct token_table *table, PVOID token);

#endif
