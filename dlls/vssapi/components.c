/*
 * IVssBackupComponents: the object, and what goes without snapshots. There are no writers: nothing in Wine has data
 * that would have to be asked for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "components.h"

/* ---- IUnknown ---- */

static HRESULT STDMETHODCALLTYPE components_QueryInterface(IVssBackupComponents *iface, REFIID iid, void **object)
{
    return query_interface(iface, &IID_IVssBackupComponents, iid, object);
}

static ULONG STDMETHODCALLTYPE components_AddRef(IVssBackupComponents *iface)
{
    return (ULONG)InterlockedIncrement(&components_from(iface)->refs);
}

static ULONG STDMETHODCALLTYPE components_Release(IVssBackupComponents *iface)
{
    struct components *components = components_from(iface);
    ULONG refs = (ULONG)InterlockedDecrement(&components->refs);

    if (refs) return refs;
    components_drop_all(components);
    DeleteCriticalSection(&components->lock);
    release_memory(components);
    return 0;
}

/* ---- beginning and end ---- */

static HRESULT initialize(IVssBackupComponents *iface, enum purpose purpose)
{
    struct components *components = components_from(iface);

    begin(components);
    if (components->purpose) return end(components, VSS_E_BAD_STATE);
    components->purpose = purpose;
    return end(components, S_OK);
}

static HRESULT STDMETHODCALLTYPE components_InitializeForBackup(IVssBackupComponents *iface, BSTR xml)
{
    (void)xml;
    return initialize(iface, PURPOSE_BACKUP);
}

