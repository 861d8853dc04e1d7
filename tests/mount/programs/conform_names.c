/*
 * Names: listings, case, renames, the ways in which programs save, links, directories, notifications.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "conform.h"

static int count(const char *pattern)
{
    WIN32_FIND_DATAA data;
    HANDLE find = FindFirstFileA(pattern, &data);
    int entries = 0;

    if (find == INVALID_HANDLE_VALUE) return 0;
    do entries++;
    while (FindNextFileA(find, &data));
    FindClose(find);
    return entries;
}

static void observe_case(void)
{
    WIN32_FIND_DATAA data = { 0 };
    HANDLE find;
    char name[260];

    make_file("Mixed.Case", 200, 10);
    saw_content("in other case", "mIXED.cASE");
    find = FindFirstFileA("MIXED*", &data);
    saw("found as", "%s, %lu bytes", data.cFileName, data.nFileSizeLow);
    FindClose(find);
    saw_done("changed in case alone", MoveFileA("mixed.case", "mixed.CASE"));
    find = FindFirstFileA("MIXED*", &data);
    saw("... found as", "%s", data.cFileName);
    FindClose(find);
    memset(name, 'n', 255);
    name[255] = 0;
    make_file(name, 10, 11);
    saw_content("255 letters", name);
    saw_done("... deleted", DeleteFileA(name));
    saw("a pattern", "%d", count("*.case"));
}

static void observe_renames(void)
{
    HANDLE file;
    DWORD done;

    make_file("a", 1000, 12);
    make_file("b", 2000, 13);
    saw_done("onto another", MoveFileA("a", "b"));
    saw_done("... replacing it", MoveFileExA("a", "b", MOVEFILE_REPLACE_EXISTING));
    saw_content("... its content", "b");
    saw_content("... the old name", "a");
    file = open_file("b", OPEN_EXISTING, 0);
    saw_done("while it is open", MoveFileA("b", "c"));
    saw_done("... and written", WriteFile(file, "by the handle", 13, &done, NULL));
    CloseHandle(file);
    saw_content("... under the new name", "c");
    CreateDirectoryA("sub", NULL);
    saw_done("into a directory", MoveFileA("c", "sub\\c"));
    saw_content("... there", "sub\\c");
    saw_done("a directory", MoveFileA("sub", "sub2"));
    saw_content("... what is in it", "sub2\\c");
    saw_done("removed with something in it", RemoveDirectoryA("sub2"));
    DeleteFileA("sub2\\c");
    saw_done("... and empty", RemoveDirectoryA("sub2"));
}

/* As editors do: the new content beside, the old one away, the new one there. */
static void observe_saves(void)
{
    make_file("document", 3000, 14);
    make_file("document.tmp", 4000, 15);
    saw_done("saved by renames", MoveFileA("document", "document.bak") && MoveFileA("document.tmp", "document")
             && DeleteFileA("document.bak"));
    saw_content("... the new one", "document");
    make_file("document.tmp", 5000, 16);
    saw_done("ReplaceFile", ReplaceFileA("document", "document.tmp", "document.old", 0, NULL, NULL));
    saw_content("... the new one", "document");
    saw_content("... the old one", "document.old");
    make_file("document.tmp", 6000, 17);
    saw_done("ReplaceFile, no backup", ReplaceFileA("document", "document.tmp", NULL, 0, NULL, NULL));
    saw_content("... the new one", "document");
    saw("... files", "%d", count("document*"));
    saw_done("CopyFile", CopyFileA("document", "copy", TRUE));
    saw_content("... the same", "copy");
    saw_done("... not onto another", CopyFileA("document.old", "copy", TRUE));
    saw_done("... if it may", CopyFileA("document.old", "copy", FALSE));
    saw_content("... then it is that", "copy");
}

