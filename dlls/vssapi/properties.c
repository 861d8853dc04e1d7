/*
 * What programs are told of a shadow copy, and of the provider.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

#define DEVICE L"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy"

const GUID provider_id = { 0xb5946137, 0x7b9f, 0x4925, { 0xaf, 0x80, 0x51, 0xab, 0xd6, 0x0b, 0x20, 0xd5 } };
static const GUID provider_version_id =
    { 0x00000001, 0x0000, 0x0000, { 0x00, 0x07, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00 } };

/* All strings here are short. NULL: no memory, or no string. */
static WCHAR *copy_string(const WCHAR *text)
{
    SIZE_T size;
    WCHAR *copy;

    if (!text) return NULL;
    size = ((SIZE_T)lstrlenW(text) + 1) * sizeof(WCHAR);
    if ((copy = CoTaskMemAlloc(size))) memcpy(copy, text, size);
    return copy;
}

static WCHAR *make_device(ULONG number)
{
    WCHAR text[ARRAYSIZE(DEVICE) + 10], digits[10];
    ULONG at = ARRAYSIZE(DEVICE) - 1, count = 0;

    memcpy(text, DEVICE, sizeof(DEVICE));
    do digits[count++] = (WCHAR)('0' + number % 10);
    while ((number /= 10));
    while (count) text[at++] = digits[--count];
    text[at] = 0;
    return copy_string(text);
}

static WCHAR *make_computer(void)
{
    WCHAR name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD size = ARRAYSIZE(name);

    return copy_string(GetComputerNameW(name, &size) ? name : L"");
}

static WCHAR *make_wide(const char *ascii)
{
    WCHAR text[EFS_SNAPSHOT_VOLUME_SIZE];
    unsigned int i;

    for (i = 0; i + 1 < ARRAYSIZE(text) && ascii[i]; i++) text[i] = (BYTE)ascii[i];
    text[i] = 0;
    return copy_string(text);
}

HRESULT properties_of_snapshot(const struct efs_snapshot *snapshot, VSS_SNAPSHOT_PROP *properties)
{
    memset(properties, 0, sizeof(*properties));
    memcpy(&properties->m_SnapshotId, snapshot->id, sizeof(GUID));
    memcpy(&properties->m_SnapshotSetId, snapshot->set, sizeof(GUID));
    properties->m_lSnapshotsCount = (LONG)snapshot->count;
    properties->m_pwszSnapshotDeviceObject = make_device(snapshot->number);
    properties->m_pwszOriginalVolumeName = make_wide(snapshot->volume);
    properties->m_pwszOriginatingMachine = make_computer();
    properties->m_pwszServiceMachine = make_computer();
    properties->m_ProviderId = provider_id;
    properties->m_lSnapshotAttributes = (LONG)snapshot->context | VSS_VOLSNAP_ATTR_DIFFERENTIAL;
    properties->m_tsCreationTimestamp = (VSS_TIMESTAMP)snapshot->created;
    properties->m_eStatus = VSS_SS_CREATED;
    if (properties->m_pwszSnapshotDeviceObject && properties->m_pwszOriginalVolumeName
        && properties->m_pwszOriginatingMachine && properties->m_pwszServiceMachine)
        return S_OK;
    properties_free_snapshot(properties);
    return E_OUTOFMEMORY;
}

HRESULT properties_of_provider(VSS_PROVIDER_PROP *properties)
{
    memset(properties, 0, sizeof(*properties));
    properties->m_ProviderId = provider_id;
    properties->m_pwszProviderName = copy_string(PROVIDER_NAME);
    properties->m_eProviderType = VSS_PROV_SYSTEM;
    properties->m_pwszProviderVersion = copy_string(PROVIDER_VERSION);
    properties->m_ProviderVersionId = provider_version_id;
    if (properties->m_pwszProviderName && properties->m_pwszProviderVersion) return S_OK;
    properties_free_provider(properties);
    return E_OUTOFMEMORY;
}

void properties_free_snapshot(VSS_SNAPSHOT_PROP *properties)
{
    VSS_PWSZ *const strings[] =
    {
        &properties->m_pwszSnapshotDeviceObject, &properties->m_pwszOriginalVolumeName,
        &properties->m_pwszOriginatingMachine, &properties->m_pwszServiceMachine, &properties->m_pwszExposedName,
        &properties->m_pwszExposedPath,
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(strings); i++)
    {
        CoTaskMemFree(*strings[i]);
        *strings[i] = NULL;
    }
}

void properties_free_provider(VSS_PROVIDER_PROP *properties)
{
    CoTaskMemFree(properties->m_pwszProviderName);
    CoTaskMemFree(properties->m_pwszProviderVersion);
    properties->m_pwszProviderName = properties->m_pwszProviderVersion = NULL;
}

static HRESULT copy_snapshot(const VSS_SNAPSHOT_PROP *from, VSS_SNAPSHOT_PROP *to)
{
    *to = *from;
    to->m_pwszSnapshotDeviceObject = copy_string(from->m_pwszSnapshotDeviceObject);
    to->m_pwszOriginalVolumeName = copy_string(from->m_pwszOriginalVolumeName);
    to->m_pwszOriginatingMachine = copy_string(from->m_pwszOriginatingMachine);
    to->m_pwszServiceMachine = copy_string(from->m_pwszServiceMachine);
    to->m_pwszExposedName = to->m_pwszExposedPath = NULL;
    if (to->m_pwszSnapshotDeviceObject && to->m_pwszOriginalVolumeName && to->m_pwszOriginatingMachine
        && to->m_pwszServiceMachine)
        return S_OK;
    properties_free_snapshot(to);
    return E_OUTOFMEMORY;
}

HRESULT properties_copy(const VSS_OBJECT_PROP *from, VSS_OBJECT_PROP *to)
{
    to->Type = from->Type;
    return from->Type == VSS_OBJECT_SNAPSHOT ? copy_snapshot(&from->Obj.Snap, &to->Obj.Snap)
        : properties_of_provider(&to->Obj.Prov);
}

void properties_free(VSS_OBJECT_PROP *object)
{
    if (object->Type == VSS_OBJECT_SNAPSHOT) properties_free_snapshot(&object->Obj.Snap);
    else properties_free_provider(&object->Obj.Prov);
}
