/*
 * What a program gets that imports ProcessPrng, as those of newer Rust do; built against bcryptprimitives.dll.
 *
 *   prng          "random": 64 bytes, twice: both are filled, and differ; or "filled=HEX" if all bytes are one
 *   prng sizes    no bytes, and odd sizes: what lies around the buffer stays; "sizes=right"
 *   prng large    more than 4 GB; "large=right"
 *
 * With LATE defined it imports nothing, and looks for the function as Go does; exit status 53 if there's none.
 * With OWN it is linked with the function itself, and with a test's source of random bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

typedef BOOL WINAPI prng(BYTE *, SIZE_T);

#ifdef LATE
static prng *get_random;
#else
#ifndef OWN
__declspec(dllimport)
#endif
prng ProcessPrng;
static prng *const get_random = ProcessPrng;
#endif

static int count(const BYTE *data, size_t size, BYTE value)
{
    int n = 0;

    while (size--) n += *data++ == value;
    return n;
}

static int print_random(void)
{
    BYTE a[64], b[64];

    memset(a, 0xcc, sizeof(a));
    memset(b, 0xcc, sizeof(b));
    if (!get_random(a, sizeof(a)) || !get_random(b, sizeof(b))) return 1;
    if (count(a, sizeof(a), a[0]) == sizeof(a)) printf("filled=%02x\n", a[0]);
    /* ten equal ones among 64 random bytes don't happen */
    else if (memcmp(a, b, sizeof(a)) && count(a, 64, 0xcc) < 10 && count(b, 64, 0xcc) < 10) puts("random");
    return 0;
}

static BOOL fills(BYTE *data, size_t whole, size_t at, size_t size)
{
    memset(data, 0xcc, whole);
    if (!get_random(data + at, size)) return FALSE;
    if (count(data, at, 0xcc) != (int)at) return FALSE;
    if (count(data + at + size, whole - at - size, 0xcc) != (int)(whole - at - size)) return FALSE;
    /* one byte in 256 is one that was there */
    return size < 1000 || count(data + at, size, 0xcc) < (int)(size / 128);
}

#ifdef _WIN64
#define VIEW ((SIZE_T)64 << 20)
#define LARGE (((SIZE_T)4 << 30) + 100)

/* More than 4 GB of addresses, and behind that a piece of its own, by one section that is mapped again and again. */
static BOOL fills_large(void)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD)VIEW, NULL);
    BYTE *start = VirtualAlloc(NULL, LARGE + 2 * VIEW, MEM_RESERVE, PAGE_NOACCESS), *at, *last;

    if (!section || !start) return FALSE;
    VirtualFree(start, 0, MEM_RELEASE);
    for (at = start; at < start + ((SIZE_T)4 << 30); at += VIEW)
        if (MapViewOfFileEx(section, FILE_MAP_WRITE, 0, 0, 0, at) != at) return FALSE;
    last = VirtualAlloc(at, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (last != at) return FALSE;
    memset(start, 0xcc, VIEW);
    memset(last, 0xcc, 4096);
    if (!get_random(start, LARGE)) return FALSE;
    return count(start, VIEW, 0xcc) < (int)(VIEW / 128) && count(last, 100, 0xcc) < 20
        && count(last + 100, 3996, 0xcc) == 3996;
}
#else
static BOOL fills_large(void) { return TRUE; }
#endif

static int try_sizes(void)
{
    static BYTE data[(3 << 20) + 16];
    static const size_t sizes[] = { 0, 1, 7, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20 };
    size_t i;

    if (!get_random(NULL, 0)) return 1;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (!fills(data, sizeof(data), 5, sizes[i]))
        {
            printf("size %u is filled wrongly\n", (unsigned int)sizes[i]);
            return 1;
        }
    puts("sizes=right");
    return 0;
}

int main(int argc, char **argv)
{
#ifdef LATE
    HMODULE dll = LoadLibraryExW(L"bcryptprimitives.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

    get_random = dll ? (prng *)(void (*)(void))GetProcAddress(dll, "ProcessPrng") : NULL;
    if (!get_random) return 53;
#endif
    if (argc > 1 && !strcmp(argv[1], "sizes")) return try_sizes();
    if (argc > 1 && !strcmp(argv[1], "large")) return puts(fills_large() ? "large=right" : "large=wrong") < 0;
    return print_random();
}
