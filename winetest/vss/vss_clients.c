/*
 * The order in which programs for backups call, each a test of its own, with what each does beside it: from their
 * sources, and from what they say when something isn't as they want it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/vss_test.h"

#define FINISHED VSS_S_ASYNC_FINISHED

static const WCHAR *file;

/* What was there when the snapshot was made can be read. */
static void check_file(const WCHAR *device)
{
    char content[32];

    ok(vss_read(vss_path(device, file), content, sizeof(content)), "%s: error %lu\n",
       wine_dbgstr_w(vss_path(device, file)), GetLastError());
    ok(!strcmp(content, "before"), "content %s\n", content);
}

static void check_properties(const VSS_SNAPSHOT_PROP *properties, const VSS_ID *set, const VSS_ID *id)
{
    ok(!memcmp(&properties->m_SnapshotId, id, sizeof(*id)), "another snapshot's\n");
    ok(!memcmp(&properties->m_SnapshotSetId, set, sizeof(*set)), "another set's\n");
    ok(properties->m_lSnapshotsCount == 1, "%ld snapshots\n", properties->m_lSnapshotsCount);
    ok(!wcsncmp(properties->m_pwszSnapshotDeviceObject, L"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy", 46),
       "device %s\n", wine_dbgstr_w(properties->m_pwszSnapshotDeviceObject));
    ok(!lstrcmpW(properties->m_pwszOriginalVolumeName, vss_volume()), "volume %s\n",
       wine_dbgstr_w(properties->m_pwszOriginalVolumeName));
    ok(!memcmp(&properties->m_ProviderId, &vss_provider_id, sizeof(GUID)), "provider\n");
    ok(properties->m_eStatus == VSS_SS_CREATED, "state %d\n", properties->m_eStatus);
    ok(properties->m_tsCreationTimestamp > 0, "no time\n");
}

static void free_properties(VSS_SNAPSHOT_PROP *properties)
{
    ((vss_free_fn)vss_export("VssFreeSnapshotPropertiesInternal"))(properties);
}

/* burp asks for the status alone, and never waits. */
static void check_without_waiting_(int line, HRESULT result, IVssAsync *async)
{
    HRESULT status = S_OK;

    ok_(__FILE__, line)(result == S_OK && async, "%#lx\n", (unsigned long)result);
    if (!async) return;
    result = IVssAsync_QueryStatus(async, &status, NULL);
    ok_(__FILE__, line)(result == S_OK && status == FINISHED, "status %#lx\n", (unsigned long)status);
    IVssAsync_Release(async);
}
#define check_without_waiting(call, async) \
    do { HRESULT result_; (async) = NULL; result_ = (call); check_without_waiting_(__LINE__, result_, async); } \
    while (0)

static void check_status(IVssBackupComponents *components)
{
    IVssAsync *async = NULL;
    UINT writers = 77;

    vss_check_async(IVssBackupComponents_GatherWriterStatus(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetWriterStatusCount(components, &writers), S_OK);
    vss_check(IVssBackupComponents_FreeWriterStatus(components), S_OK);
}

static void test_burp(void)
{
    IVssBackupComponents *components = vss_create();
    WCHAR device[80] = L"";
    IVssAsync *async = NULL;
    LONG deleted = 0;
    VSS_ID set, id, not_deleted;

    if (!components) return;
    vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), S_OK);
    vss_check(IVssBackupComponents_SetBackupState(components, TRUE, TRUE, VSS_BT_FULL, FALSE), S_OK);
    check_without_waiting(IVssBackupComponents_GatherWriterMetadata(components, &async), async);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_volume(), GUID_NULL, &id), S_OK);
    async = NULL;
    check_without_waiting(IVssBackupComponents_PrepareForBackup(components, &async), async);
    check_status(components);
    async = NULL;
    check_without_waiting(IVssBackupComponents_DoSnapshotSet(components, &async), async);
    ok(vss_count(components, device) == 1, "not this snapshot alone\n");
    check_file(device);
    async = NULL;
    check_without_waiting(IVssBackupComponents_BackupComplete(components, &async), async);
    check_status(components);
    check_file(device);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, set, VSS_OBJECT_SNAPSHOT_SET, FALSE, &deleted,
                                                   &not_deleted), S_OK);
    ok(deleted == 1, "%ld deleted\n", deleted);
    ok(GetFileAttributesW(vss_path(device, file)) == INVALID_FILE_ATTRIBUTES, "it is still there\n");
    ok(!IVssBackupComponents_Release(components), "references\n");
}

