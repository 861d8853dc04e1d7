/*
 * cipher /U: all encrypted files of the local drives, given the user's current key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

static void visit(struct walk *walk, const struct item *item)
{
    DWORD code = ERROR_SUCCESS;
    bool changed = false;

    if (!(item->attributes & FILE_ATTRIBUTE_ENCRYPTED)) return;
    /* where a link leads to, or another drive, is found there */
    if (item->attributes & FILE_ATTRIBUTE_DIRECTORY && item->attributes & FILE_ATTRIBUTE_REPARSE_POINT) return;
    walk->items++;
    if (walk->data) code = rekey_file(item->path, walk->data, &changed);
    if (code)
    {
        WCHAR text[512];

        walk->failed++;
        print(STD_ERROR_HANDLE, L"%ls%ls: %ls\n", item->dir, item->name, code_text(code, text, ARRAYSIZE(text)));
    }
    else if (!walk->options->quiet || changed)
        print(STD_OUTPUT_HANDLE, L"%ls%ls%ls\n", item->dir, item->name, changed ? L": Encryption updated." : L"");
}

/* The directory at the top is in no other. current: NULL: they are listed alone. *items: how many there are */
static bool update_drive(const struct options *options, WCHAR letter, const struct current *current,
                         unsigned int *items)
{
    const WCHAR root[] = { letter, ':', '\\', 0 };
    struct options of_drive = { .hidden = true, .quiet = options->quiet, .abort = options->abort, .dir = root };
    struct walk walk = { .options = &of_drive, .visit = visit, .data = current };
    const struct item top = { root, L"", root, GetFileAttributesW(root), true };
    bool done;

    if (GetDriveTypeW(root) != DRIVE_FIXED) return true;
    if (top.attributes != INVALID_FILE_ATTRIBUTES) visit(&walk, &top);
    done = walk_names(&walk);
    *items += walk.items;
    return done;
}

bool update_drives(const struct options *options)
{
    struct current current = { { 0 }, { NULL, 0 } };
    DWORD code = options->no_update ? ERROR_SUCCESS : get_current(&current), drives = GetLogicalDrives(), i;
    unsigned int items = 0;
    bool done = true;

    if (code) return report(L"cipher", code);
    print(STD_OUTPUT_HANDLE, L"\nEncrypted File(s) on your system:\n\n");
    for (i = 0; i < 26 && (done || !options->abort); i++)
        if (drives & 1u << i)
            done = update_drive(options, (WCHAR)('A' + i), options->no_update ? NULL : &current, &items) && done;
    if (!items) print(STD_OUTPUT_HANDLE, L"There are no encrypted files.\n");
    HeapFree(GetProcessHeap(), 0, current.certificate.bytes);
    return done;
}
