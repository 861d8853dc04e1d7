/*
 * IVssBackupComponents and what it gives: states, and what each method says of what it can't do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/vss_test.h"

#define FINISHED VSS_S_ASYNC_FINISHED

static void test_before_init(void)
{
    IVssBackupComponents *components = vss_create();
    WINBOOL supported;
    VSS_SNAPSHOT_PROP properties;
    IVssEnumObject *enumeration;
    IVssAsync *async;
    VSS_ID id;
    UINT count;
    BSTR xml;

    if (!components) return;
    vss_check(IVssBackupComponents_SetContext(components, VSS_CTX_BACKUP), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_SetBackupState(components, FALSE, FALSE, VSS_BT_FULL, FALSE), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_GatherWriterMetadata(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_GatherWriterStatus(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_GetWriterMetadataCount(components, &count), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_GetWriterStatusCount(components, &count), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &id), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_root(), GUID_NULL, &id), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_PrepareForBackup(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_DoSnapshotSet(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_BackupComplete(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, vss_provider_id, &properties), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_Query(components, GUID_NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &enumeration),
              VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_IsVolumeSupported(components, GUID_NULL, vss_root(), &supported), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_SaveAsXML(components, &xml), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_AbortBackup(components), S_OK);
    vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), S_OK);
    vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), VSS_E_BAD_STATE);
    IVssBackupComponents_Release(components);
}

static void test_contexts(void)
{
    static const struct { LONG context; HRESULT result; } contexts[] =
    {
        { VSS_CTX_BACKUP, S_OK }, { VSS_CTX_FILE_SHARE_BACKUP, S_OK }, { VSS_CTX_APP_ROLLBACK, S_OK },
        { 0x12345, VSS_E_UNSUPPORTED_CONTEXT }, { -1, VSS_E_UNSUPPORTED_CONTEXT },
    };
    IVssBackupComponents *components = vss_begin();
    unsigned int i;
    VSS_ID set;

    if (!components) return;
    for (i = 0; i < ARRAY_SIZE(contexts); i++)
        vss_check(IVssBackupComponents_SetContext(components, contexts[i].context), contexts[i].result);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_SetContext(components, VSS_CTX_BACKUP), VSS_E_BAD_STATE);
    IVssBackupComponents_Release(components);
}

static void test_writers(void)
{
    IVssBackupComponents *components = vss_begin();
    IVssExamineWriterMetadata *metadata = (void *)1;
    VSS_WRITER_STATE state;
    VSS_ID instance, writer;
    HRESULT failure;
    IVssAsync *async;
    UINT count = 77;
    BSTR name;

    if (!components) return;
    vss_check(IVssBackupComponents_GetWriterMetadataCount(components, &count), VSS_E_BAD_STATE);
    vss_check_async(IVssBackupComponents_GatherWriterMetadata(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetWriterMetadataCount(components, &count), S_OK);
    vss_check(IVssBackupComponents_GetWriterMetadata(components, count, &instance, &metadata), VSS_E_OBJECT_NOT_FOUND);
    ok(!metadata, "%p\n", (void *)metadata);
    vss_check(IVssBackupComponents_GetWriterMetadataCount(components, NULL), E_INVALIDARG);
    vss_check(IVssBackupComponents_FreeWriterMetadata(components), S_OK);
    vss_check(IVssBackupComponents_GetWriterStatusCount(components, &count), VSS_E_BAD_STATE);
    vss_check_async(IVssBackupComponents_GatherWriterStatus(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetWriterStatusCount(components, &count), S_OK);
    vss_check(IVssBackupComponents_GetWriterStatus(components, count, &instance, &writer, &name, &state, &failure),
              VSS_E_OBJECT_NOT_FOUND);
    vss_check(IVssBackupComponents_FreeWriterStatus(components), S_OK);
    vss_check(IVssBackupComponents_DisableWriterClasses(components, &vss_provider_id, 1), S_OK);
    vss_check(IVssBackupComponents_EnableWriterClasses(components, &vss_provider_id, 1), S_OK);
    vss_check(IVssBackupComponents_DisableWriterInstances(components, &vss_provider_id, 1), S_OK);
    IVssBackupComponents_Release(components);
}

static void test_sets(void)
{
    IVssBackupComponents *components = vss_begin(), *second = components ? vss_begin() : NULL;
    WCHAR empty[] = L"", unknown[] = L"\\\\?\\Volume{00000000-1111-2222-3333-444444444444}\\", colon[] = L"C:";
    VSS_ID set, id, other;
    IVssAsync *async;

    if (!second) return;
    colon[0] = vss_root()[0];
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_root(), GUID_NULL, &id), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_DoSnapshotSet(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_BackupComplete(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, NULL), E_INVALIDARG);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &other), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
    vss_check(IVssBackupComponents_StartSnapshotSet(second, &other), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
    vss_check(IVssBackupComponents_DoSnapshotSet(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, NULL, GUID_NULL, &id), E_INVALIDARG);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, empty, GUID_NULL, &id), E_INVALIDARG);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, unknown, GUID_NULL, &id), VSS_E_OBJECT_NOT_FOUND);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_root(), vss_backup_iid, &id),
              VSS_E_PROVIDER_NOT_REGISTERED);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, colon, vss_provider_id, &id), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_volume(), GUID_NULL, &other),
              VSS_E_OBJECT_ALREADY_EXISTS);
    ok(memcmp(&set, &id, sizeof(id)), "the set's GUID is the snapshot's\n");
    vss_check(IVssBackupComponents_AbortBackup(components), S_OK);
    vss_check(IVssBackupComponents_DoSnapshotSet(components, &async), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_StartSnapshotSet(second, &other), S_OK);
    IVssBackupComponents_Release(second);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    IVssBackupComponents_Release(components);
}

static void test_snapshots(void)
{
    IVssBackupComponents *components = vss_begin();
    IVssEnumObject *enumeration = NULL, *clone = NULL;
    VSS_SNAPSHOT_PROP properties;
    VSS_ID set, id, not_deleted;
    VSS_OBJECT_PROP objects[2];
    ULONG fetched = 77;
    LONG deleted = 77;

    if (!components || !vss_make(components, &set, &id)) return;
    vss_check(IVssBackupComponents_SetBackupState(components, FALSE, FALSE, VSS_BT_FULL, FALSE), VSS_E_BAD_STATE);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, set, &properties), VSS_E_OBJECT_NOT_FOUND);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, NULL), E_INVALIDARG);
    vss_check(IVssBackupComponents_Query(components, id, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &enumeration),
              E_INVALIDARG);
    vss_check(IVssBackupComponents_Query(components, GUID_NULL, VSS_OBJECT_SNAPSHOT, VSS_OBJECT_SNAPSHOT, &enumeration),
              E_INVALIDARG);
    vss_check(IVssBackupComponents_Query(components, GUID_NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &enumeration),
              S_OK);
    vss_check(IVssEnumObject_Next(enumeration, 2, objects, &fetched), S_FALSE);
    ok(fetched == 1, "%lu fetched\n", fetched);
    ((vss_free_fn)vss_export("VssFreeSnapshotProperties"))(&objects[0].Obj.Snap);
    vss_check(IVssEnumObject_Next(enumeration, 1, objects, &fetched), S_FALSE);
    ok(!fetched, "%lu fetched\n", fetched);
    vss_check(IVssEnumObject_Reset(enumeration), S_OK);
    vss_check(IVssEnumObject_Clone(enumeration, &clone), S_OK);
    vss_check(IVssEnumObject_Skip(clone, 1), S_OK);
    vss_check(IVssEnumObject_Skip(clone, 1), S_FALSE);
    IVssEnumObject_Release(clone);
    IVssEnumObject_Release(enumeration);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, vss_provider_id, VSS_OBJECT_SNAPSHOT, FALSE, &deleted,
                                                   &not_deleted), VSS_E_OBJECT_NOT_FOUND);
    ok(!deleted && !memcmp(&not_deleted, &vss_provider_id, sizeof(GUID)), "%ld deleted\n", deleted);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, id, VSS_OBJECT_PROVIDER, FALSE, &deleted, &not_deleted),
              E_INVALIDARG);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, id, VSS_OBJECT_SNAPSHOT, FALSE, &deleted, &not_deleted),
              S_OK);
    ok(deleted == 1, "%ld deleted\n", deleted);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, set, VSS_OBJECT_SNAPSHOT_SET, FALSE, &deleted,
                                                   &not_deleted), VSS_E_OBJECT_NOT_FOUND);
    IVssBackupComponents_Release(components);
}

static void test_exports(void)
{
    HRESULT (WINAPI *create_metadata)(BSTR, IVssExamineWriterMetadata **);
    HRESULT (WINAPI *is_snapshotted)(VSS_PWSZ, WINBOOL *, LONG *);
    BSTR text = SysAllocString(L"<WRITER_METADATA/>"), back = NULL;
    IVssExamineWriterMetadata *metadata = NULL;
    IVssBackupComponents *components = vss_create();
    WINBOOL present = TRUE;
    LONG compatibility = 77;

    if (!components) return;
    IVssBackupComponents_Release(components);
    create_metadata = (HRESULT (WINAPI *)(BSTR, IVssExamineWriterMetadata **))vss_export(VSS_CREATE_METADATA);
    is_snapshotted = (HRESULT (WINAPI *)(VSS_PWSZ, WINBOOL *, LONG *))vss_export("IsVolumeSnapshotted");
    ok(create_metadata && is_snapshotted && vss_export("ShouldBlockRevert") && vss_export("GetProviderMgmtInterface")
       && vss_export("CreateVssBackupComponentsInternal") && vss_export("CreateWriter"), "an export is missing\n");
    vss_check(is_snapshotted(vss_root(), &present, &compatibility), S_OK);
    ok(!present, "there is a snapshot\n");
    vss_check(create_metadata(text, &metadata), S_OK);
    if (metadata)
    {
        vss_check(metadata->lpVtbl->SaveAsXML(metadata, &back), S_OK);
        ok(!lstrcmpW(back, text), "%s\n", wine_dbgstr_w(back));
        SysFreeString(back);
        metadata->lpVtbl->Release(metadata);
    }
    SysFreeString(text);
}

/* Those that a program needs for names of volumes, whether there are snapshots or not */
static void test_volume_names(void)
{
    WCHAR volume[64], again[64], path[64];

    lstrcpyW(volume, vss_volume());
    check_call(GetVolumeNameForVolumeMountPointW(volume, again, ARRAY_SIZE(again)));
    ok(!lstrcmpiW(volume, again), "%s\n", wine_dbgstr_w(again));
    SetLastError(0xdeadbeef);
    ok(!GetVolumeNameForVolumeMountPointW(volume, again, 10), "a short buffer\n");
    ok(GetLastError() == ERROR_FILENAME_EXCED_RANGE, "error %lu\n", GetLastError());
    ok(!GetVolumeNameForVolumeMountPointW(L"\\\\?\\Volume{00000000-1111-2222-3333-444444444444}\\", again,
                                          ARRAY_SIZE(again)), "an unknown volume\n");
    check_call(GetVolumePathNameW(test_path(L"file"), path, ARRAY_SIZE(path)));
    ok(!lstrcmpiW(path, vss_root()), "%s\n", wine_dbgstr_w(path));
}

START_TEST(vss_methods)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    begin_tests("vss_methods");
    unseen("documented: IVssBackupComponents names VSS_E_BAD_STATE; of which methods is reasoned")
        test_before_init();
    unseen("documented: IVssBackupComponents::SetContext")
        test_contexts();
    unseen("documented: the methods' own references; by which index is reasoned")
        test_writers();
    unseen("documented: StartSnapshotSet and AddToSnapshotSet; what goes before what is reasoned")
        test_sets();
    unseen("documented: Query, GetSnapshotProperties and DeleteSnapshots; other snapshots may be there")
        test_snapshots();
    unseen("programs: they get the exports by these names; what else they answer is reasoned")
        test_exports();
    unseen("programs: burp, Bacula and Bareos call both so; the codes are reasoned")
        test_volume_names();
    end_tests();
    CoUninitialize();
}
