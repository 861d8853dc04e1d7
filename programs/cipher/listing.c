/*
 * cipher without a command: which files are encrypted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

void print_directory(struct walk *walk, const WCHAR *dir)
{
    DWORD attributes = GetFileAttributesW(dir);

    (void)walk;
    print(STD_OUTPUT_HANDLE, L"\n Listing %ls\n New files added to this directory will %lsbe encrypted.\n\n", dir,
          attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED) ? L"" : L"not ");
}

void print_item(const struct item *item)
{
    print(STD_OUTPUT_HANDLE, L"%lc %ls\n", item->attributes & FILE_ATTRIBUTE_ENCRYPTED ? 'E' : 'U', item->name);
}

static void visit(struct walk *walk, const struct item *item)
{
    (void)walk;
    print_item(item);
}

bool list_names(const struct options *options)
{
    struct walk walk = { .options = options, .begin = print_directory, .visit = visit };

    return walk_names(&walk);
}
