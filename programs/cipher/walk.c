/*
 * What the names of the command line stand for: each name with its wildcards, or whole trees (/S:).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wchar.h>

#define LEFT_OUT (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)

bool report(const WCHAR *subject, DWORD code)
{
    WCHAR text[512];

    print(STD_ERROR_HANDLE, L"%ls: %ls\n", subject, code_text(code, text, ARRAYSIZE(text)));
    return false;
}

void walk_fail(struct walk *walk, const WCHAR *subject, DWORD code)
{
    walk->failed++;
    report(subject, code);
}

bool walk_is_over(const struct walk *walk)
{
    return walk->failed && walk->options->abort;
}

/* NULL, and a failure of the walk: there is no memory for it. */
static WCHAR *join(struct walk *walk, const WCHAR *dir, const WCHAR *name)
{
    WCHAR *path = HeapAlloc(GetProcessHeap(), 0, (wcslen(dir) + wcslen(name) + 2) * sizeof(*path));

    if (!path)
    {
        walk_fail(walk, dir, ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    wcscpy(path, dir);
    if (*path && path[wcslen(path) - 1] != '\\') wcscat(path, L"\\");
    wcscat(path, name);
    return path;
}

static bool is_dot(const WCHAR *name)
{
    return !wcscmp(name, L".") || !wcscmp(name, L"..");
}

static void visit(struct walk *walk, const WCHAR *dir, const WCHAR *name, DWORD attributes, bool named)
{
    WCHAR *full = join(walk, dir, name), *path = full ? verbatim_path(full) : NULL;
    struct item item = { dir, name, path, attributes, named };

    if (path) walk->visit(walk, &item);
    else if (full) walk_fail(walk, full, GetLastError());
    HeapFree(GetProcessHeap(), 0, path);
    HeapFree(GetProcessHeap(), 0, full);
}

static void enter(struct walk *walk, const WCHAR *dir)
{
    WCHAR *path = verbatim_path(dir);
    struct item item = { dir, L"", path, path ? GetFileAttributesW(path) : INVALID_FILE_ATTRIBUTES, false };

    if (item.attributes == INVALID_FILE_ATTRIBUTES) walk_fail(walk, dir, GetLastError());
    else walk->enter(walk, &item);
    HeapFree(GetProcessHeap(), 0, path);
}

/* What a search finds is gone through by one of these. */
typedef void (*found_fn)(struct walk *walk, const WCHAR *dir, const WIN32_FIND_DATAW *found);

static void found_item(struct walk *walk, const WCHAR *dir, const WIN32_FIND_DATAW *found)
{
    if ((found->dwFileAttributes & LEFT_OUT) && !walk->options->hidden) walk->left_out++;
    else visit(walk, dir, found->cFileName, found->dwFileAttributes, false);
}

/* ERROR_FILE_NOT_FOUND: there is no such name. */
static DWORD search(struct walk *walk, const WCHAR *dir, const WCHAR *pattern, found_fn each)
{
    WCHAR *full = join(walk, dir, pattern), *path = full ? verbatim_path(full) : NULL;
    WIN32_FIND_DATAW found;
    DWORD code = ERROR_FILE_NOT_FOUND;
    HANDLE find;

    if (!full) return ERROR_SUCCESS; /* that was said */
    find = path ? FindFirstFileW(path, &found) : INVALID_HANDLE_VALUE;
    if (find == INVALID_HANDLE_VALUE) code = GetLastError();
    else
    {
        do
        {
            if (is_dot(found.cFileName)) continue;
            code = ERROR_SUCCESS;
            each(walk, dir, &found);
            if (walk_is_over(walk)) break;
        }
        while (FindNextFileW(find, &found));
        if (!walk_is_over(walk) && GetLastError() != ERROR_NO_MORE_FILES) code = GetLastError();
        FindClose(find);
    }
    HeapFree(GetProcessHeap(), 0, path);
    HeapFree(GetProcessHeap(), 0, full);
    return code;
}

static void tree(struct walk *walk, const WCHAR *dir);

/* A link to a directory, or a mount point, may lead out of the tree, and back into it. */
static void found_subdirectory(struct walk *walk, const WCHAR *dir, const WIN32_FIND_DATAW *found)
{
    WCHAR *sub;

    if (!(found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) return;
    if (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) return;
    if ((found->dwFileAttributes & LEFT_OUT) && !walk->options->hidden) return;
    if (!(sub = join(walk, dir, found->cFileName))) return;
    tree(walk, sub);
    HeapFree(GetProcessHeap(), 0, sub);
}

/* Searches a directory of a tree, for what needn't be in it. *code: what went wrong first. */
static void look(struct walk *walk, const WCHAR *dir, const WCHAR *pattern, found_fn each, DWORD *code)
{
    DWORD found = walk_is_over(walk) ? ERROR_SUCCESS : search(walk, dir, pattern, each);

    if (!*code && found != ERROR_FILE_NOT_FOUND) *code = found;
}

static void tree(struct walk *walk, const WCHAR *dir)
{
    const struct options *options = walk->options;
    WCHAR *shown = join(walk, dir, L"");
    DWORD code = ERROR_SUCCESS;
    int i;

    if (!shown) return;
    if (!options->count && walk->enter) enter(walk, shown);
    if (walk->begin) walk->begin(walk, shown);
    for (i = 0; i < options->count; i++) look(walk, shown, options->names[i], found_item, &code);
    if (!options->count) look(walk, shown, L"*", found_item, &code);
    look(walk, shown, L"*", found_subdirectory, &code);
    if (code) walk_fail(walk, dir, code);
    HeapFree(GetProcessHeap(), 0, shown);
}

/* To be freed by HeapFree; NULL, and a failure. */
static WCHAR *full_name(struct walk *walk, const WCHAR *name)
{
    DWORD size = GetFullPathNameW(name, 0, NULL, NULL);
    WCHAR *full = size ? HeapAlloc(GetProcessHeap(), 0, size * sizeof(*full)) : NULL;

    if (full && GetFullPathNameW(name, size, full, NULL) - 1 < size - 1) return full;
    walk_fail(walk, name, size ? ERROR_NOT_ENOUGH_MEMORY : GetLastError());
    HeapFree(GetProcessHeap(), 0, full);
    return NULL;
}

static bool is_root(const WCHAR *full)
{
    return full[0] && full[1] == ':' && (!full[2] || (full[2] == '\\' && !full[3]));
}

/* One name of the command line. */
static void one(struct walk *walk, const WCHAR *name)
{
    WCHAR *full = full_name(walk, name), *leaf, *dir;
    DWORD attributes, code;

    if (!full) return;
    if (!is_root(full)) while (*full && full[wcslen(full) - 1] == '\\') full[wcslen(full) - 1] = 0;
    leaf = is_root(full) ? NULL : wcsrchr(full, '\\');
    if (!(dir = join(walk, full, L""))) goto done;
    if (leaf) dir[leaf + 1 - full] = 0;
    leaf = leaf ? leaf + 1 : full + wcslen(full);
    attributes = wcspbrk(leaf, L"*?") ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(full);
    code = wcspbrk(leaf, L"*?") || attributes != INVALID_FILE_ATTRIBUTES ? ERROR_SUCCESS : GetLastError();
    if (!code && walk->begin) walk->begin(walk, dir);
    if (attributes != INVALID_FILE_ATTRIBUTES) visit(walk, dir, leaf, attributes, true);
    else if (!code) code = search(walk, dir, leaf, found_item);
    if (code) walk_fail(walk, name, code);
    HeapFree(GetProcessHeap(), 0, dir);
done:
    HeapFree(GetProcessHeap(), 0, full);
}

static void root_of_tree(struct walk *walk)
{
    WCHAR *full = full_name(walk, walk->options->dir);
    DWORD attributes = full ? GetFileAttributesW(full) : INVALID_FILE_ATTRIBUTES;

    if (full && attributes == INVALID_FILE_ATTRIBUTES) walk_fail(walk, walk->options->dir, GetLastError());
    else if (full && !(attributes & FILE_ATTRIBUTE_DIRECTORY)) walk_fail(walk, walk->options->dir, ERROR_DIRECTORY);
    else if (full) tree(walk, full);
    HeapFree(GetProcessHeap(), 0, full);
}

bool walk_names(struct walk *walk)
{
    const struct options *options = walk->options;
    int i;

    if (options->dir) root_of_tree(walk);
    else if (!options->count) one(walk, walk->names_dirs ? L"." : L"*");
    for (i = 0; !options->dir && i < options->count && !walk_is_over(walk); i++) one(walk, options->names[i]);
    HeapFree(GetProcessHeap(), 0, walk->last_dir);
    return !walk->failed;
}
