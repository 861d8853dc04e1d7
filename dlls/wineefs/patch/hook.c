/*
 * Hooks on ntdll's system call stubs, in this process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hook.h"

#include "wine/debug.h"
#include "jump.h"
#include "wine/native.h"
#include "registry.h"
#include "stub.h"

/* For each hook: a jump to the replacement, then the way to the original. */
#define SLOT_SIZE 64

_Static_assert(SLOT_SIZE >= JUMP_FAR_SIZE + STUB_MAX, "a slot holds a jump and a stub");

#define HEAD_SIZE  16 /* bytes of a function, from its beginning to behind the jump */
#define NAMES_SIZE 400

/*
 * The way to the original is a copy of the whole stub: nothing leads back into the stub itself, where another hook may
 * put a jump of any length later on. Where the program's own hook stood first, it is the way there.
 */
static BYTE *fill_slot(BYTE *slot, const BYTE *code, const struct stub *stub, FARPROC replacement)
{
    BYTE *p = jump_put_far(slot, (const void *)(ULONG_PTR)replacement);

    if (stub->shape == STUB_WHOLE) memcpy(p, code, stub->size);
    else
    {
        memcpy(p, code, stub->jump_at);
        jump_put_far(p + stub->jump_at, stub->target);
    }
    return p;
}

/* One line for all functions that are in this state, if any. It needs no debug channel, since the program's user has to
   know. */
static void tell(const struct hook *hooks, unsigned int count, enum hook_state state, const char *what)
{
    char names[NAMES_SIZE];
    unsigned int i, length = 0;
    const char *p;

    for (i = 0; i < count; i++)
    {
        if (hooks[i].state != state) continue;
        for (p = length ? ", " : ""; *p && length < NAMES_SIZE - 1; p++) names[length++] = *p;
        for (p = hooks[i].name; *p && length < NAMES_SIZE - 1; p++) names[length++] = *p;
    }
    names[length] = 0;
    if (length) debug_tell("wine-efs: this program had hooked %s before wineefs.dll was loaded: %s\n", names, what);
}

/*
 * Where no stub is known, it is an unknown Wine. Where only some aren't, the program has changed these, and its user
 * is told.
 */
static void tell_of_others(struct hook *hooks, unsigned int count)
{
    unsigned int i, known = 0;

    for (i = 0; i < count; i++)
        if (hooks[i].state == HOOK_STANDS || hooks[i].state == HOOK_SECOND) known++;
    for (i = 0; i < count; i++)
        if (hooks[i].state == HOOK_UNKNOWN)
            WARN("%s has an unknown shape, it is left alone: encrypted files will not show there\n", hooks[i].name);
    if (!known) return;
    tell(hooks, count, HOOK_SECOND, "encrypted files show there, as long as it leaves its hooks in their place");
    tell(hooks, count, HOOK_UNKNOWN, "encrypted files don't show as such there");
}

static enum hook_state judge(const BYTE *code, struct stub *stub)
{
    if (!code) return HOOK_ABSENT;
    stub_read(code, stub);
    /* Is the shape known, and can a jump be put there in one store? */
    if (stub->shape == STUB_UNKNOWN || ((ULONG_PTR)code & 7)) return HOOK_UNKNOWN;
    return stub->shape == STUB_WHOLE ? HOOK_STANDS : HOOK_SECOND;
}

static BOOL stands(const struct hook *hook)
{
    return hook->state == HOOK_STANDS || hook->state == HOOK_SECOND;
}

/* The code of all functions that a jump will be put into; size 0: there is none. */
struct code
{
    BYTE  *first;
    SIZE_T size; /* bytes */
};

static struct code find_stubs(struct hook *hooks, unsigned int count)
{
    HMODULE ntdll = native_find_module(L"ntdll.dll");
    BYTE *code, *first = NULL, *last = NULL;
    struct code all = { 0 };
    struct stub stub;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        registry_add(hooks[i].name, &hooks[i].state);
        code = hooks[i].code = (BYTE *)(ULONG_PTR)native_find_function(ntdll, hooks[i].name);
        hooks[i].state = judge(code, &stub);
        if (!stands(&hooks[i])) continue;
        if (!first || code < first) first = code;
        if (!last || code > last) last = code;
    }
    if (!first) return all;
    all.first = first;
    all.size = (SIZE_T)(last - first) + HEAD_SIZE;
    return all;
}

static void fill_slots(struct hook *hooks, unsigned int count, BYTE *slots)
{
    struct stub stub;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        if (!stands(&hooks[i])) continue;
        stub_read(hooks[i].code, &stub);
        *hooks[i].original = (FARPROC)(ULONG_PTR)fill_slot(slots + i * SLOT_SIZE, hooks[i].code, &stub,
                                                           hooks[i].replacement);
    }
    native_protect(slots, (SIZE_T)count * SLOT_SIZE, PAGE_EXECUTE_READ, &(ULONG){ 0 });
}

static void put_jumps(struct hook *hooks, unsigned int count, BYTE *slots)
{
    struct stub stub;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        if (!stands(&hooks[i])) continue;
        stub_read(hooks[i].code, &stub);
        jump_put_near(hooks[i].code, stub.jump_at, slots + i * SLOT_SIZE);
    }
}

static void give_up(struct hook *hooks, unsigned int count)
{
    unsigned int i;

    WARN("no memory for the hooks: encrypted files will not show\n");
    for (i = 0; i < count; i++)
        if (stands(&hooks[i])) hooks[i].state = HOOK_UNKNOWN;
}

void hook_install(struct hook *hooks, unsigned int count)
{
    struct code code = find_stubs(hooks, count);
    ULONG old_protection;
    BYTE *slots;

    if (code.size)
    {
        slots = jump_allocate_near(code.first, (SIZE_T)count * SLOT_SIZE);
        if (!slots || !native_protect(code.first, code.size, PAGE_EXECUTE_READWRITE, &old_protection))
        {
            if (slots) native_free(slots);
            give_up(hooks, count);
            return;
        }
        /* The ways to the originals are complete and executable before the first stub leads here. */
        fill_slots(hooks, count, slots);
        put_jumps(hooks, count, slots);
        native_protect(code.first, code.size, old_protection, &old_protection);
        native_flush_code(code.first, code.size);
    }
    tell_of_others(hooks, count);
}
