/*
 * Memory for a private key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "locked.h"

DWORD locked_allocate(struct locked *memory, DWORD capacity)
{
    memset(memory, 0, sizeof(*memory));
    memory->bytes = VirtualAlloc(NULL, capacity, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (!memory->bytes) return ERROR_NOT_ENOUGH_MEMORY;
    memory->capacity = capacity;
    VirtualLock(memory->bytes, capacity);
    return ERROR_SUCCESS;
}

void locked_free(struct locked *memory)
{
    if (memory->bytes)
    {
        SecureZeroMemory(memory->bytes, memory->capacity);
        VirtualUnlock(memory->bytes, memory->capacity);
        VirtualFree(memory->bytes, 0, MEM_RELEASE);
    }
    memset(memory, 0, sizeof(*memory));
}
