/*
 * Is any page both writable and executable, before and after the drop-in is loaded? The hooks write into ntdll's code,
 * and must leave it as they found it.
 *
 * Says what it sees; exit status: 0 none after, 1 there are some, 2 there's nothing to be seen here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <windows.h>

#define WRITABLE_CODE (PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)

static unsigned int count_writable_code(const char *when)
{
    MEMORY_BASIC_INFORMATION info;
    unsigned int count = 0, regions = 0;
    BYTE *p = NULL;

    for (; VirtualQuery(p, &info, sizeof(info)) && info.RegionSize; p = (BYTE *)info.BaseAddress + info.RegionSize)
    {
        if (info.State != MEM_COMMIT) continue;
        regions++;
        if (!(info.Protect & WRITABLE_CODE)) continue;
        count++;
        printf("%s: %p, %#zx bytes, protection %#lx, type %#lx\n", when, info.BaseAddress, (size_t)info.RegionSize,
               info.Protect, info.Type);
    }
    printf("%s: %u of %u regions are writable and executable\n", when, count, regions);
    return regions ? count : 1;
}

int main(void)
{
    const BYTE *stub = (const BYTE *)(ULONG_PTR)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtCreateFile");
    MEMORY_BASIC_INFORMATION info;
    unsigned int before, after;
    const BYTE *slot;
    LONG distance;

    before = count_writable_code("before");
    if (!LoadLibraryW(L"advapi32.dll") || !GetModuleHandleW(L"wineefs.dll"))
    {
        printf("the drop-in isn't loaded\n");
        return 2;
    }
    after = count_writable_code("after");
    /* mov r10,rcx; jmp: else the hooks haven't been there */
    if (stub[0] != 0x4c || stub[3] != 0xe9)
    {
        printf("NtCreateFile isn't hooked\n");
        return 2;
    }
    memcpy(&distance, stub + 4, sizeof(distance));
    slot = stub + 8 + distance;
    VirtualQuery(stub, &info, sizeof(info));
    printf("ntdll's code: protection %#lx\n", info.Protect);
    if (info.Protect != PAGE_EXECUTE_READ) return 1;
    VirtualQuery(slot, &info, sizeof(info));
    printf("the hooks' code: protection %#lx\n", info.Protect);
    if (info.Protect != PAGE_EXECUTE_READ) return 1;
    return after > before;
}
