/*
 * Replacing functions of kernel32 and kernelbase, in this process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "entry.h"

#include "prologue.h"
#include "registry.h"
#include "wine/debug.h"
#include "wine/native.h"

#define LOOK_AT 64 /* bytes at the beginning of a function in which a stub tests its debug channel */

/* For each entry: a jump to the replacement, then the way to the original, if one is wanted. */
#define SLOT_SIZE 48

_Static_assert(SLOT_SIZE >= JUMP_FAR_SIZE + PROLOGUE_WAY_SIZE, "a slot holds a jump and a way to the original");

/* Bytes of the function's code, by its unwind data; 0 if it has none. */
static DWORD get_size(const BYTE *code)
{
#ifdef _WIN64
    DWORD64 base;
    const RUNTIME_FUNCTION *function = RtlLookupFunctionEntry((DWORD64)code, &base, NULL);

    if (!function || base + function->BeginAddress != (DWORD64)code) return 0;
    return function->EndAddress - function->BeginAddress;
#else
    /*
     * i386 has no unwind data. A stub that sets an error and returns is longer than a jump, and is_stub() sees that it
     * does so.
     */
    (void)code;
    return JUMP_FAR_SIZE;
#endif
}

/* What the 32 bits of an instruction say, which ends there. */
static BYTE *get_address(const BYTE *bits, const BYTE *end)
{
    LONG displacement;

    memcpy(&displacement, bits, sizeof(displacement));
#ifdef _WIN64
    return (BYTE *)(ULONG_PTR)end + displacement;
#else
    (void)end;
    return (BYTE *)displacement;
#endif
}

/* Can its first bytes be replaced in one store? Not where somebody else has put a jump or a breakpoint already. */
static BOOL is_replaceable(const BYTE *code)
{
    if ((ULONG_PTR)code & 7) return FALSE;
    return code[0] != JUMP_NEAR && code[0] != 0xeb && code[0] != 0xff && code[0] != 0xcc;
}

static BOOL is_named(const BYTE *channel, const char *name)
{
    unsigned int i;

    for (i = 0; name[i]; i++)
        if (channel[1 + i] != (BYTE)name[i]) return FALSE;
    return !channel[1 + i];
}

/*
 * The debug channel of Wine's stubs, which say FIXME before they fail: test byte [channel],1. Silenced while we try
 * one, or every program would begin with messages about functions that it doesn't use. NULL: not seen.
 */
static BYTE *find_channel(const BYTE *code, const char *name)
{
    const BYTE *p;
    BYTE *channel;

    for (p = code; p < code + LOOK_AT; p++)
    {
        if (p[0] != 0xf6 || p[1] != 0x05 || p[6] != 1) continue;
        channel = get_address(p + 2, p + 7);
        /* An address in the same module can be read. */
        if (native_find_owner(channel) == native_find_owner(code) && is_named(channel, name))
            return channel;
    }
    return NULL;
}

static BOOL is_stub(const struct entry *entry, const BYTE *code)
{
    BYTE *channel = find_channel(code, entry->channel), flags = 0;
    ULONG error = RtlGetLastWin32Error();
    BOOL result;

    if (channel)
    {
        flags = *channel;
        *channel = 0;
    }
    result = entry->is_stub((FARPROC)(ULONG_PTR)code);
    if (channel) *channel = flags;
    RtlSetLastWin32Error(error);
    return result;
}

/* In the place of some functions kernel32 has a jump to kernelbase's. */
static BYTE *follow_import(BYTE *code)
{
    BYTE *p = code && prologue_is_known(code) ? code + PROLOGUE_SIZE : code, *target;

    if (!p) return NULL;
    if (p != code && *p == 0x5d) p++; /* pop ebp, of i386 */
    if (p[0] != 0xff || p[1] != 0x25) return code; /* jmp [address] */
    memcpy(&target, get_address(p + 2, p + 6), sizeof(target));
    return native_find_owner(target) ? target : code;
}