/* Bacula and Bareos: the document is kept with the backup. An empty name must not be taken for a volume. */
static void test_bacula(void)
{
    WCHAR empty[] = L"", device[80] = L"";
    IVssBackupComponents *components;
    IVssAsync *async = NULL;
    LONG deleted = 0;
    VSS_ID set, id, not_deleted;
    BSTR xml = NULL;
    UINT writers = 77;

    if (!(components = vss_begin())) return;
    vss_check(IVssBackupComponents_SetBackupState(components, TRUE, TRUE, VSS_BT_FULL, FALSE), S_OK);
    vss_check_async(IVssBackupComponents_GatherWriterMetadata(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetWriterMetadataCount(components, &writers), S_OK);
    vss_check(IVssBackupComponents_FreeWriterMetadata(components), S_OK);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, empty, GUID_NULL, &id), E_INVALIDARG);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_volume(), GUID_NULL, &id), S_OK);
    async = NULL;
    vss_check_async(IVssBackupComponents_PrepareForBackup(components, &async), async, FINISHED);
    check_status(components);
    async = NULL;
    vss_check_async(IVssBackupComponents_DoSnapshotSet(components, &async), async, FINISHED);
    ok(vss_count(components, device) == 1, "not this snapshot alone\n");
    check_file(device);
    vss_check(IVssBackupComponents_SaveAsXML(components, &xml), S_OK);
    ok(xml && wcsstr(xml, L"BACKUP_COMPONENTS") && wcsstr(xml, L"x-schema:#VssComponentMetadata"), "document %s\n",
       wine_dbgstr_w(xml));
    SysFreeString(xml);
    async = NULL;
    vss_check_async(IVssBackupComponents_BackupComplete(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, set, VSS_OBJECT_SNAPSHOT_SET, FALSE, &deleted,
                                                   &not_deleted), S_OK);
    ok(deleted == 1, "%ld deleted\n", deleted);
    IVssBackupComponents_Release(components);
}

