/*
 * What is done to files and directories one by one, with a line about each: cipher /E and /D, and what users.c does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wchar.h>

struct change
{
    const struct verb *verb;
    const void        *data;
};

static const struct verb *verb_of(const struct walk *walk)
{
    return ((const struct change *)walk->data)->verb;
}

static void note_directory(struct walk *walk, const WCHAR *dir)
{
    size_t size = (wcslen(dir) + 1) * sizeof(*dir);

    if (walk->last_dir && !wcscmp(walk->last_dir, dir)) return;
    walk->dirs++;
    walk->last_header = NULL;
    HeapFree(GetProcessHeap(), 0, walk->last_dir);
    if ((walk->last_dir = HeapAlloc(GetProcessHeap(), 0, size))) memcpy(walk->last_dir, dir, size);
}

/* The line over names of a directory, once. */
static void print_header(struct walk *walk, const WCHAR *dir, const WCHAR *header)
{
    note_directory(walk, dir);
    if (walk->last_header == header) return;
    walk->last_header = header;
    if (!walk->options->quiet) print(STD_OUTPUT_HANDLE, L"\n %ls %ls\n\n", header, dir);
}

/* Does it, and says how that went: `text` in a line, and `subject` before an error. */
static void apply(struct walk *walk, const WCHAR *path, const WCHAR *text, const WCHAR *subject)
{
    const struct change *change = walk->data;
    DWORD code = change->verb->apply(walk->options, path, change->data);

    if (!code) walk->items++;
    if (!walk->options->quiet) print(STD_OUTPUT_HANDLE, L"%ls[%ls]\n", text, code ? L"ERR" : L"OK");
    if (code) walk_fail(walk, subject, code);
}

static bool is_to_do(const struct walk *walk, DWORD attributes)
{
    return walk->options->force || !(attributes & FILE_ATTRIBUTE_ENCRYPTED) == !verb_of(walk)->of_encrypted;
}

/* A line for a name: the name, and what the format has before and behind it. NULL, and a failure. */
static WCHAR *make_line(struct walk *walk, const WCHAR *format, const WCHAR *name)
{
    size_t size = wcslen(name) + 100;
    WCHAR *line = HeapAlloc(GetProcessHeap(), 0, size * sizeof(*line));

    if (line) _snwprintf(line, size, format, name, verb_of(walk)->set);
    else walk_fail(walk, name, ERROR_NOT_ENOUGH_MEMORY);
    return line;
}

/* A directory of /S: */
static void enter(struct walk *walk, const struct item *dir)
{
    WCHAR *line;

    if (!is_to_do(walk, dir->attributes)) return;
    line = make_line(walk, verb_of(walk)->set ? L"\n Setting the directory %ls %ls " : L"\n %ls ", dir->dir);
    if (!line) return;
    note_directory(walk, dir->dir);
    apply(walk, dir->path, line, dir->dir);
    HeapFree(GetProcessHeap(), 0, line);
}

static void visit(struct walk *walk, const struct item *item)
{
    bool is_dir = (item->attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    WCHAR *line;

    if (!is_to_do(walk, item->attributes) && !(item->named && verb_of(walk)->tries_named)) return;
    if (is_dir && walk->options->dir && !walk->options->count) return; /* it will be entered */
    if (!(line = make_line(walk, L"%-19ls ", item->name))) return;
    print_header(walk, item->dir, is_dir ? verb_of(walk)->dirs : verb_of(walk)->files);
    if (!is_dir) walk->files++;
    apply(walk, item->path, line, item->name);
    HeapFree(GetProcessHeap(), 0, line);
}

bool change_names(const struct options *options, const struct verb *verb, const void *data)
{
    struct change change = { verb, data };
    struct walk walk = { .options = options, .names_dirs = true, .enter = enter, .visit = visit,
                         .data = &change };
    bool done = walk_names(&walk);

    print(STD_OUTPUT_HANDLE, L"\n%u %ls within %u directorie(s) were %ls.\n", walk.items,
          walk.files ? L"file(s) [or directorie(s)]" : L"directorie(s)", walk.dirs, verb->done);
    if (walk.files && verb->remark) print(STD_OUTPUT_HANDLE, L"\n%ls\n", verb->remark);
    if (walk.left_out)
        print(STD_ERROR_HANDLE, L"cipher: %u hidden or system file(s) were left out; /H takes them, too.\n",
              walk.left_out);
    return done;
}

static DWORD encrypt(const struct options *options, const WCHAR *path, const void *data)
{
    (void)options, (void)data;
    return EncryptFileW(path) ? ERROR_SUCCESS : GetLastError();
}

static DWORD decrypt(const struct options *options, const WCHAR *path, const void *data)
{
    (void)options, (void)data;
    return DecryptFileW(path, 0) ? ERROR_SUCCESS : GetLastError();
}

bool encrypt_names(const struct options *options)
{
    static const struct verb verb = {
        .files = L"Encrypting files in", .dirs = L"Encrypting directories in", .set = L"to encrypt new files",
        .done = L"encrypted", .apply = encrypt,
        .remark = L"Converting files from plaintext to ciphertext may leave sections of old\n"
                  L"plaintext on the disk volume(s).",
    };

    return change_names(options, &verb, NULL);
}

bool decrypt_names(const struct options *options)
{
    static const struct verb verb = {
        .files = L"Decrypting files in", .dirs = L"Decrypting directories in", .set = L"not to encrypt new files",
        .done = L"decrypted", .of_encrypted = true, .apply = decrypt,
    };

    return change_names(options, &verb, NULL);
}
