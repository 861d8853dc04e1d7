/*
 * The code of ntdll's system calls, as bytes: told instruction by instruction, so that all of it can be copied.
 *
 * Each instruction below works at any address, its jumps stay inside the stub.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stub.h"

#include "jump.h"

enum kind
{
    PLAIN,
    SHORT_JUMP, /* a jump within the stub; its last byte is the distance */
    RETURN,
};

struct instruction
{
    BYTE         bytes[4];
    unsigned int known; /* so many of its first bytes identify it */
    unsigned int size;
    enum kind    kind;
};

#ifdef _WIN64

#define JUMP_AT 3

static const struct instruction instructions[] =
{
    { { 0x4c, 0x8b, 0xd1 }, 3, 3, PLAIN },      /* mov r10,rcx */
    { { 0xb8 }, 1, 5, PLAIN },                  /* mov eax,imm32 */
    { { 0xf6, 0x04, 0x25 }, 3, 8, PLAIN },      /* test byte ptr [abs32],imm8: SharedUserData */
    { { 0x75 }, 1, 2, SHORT_JUMP },             /* jne */
    { { 0xeb }, 1, 2, SHORT_JUMP },             /* jmp */
    { { 0x0f, 0x05 }, 2, 2, PLAIN },            /* syscall */
    { { 0xff, 0x14, 0x25 }, 3, 7, PLAIN },      /* call qword ptr [abs32] */
    { { 0xc3 }, 1, 1, RETURN },                 /* ret */
};

#else

#define JUMP_AT 0

static const struct instruction instructions[] =
{
    { { 0xb8 }, 1, 5, PLAIN },                  /* mov eax,imm32 */
    { { 0xba }, 1, 5, PLAIN },                  /* mov edx,imm32 */
    { { 0xff, 0xd2 }, 2, 2, PLAIN },            /* call edx */
    { { 0x64, 0xff, 0x15 }, 3, 7, PLAIN },      /* call dword ptr fs:[abs32] */
    { { 0xc2 }, 1, 3, RETURN },                 /* ret imm16 */
    { { 0xc3 }, 1, 1, RETURN },                 /* ret */
};

#endif

/* What a stub begins with: the jump takes the place of the last of them. */
static const BYTE head[] =
#ifdef _WIN64
    { 0x4c, 0x8b, 0xd1, 0xb8 };
#else
    { 0xb8 };
#endif

static const struct instruction *find_instruction(const BYTE *code)
{
    unsigned int i;

    for (i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
        if (!memcmp(code, instructions[i].bytes, instructions[i].known)) return &instructions[i];
    return NULL;
}

/* The stub's bytes, up to the return that no jump leads past; 0 if it has an instruction that isn't known. */
static unsigned int measure(const BYTE *code)
{
    const struct instruction *instruction;
    unsigned int at = 0, reached = 0, target;

    while (at < STUB_MAX && (instruction = find_instruction(code + at)))
    {
        at += instruction->size;
        if (instruction->kind == SHORT_JUMP)
        {
            if (code[at - 1] > STUB_MAX) return 0; /* backwards, or far away */
            target = at + code[at - 1];
            if (target > reached) reached = target;
        }
        if (instruction->kind == RETURN && at > reached) return at <= STUB_MAX ? at : 0;
    }
    return 0;
}

/* Where the jump leads that is at `code`; NULL: it is none of those that hooks are made of. */
static const void *read_jump(const BYTE *code)
{
    const BYTE *pointer;
    const void *target;
    LONG distance;

    memcpy(&distance, code + 1, sizeof(distance));
    if (code[0] == JUMP_NEAR) return code + JUMP_NEAR_SIZE + distance;
    if (code[0] == 0xff && code[1] == 0x25) /* jmp [address] */
    {
        memcpy(&distance, code + 2, sizeof(distance));
#ifdef _WIN64
        pointer = code + 6 + distance;
#else
        pointer = (const BYTE *)distance;
#endif
        memcpy(&target, pointer, sizeof(target));
        return target;
    }
#ifdef _WIN64
    /* mov rax,imm64; jmp rax; or r10, r11 */
    if ((code[0] == 0x48 && code[1] == 0xb8 && code[10] == 0xff && code[11] == 0xe0)
        || (code[0] == 0x49 && code[1] == 0xba && code[10] == 0x41 && code[11] == 0xff && code[12] == 0xe2)
        || (code[0] == 0x49 && code[1] == 0xbb && code[10] == 0x41 && code[11] == 0xff && code[12] == 0xe3))
    {
        memcpy(&target, code + 2, sizeof(target));
        return target;
    }
#else
    /* push imm32; ret; or mov eax,imm32; jmp eax */
    if ((code[0] == 0x68 && code[5] == 0xc3) || (code[0] == 0xb8 && code[5] == 0xff && code[6] == 0xe0))
    {
        memcpy(&target, code + 1, sizeof(target));
        return target;
    }
#endif
    return NULL;
}

void stub_read(const BYTE *code, struct stub *stub)
{
    memset(stub, 0, sizeof(*stub));
    if (!memcmp(code, head, sizeof(head)) && (stub->size = measure(code)))
    {
        stub->shape = STUB_WHOLE;
        stub->jump_at = JUMP_AT;
        return;
    }
    if (!(stub->target = read_jump(code)) && JUMP_AT && !memcmp(code, head, JUMP_AT))
    {
        stub->jump_at = JUMP_AT;
        stub->target = read_jump(code + JUMP_AT);
    }
    if (stub->target) stub->shape = STUB_HOOKED;
}