/* wimlib gets the functions by their other names, and lets the last Release delete the snapshot. */
static void test_wimlib(void)
{
    vss_create_fn create = (vss_create_fn)vss_export("CreateVssBackupComponentsInternal");
    IVssBackupComponents *components = NULL;
    VSS_SNAPSHOT_PROP properties;
    IVssAsync *async = NULL;
    VSS_ID set, id;
    WCHAR device[80];

    if (!create || create(&components) != S_OK)
    {
        skip("no shadow copies here\n");
        return;
    }
    vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), S_OK);
    vss_check(IVssBackupComponents_SetBackupState(components, FALSE, TRUE, VSS_BT_COPY, FALSE), S_OK);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_root(), GUID_NULL, &id), S_OK);
    vss_check_async(IVssBackupComponents_PrepareForBackup(components, &async), async, FINISHED);
    async = NULL;
    vss_check_async(IVssBackupComponents_DoSnapshotSet(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
    check_properties(&properties, &set, &id);
    ok(!wcsncmp(properties.m_pwszSnapshotDeviceObject, L"\\\\?\\", 4), "device\n");
    lstrcpyW(device, properties.m_pwszSnapshotDeviceObject);
    free_properties(&properties);
    check_file(device);
    ok(!IVssBackupComponents_Release(components), "references\n");
    ok(GetFileAttributesW(vss_path(device, file)) == INVALID_FILE_ATTRIBUTES, "it is still there\n");
}

static void test_restic(void)
{
    IVssBackupComponents *components, *asked = NULL;
    IUnknown *unknown = NULL;
    VSS_SNAPSHOT_PROP properties;
    IVssAsync *async = NULL;
    VSS_ID set, id, not_deleted;
    WINBOOL supported = FALSE;
    LONG deleted = 0;
    WCHAR root[4];

    if (!(components = vss_create())) return;
    vss_check(IVssBackupComponents_QueryInterface(components, &vss_backup_iid, (void **)&asked), S_OK);
    if (asked) IVssBackupComponents_Release(asked);
    vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), S_OK);
    vss_check(IVssBackupComponents_SetContext(components, VSS_CTX_BACKUP), S_OK);
    vss_check(IVssBackupComponents_SetBackupState(components, FALSE, FALSE, VSS_BT_COPY, FALSE), S_OK);
    vss_check(IVssBackupComponents_GatherWriterMetadata(components, &async), S_OK);
    vss_check(IVssAsync_QueryInterface(async, &IID_IVssAsync, (void **)&unknown), S_OK);
    if (unknown) IUnknown_Release(unknown);
    if (async) IVssAsync_Release(async);
    lstrcpyW(root, vss_root());
    root[0] |= 0x20;
    vss_check(IVssBackupComponents_IsVolumeSupported(components, GUID_NULL, root, &supported), S_OK);
    ok(supported, "not supported\n");
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, root, GUID_NULL, &id), S_OK);
    async = NULL;
    vss_check_async(IVssBackupComponents_PrepareForBackup(components, &async), async, FINISHED);
    async = NULL;
    vss_check_async(IVssBackupComponents_DoSnapshotSet(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
    check_properties(&properties, &set, &id);
    check_file(properties.m_pwszSnapshotDeviceObject);
    free_properties(&properties);
    async = NULL;
    vss_check_async(IVssBackupComponents_BackupComplete(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, id, VSS_OBJECT_SNAPSHOT, TRUE, &deleted, &not_deleted),
              S_OK);
    ok(deleted == 1, "%ld deleted\n", deleted);
    IVssBackupComponents_Release(components);
}

/* restic with the name of a provider */
static void test_provider(void)
{
    static const CLSID coordinator =
        { 0xe579ab5f, 0x1cc4, 0x44b4, { 0xbe, 0xd9, 0xde, 0x09, 0x91, 0xff, 0x06, 0x23 } };
    IVssEnumObject *enumeration = NULL;
    VSS_OBJECT_PROP object;
    IVssAdmin *admin = NULL;
    bool found = false;
    ULONG fetched;
    HRESULT result = CoCreateInstance(&coordinator, NULL, CLSCTX_ALL, &IID_IVssAdmin, (void **)&admin);

    if (result == E_ACCESSDENIED || !vss_export(VSS_CREATE_COMPONENTS))
    {
        skip("no providers are shown\n");
        return;
    }
    ok(result == S_OK, "CoCreateInstance: %#lx\n", (unsigned long)result);
    if (!admin) return;
    vss_check(IVssAdmin_QueryProviders(admin, &enumeration), S_OK);
    while (enumeration && IVssEnumObject_Next(enumeration, 1, &object, &fetched) == S_OK)
    {
        ok(object.Type == VSS_OBJECT_PROVIDER && object.Obj.Prov.m_pwszProviderName
           && object.Obj.Prov.m_pwszProviderVersion, "an incomplete provider\n");
        if (!memcmp(&object.Obj.Prov.m_ProviderId, &vss_provider_id, sizeof(GUID))) found = true;
        CoTaskMemFree(object.Obj.Prov.m_pwszProviderName);
        CoTaskMemFree(object.Obj.Prov.m_pwszProviderVersion);
    }
    ok(found, "the system's provider isn't there\n");
    if (enumeration) IVssEnumObject_Release(enumeration);
    IVssAdmin_Release(admin);
}

/* HoboCopy sets the state of the backup when the volume is added. */
static void test_hobocopy(void)
{
    IVssBackupComponents *components = vss_begin();
    VSS_SNAPSHOT_PROP properties;
    IVssAsync *async = NULL;
    LONG deleted = 0;
    VSS_ID set, id, not_deleted;
    BSTR xml = NULL;
    UINT writers = 77;

    if (!components) return;
    vss_check_async(IVssBackupComponents_GatherWriterMetadata(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetWriterMetadataCount(components, &writers), S_OK);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_root(), GUID_NULL, &id), S_OK);
    vss_check(IVssBackupComponents_SetBackupState(components, TRUE, FALSE, VSS_BT_FULL, FALSE), S_OK);
    async = NULL;
    vss_check_async(IVssBackupComponents_PrepareForBackup(components, &async), async, FINISHED);
    async = NULL;
    vss_check_async(IVssBackupComponents_DoSnapshotSet(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
    check_properties(&properties, &set, &id);
    check_file(properties.m_pwszSnapshotDeviceObject);
    free_properties(&properties);
    async = NULL;
    vss_check_async(IVssBackupComponents_BackupComplete(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_SaveAsXML(components, &xml), S_OK);
    SysFreeString(xml);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, set, VSS_OBJECT_SNAPSHOT_SET, TRUE, &deleted,
                                                   &not_deleted), S_OK);
    ok(deleted == 1, "%ld deleted\n", deleted);
    IVssBackupComponents_Release(components);
}

/* UrBackup's snapshots stay, and another object removes them. */
static void test_urbackup(void)
{
    IVssBackupComponents *components = vss_begin();
    VSS_SNAPSHOT_PROP properties;
    IVssAsync *async = NULL;
    LONG deleted = 0;
    VSS_ID set, id, not_deleted;
    WCHAR device[80];

    if (!components) return;
    vss_check(IVssBackupComponents_SetBackupState(components, FALSE, TRUE, VSS_BT_COPY, FALSE), S_OK);
    vss_check_async(IVssBackupComponents_GatherWriterMetadata(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_SetContext(components, VSS_CTX_APP_ROLLBACK), S_OK);
    if (!vss_make(components, &set, &id)) return;
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
    check_properties(&properties, &set, &id);
    lstrcpyW(device, properties.m_pwszSnapshotDeviceObject);
    free_properties(&properties);
    async = NULL;
    vss_check_async(IVssBackupComponents_BackupComplete(components, &async), async, FINISHED);
    IVssBackupComponents_Release(components);
    check_file(device);

    components = vss_begin();
    vss_check(IVssBackupComponents_SetContext(components, VSS_CTX_APP_ROLLBACK), S_OK);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
    check_properties(&properties, &set, &id);
    free_properties(&properties);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, id, VSS_OBJECT_SNAPSHOT, TRUE, &deleted, &not_deleted),
              S_OK);
    ok(deleted > 0, "%ld deleted\n", deleted);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), VSS_E_OBJECT_NOT_FOUND);
    IVssBackupComponents_Release(components);
}

