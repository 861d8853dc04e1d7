/*
 * Jumps from the code of Wine's DLLs to ours.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "jump.h"

#include "wine/native.h"

#ifdef _WIN64

/* jmp [rip+0]; target: reaches everywhere */
BYTE *jump_put_far(BYTE *p, const void *target)
{
    static const BYTE jump[6] = { 0xff, 0x25, 0, 0, 0, 0 };
    ULONG_PTR value = (ULONG_PTR)target;

    memcpy(p, jump, sizeof(jump));
    memcpy(p + sizeof(jump), &value, sizeof(value));
    return p + JUMP_FAR_SIZE;
}

#else

BYTE *jump_put_far(BYTE *p, const void *target)
{
    LONG_PTR distance = (const BYTE *)target - (p + JUMP_FAR_SIZE);

    p[0] = JUMP_NEAR;
    memcpy(p + 1, &distance, 4);
    return p + JUMP_FAR_SIZE;
}

#endif

BYTE *jump_allocate_near(const BYTE *near_to, SIZE_T size)
{
    const ULONG_PTR granularity = 0x10000, reach = 0x7ff00000;
    ULONG_PTR distance, base = (ULONG_PTR)near_to & ~(granularity - 1);
    BYTE *p;

    for (distance = granularity; distance < reach; distance += granularity)
    {
        if (base > distance && (p = native_allocate_at(base - distance, size))) return p;
        if ((p = native_allocate_at(base + distance, size))) return p;
        /* After the first 16 steps, big ones: the DLLs around are large. */
        if (distance >= 16 * granularity) distance += 255 * granularity;
    }
    return NULL;
}

void jump_put_near(BYTE *code, unsigned int at, const void *target)
{
    LONG64 old, new;
    LONG distance = (LONG)((const BYTE *)target - (code + at + JUMP_NEAR_SIZE));
    BYTE *bytes = (BYTE *)&new;

    do
    {
        memcpy(&old, code, sizeof(old));
        new = old;
        bytes[at] = JUMP_NEAR;
        memcpy(bytes + at + 1, &distance, 4);
    }
    while (InterlockedCompareExchange64((LONG64 *)(void *)code, new, old) != old);
}