static HRESULT STDMETHODCALLTYPE components_InitializeForRestore(IVssBackupComponents *iface, BSTR xml)
{
    return xml ? initialize(iface, PURPOSE_RESTORE) : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE components_SetBackupState(IVssBackupComponents *iface, boolean select_components,
                                                           boolean bootable, VSS_BACKUP_TYPE type, boolean partial)
{
    struct components *components = components_from(iface);

    begin(components);
    if (components->purpose != PURPOSE_BACKUP || components->prepared) return end(components, VSS_E_BAD_STATE);
    if ((unsigned int)type > VSS_BT_OTHER) return end(components, E_INVALIDARG);
    components->select_components = select_components != 0;
    components->bootable = bootable != 0;
    components->type = type;
    components->partial = partial != 0;
    return end(components, S_OK);
}

/* Done at once, if the state allows it. */
static HRESULT do_nothing(struct components *components, BOOL allowed, IVssAsync **async)
{
    if (!async) return end(components, E_INVALIDARG);
    *async = NULL;
    return end(components, allowed ? async_create(S_OK, async) : VSS_E_BAD_STATE);
}

static HRESULT STDMETHODCALLTYPE components_PrepareForBackup(IVssBackupComponents *iface, IVssAsync **async)
{
    struct components *components = components_from(iface);
    BOOL allowed;

    begin(components);
    if ((allowed = components->purpose == PURPOSE_BACKUP) && async) components->prepared = TRUE;
    return do_nothing(components, allowed, async);
}

static HRESULT STDMETHODCALLTYPE components_BackupComplete(IVssBackupComponents *iface, IVssAsync **async)
{
    struct components *components = components_from(iface);

    begin(components);
    return do_nothing(components, components->state == SET_MADE, async);
}

/* ---- writers ---- */

static HRESULT gather(IVssBackupComponents *iface, IVssAsync **async, BOOL status)
{
    struct components *components = components_from(iface);

    begin(components);
    if (components->purpose && async)
    {
        if (status) components->status_gathered = TRUE;
        else components->gathered = TRUE;
    }
    return do_nothing(components, components->purpose != PURPOSE_NONE, async);
}

static HRESULT STDMETHODCALLTYPE components_GatherWriterMetadata(IVssBackupComponents *iface, IVssAsync **async)
{
    return gather(iface, async, FALSE);
}

static HRESULT STDMETHODCALLTYPE components_GatherWriterStatus(IVssBackupComponents *iface, IVssAsync **async)
{
    return gather(iface, async, TRUE);
}

static HRESULT count_none(struct components *components, const BOOL *gathered, UINT *count)
{
    if (!count) return E_INVALIDARG;
    *count = 0;
    begin(components);
    return end(components, *gathered ? S_OK : VSS_E_BAD_STATE);
}

static HRESULT STDMETHODCALLTYPE components_GetWriterMetadataCount(IVssBackupComponents *iface, UINT *count)
{
    return count_none(components_from(iface), &components_from(iface)->gathered, count);
}

static HRESULT STDMETHODCALLTYPE components_GetWriterStatusCount(IVssBackupComponents *iface, UINT *count)
{
    return count_none(components_from(iface), &components_from(iface)->status_gathered, count);
}

static HRESULT STDMETHODCALLTYPE components_GetWriterComponentsCount(IVssBackupComponents *iface, UINT *count)
{
    struct components *components = components_from(iface);

    if (!count) return E_INVALIDARG;
    *count = 0;
    return components->purpose ? S_OK : VSS_E_BAD_STATE;
}

/* There is none of that number. */
static HRESULT find_none(const struct components *components, BOOL gathered)
{
    return components->purpose && gathered ? VSS_E_OBJECT_NOT_FOUND : VSS_E_BAD_STATE;
}

static HRESULT STDMETHODCALLTYPE components_GetWriterMetadata(IVssBackupComponents *iface, UINT index, VSS_ID *instance,
                                                              IVssExamineWriterMetadata **metadata)
{
    (void)index;
    if (!instance || !metadata) return E_INVALIDARG;
    *metadata = NULL;
    return find_none(components_from(iface), components_from(iface)->gathered);
}

static HRESULT STDMETHODCALLTYPE components_GetWriterStatus(IVssBackupComponents *iface, UINT index, VSS_ID *instance,
                                                            VSS_ID *writer, BSTR *name, VSS_WRITER_STATE *state,
                                                            HRESULT *failure)
{
    (void)index;
    if (!instance || !writer || !name || !state || !failure) return E_INVALIDARG;
    *name = NULL;
    return find_none(components_from(iface), components_from(iface)->status_gathered);
}

static HRESULT STDMETHODCALLTYPE components_GetWriterComponents(IVssBackupComponents *iface, UINT index,
                                                                IVssWriterComponentsExt **writer)
{
    (void)index;
    if (!writer) return E_INVALIDARG;
    *writer = NULL;
    return find_none(components_from(iface), TRUE);
}

static HRESULT forget(struct components *components, BOOL *gathered)
{
    begin(components);
    *gathered = FALSE;
    return end(components, components->purpose ? S_OK : VSS_E_BAD_STATE);
}

static HRESULT STDMETHODCALLTYPE components_FreeWriterMetadata(IVssBackupComponents *iface)
{
    return forget(components_from(iface), &components_from(iface)->gathered);
}

static HRESULT STDMETHODCALLTYPE components_FreeWriterStatus(IVssBackupComponents *iface)
{
    return forget(components_from(iface), &components_from(iface)->status_gathered);
}

/* ---- the object ---- */

static void fill(IVssBackupComponentsVtbl *vtbl)
{
    vtbl->QueryInterface = components_QueryInterface;
    vtbl->AddRef = components_AddRef;
    vtbl->Release = components_Release;
    vtbl->GetWriterComponentsCount = components_GetWriterComponentsCount;
    vtbl->GetWriterComponents = components_GetWriterComponents;
    vtbl->InitializeForBackup = components_InitializeForBackup;
    vtbl->SetBackupState = components_SetBackupState;
    vtbl->InitializeForRestore = components_InitializeForRestore;
    vtbl->GatherWriterMetadata = components_GatherWriterMetadata;
    vtbl->GetWriterMetadataCount = components_GetWriterMetadataCount;
    vtbl->GetWriterMetadata = components_GetWriterMetadata;
    vtbl->FreeWriterMetadata = components_FreeWriterMetadata;
    vtbl->PrepareForBackup = components_PrepareForBackup;
    vtbl->AbortBackup = components_AbortBackup;
    vtbl->GatherWriterStatus = components_GatherWriterStatus;
    vtbl->GetWriterStatusCount = components_GetWriterStatusCount;
    vtbl->FreeWriterStatus = components_FreeWriterStatus;
    vtbl->GetWriterStatus = components_GetWriterStatus;
    vtbl->SaveAsXML = components_SaveAsXML;
    vtbl->BackupComplete = components_BackupComplete;
    vtbl->SetContext = components_SetContext;
    vtbl->StartSnapshotSet = components_StartSnapshotSet;
    vtbl->AddToSnapshotSet = components_AddToSnapshotSet;
    vtbl->DoSnapshotSet = components_DoSnapshotSet;
    vtbl->DeleteSnapshots = components_DeleteSnapshots;
    vtbl->GetSnapshotProperties = components_GetSnapshotProperties;
    vtbl->Query = components_Query;
    vtbl->IsVolumeSupported = components_IsVolumeSupported;
    components_fill_unused(vtbl);
}

HRESULT components_create(IVssBackupComponents **out)
{
    static IVssBackupComponentsVtbl vtbl;
    static LONG filled;
    struct components *components;

    if (!out) return E_INVALIDARG;
    *out = NULL;
    if (!(components = allocate(sizeof(*components)))) return E_OUTOFMEMORY;
    /* whoever comes first; the others fill in the same */
    if (!filled)
    {
        fill(&vtbl);
        InterlockedExchange(&filled, 1);
    }
    components->IVssBackupComponents_iface.lpVtbl = &vtbl;
    components->refs = 1;
    components->set_lock = -1;
    InitializeCriticalSection(&components->lock);
    *out = &components->IVssBackupComponents_iface;
    return S_OK;
}
