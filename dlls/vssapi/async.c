/*
 * IVssAsync of what is done before the program gets it: no thread, and no waiting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

struct async
{
    IVssAsync IVssAsync_iface;
    LONG      refs;
    HRESULT   result;
};

static struct async *async_from(IVssAsync *iface)
{
    return CONTAINING_RECORD(iface, struct async, IVssAsync_iface);
}

static HRESULT STDMETHODCALLTYPE async_QueryInterface(IVssAsync *iface, REFIID iid, void **object)
{
    return query_interface(iface, &IID_IVssAsync, iid, object);
}

static ULONG STDMETHODCALLTYPE async_AddRef(IVssAsync *iface)
{
    return (ULONG)InterlockedIncrement(&async_from(iface)->refs);
}

static ULONG STDMETHODCALLTYPE async_Release(IVssAsync *iface)
{
    struct async *async = async_from(iface);
    ULONG refs = (ULONG)InterlockedDecrement(&async->refs);

    if (!refs) release_memory(async);
    return refs;
}

/* It is too late for that: the state stays what it is. */
static HRESULT STDMETHODCALLTYPE async_Cancel(IVssAsync *iface)
{
    (void)iface;
    return VSS_S_ASYNC_FINISHED;
}

static HRESULT STDMETHODCALLTYPE async_Wait(IVssAsync *iface, DWORD milliseconds)
{
    (void)iface;
    (void)milliseconds;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE async_QueryStatus(IVssAsync *iface, HRESULT *result, INT *reserved)
{
    (void)reserved;
    if (!result) return E_INVALIDARG;
    *result = async_from(iface)->result;
    return S_OK;
}

static IVssAsyncVtbl async_vtbl =
{
    async_QueryInterface,
    async_AddRef,
    async_Release,
    async_Cancel,
    async_Wait,
    async_QueryStatus,
};

HRESULT async_create(HRESULT result, IVssAsync **out)
{
    struct async *async;

    if (!out) return E_INVALIDARG;
    *out = NULL;
    if (!(async = allocate(sizeof(*async)))) return E_OUTOFMEMORY;
    async->IVssAsync_iface.lpVtbl = &async_vtbl;
    async->refs = 1;
    async->result = SUCCEEDED(result) ? VSS_S_ASYNC_FINISHED : result;
    *out = &async->IVssAsync_iface;
    return S_OK;
}
