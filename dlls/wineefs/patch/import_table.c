/*
 * A module's import table, in this process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "import_table.h"

#include <stdbool.h>

#include "wine/native.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/*
 * Without regard to case: linkers write DLLs' names in either. No two functions that are looked for differ in case
 * alone.
 */
static bool is_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b))
    {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

static const IMAGE_IMPORT_DESCRIPTOR *find_descriptors(const BYTE *base)
{
    const IMAGE_DOS_HEADER *dos = (const void *)base;
    const IMAGE_NT_HEADERS *nt;
    const IMAGE_DATA_DIRECTORY *imports;

    if (dos->e_magic != IMAGE_DOS_SIGNATURE) return NULL;
    nt = (const void *)(base + dos->e_lfanew);
    if (nt->Signature != IMAGE_NT_SIGNATURE || nt->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR_MAGIC
        || nt->OptionalHeader.NumberOfRvaAndSizes <= IMAGE_DIRECTORY_ENTRY_IMPORT)
        return NULL;
    imports = &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    return imports->VirtualAddress && imports->Size ? (const void *)(base + imports->VirtualAddress) : NULL;
}

/* The slot that the module calls the function through. */
static FARPROC *find_slot(BYTE *base, const char *dll, const char *function)
{
    const IMAGE_IMPORT_DESCRIPTOR *descriptor = find_descriptors(base);
    const IMAGE_THUNK_DATA *name;
    FARPROC *slot;

    if (!descriptor) return NULL;
    for (; descriptor->Name && descriptor->FirstThunk; descriptor++)
    {
        /* Without the table of names, nobody can tell which slot belongs to which function. */
        if (!descriptor->OriginalFirstThunk || !is_same((const char *)(base + descriptor->Name), dll)) continue;
        name = (const void *)(base + descriptor->OriginalFirstThunk);
        slot = (void *)(base + descriptor->FirstThunk);
        for (; name->u1.AddressOfData; name++, slot++)
        {
            if (IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal)) continue;
            if (is_same((const char *)((const IMAGE_IMPORT_BY_NAME *)(const void *)(base
                    + name->u1.AddressOfData))->Name, function))
                return slot;
        }
    }
    return NULL;
}

BOOL import_table_replace(HMODULE module, const char *dll, const char *function, FARPROC bound, FARPROC replacement,
                          FARPROC *original)
{
    FARPROC *slot = module ? find_slot((BYTE *)module, dll, function) : NULL;
    ULONG protection;

    /* Is it bound to the function that goes by this name? Otherwise somebody else is there already, or it isn't a
       slot. */
    if (!slot || *slot != bound) return FALSE;
    *original = *slot;
    if (!native_protect(slot, sizeof(*slot), PAGE_READWRITE, &protection)) return FALSE;
    InterlockedExchangePointer((void **)(void *)slot, (void *)(ULONG_PTR)replacement);
    native_protect(slot, sizeof(*slot), protection, &protection);
    return TRUE;
}