static void observe_links_and_deletion(void)
{
    BY_HANDLE_FILE_INFORMATION one, other;
    HANDLE file, second;
    DWORD done;

    make_file("linked", 700, 18);
    saw_done("hard link", CreateHardLinkA("link", "linked", NULL));
    file = open_file("link", OPEN_EXISTING, 0);
    second = open_file("linked", OPEN_EXISTING, 0);
    GetFileInformationByHandle(file, &one);
    GetFileInformationByHandle(second, &other);
    saw("... one file", "%lu, %d", one.nNumberOfLinks, one.nFileIndexLow == other.nFileIndexLow
        && one.nFileIndexHigh == other.nFileIndexHigh);
    CloseHandle(second);
    saw_done("... written by one name", WriteFile(file, "link", 4, &done, NULL));
    CloseHandle(file);
    saw_content("... seen by the other", "linked");
    saw_done("... one name less", DeleteFileA("linked"));
    saw_content("... the other stays", "link");
    file = CreateFileA("link", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    saw_done("deleted while it is open", DeleteFileA("link"));
    CloseHandle(file);
    file = open_file("link", OPEN_EXISTING, 0);
    saw_done("... shared for it", DeleteFileA("link"));
    saw_done("... still written", WriteFile(file, "gone", 4, &done, NULL));
    CloseHandle(file);
    saw_content("... and gone", "link");
    file = open_file("closing", CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE);
    saw_done("delete on close", WriteFile(file, "gone", 4, &done, NULL));
    CloseHandle(file);
    saw_content("... gone", "closing");
}

static void observe_many(void)
{
    char name[20];
    int i;

    CreateDirectoryA("many", NULL);
    for (i = 0; i < 300; i++)
    {
        snprintf(name, sizeof(name), "many\\%d", i);
        make_file(name, (DWORD)i % 3, (DWORD)i);
    }
    saw("300 files", "%d", count("many\\*"));
    for (i = 0; i < 300; i += 2)
    {
        snprintf(name, sizeof(name), "many\\%d", i);
        if (!DeleteFileA(name)) saw(name, "error %lu", GetLastError());
    }
    saw("... the half of them", "%d", count("many\\*"));
}

static void observe_notifications(void)
{
    static DWORD changes[1024];
    const FILE_NOTIFY_INFORMATION *info = (const FILE_NOTIFY_INFORMATION *)changes;
    HANDLE directory = CreateFileA(".", FILE_LIST_DIRECTORY, SHARE_ALL, NULL, OPEN_EXISTING,
                                   FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, NULL);
    HANDLE wait = FindFirstChangeNotificationA(".", FALSE, FILE_NOTIFY_CHANGE_FILE_NAME);
    OVERLAPPED at = { .hEvent = CreateEventA(NULL, TRUE, FALSE, NULL) };
    DWORD done = 0;

    saw_done("watched", ReadDirectoryChangesW(directory, changes, sizeof(changes), FALSE, FILE_NOTIFY_CHANGE_FILE_NAME,
                                              NULL, &at, NULL));
    make_file("noticed", 10, 19);
    saw("... an event", "%lu", WaitForSingleObject(at.hEvent, 30000));
    CancelIo(directory);
    saw_done("... with something", GetOverlappedResult(directory, &at, &done, TRUE) && done);
    saw("... of this file", "%lu %.*ls", info->Action, (int)(info->FileNameLength / 2), info->FileName);
    saw("FindFirstChangeNotification", "%lu", WaitForSingleObject(wait, 30000));
    FindCloseChangeNotification(wait);
    CloseHandle(directory);
    CloseHandle(at.hEvent);
}

void observe_names(void)
{
    WCHAR wide[] = L"\x6587\x4ef6 \xe4\xf6.txt";
    char path[MAX_PATH];
    HANDLE file;

    observe_case();
    observe_renames();
    observe_saves();
    observe_links_and_deletion();
    observe_many();
    observe_notifications();
    file = CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    saw_done("a name in other scripts", file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    saw("... its attributes", "%d", GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES);
    saw_done("volume path", GetVolumePathNameA("document", path, sizeof(path)));
    saw("... is", "%s", path);
}