void entry_find(struct entry *entries, unsigned int count)
{
    /* a forwarder of ours to what this Wine doesn't have would be an error message of Wine's at each start */
    const HMODULE modules[ENTRY_MODULES] = { native_find_module(L"kernel32.dll"), native_find_kernelbase() };
    unsigned int i, module;
    BYTE *code;

    for (i = 0; i < count; i++) registry_add(entries[i].name, &entries[i].state);
    for (module = 0; module < ENTRY_MODULES; module++)
    {
        for (i = 0; i < count; i++)
        {
            code = follow_import((BYTE *)(ULONG_PTR)native_find_function(modules[module], entries[i].name));
            /* kernelbase may export the very function that kernel32 does. */
            if (!code || (module && code == entries[i].code[0])) continue;
            entries[i].code[module] = code;
            if (get_size(code) < JUMP_FAR_SIZE) entries[i].state = HOOK_UNKNOWN;
        }
    }
}

static enum hook_state judge(const struct entry *entry)
{
    enum hook_state state = entry->state;
    unsigned int module;

    for (module = 0; module < ENTRY_MODULES && state != HOOK_UNKNOWN; module++)
    {
        if (!entry->code[module]) continue;
        if (!is_replaceable(entry->code[module])) return HOOK_UNKNOWN;
        if (entry->original && !prologue_is_known(entry->code[module])) return HOOK_UNKNOWN;
        if (!entry->original && !is_stub(entry, entry->code[module])) return HOOK_UNNEEDED;
        state = HOOK_STANDS;
    }
    return state;
}

/* Where near jumps from a module's functions lead: memory there is looked for once. NULL: there is none. */
static BYTE *make_slots(const struct entry *entries, unsigned int count, unsigned int module, const BYTE *near_to)
{
    BYTE *slots = jump_allocate_near(near_to, (SIZE_T)count * SLOT_SIZE), *way;
    unsigned int i;

    if (!slots) return NULL;
    for (i = 0; i < count; i++)
    {
        way = jump_put_far(slots + i * SLOT_SIZE, (const void *)(ULONG_PTR)entries[i].replacement);
        if (!entries[i].original || !entries[i].code[module]) continue;
        prologue_put_way(way, entries[i].code[module]);
        *entries[i].original = (FARPROC)(ULONG_PTR)way;
    }
    native_protect(slots, (SIZE_T)count * SLOT_SIZE, PAGE_EXECUTE_READ, &(ULONG){ 0 });
    return slots;
}

static BOOL replace(BYTE *code, const void *target)
{
    ULONG old_protection;

    if (!native_protect(code, 8, PAGE_EXECUTE_READWRITE, &old_protection)) return FALSE;
    jump_put_near(code, 0, target);
    native_protect(code, 8, old_protection, &old_protection);
    native_flush_code(code, 8);
    return TRUE;
}

static void replace_in_module(struct entry *entries, unsigned int count, unsigned int module)
{
    BYTE *slots = NULL, *code;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        if (!(code = entries[i].code[module])) continue;
        if (!slots) slots = make_slots(entries, count, module, code);
        if (slots && replace(code, slots + i * SLOT_SIZE)) continue;
        WARN("no memory for %s\n", entries[i].name);
        entries[i].state = HOOK_UNKNOWN;
    }
}

void entry_install(struct entry *entries, unsigned int count)
{
    enum hook_state worst = HOOK_STANDS;
    unsigned int i, module;

    for (i = 0; i < count; i++)
    {
        entries[i].state = judge(&entries[i]);
        if (entries[i].state != HOOK_STANDS && worst != HOOK_UNKNOWN) worst = entries[i].state;
    }
    if (worst != HOOK_STANDS)
    {
        if (worst != HOOK_UNNEEDED) WARN("%s and its relatives are left alone, state %d\n", entries[0].name, worst);
        for (i = 0; i < count; i++)
            if (entries[i].state == HOOK_STANDS) entries[i].state = worst;
        return;
    }
    for (module = 0; module < ENTRY_MODULES; module++) replace_in_module(entries, count, module);
}
