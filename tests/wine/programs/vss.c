/*
 * A program that makes shadow copies as wimlib does.
 *
 *   vss hold DRIVE [stays]   prints the device and the snapshot's GUID, and waits for the end of its input; stays: the
 *                            snapshot is then still there
 *   vss loop DRIVE           one after the other, until it is killed
 *   vss exclusive DRIVE FILE opens FILE so that nobody else can, and prints its content by its name in a shadow copy
 *   vss delete GUID          of one that stays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define COBJMACROS
#include <initguid.h>
#include <cguid.h>
#include <stdio.h>
#include <windows.h>
#include <vss.h>
#include <vswriter.h>
#include <vsbackup.h>

static IVssBackupComponents *components;
static VSS_SNAPSHOT_PROP properties;

static void stop(const char *what, HRESULT result)
{
    printf("%s: %#lx\n", what, (unsigned long)result);
    fflush(stdout);
    ExitProcess(1);
}

static void check(const char *what, HRESULT result, IVssAsync *async)
{
    HRESULT status = result;

    if (async)
    {
        IVssAsync_Wait(async, INFINITE);
        IVssAsync_QueryStatus(async, &status, NULL);
        IVssAsync_Release(async);
    }
    if (FAILED(status)) stop(what, status);
}

static void begin(LONG context)
{
    HRESULT (WINAPI *create)(IVssBackupComponents **) = (HRESULT (WINAPI *)(IVssBackupComponents **))(void (*)(void))
        GetProcAddress(LoadLibraryA("vssapi.dll"), "CreateVssBackupComponentsInternal");

    if (!create) stop("vssapi.dll", E_NOTIMPL);
    check("Create", create(&components), NULL);
    check("Init", IVssBackupComponents_InitializeForBackup(components, NULL), NULL);
    check("SetContext", IVssBackupComponents_SetContext(components, context), NULL);
}

static void make(const char *drive)
{
    WCHAR root[] = L"C:\\";
    IVssAsync *async = NULL;
    VSS_ID set, id;

    root[0] = (BYTE)drive[0];
    check("Start", IVssBackupComponents_StartSnapshotSet(components, &set), NULL);
    check("Add", IVssBackupComponents_AddToSnapshotSet(components, root, GUID_NULL, &id), NULL);
    check("Prepare", IVssBackupComponents_PrepareForBackup(components, &async), async);
    async = NULL;
    check("Do", IVssBackupComponents_DoSnapshotSet(components, &async), async);
    check("Properties", IVssBackupComponents_GetSnapshotProperties(components, id, &properties), NULL);
}

static void print(void)
{
    WCHAR text[40];

    StringFromGUID2(&properties.m_SnapshotId, text, 40);
    printf("device=%ls\nid=%ls\n", properties.m_pwszSnapshotDeviceObject, text);
    fflush(stdout);
}

static void print_file(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                              NULL);
    char content[100];
    DWORD got = 0;

    if (file == INVALID_HANDLE_VALUE) stop("open", (HRESULT)GetLastError());
    ReadFile(file, content, sizeof(content), &got, NULL);
    printf("content=%.*s\n", (int)got, content);
    fflush(stdout);
}

static void delete(const char *text)
{
    WCHAR wide[64] = L"";
    LONG deleted = 0;
    VSS_ID id, not_deleted;

    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, 64);
    CLSIDFromString(wide, &id);
    check("Delete", IVssBackupComponents_DeleteSnapshots(components, id, VSS_OBJECT_SNAPSHOT, FALSE, &deleted,
                                                         &not_deleted), NULL);
    printf("deleted=%ld\n", deleted);
}

int main(int argc, char **argv)
{
    WCHAR path[1024], name[512];
    int i;

    if (argc < 3) return 2;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    begin(argc > 3 && !strcmp(argv[3], "stays") ? VSS_CTX_APP_ROLLBACK : VSS_CTX_BACKUP);
    if (!strcmp(argv[1], "delete")) delete(argv[2]);
    else if (!strcmp(argv[1], "loop"))
        for (;;)
        {
            make(argv[2]);
            IVssBackupComponents_Release(components);
            begin(VSS_CTX_BACKUP);
        }
    else if (!strcmp(argv[1], "exclusive"))
    {
        MultiByteToWideChar(CP_ACP, 0, argv[3], -1, name, 512);
        if (CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL) == INVALID_HANDLE_VALUE)
            stop("exclusive", (HRESULT)GetLastError());
        make(argv[2]);
        lstrcpyW(path, properties.m_pwszSnapshotDeviceObject);
        lstrcatW(path, name + 2);
        print_file(path);
    }
    else
    {
        make(argv[2]);
        print();
        while ((i = getchar()) != EOF)
            if (i == '\n') break;
    }
    IVssBackupComponents_Release(components);
    return 0;
}
