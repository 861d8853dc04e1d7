/*
 * Hooks on ntdll's system call stubs, in this process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hook.h"

#include "debug.h"
#include "jump.h"

#ifdef _WIN64

/* mov r10,rcx; mov eax,imm32: 8 bytes; then a test of SharedUserData (seen in Wine 8.0 and 10.0) */
#define HEAD_SIZE 8
/* The jump takes the place of the second instruction: so a thread that is between the two finds one there, too. */
#define JUMP_AT   3

static BOOL is_stub(const BYTE *p)
{
    return p[0] == 0x4c && p[1] == 0x8b && p[2] == 0xd1 && p[3] == 0xb8 && p[8] == 0xf6 && p[9] == 0x04 && p[10] == 0x25;
}

#else

/* mov eax,imm32: 5 bytes; then mov edx,imm32; call edx; ret (seen in Wine 8.0 and 10.0) */
#define HEAD_SIZE 5
#define JUMP_AT   0

static BOOL is_stub(const BYTE *p)
{
    return p[0] == 0xb8 && p[5] == 0xba && p[10] == 0xff && p[11] == 0xd2;
}

#endif

/* For each hook: a jump to the replacement, and the stub's head with a jump to its rest. */
#define SLOT_SIZE 64

static BYTE *fill_slot(BYTE *slot, const BYTE *stub, FARPROC replacement)
{
    BYTE *p = jump_put_far(slot, (const void *)(ULONG_PTR)replacement);

    memcpy(p, stub, HEAD_SIZE);
    jump_put_far(p + HEAD_SIZE, stub + HEAD_SIZE);
    return p;
}

void hook_install(struct hook *hooks, unsigned int count)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    BYTE *slots, *stub, *first = NULL, *last = NULL, *original;
    DWORD old_protection;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        stub = (BYTE *)(ULONG_PTR)GetProcAddress(ntdll, hooks[i].name);
        hooks[i].state = stub ? HOOK_UNKNOWN : HOOK_ABSENT;
        if (!stub) continue;
        /* Is it what we know, and can the head be replaced in one store? */
        if (!is_stub(stub) || ((ULONG_PTR)stub & 7))
        {
            WARN("%s has an unknown shape, it is left alone: encrypted files will not show there\n", hooks[i].name);
            continue;
        }
        hooks[i].state = HOOK_STANDS;
        if (!first || stub < first) first = stub;
        if (!last || stub > last) last = stub;
    }
    if (!first) return;

    slots = jump_allocate_near(first, (SIZE_T)count * SLOT_SIZE);
    if (!slots || !VirtualProtect(first, (SIZE_T)(last - first) + 16, PAGE_EXECUTE_READWRITE, &old_protection))
    {
        WARN("no memory for the hooks: encrypted files will not show\n");
        for (i = 0; i < count; i++)
            if (hooks[i].state == HOOK_STANDS) hooks[i].state = HOOK_UNKNOWN;
        if (slots) VirtualFree(slots, 0, MEM_RELEASE);
        return;
    }
    for (i = 0; i < count; i++)
    {
        if (hooks[i].state != HOOK_STANDS) continue;
        stub = (BYTE *)(ULONG_PTR)GetProcAddress(ntdll, hooks[i].name);
        original = fill_slot(slots + i * SLOT_SIZE, stub, hooks[i].replacement);
        *hooks[i].original = (FARPROC)(ULONG_PTR)original;
    }
    /* The ways to the originals are complete and executable before the first stub leads here. */
    VirtualProtect(slots, (SIZE_T)count * SLOT_SIZE, PAGE_EXECUTE_READ, &(DWORD){ 0 });
    for (i = 0; i < count; i++)
    {
        if (hooks[i].state != HOOK_STANDS) continue;
        jump_put_near((BYTE *)(ULONG_PTR)GetProcAddress(ntdll, hooks[i].name), JUMP_AT, slots + i * SLOT_SIZE);
    }
    VirtualProtect(first, (SIZE_T)(last - first) + 16, old_protection, &old_protection);
    FlushInstructionCache(GetCurrentProcess(), first, (SIZE_T)(last - first) + 16);
}
