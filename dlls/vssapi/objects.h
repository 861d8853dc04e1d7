/*
 * The objects that vssapi.dll gives to programs, and what its files share (docs/vss.md).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VSSAPI_OBJECTS_H
#define VSSAPI_OBJECTS_H

#include <windows.h>
#include <vss.h>
#include <vswriter.h>
#include <vsbackup.h>
#include <vsserror.h>

#include "vss/requests.h"

/* The one provider there is, under the name and the number of Windows' own. */
extern const GUID provider_id;
#define PROVIDER_NAME    L"Microsoft Software Shadow Copy provider 1.0"
#define PROVIDER_VERSION L"1.0.0.7"

static inline BOOL is_null_id(const GUID *id)
{
    return IsEqualGUID(id, &GUID_NULL);
}

/* May a program name this provider? "None" stands for whatever there is. */
static inline BOOL is_known_provider(const GUID *id)
{
    return is_null_id(id) || IsEqualGUID(id, &provider_id);
}

/* QueryInterface of an object with one interface of its own. */
static inline HRESULT query_interface(void *object, REFIID own, REFIID iid, void **out)
{
    if (!out) return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, own)) return E_NOINTERFACE;
    *out = object;
    IUnknown_AddRef((IUnknown *)object);
    return S_OK;
}

static inline void *allocate(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static inline void release_memory(void *memory)
{
    HeapFree(GetProcessHeap(), 0, memory);
}

/* async.c: something that is done already, with this result. E_OUTOFMEMORY, E_INVALIDARG without a place for it. */
HRESULT async_create(HRESULT result, IVssAsync **async);

/* enum_object.c: objects in a list, which it takes over, with what they point at, also if it fails. */
HRESULT enum_object_create(VSS_OBJECT_PROP *objects, ULONG count, IVssEnumObject **enumeration);

/* properties.c: all strings are the program's to free. E_OUTOFMEMORY */
HRESULT properties_of_snapshot(const struct efs_snapshot *snapshot, VSS_SNAPSHOT_PROP *properties);
HRESULT properties_of_provider(VSS_PROVIDER_PROP *properties);
void properties_free_snapshot(VSS_SNAPSHOT_PROP *properties);
void properties_free_provider(VSS_PROVIDER_PROP *properties);
/* A copy of one kind or the other. */
HRESULT properties_copy(const VSS_OBJECT_PROP *from, VSS_OBJECT_PROP *to);
void properties_free(VSS_OBJECT_PROP *object);

/* providers.c */
HRESULT providers_enumerate(IVssEnumObject **enumeration);

/*
 * volumes.c: the drive of a volume as programs name it: C:, C:\, \\?\Volume{...}\, a mount point. volume: its own name,
 * as Windows gives it. E_INVALIDARG, VSS_E_OBJECT_NOT_FOUND, VSS_E_VOLUME_NOT_SUPPORTED (no fixed drive).
 */
HRESULT volume_find(const WCHAR *name, WCHAR *letter, char volume[EFS_SNAPSHOT_VOLUME_SIZE]);

/* metadata.c */
HRESULT metadata_create(const WCHAR *xml, IVssExamineWriterMetadata **metadata);

/* admin.c */
HRESULT admin_get_class(REFCLSID class, REFIID iid, void **factory);

/* components.c */
HRESULT components_create(IVssBackupComponents **components);

#endif
