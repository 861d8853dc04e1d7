/*
 * What Wine's headers lack of vss.h, vsbackup.h, vsadmin.h and vsserror.h, as Microsoft documents it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VSS_WINE_H
#define VSS_WINE_H

#define WINBOOL BOOL /* mingw-w64's name */

#define VSS_E_BAD_STATE                ((HRESULT)0x80042301)
#define VSS_E_PROVIDER_NOT_REGISTERED  ((HRESULT)0x80042304)
#define VSS_E_OBJECT_NOT_FOUND         ((HRESULT)0x80042308)
#define VSS_S_ASYNC_FINISHED           ((HRESULT)0x0004230a)
#define VSS_E_OBJECT_ALREADY_EXISTS    ((HRESULT)0x8004230d)
#define VSS_E_SNAPSHOT_SET_IN_PROGRESS ((HRESULT)0x80042316)
#define VSS_E_UNSUPPORTED_CONTEXT      ((HRESULT)0x8004231b)

/* VSS_SNAPSHOT_CONTEXT */
#define VSS_CTX_BACKUP            0
#define VSS_CTX_APP_ROLLBACK      9
#define VSS_CTX_FILE_SHARE_BACKUP 0x10

typedef enum _VSS_PROVIDER_TYPE
{
    VSS_PROV_UNKNOWN,
    VSS_PROV_SYSTEM,
    VSS_PROV_SOFTWARE,
    VSS_PROV_HARDWARE
} VSS_PROVIDER_TYPE;

typedef struct _VSS_PROVIDER_PROP
{
    VSS_ID m_ProviderId;
    VSS_PWSZ m_pwszProviderName;
    VSS_PROVIDER_TYPE m_eProviderType;
    VSS_PWSZ m_pwszProviderVersion;
    VSS_ID m_ProviderVersionId;
    CLSID m_ClassId;
} VSS_PROVIDER_PROP;

typedef struct _VSS_OBJECT_PROP
{
    VSS_OBJECT_TYPE Type;
    union { VSS_SNAPSHOT_PROP Snap; VSS_PROVIDER_PROP Prov; } Obj;
} VSS_OBJECT_PROP;

DEFINE_GUID(IID_IVssAsync, 0x507c37b4, 0xcf5b, 0x4e95, 0xb0, 0xaf, 0x14, 0xeb, 0x97, 0x67, 0x46, 0x7e);
DEFINE_GUID(IID_IVssAdmin, 0x77ed5996, 0x2f63, 0x11d3, 0x8a, 0x39, 0x00, 0xc0, 0x4f, 0x72, 0xd8, 0xe3);

#undef INTERFACE
#define INTERFACE IVssAsync
DECLARE_INTERFACE_(IVssAsync, IUnknown)
{
    STDMETHOD(QueryInterface)(THIS_ REFIID iid, void **object) PURE;
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;
    STDMETHOD_(ULONG, Release)(THIS) PURE;
    STDMETHOD(Cancel)(THIS) PURE;
    STDMETHOD(Wait)(THIS_ DWORD milliseconds) PURE;
    STDMETHOD(QueryStatus)(THIS_ HRESULT *status, INT *reserved) PURE;
};
#define IVssAsync_QueryInterface(This, iid, object) (This)->lpVtbl->QueryInterface(This, iid, object)
#define IVssAsync_Release(This) (This)->lpVtbl->Release(This)
#define IVssAsync_Wait(This, milliseconds) (This)->lpVtbl->Wait(This, milliseconds)
#define IVssAsync_QueryStatus(This, status, reserved) (This)->lpVtbl->QueryStatus(This, status, reserved)

#undef INTERFACE
#define INTERFACE IVssEnumObject
DECLARE_INTERFACE_(IVssEnumObject, IUnknown)
{
    STDMETHOD(QueryInterface)(THIS_ REFIID iid, void **object) PURE;
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;
    STDMETHOD_(ULONG, Release)(THIS) PURE;
    STDMETHOD(Next)(THIS_ ULONG count, VSS_OBJECT_PROP *objects, ULONG *fetched) PURE;
    STDMETHOD(Skip)(THIS_ ULONG count) PURE;
    STDMETHOD(Reset)(THIS) PURE;
    STDMETHOD(Clone)(THIS_ IVssEnumObject **clone) PURE;
};
#define IVssEnumObject_Release(This) (This)->lpVtbl->Release(This)
#define IVssEnumObject_Next(This, count, objects, fetched) (This)->lpVtbl->Next(This, count, objects, fetched)
#define IVssEnumObject_Skip(This, count) (This)->lpVtbl->Skip(This, count)
#define IVssEnumObject_Reset(This) (This)->lpVtbl->Reset(This)
#define IVssEnumObject_Clone(This, clone) (This)->lpVtbl->Clone(This, clone)

/* Of the methods between, the tests use none. */
#undef INTERFACE
#define INTERFACE IVssExamineWriterMetadata
DECLARE_INTERFACE_(IVssExamineWriterMetadata, IUnknown)
{
    STDMETHOD(QueryInterface)(THIS_ REFIID iid, void **object) PURE;
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;
    STDMETHOD_(ULONG, Release)(THIS) PURE;
    STDMETHOD(GetIdentity)(THIS) PURE;
    STDMETHOD(GetFileCounts)(THIS) PURE;
    STDMETHOD(GetIncludeFile)(THIS) PURE;
    STDMETHOD(GetExcludeFile)(THIS) PURE;
    STDMETHOD(GetComponent)(THIS) PURE;
    STDMETHOD(GetRestoreMethod)(THIS) PURE;
    STDMETHOD(GetAlternateLocationMapping)(THIS) PURE;
    STDMETHOD(GetBackupSchema)(THIS) PURE;
    STDMETHOD(GetDocument)(THIS) PURE;
    STDMETHOD(SaveAsXML)(THIS_ BSTR *xml) PURE;
    STDMETHOD(LoadFromXML)(THIS_ BSTR xml) PURE;
};

#undef INTERFACE
#define INTERFACE IVssAdmin
DECLARE_INTERFACE_(IVssAdmin, IUnknown)
{
    STDMETHOD(QueryInterface)(THIS_ REFIID iid, void **object) PURE;
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;
    STDMETHOD_(ULONG, Release)(THIS) PURE;
    STDMETHOD(RegisterProvider)(THIS) PURE;
    STDMETHOD(UnregisterProvider)(THIS_ VSS_ID provider) PURE;
    STDMETHOD(QueryProviders)(THIS_ IVssEnumObject **providers) PURE;
    STDMETHOD(AbortAllSnapshotsInProgress)(THIS) PURE;
};
#define IVssAdmin_Release(This) (This)->lpVtbl->Release(This)
#define IVssAdmin_QueryProviders(This, providers) (This)->lpVtbl->QueryProviders(This, providers)

#endif
