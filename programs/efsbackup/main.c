/*
 * efsbackup: the command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

#include <wchar.h>

#define EXIT_FAILED 1
#define EXIT_USAGE  2

static const WCHAR usage_text[] =
    L"Usage: efsbackup save FILE STREAM\n"
    L"       efsbackup restore STREAM FILE [--directory] [--overwrite-hidden]\n"
    L"       efsbackup status FILE\n"
    L"       efsbackup users FILE\n"
    L"       efsbackup tree save DIR ARCHIVE-DIR\n"
    L"       efsbackup tree restore ARCHIVE-DIR DIR\n"
    L"       efsbackup tree verify ARCHIVE-DIR\n"
    L"\n"
    L"save     writes the encrypted FILE (or directory), still encrypted, into STREAM\n"
    L"restore  makes FILE from STREAM again; --directory: FILE is a directory;\n"
    L"         --overwrite-hidden: FILE may be there and be hidden or a system file\n"
    L"status   shows what the system says about FILE, and whether it can be saved\n"
    L"users    lists who can decrypt FILE\n"
    L"tree     saves or restores DIR with all that is in it: encrypted files as above, others with BackupRead and\n"
    L"         BackupWrite, all with their access lists, times and attributes. ARCHIVE-DIR is made for it.\n"
    L"         What can't be saved, restored or kept is said, the rest is done, and the exit status is 1.\n"
    L"         verify looks whether the archive is complete, and as it was saved\n"
    L"\n"
    L"No key is needed for any of it. Exit status: 0 done, 1 failed, 2 wrong usage.\n";

/* Options may stand anywhere; after "--" there are none. False: an unknown one. */
static bool parse(int argc, WCHAR **argv, const WCHAR **names, int *count, ULONG *flags, bool *help)
{
    bool options = true;
    int i;

    for (i = 1; i < argc; i++)
    {
        if (options && !wcscmp(argv[i], L"--")) options = false;
        else if (options && !wcscmp(argv[i], L"--directory")) *flags |= CREATE_FOR_DIR;
        else if (options && !wcscmp(argv[i], L"--overwrite-hidden")) *flags |= OVERWRITE_HIDDEN;
        else if (options && (!wcscmp(argv[i], L"--help") || !wcscmp(argv[i], L"-h") || !wcscmp(argv[i], L"/?")))
            *help = true;
        else if (options && argv[i][0] == '-' && argv[i][1]) return false;
        else if (*count < 4) names[(*count)++] = argv[i];
        else return false;
    }
    return true;
}

int wmain(int argc, WCHAR **argv);
int wmain(int argc, WCHAR **argv)
{
    const WCHAR *names[4], *subject = L"";
    WCHAR text[512];
    ULONG flags = 0;
    bool help = false;
    int count = 0;
    DWORD code;

    watch_for_cancel();
    if (!parse(argc, argv, names, &count, &flags, &help) || !count) goto usage;
    if (help)
    {
        print(STD_OUTPUT_HANDLE, L"%ls", usage_text);
        return 0;
    }
    if (count == 3 && !flags && !wcscmp(names[0], L"save")) code = save_file(names[1], names[2], NULL, &subject);
    else if (count == 3 && !wcscmp(names[0], L"restore"))
        code = restore_file(names[1], names[2], flags, NULL, NULL, &subject);
    else if (count == 2 && !flags && !wcscmp(names[0], L"status")) code = show_status(names[1], &subject);
    else if (count == 2 && !flags && !wcscmp(names[0], L"users")) code = show_users(names[1], &subject);
    else if (count == 4 && !flags && !wcscmp(names[0], L"tree") && !wcscmp(names[1], L"save"))
        code = save_tree(names[2], names[3], &subject);
    else if (count == 4 && !flags && !wcscmp(names[0], L"tree") && !wcscmp(names[1], L"restore"))
        code = restore_tree(names[2], names[3], &subject);
    else if (count == 3 && !flags && !wcscmp(names[0], L"tree") && !wcscmp(names[1], L"verify"))
        code = verify_tree(names[2], &subject);
    else goto usage;

    if (!code) return 0;
    if (code == ERROR_PARTIAL_COPY) return EXIT_FAILED; /* file by file, it was said */
    print(STD_ERROR_HANDLE, L"efsbackup: %ls: %ls (%lu)\n", subject, code_text(code, text, ARRAYSIZE(text)), code);
    return EXIT_FAILED;

usage:
    print(help ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE, L"%ls", usage_text);
    return help ? 0 : EXIT_USAGE;
}
