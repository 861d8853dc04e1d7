/*
 * What vssapi.dll exports for requesters. exports.txt has the names; those that a C++ compiler makes lead to these
 * functions. All else is Wine's own vssapi.dll's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved);
HRESULT WINAPI vss_create_components(IVssBackupComponents **components);
HRESULT WINAPI vss_create_metadata(BSTR xml, IVssExamineWriterMetadata **metadata);
void WINAPI vss_free_properties(VSS_SNAPSHOT_PROP *properties);
HRESULT WINAPI vss_is_snapshotted(VSS_PWSZ volume, WINBOOL *present, LONG *compatibility);
HRESULT WINAPI vss_should_block_revert(LPCWSTR volume, bool *block);
HRESULT WINAPI vss_get_management(VSS_ID provider, REFIID iid, IUnknown **object);
HRESULT WINAPI vss_get_class(REFCLSID class, REFIID iid, void **object);
HRESULT WINAPI vss_can_unload(void);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) DisableThreadLibraryCalls(instance);
    return TRUE;
}

/* CreateVssBackupComponents. E_NOTIMPL, as of Wine's own: the user has switched it off, or the Unix half is missing. */
HRESULT WINAPI vss_create_components(IVssBackupComponents **components)
{
    if (!components) return E_INVALIDARG;
    *components = NULL;
    return wineefs_snapshot_choice() == EFS_SNAPSHOT_OFF ? E_NOTIMPL : components_create(components);
}

/* CreateVssExamineWriterMetadata */
HRESULT WINAPI vss_create_metadata(BSTR xml, IVssExamineWriterMetadata **metadata)
{
    return metadata_create(xml, metadata);
}

/* VssFreeSnapshotProperties */
void WINAPI vss_free_properties(VSS_SNAPSHOT_PROP *properties)
{
    if (properties) properties_free_snapshot(properties);
}

/* IsVolumeSnapshotted: no program has to stop anything because of our snapshots. */
HRESULT WINAPI vss_is_snapshotted(VSS_PWSZ volume, WINBOOL *present, LONG *compatibility)
{
    if (!volume || !present || !compatibility) return E_INVALIDARG;
    *present = FALSE;
    *compatibility = 0;
    return S_OK;
}

/* ShouldBlockRevert */
HRESULT WINAPI vss_should_block_revert(LPCWSTR volume, bool *block)
{
    if (!volume || !block) return E_INVALIDARG;
    *block = false;
    return S_OK;
}

/* GetProviderMgmtInterface: no management of where differences are kept */
HRESULT WINAPI vss_get_management(VSS_ID provider, REFIID iid, IUnknown **object)
{
    (void)provider;
    (void)iid;
    if (!object) return E_INVALIDARG;
    *object = NULL;
    return E_NOTIMPL;
}

/* DllGetClassObject */
HRESULT WINAPI vss_get_class(REFCLSID class, REFIID iid, void **object)
{
    return admin_get_class(class, iid, object);
}

/* DllCanUnloadNow: programs hold objects that are in its data. */
HRESULT WINAPI vss_can_unload(void)
{
    return S_FALSE;
}