/* Duplicati puts two backslashes behind the device. */
static void test_duplicati(void)
{
    IVssBackupComponents *components = vss_create();
    VSS_SNAPSHOT_PROP properties;
    IVssAsync *async = NULL;
    WINBOOL supported = FALSE;
    LONG deleted = 0;
    VSS_ID set, id, not_deleted, class = vss_provider_id;
    WCHAR path[1024];
    char content[32] = "";

    if (!components) return;
    vss_check(IVssBackupComponents_InitializeForBackup(components, NULL), S_OK);
    vss_check(IVssBackupComponents_SetContext(components, VSS_CTX_BACKUP), S_OK);
    vss_check(IVssBackupComponents_SetBackupState(components, FALSE, TRUE, VSS_BT_FULL, FALSE), S_OK);
    vss_check(IVssBackupComponents_DisableWriterClasses(components, &class, 1), S_OK);
    vss_check_async(IVssBackupComponents_GatherWriterMetadata(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_FreeWriterMetadata(components), S_OK);
    vss_check(IVssBackupComponents_StartSnapshotSet(components, &set), S_OK);
    vss_check(IVssBackupComponents_IsVolumeSupported(components, GUID_NULL, vss_root(), &supported), S_OK);
    vss_check(IVssBackupComponents_AddToSnapshotSet(components, vss_root(), GUID_NULL, &id), S_OK);
    async = NULL;
    vss_check_async(IVssBackupComponents_PrepareForBackup(components, &async), async, FINISHED);
    async = NULL;
    vss_check_async(IVssBackupComponents_DoSnapshotSet(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_GetSnapshotProperties(components, id, &properties), S_OK);
    lstrcpyW(path, properties.m_pwszSnapshotDeviceObject);
    lstrcatW(path, L"\\\\");
    lstrcatW(path, file + 3);
    ok(vss_read(path, content, sizeof(content)) && !strcmp(content, "before"), "%s: %s\n", wine_dbgstr_w(path),
       content);
    free_properties(&properties);
    async = NULL;
    vss_check_async(IVssBackupComponents_BackupComplete(components, &async), async, FINISHED);
    vss_check(IVssBackupComponents_DeleteSnapshots(components, id, VSS_OBJECT_SNAPSHOT, FALSE, &deleted, &not_deleted),
              S_OK);
    ok(deleted == 1, "%ld deleted\n", deleted);
    IVssBackupComponents_Release(components);
}

START_TEST(vss_clients)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    begin_tests("vss_clients");
    file = test_path(L"file");
    make_file(file, "before", FILE_ATTRIBUTE_NORMAL);
    unseen("programs: burp's own order of calls, by its source; that nothing has to be waited for is ours")
        test_burp();
    unseen("programs: Bacula's own order of calls, by its source")
        test_bacula();
    unseen("programs: wimlib's own order of calls, by its source")
        test_wimlib();
    unseen("programs: restic's own order of calls, by its source")
        test_restic();
    unseen("programs: restic's own order of calls, by its source")
        test_provider();
    unseen("programs: HoboCopy's own order of calls, by its source")
        test_hobocopy();
    unseen("programs: UrBackup's own order of calls, by its source")
        test_urbackup();
    unseen("programs: Duplicati's own order of calls, by its source")
        test_duplicati();
    end_tests();
    CoUninitialize();
}
