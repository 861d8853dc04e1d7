/*
 * What the tests of shadow copies share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <initguid.h>
#include <cguid.h>

#include "vss_test.h"

const GUID vss_backup_iid = { 0x665c1d5f, 0xc218, 0x414d, { 0xa0, 0x5d, 0x7f, 0xef, 0x5f, 0x9d, 0x5c, 0x86 } };
const GUID vss_provider_id = { 0xb5946137, 0x7b9f, 0x4925, { 0xaf, 0x80, 0x51, 0xab, 0xd6, 0x0b, 0x20, 0xd5 } };

void (*vss_export(const char *name))(void)
{
    static HMODULE vssapi;

    if (!vssapi) vssapi = LoadLibraryA("vssapi.dll");
    return vssapi ? (void (*)(void))GetProcAddress(vssapi, name) : NULL;
}

IVssBackupComponents *vss_create(void)
{
    vss_create_fn create = (vss_create_fn)vss_export(VSS_CREATE_COMPONENTS);
    IVssBackupComponents *components = NULL;
    HRESULT result = create ? create(&components) : E_NOTIMPL;

    if (result == E_NOTIMPL || result == E_ACCESSDENIED)
    {
        skip("no shadow copies here\n");
        return NULL;
    }
    ok(result == S_OK && components, "CreateVssBackupComponents: %#lx\n", (unsigned long)result);
    return components;
}

IVssBackupComponents *vss_begin(void)
{
    IVssBackupComponents *components = vss_create();

    if (!components) return NULL;
    unseen("programs: each requester begins so")
        vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), S_OK);
    return components;
}

void vss_check_async_(const char *file, int line, HRESULT result, IVssAsync *async, HRESULT wanted)
{
    HRESULT status = 0xdeadbeef;
    INT reserved = 0;

    ok_(file, line)(result == S_OK && async, "%#lx, %p\n", (unsigned long)result, (void *)async);
    if (result != S_OK || !async) return;
    result = IVssAsync_Wait(async, INFINITE);
    ok_(file, line)(result == S_OK, "Wait: %#lx\n", (unsigned long)result);
    result = IVssAsync_QueryStatus(async, &status, &reserved);
    ok_(file, line)(result == S_OK && status == wanted, "QueryStatus: %#lx, %#lx instead of %#lx\n",
                    (unsigned long)result, (unsigned long)status, (unsigned long)wanted);
    IVssAsync_Release(async);
}

static bool make(IVssBackupComponents *components, VSS_ID *set, VSS_ID *id)
{
    HRESULT result = IVssBackupComponents_StartSnapshotSet(components, set), status = S_OK;
    IVssAsync *async = NULL;

    if (result == S_OK) result = IVssBackupComponents_AddToSnapshotSet(components, vss_root(), GUID_NULL, id);
    ok(result == S_OK, "Start or Add: %#lx\n", (unsigned long)result);
    if (result != S_OK) return false;
    vss_check_async(IVssBackupComponents_PrepareForBackup(components, &async), async, VSS_S_ASYNC_FINISHED);
    async = NULL;
    result = IVssBackupComponents_DoSnapshotSet(components, &async);
    ok(result == S_OK && async, "Do: %#lx\n", (unsigned long)result);
    if (!async) return false;
    IVssAsync_Wait(async, INFINITE);
    IVssAsync_QueryStatus(async, &status, NULL);
    IVssAsync_Release(async);
    ok(status == VSS_S_ASYNC_FINISHED, "the set: %#lx\n", (unsigned long)status);
    return status == VSS_S_ASYNC_FINISHED;
}

bool vss_make(IVssBackupComponents *components, VSS_ID *set, VSS_ID *id)
{
    bool made = false;

    unseen("programs: requesters make a snapshot so")
        made = make(components, set, id);
    return made;
}

WCHAR *vss_root(void)
{
    static WCHAR root[] = L"C:\\";

    root[0] = test_path(L"x")[0];
    return root;
}

WCHAR *vss_volume(void)
{
    static WCHAR volume[64];

    check_call(GetVolumeNameForVolumeMountPointW(vss_root(), volume, ARRAY_SIZE(volume)));
    return volume;
}

const WCHAR *vss_path(const WCHAR *device, const WCHAR *path)
{
    return test_path_in(device, path + 3);
}

ULONG vss_count(IVssBackupComponents *components, WCHAR *device)
{
    IVssEnumObject *enumeration = NULL;
    VSS_OBJECT_PROP object;
    ULONG fetched, count = 0;
    HRESULT result;

    vss_check(IVssBackupComponents_Query(components, GUID_NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &enumeration),
              S_OK);
    if (!enumeration) return 0;
    while ((result = IVssEnumObject_Next(enumeration, 1, &object, &fetched)) == S_OK && fetched == 1)
    {
        vss_free_fn free_properties = (vss_free_fn)vss_export("VssFreeSnapshotProperties");

        ok(object.Type == VSS_OBJECT_SNAPSHOT, "type %d\n", object.Type);
        ok(!lstrcmpW(object.Obj.Snap.m_pwszOriginalVolumeName, vss_volume()), "volume %s\n",
           wine_dbgstr_w(object.Obj.Snap.m_pwszOriginalVolumeName));
        if (device) lstrcpyW(device, object.Obj.Snap.m_pwszSnapshotDeviceObject);
        free_properties(&object.Obj.Snap);
        count++;
    }
    ok(result == S_FALSE && !fetched, "the end: %#lx, %lu\n", (unsigned long)result, fetched);
    IVssEnumObject_Release(enumeration);
    return count;
}

bool vss_read(const WCHAR *path, char *content, DWORD size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                              NULL);
    DWORD got = 0;

    if (file == INVALID_HANDLE_VALUE) return false;
    if (!ReadFile(file, content, size - 1, &got, NULL)) got = 0;
    content[got] = 0;
    CloseHandle(file);
    return true;
}
