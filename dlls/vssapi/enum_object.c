/*
 * IVssEnumObject: what a query has found.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

struct enumeration
{
    IVssEnumObject   IVssEnumObject_iface;
    LONG             refs;
    VSS_OBJECT_PROP *objects;
    ULONG            count;
    LONG             at; /* of the one that comes next */
};

static struct enumeration *enumeration_from(IVssEnumObject *iface)
{
    return CONTAINING_RECORD(iface, struct enumeration, IVssEnumObject_iface);
}

static void free_objects(VSS_OBJECT_PROP *objects, ULONG count)
{
    ULONG i;

    for (i = 0; objects && i < count; i++) properties_free(&objects[i]);
    release_memory(objects);
}

static HRESULT STDMETHODCALLTYPE enum_QueryInterface(IVssEnumObject *iface, REFIID iid, void **object)
{
    return query_interface(iface, &IID_IVssEnumObject, iid, object);
}

static ULONG STDMETHODCALLTYPE enum_AddRef(IVssEnumObject *iface)
{
    return (ULONG)InterlockedIncrement(&enumeration_from(iface)->refs);
}

static ULONG STDMETHODCALLTYPE enum_Release(IVssEnumObject *iface)
{
    struct enumeration *enumeration = enumeration_from(iface);
    ULONG refs = (ULONG)InterlockedDecrement(&enumeration->refs);

    if (refs) return refs;
    free_objects(enumeration->objects, enumeration->count);
    release_memory(enumeration);
    return 0;
}

/* Passes over up to `wanted`; where the first of them is, and how many. */
static ULONG take(struct enumeration *enumeration, ULONG wanted, ULONG *first)
{
    LONG at, next;

    do
    {
        at = enumeration->at;
        next = (LONG)(wanted < enumeration->count - (ULONG)at ? (ULONG)at + wanted : enumeration->count);
    }
    while (InterlockedCompareExchange(&enumeration->at, next, at) != at);
    *first = (ULONG)at;
    return (ULONG)(next - at);
}

static HRESULT STDMETHODCALLTYPE enum_Next(IVssEnumObject *iface, ULONG wanted, VSS_OBJECT_PROP *out, ULONG *fetched)
{
    struct enumeration *enumeration = enumeration_from(iface);
    ULONG first, count, i;

    if (fetched) *fetched = 0;
    if (!out || !fetched) return E_POINTER;
    count = take(enumeration, wanted, &first);
    for (i = 0; i < count; i++)
        if (FAILED(properties_copy(&enumeration->objects[first + i], &out[i])))
        {
            while (i--) properties_free(&out[i]);
            return E_OUTOFMEMORY;
        }
    *fetched = count;
    return count == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_Skip(IVssEnumObject *iface, ULONG wanted)
{
    ULONG first;

    return take(enumeration_from(iface), wanted, &first) == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_Reset(IVssEnumObject *iface)
{
    InterlockedExchange(&enumeration_from(iface)->at, 0);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_Clone(IVssEnumObject *iface, IVssEnumObject **clone)
{
    struct enumeration *enumeration = enumeration_from(iface);
    VSS_OBJECT_PROP *objects;
    HRESULT result = S_OK;
    ULONG i;

    if (!clone) return E_POINTER;
    *clone = NULL;
    if (!(objects = allocate((enumeration->count + 1) * sizeof(*objects)))) return E_OUTOFMEMORY;
    for (i = 0; SUCCEEDED(result) && i < enumeration->count; i++)
        result = properties_copy(&enumeration->objects[i], &objects[i]);
    if (FAILED(result)) free_objects(objects, i - 1);
    else if (SUCCEEDED(result = enum_object_create(objects, enumeration->count, clone)))
        enumeration_from(*clone)->at = enumeration->at;
    return result;
}

static IVssEnumObjectVtbl enum_vtbl =
{
    enum_QueryInterface,
    enum_AddRef,
    enum_Release,
    enum_Next,
    enum_Skip,
    enum_Reset,
    enum_Clone,
};

HRESULT enum_object_create(VSS_OBJECT_PROP *objects, ULONG count, IVssEnumObject **out)
{
    struct enumeration *enumeration = allocate(sizeof(*enumeration));

    *out = NULL;
    if (!enumeration)
    {
        free_objects(objects, count);
        return E_OUTOFMEMORY;
    }
    enumeration->IVssEnumObject_iface.lpVtbl = &enum_vtbl;
    enumeration->refs = 1;
    enumeration->objects = objects;
    enumeration->count = count;
    *out = &enumeration->IVssEnumObject_iface;
    return S_OK;
}
