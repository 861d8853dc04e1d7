/*
 * IVssBackupComponents: sets of snapshots, from their beginning to their making.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "components.h"

HRESULT STDMETHODCALLTYPE components_SetContext(IVssBackupComponents *iface, LONG context)
{
    struct components *components = components_from(iface);

    begin(components);
    if (components->purpose != PURPOSE_BACKUP || components->state != SET_NONE)
        return end(components, VSS_E_BAD_STATE);
    if (context != VSS_CTX_BACKUP && context != VSS_CTX_FILE_SHARE_BACKUP && context != VSS_CTX_APP_ROLLBACK)
        return end(components, VSS_E_UNSUPPORTED_CONTEXT);
    components->context = context;
    return end(components, S_OK);
}

static BOOL stays(const struct own_snapshot *own)
{
    return (own->snapshot.context & EFS_SNAPSHOT_STAYS) != 0;
}

static void drop(struct own_snapshot *own, BOOL all)
{
    if (own->held == -1) return;
    if (all || !stays(own)) wineefs_snapshot_delete(own->snapshot.number);
    wineefs_snapshot_close(own->held);
    own->held = -1;
}

/* The set that isn't made yet is none any more. */
static void drop_set(struct components *components)
{
    if (components->state != SET_STARTED) return;
    while (components->in_set)
    {
        drop(&components->snapshots[--components->count], TRUE);
        components->in_set--;
    }
    wineefs_snapshot_close(components->set_lock);
    components->set_lock = -1;
    components->state = SET_NONE;
}

void components_drop_all(struct components *components)
{
    drop_set(components);
    while (components->count) drop(&components->snapshots[--components->count], FALSE);
}

HRESULT STDMETHODCALLTYPE components_AbortBackup(IVssBackupComponents *iface)
{
    struct components *components = components_from(iface);

    begin(components);
    drop_set(components);
    return end(components, S_OK);
}

/* Those that have gone make room. */
static void compact(struct components *components)
{
    unsigned int i, kept = 0;

    for (i = 0; i < components->count; i++)
        if (components->snapshots[i].held != -1)
        {
            if (kept != i) components->snapshots[kept] = components->snapshots[i];
            kept++;
        }
    components->count = kept;
}

HRESULT STDMETHODCALLTYPE components_StartSnapshotSet(IVssBackupComponents *iface, VSS_ID *set)
{
    struct components *components = components_from(iface);
    DWORD err;

    if (!set) return E_INVALIDARG;
    *set = GUID_NULL;
    begin(components);
    if (components->purpose != PURPOSE_BACKUP) return end(components, VSS_E_BAD_STATE);
    if (components->state == SET_STARTED) return end(components, VSS_E_SNAPSHOT_SET_IN_PROGRESS);
    if ((err = wineefs_snapshot_lock(&components->set_lock)))
        return end(components, err == ERROR_FILE_EXISTS ? VSS_E_SNAPSHOT_SET_IN_PROGRESS : VSS_E_UNEXPECTED);
    wineefs_snapshot_reap();
    if (FAILED(CoCreateGuid(&components->set)))
    {
        wineefs_snapshot_close(components->set_lock);
        components->set_lock = -1;
        return end(components, E_OUTOFMEMORY);
    }
    compact(components);
    components->in_set = 0;
    components->state = SET_STARTED;
    *set = components->set;
    return end(components, S_OK);
}

static HRESULT add(struct components *components, const WCHAR *volume, const GUID *provider, GUID *id)
{
    struct own_snapshot *own;
    struct efs_snapshot wanted = { 0 };
    WCHAR letter;
    HRESULT result;
    unsigned int i;

    if (components->state != SET_STARTED) return VSS_E_BAD_STATE;
    if (!is_known_provider(provider)) return VSS_E_PROVIDER_NOT_REGISTERED;
    if (FAILED(result = volume_find(volume, &letter, wanted.volume))) return result;
    for (i = components->count - components->in_set; i < components->count; i++)
        if (components->snapshots[i].snapshot.drive == (uint32_t)(letter | 0x20)) return VSS_E_OBJECT_ALREADY_EXISTS;
    if (components->count == SNAPSHOTS_MAX) return VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED;
    if (FAILED(CoCreateGuid(id))) return E_OUTOFMEMORY;
    own = &components->snapshots[components->count];
    own->snapshot = wanted;
    own->held = -1;
    own->snapshot.drive = letter | 0x20;
    memcpy(own->snapshot.id, id, sizeof(GUID));
    memcpy(own->snapshot.set, &components->set, sizeof(GUID));
    components->count++;
    components->in_set++;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE components_AddToSnapshotSet(IVssBackupComponents *iface, VSS_PWSZ volume, VSS_ID provider,
                                                      VSS_ID *id)
{
    struct components *components = components_from(iface);

    if (!volume || !*volume || !id) return E_INVALIDARG;
    *id = GUID_NULL;
    begin(components);
    return end(components, add(components, volume, &provider, id));
}

/* All of them, or none. */
static HRESULT make_all(struct components *components)
{
    struct own_snapshot *own = &components->snapshots[components->count - components->in_set];
    unsigned int i;
    DWORD err = ERROR_SUCCESS;

    for (i = 0; i < components->in_set && !err; i++)
    {
        own[i].snapshot.count = components->in_set;
        own[i].snapshot.context = (uint32_t)components->context;
        err = wineefs_snapshot_make(&own[i].snapshot, &own[i].held);
    }
    if (err)
    {
        drop_set(components);
        return err == ERROR_DISK_FULL ? VSS_E_INSUFFICIENT_STORAGE : VSS_E_UNEXPECTED_PROVIDER_ERROR;
    }
    wineefs_snapshot_close(components->set_lock);
    components->set_lock = -1;
    components->state = SET_MADE;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE components_DoSnapshotSet(IVssBackupComponents *iface, IVssAsync **async)
{
    struct components *components = components_from(iface);

    if (!async) return E_INVALIDARG;
    *async = NULL;
    begin(components);
    if (components->state != SET_STARTED || !components->in_set) return end(components, VSS_E_BAD_STATE);
    return end(components, async_create(make_all(components), async));
}

HRESULT STDMETHODCALLTYPE components_IsVolumeSupported(IVssBackupComponents *iface, VSS_ID provider, VSS_PWSZ volume,
                                                       WINBOOL *supported)
{
    char name[EFS_SNAPSHOT_VOLUME_SIZE];
    HRESULT result;
    WCHAR letter;

    if (!volume || !*volume || !supported) return E_INVALIDARG;
    *supported = FALSE;
    if (!components_from(iface)->purpose) return VSS_E_BAD_STATE;
    if (!is_known_provider(&provider)) return VSS_E_PROVIDER_NOT_REGISTERED;
    result = volume_find(volume, &letter, name);
    if (result == VSS_E_VOLUME_NOT_SUPPORTED) return S_OK;
    *supported = SUCCEEDED(result);
    return result;
}
