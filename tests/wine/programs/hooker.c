/*
 * A program with a hook of its own on NtCreateFile, as Microsoft's Detours, MinHook and their like put one: a jump of
 * 14 bytes through the instruction pointer (5 bytes on i386), what it displaces copied and relocated. Imports kernel32
 * and the C runtime alone.
 *
 * hooker before|after|odd FILE: loads advapi32.dll after its hook, before it, or after one of a shape that nobody
 * knows. Prints what FILE looks like then, and whether the own hook saw it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#ifdef _WIN64
#define JUMP_SIZE 14
#else
#define JUMP_SIZE 5
#endif

static LONG calls;

typedef LONG (WINAPI *create_file_fn)(void *, ULONG, void *, void *, void *, ULONG, ULONG, ULONG, ULONG, void *, ULONG);
static create_file_fn original;

static LONG WINAPI own_create_file(void *file, ULONG access, void *attr, void *io, void *allocation, ULONG attributes,
                                   ULONG sharing, ULONG disposition, ULONG options, void *ea, ULONG ea_length)
{
    InterlockedIncrement(&calls);
    return original(file, access, attr, io, allocation, attributes, sharing, disposition, options, ea, ea_length);
}

static BYTE *put_jump(BYTE *p, const void *target)
{
#ifdef _WIN64
    static const BYTE jump[6] = { 0xff, 0x25 };

    memcpy(p, jump, sizeof(jump));
    memcpy(p + sizeof(jump), &target, sizeof(target));
#else
    LONG distance = (LONG)((const BYTE *)target - (p + JUMP_SIZE));

    p[0] = 0xe9;
    memcpy(p + 1, &distance, sizeof(distance));
#endif
    return p + JUMP_SIZE;
}

/* Bytes of the instruction, one of those that Wine's stubs or our jumps are made of; 0: of no known kind. */
static unsigned int instruction_size(const BYTE *p)
{
    if (p[0] == 0x4c && p[1] == 0x8b) return 3;
    if (p[0] == 0xb8 || p[0] == 0xba || p[0] == 0xe9) return 5;
    if (p[0] == 0xf6 && p[1] == 0x04 && p[2] == 0x25) return 8;
    return 0;
}

/* The way to what was there: the displaced instructions, a near jump among them made a far one, then a jump to the
   rest. */
static BYTE *make_trampoline(const BYTE *code)
{
    BYTE *start = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE), *p = start;
    unsigned int at = 0, size;
    LONG distance;

    while (at < JUMP_SIZE)
    {
        if (!(size = instruction_size(code + at))) return NULL;
        if (code[at] == 0xe9)
        {
            memcpy(&distance, code + at + 1, sizeof(distance));
            p = put_jump(p, code + at + 5 + distance);
        }
        else
        {
            memcpy(p, code + at, size);
            p += size;
        }
        at += size;
    }
    put_jump(p, code + at);
    return start;
}

static BOOL hook(BOOL odd)
{
    BYTE *code = (BYTE *)(ULONG_PTR)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtCreateFile");
    DWORD old;

    if (!code || !(original = (create_file_fn)(ULONG_PTR)make_trampoline(code))) return FALSE;
    if (!VirtualProtect(code, 32, PAGE_EXECUTE_READWRITE, &old)) return FALSE;
    if (odd) *code++ = 0x90;
    put_jump(code, (const void *)(ULONG_PTR)own_create_file);
    FlushInstructionCache(GetCurrentProcess(), code, JUMP_SIZE);
    return VirtualProtect(code, 31, old, &old);
}

static DWORD open_for_data(const char *name)
{
    HANDLE file = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    CloseHandle(file);
    return ERROR_SUCCESS;
}

int main(int argc, char **argv)
{
    DWORD attributes;

    if (argc != 3) return 2;
    if (!strcmp(argv[1], "after") && !LoadLibraryA("advapi32.dll")) return 3;
    if (!hook(!strcmp(argv[1], "odd"))) return 4;
    if (strcmp(argv[1], "after") && !LoadLibraryA("advapi32.dll")) return 5;
    calls = 0;
    printf("data: error %lu\n", open_for_data(argv[2]));
    attributes = GetFileAttributesA(argv[2]);
    printf("encrypted: %s\n", attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED) ? "yes"
           : "no");
    printf("own hook: %s\n", calls ? "called" : "not called");
    return 0;
}
