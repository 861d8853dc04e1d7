/*
 * Replacing functions that are stubs in Wine, in this process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "entry.h"

#include "debug.h"
#include "jump.h"

#define MODULES 2
#define LOOK_AT 64 /* bytes at the beginning of a function in which a stub tests its debug channel */

static const WCHAR * const module_names[MODULES] = { L"kernel32.dll", L"kernelbase.dll" };

/* A function may be exported by both, and be one and the same. */
static BYTE *find_function(const struct entry *entry, unsigned int module)
{
    BYTE *first = (BYTE *)(ULONG_PTR)GetProcAddress(GetModuleHandleW(module_names[0]), entry->name), *function;

    if (!module) return first;
    function = (BYTE *)(ULONG_PTR)GetProcAddress(GetModuleHandleW(module_names[module]), entry->name);
    return function == first ? NULL : function;
}

/* Bytes of the function's code; 0 if nothing tells. */
static DWORD get_size(const BYTE *code)
{
#ifdef _WIN64
    DWORD64 base;
    const RUNTIME_FUNCTION *function = RtlLookupFunctionEntry((DWORD64)code, &base, NULL);

    if (!function || base + function->BeginAddress != (DWORD64)code) return 0;
    return function->EndAddress - function->BeginAddress;
#else
    /* Without unwind data. What sets an error and returns is longer than what is overwritten, and it is seen to do that. */
    (void)code;
    return JUMP_FAR_SIZE;
#endif
}

/* Can its first bytes be replaced, in one store? Not if somebody else has done so. */
static BOOL is_replaceable(const BYTE *code)
{
    if ((ULONG_PTR)code & 7) return FALSE;
    if (code[0] == JUMP_NEAR || code[0] == 0xeb || code[0] == 0xff || code[0] == 0xcc) return FALSE;
    return get_size(code) >= JUMP_FAR_SIZE;
}

/*
 * The debug channel of Wine's stubs, which say FIXME before they fail: test byte [channel],1. Silenced while we try one,
 * or every program would begin with messages about functions that it doesn't use. NULL: not seen.
 */
static BYTE *find_channel(const BYTE *code)
{
    static const char name[] = "tape";
    const BYTE *p;
    BYTE *channel;
    HMODULE owner, module;
    LONG displacement;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, (const WCHAR *)code, &module))
        return NULL;
    for (p = code; p < code + LOOK_AT; p++)
    {
        if (p[0] != 0xf6 || p[1] != 0x05 || p[6] != 1) continue;
        memcpy(&displacement, p + 2, sizeof(displacement));
#ifdef _WIN64
        channel = (BYTE *)(ULONG_PTR)p + 7 + displacement;
#else
        channel = (BYTE *)displacement;
#endif
        if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                               (const WCHAR *)(void *)channel, &owner)
            && owner == module && !memcmp(channel + 1, name, sizeof(name)))
            return channel;
    }
    return NULL;
}

static BOOL is_stub(const struct entry *entry, const BYTE *code)
{
    BYTE *channel = find_channel(code), flags = 0;
    DWORD error = GetLastError();
    BOOL result;

    if (channel)
    {
        flags = *channel;
        *channel = 0;
    }
    result = entry->is_stub((FARPROC)(ULONG_PTR)code);
    if (channel) *channel = flags;
    SetLastError(error);
    return result;
}

static enum hook_state judge(const struct entry *entry)
{
    enum hook_state state = HOOK_ABSENT;
    unsigned int module;
    BYTE *code;

    for (module = 0; module < MODULES; module++)
    {
        if (!(code = find_function(entry, module))) continue;
        if (!is_replaceable(code)) return HOOK_UNKNOWN;
        if (!is_stub(entry, code)) return HOOK_UNNEEDED;
        state = HOOK_STANDS;
    }
    return state;
}

#ifdef _WIN64

#define SLOT_SIZE 16

/* For each entry a far jump to ours, where near jumps from a module's functions lead: memory there is looked for once. */
static BYTE *make_slots(const struct entry *entries, unsigned int count, const BYTE *near_to)
{
    BYTE *slots = jump_allocate_near(near_to, (SIZE_T)count * SLOT_SIZE);
    unsigned int i;

    if (!slots) return NULL;
    for (i = 0; i < count; i++) jump_put_far(slots + i * SLOT_SIZE, (const void *)(ULONG_PTR)entries[i].replacement);
    VirtualProtect(slots, (SIZE_T)count * SLOT_SIZE, PAGE_EXECUTE_READ, &(DWORD){ 0 });
    return slots;
}

#endif

static BOOL replace(BYTE *code, const void *target)
{
    DWORD old_protection;

    if (!VirtualProtect(code, 8, PAGE_EXECUTE_READWRITE, &old_protection)) return FALSE;
    jump_put_near(code, 0, target);
    VirtualProtect(code, 8, old_protection, &old_protection);
    FlushInstructionCache(GetCurrentProcess(), code, 8);
    return TRUE;
}

static void replace_in_module(struct entry *entries, unsigned int count, unsigned int module)
{
    const void *target;
    unsigned int i;
    BYTE *code;
#ifdef _WIN64
    BYTE *slots = NULL;
#endif

    for (i = 0; i < count; i++)
    {
        if (!(code = find_function(&entries[i], module))) continue;
#ifdef _WIN64
        if (!slots) slots = make_slots(entries, count, code);
        target = slots ? slots + i * SLOT_SIZE : NULL;
#else
        target = (const void *)(ULONG_PTR)entries[i].replacement;
#endif
        if (target && replace(code, target)) continue;
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
    for (module = 0; module < MODULES; module++) replace_in_module(entries, count, module);
}
