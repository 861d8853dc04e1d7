/*
 * IVssExamineWriterMetadata of a document that a program has kept: it is given back as it is. What is in it was said by
 * a writer, and no writer ever spoke here; so nothing is looked for in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

struct metadata
{
    IVssExamineWriterMetadata IVssExamineWriterMetadata_iface;
    LONG                      refs;
    BSTR                      xml;
};

static struct metadata *metadata_from(IVssExamineWriterMetadata *iface)
{
    return CONTAINING_RECORD(iface, struct metadata, IVssExamineWriterMetadata_iface);
}

static HRESULT STDMETHODCALLTYPE metadata_QueryInterface(IVssExamineWriterMetadata *iface, REFIID iid, void **object)
{
    return query_interface(iface, &IID_IVssExamineWriterMetadata, iid, object);
}

static ULONG STDMETHODCALLTYPE metadata_AddRef(IVssExamineWriterMetadata *iface)
{
    return (ULONG)InterlockedIncrement(&metadata_from(iface)->refs);
}

static ULONG STDMETHODCALLTYPE metadata_Release(IVssExamineWriterMetadata *iface)
{
    struct metadata *metadata = metadata_from(iface);
    ULONG refs = (ULONG)InterlockedDecrement(&metadata->refs);

    if (refs) return refs;
    SysFreeString(metadata->xml);
    release_memory(metadata);
    return 0;
}

static HRESULT STDMETHODCALLTYPE metadata_GetIdentity(IVssExamineWriterMetadata *iface, VSS_ID *instance,
                                                      VSS_ID *writer, BSTR *name, VSS_USAGE_TYPE *usage,
                                                      VSS_SOURCE_TYPE *source)
{
    (void)iface;
    (void)instance;
    (void)writer;
    if (name) *name = NULL;
    (void)usage;
    (void)source;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE metadata_GetFileCounts(IVssExamineWriterMetadata *iface, UINT *include, UINT *exclude,
                                                        UINT *components)
{
    (void)iface;
    (void)include;
    (void)exclude;
    (void)components;
    return E_NOTIMPL;
}

#define NO_OBJECT(name, type) \
    static HRESULT STDMETHODCALLTYPE metadata_##name(IVssExamineWriterMetadata *iface, UINT index, type **object) \
    { \
        (void)iface; \
        (void)index; \
        if (object) *object = NULL; \
        return E_NOTIMPL; \
    }

NO_OBJECT(GetIncludeFile, IVssWMFiledesc)
NO_OBJECT(GetExcludeFile, IVssWMFiledesc)
NO_OBJECT(GetComponent, IVssWMComponent)
NO_OBJECT(GetAlternateLocationMapping, IVssWMFiledesc)

static HRESULT STDMETHODCALLTYPE metadata_GetRestoreMethod(IVssExamineWriterMetadata *iface,
                                                           VSS_RESTOREMETHOD_ENUM *method, BSTR *service,
                                                           BSTR *procedure, VSS_WRITERRESTORE_ENUM *restore,
                                                           boolean *reboot, UINT *mappings)
{
    (void)iface;
    (void)method;
    if (service) *service = NULL;
    if (procedure) *procedure = NULL;
    (void)restore;
    (void)reboot;
    (void)mappings;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE metadata_GetBackupSchema(IVssExamineWriterMetadata *iface, DWORD *schema)
{
    (void)iface;
    (void)schema;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE metadata_GetDocument(IVssExamineWriterMetadata *iface, IXMLDOMDocument **document)
{
    (void)iface;
    if (document) *document = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE metadata_SaveAsXML(IVssExamineWriterMetadata *iface, BSTR *xml)
{
    struct metadata *metadata = metadata_from(iface);

    if (!xml) return E_INVALIDARG;
    *xml = SysAllocStringLen(metadata->xml, SysStringLen(metadata->xml));
    return *xml ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE metadata_LoadFromXML(IVssExamineWriterMetadata *iface, BSTR xml)
{
    BSTR copy;

    if (!xml) return E_INVALIDARG;
    if (!(copy = SysAllocString(xml))) return E_OUTOFMEMORY;
    SysFreeString(InterlockedExchangePointer((void **)(void *)&metadata_from(iface)->xml, copy));
    return S_OK;
}

static IVssExamineWriterMetadataVtbl metadata_vtbl =
{
    metadata_QueryInterface,
    metadata_AddRef,
    metadata_Release,
    metadata_GetIdentity,
    metadata_GetFileCounts,
    metadata_GetIncludeFile,
    metadata_GetExcludeFile,
    metadata_GetComponent,
    metadata_GetRestoreMethod,
    metadata_GetAlternateLocationMapping,
    metadata_GetBackupSchema,
    metadata_GetDocument,
    metadata_SaveAsXML,
    metadata_LoadFromXML,
};

HRESULT metadata_create(const WCHAR *xml, IVssExamineWriterMetadata **out)
{
    struct metadata *metadata;

    if (!out) return E_INVALIDARG;
    *out = NULL;
    if (!xml) return E_INVALIDARG;
    if (!(metadata = allocate(sizeof(*metadata)))) return E_OUTOFMEMORY;
    if (!(metadata->xml = SysAllocString(xml)))
    {
        release_memory(metadata);
        return E_OUTOFMEMORY;
    }
    metadata->IVssExamineWriterMetadata_iface.lpVtbl = &metadata_vtbl;
    metadata->refs = 1;
    *out = &metadata->IVssExamineWriterMetadata_iface;
    return S_OK;
}
