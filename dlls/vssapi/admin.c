/*
 * The class that programs ask for the providers (IVssAdmin), and its factory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

#include <vsadmin.h>

static const CLSID coordinator_class =
    { 0xe579ab5f, 0x1cc4, 0x44b4, { 0xbe, 0xd9, 0xde, 0x09, 0x91, 0xff, 0x06, 0x23 } };

/* Neither has a state: one object of each lives as long as the DLL, which stays loaded. */

static HRESULT STDMETHODCALLTYPE admin_QueryInterface(IVssAdmin *iface, REFIID iid, void **object)
{
    return query_interface(iface, &IID_IVssAdmin, iid, object);
}

static ULONG STDMETHODCALLTYPE admin_AddRef(IVssAdmin *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE admin_Release(IVssAdmin *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE admin_RegisterProvider(IVssAdmin *iface, VSS_ID id, CLSID class, VSS_PWSZ name,
                                                        VSS_PROVIDER_TYPE type, VSS_PWSZ version, VSS_ID version_id)
{
    (void)iface;
    (void)id;
    (void)class;
    (void)name;
    (void)type;
    (void)version;
    (void)version_id;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE admin_UnregisterProvider(IVssAdmin *iface, VSS_ID id)
{
    (void)iface;
    (void)id;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE admin_QueryProviders(IVssAdmin *iface, IVssEnumObject **enumeration)
{
    (void)iface;
    return enumeration ? providers_enumerate(enumeration) : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE admin_AbortAllSnapshotsInProgress(IVssAdmin *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static IVssAdminVtbl admin_vtbl =
{
    admin_QueryInterface,
    admin_AddRef,
    admin_Release,
    admin_RegisterProvider,
    admin_UnregisterProvider,
    admin_QueryProviders,
    admin_AbortAllSnapshotsInProgress,
};

static IVssAdmin admin = { &admin_vtbl };

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid, void **object)
{
    return query_interface(iface, &IID_IClassFactory, iid, object);
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
                                                        void **object)
{
    (void)iface;
    if (!object) return E_POINTER;
    *object = NULL;
    return outer ? CLASS_E_NOAGGREGATION : admin_QueryInterface(&admin, iid, object);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, WINBOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_vtbl =
{
    factory_QueryInterface,
    factory_AddRef,
    factory_Release,
    factory_CreateInstance,
    factory_LockServer,
};

static IClassFactory factory = { &factory_vtbl };

HRESULT admin_get_class(REFCLSID class, REFIID iid, void **object)
{
    if (!object) return E_POINTER;
    *object = NULL;
    if (!IsEqualCLSID(class, &coordinator_class)) return CLASS_E_CLASSNOTAVAILABLE;
    return factory_QueryInterface(&factory, iid, object);
}
