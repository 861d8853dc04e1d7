/*
 * IVssBackupComponents: snapshots that are there, this object's and others', and how they go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "components.h"

static BOOL is_wanted(const struct efs_snapshot *snapshot, const GUID *id, VSS_OBJECT_TYPE type)
{
    return !memcmp(type == VSS_OBJECT_SNAPSHOT ? snapshot->id : snapshot->set, id, sizeof(*id));
}

static struct own_snapshot *find_own(struct components *components, const struct efs_snapshot *snapshot)
{
    unsigned int i;

    for (i = 0; i < components->count; i++)
        if (components->snapshots[i].held != -1
            && !memcmp(components->snapshots[i].snapshot.id, snapshot->id, sizeof(snapshot->id)))
            return &components->snapshots[i];
    return NULL;
}

/* ---- removing ---- */

static HRESULT delete_one(struct components *components, const struct efs_snapshot *snapshot)
{
    struct own_snapshot *own = find_own(components, snapshot);

    if (wineefs_snapshot_delete(snapshot->number)) return VSS_E_UNEXPECTED_PROVIDER_ERROR;
    if (own)
    {
        wineefs_snapshot_close(own->held);
        own->held = -1;
    }
    return S_OK;
}

static HRESULT delete_all(struct components *components, const GUID *id, VSS_OBJECT_TYPE type, LONG *deleted,
                          GUID *not_deleted)
{
    struct efs_snapshot snapshot = { 0 };
    HRESULT result = S_OK, this;
    DWORD number = 0;

    while (wineefs_snapshot_next(number, &snapshot))
    {
        number = snapshot.number;
        if (!is_wanted(&snapshot, id, type)) continue;
        if (SUCCEEDED(this = delete_one(components, &snapshot))) ++*deleted;
        else
        {
            memcpy(not_deleted, snapshot.id, sizeof(*not_deleted));
            result = this;
        }
    }
    if (!*deleted && SUCCEEDED(result))
    {
        *not_deleted = *id;
        result = VSS_E_OBJECT_NOT_FOUND;
    }
    return result;
}

HRESULT STDMETHODCALLTYPE components_DeleteSnapshots(IVssBackupComponents *iface, VSS_ID id, VSS_OBJECT_TYPE type,
                                                     WINBOOL force, LONG *deleted, VSS_ID *not_deleted)
{
    struct components *components = components_from(iface);
    GUID which = GUID_NULL;
    LONG count = 0;
    HRESULT result;

    (void)force;
    if (type != VSS_OBJECT_SNAPSHOT && type != VSS_OBJECT_SNAPSHOT_SET) return E_INVALIDARG;
    begin(components);
    result = components->purpose ? delete_all(components, &id, type, &count, &which) : VSS_E_BAD_STATE;
    if (deleted) *deleted = count;
    if (not_deleted) *not_deleted = which;
    return end(components, result);
}

/* ---- asking ---- */

HRESULT STDMETHODCALLTYPE components_GetSnapshotProperties(IVssBackupComponents *iface, VSS_ID id,
                                                           VSS_SNAPSHOT_PROP *properties)
{
    struct efs_snapshot snapshot = { 0 };
    DWORD number = 0;

    if (!properties) return E_INVALIDARG;
    memset(properties, 0, sizeof(*properties));
    if (!components_from(iface)->purpose) return VSS_E_BAD_STATE;
    while (wineefs_snapshot_next(number, &snapshot))
    {
        if (is_wanted(&snapshot, &id, VSS_OBJECT_SNAPSHOT)) return properties_of_snapshot(&snapshot, properties);
        number = snapshot.number;
    }
    return VSS_E_OBJECT_NOT_FOUND;
}

/* Of its context alone; and those that go with an object are that object's. */
static BOOL is_visible(struct components *components, const struct efs_snapshot *snapshot)
{
    if (snapshot->context != (uint32_t)components->context) return FALSE;
    return (snapshot->context & EFS_SNAPSHOT_STAYS) || find_own(components, snapshot);
}

static HRESULT enumerate_snapshots(struct components *components, IVssEnumObject **enumeration)
{
    ULONG count = 0, room = 0;
    struct efs_snapshot snapshot = { 0 };
    VSS_OBJECT_PROP *objects;
    DWORD number = 0;

    while (wineefs_snapshot_next(number, &snapshot))
    {
        number = snapshot.number;
        room++;
    }
    if (!(objects = allocate((room + 1) * sizeof(*objects)))) return E_OUTOFMEMORY;
    for (number = 0; count < room && wineefs_snapshot_next(number, &snapshot); number = snapshot.number)
    {
        if (!is_visible(components, &snapshot)) continue;
        objects[count].Type = VSS_OBJECT_SNAPSHOT;
        if (FAILED(properties_of_snapshot(&snapshot, &objects[count].Obj.Snap)))
        {
            while (count) properties_free(&objects[--count]);
            release_memory(objects);
            return E_OUTOFMEMORY;
        }
        count++;
    }
    return enum_object_create(objects, count, enumeration);
}

HRESULT STDMETHODCALLTYPE components_Query(IVssBackupComponents *iface, VSS_ID id, VSS_OBJECT_TYPE type,
                                           VSS_OBJECT_TYPE wanted, IVssEnumObject **enumeration)
{
    struct components *components = components_from(iface);

    if (!enumeration) return E_INVALIDARG;
    *enumeration = NULL;
    if (!is_null_id(&id) || type != VSS_OBJECT_NONE) return E_INVALIDARG;
    if (wanted != VSS_OBJECT_SNAPSHOT && wanted != VSS_OBJECT_PROVIDER) return E_INVALIDARG;
    begin(components);
    if (!components->purpose) return end(components, VSS_E_BAD_STATE);
    if (wanted == VSS_OBJECT_PROVIDER) return end(components, providers_enumerate(enumeration));
    return end(components, enumerate_snapshots(components, enumeration));
}
