/*
 * IVssBackupComponents: methods about writers and their components, of which there are none, and about what these
 * snapshots can't do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "components.h"

/* Where no component can be meant. */
static HRESULT find_none(IVssBackupComponents *iface)
{
    return components_from(iface)->purpose ? VSS_E_OBJECT_NOT_FOUND : VSS_E_BAD_STATE;
}

static HRESULT agree(IVssBackupComponents *iface)
{
    return components_from(iface)->purpose ? S_OK : VSS_E_BAD_STATE;
}

/* ---- writers: none is affected ---- */

static HRESULT STDMETHODCALLTYPE unused_SetRestoreState(IVssBackupComponents *iface, VSS_RESTORE_TYPE type)
{
    (void)type;
    return agree(iface);
}

#define ACCEPT_IDS(name) \
    static HRESULT STDMETHODCALLTYPE unused_##name(IVssBackupComponents *iface, const VSS_ID *ids, UINT count) \
    { \
        return count && !ids ? E_INVALIDARG : agree(iface); \
    }

ACCEPT_IDS(DisableWriterClasses)
ACCEPT_IDS(EnableWriterClasses)
ACCEPT_IDS(DisableWriterInstances)

/* ---- components: there's none of that name ---- */

#define COMPONENT VSS_COMPONENT_TYPE type, LPCWSTR path, LPCWSTR name
#define IGNORE_COMPONENT ((void)writer, (void)type, (void)path, (void)name)

static HRESULT STDMETHODCALLTYPE unused_AddComponent(IVssBackupComponents *iface, VSS_ID instance, VSS_ID writer,
                                                     COMPONENT)
{
    IGNORE_COMPONENT;
    (void)instance;
    return find_none(iface);
}

static HRESULT STDMETHODCALLTYPE unused_SetBackupSucceeded(IVssBackupComponents *iface, VSS_ID instance, VSS_ID writer,
                                                           COMPONENT, boolean succeeded)
{
    IGNORE_COMPONENT;
    (void)instance;
    (void)succeeded;
    return find_none(iface);
}

static HRESULT STDMETHODCALLTYPE unused_SetBackupOptions(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                         LPCWSTR options)
{
    IGNORE_COMPONENT;
    (void)options;
    return find_none(iface);
}

static HRESULT STDMETHODCALLTYPE unused_SetPreviousBackupStamp(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                               LPCWSTR stamp)
{
    IGNORE_COMPONENT;
    (void)stamp;
    return find_none(iface);
}

/* ---- what isn't there ---- */

static HRESULT STDMETHODCALLTYPE unused_SetSelectedForRestore(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                              boolean selected)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)selected;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_SetRestoreOptions(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                          LPCWSTR options)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)options;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_SetAdditionalRestores(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                              boolean additional)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)additional;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_AddAlternativeLocationMapping(IVssBackupComponents *iface, VSS_ID writer,
                                                                      COMPONENT, LPCWSTR folder, LPCWSTR files,
                                                                      boolean recursive, LPCWSTR destination)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)folder;
    (void)files;
    (void)recursive;
    (void)destination;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_AddRestoreSubcomponent(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                               LPCWSTR sub_path, LPCWSTR sub_name, boolean repair)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)sub_path;
    (void)sub_name;
    (void)repair;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_SetFileRestoreStatus(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                             VSS_FILE_RESTORE_STATUS status)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)status;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_AddNewTarget(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                     LPCWSTR folder, LPCWSTR file, boolean recursive, LPCWSTR target)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)folder;
    (void)file;
    (void)recursive;
    (void)target;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_SetRangesFilePath(IVssBackupComponents *iface, VSS_ID writer, COMPONENT,
                                                          UINT index, LPCWSTR ranges)
{
    IGNORE_COMPONENT;
    (void)iface;
    (void)index;
    (void)ranges;
    return E_NOTIMPL;
}

#define NO_ASYNC(method) \
    static HRESULT STDMETHODCALLTYPE unused_##method(IVssBackupComponents *iface, IVssAsync **async) \
    { \
        (void)iface; \
        if (async) *async = NULL; \
        return E_NOTIMPL; \
    }

NO_ASYNC(PreRestore)
NO_ASYNC(PostRestore)
NO_ASYNC(ImportSnapshots)

static HRESULT STDMETHODCALLTYPE unused_BreakSnapshotSet(IVssBackupComponents *iface, VSS_ID set)
{
    (void)iface;
    (void)set;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_ExposeSnapshot(IVssBackupComponents *iface, VSS_ID id, VSS_PWSZ path,
                                                       LONG attributes, VSS_PWSZ as, VSS_PWSZ *exposed)
{
    (void)iface;
    (void)id;
    (void)path;
    (void)attributes;
    (void)as;
    if (exposed) *exposed = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_RevertToSnapshot(IVssBackupComponents *iface, VSS_ID id, WINBOOL force)
{
    (void)iface;
    (void)id;
    (void)force;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unused_QueryRevertStatus(IVssBackupComponents *iface, VSS_PWSZ volume,
                                                          IVssAsync **async)
{
    (void)iface;
    (void)volume;
    if (async) *async = NULL;
    return E_NOTIMPL;
}

void components_fill_unused(IVssBackupComponentsVtbl *vtbl)
{
#define SLOT(name) vtbl->name = unused_##name
    SLOT(SetRestoreState);
    SLOT(DisableWriterClasses);
    SLOT(EnableWriterClasses);
    SLOT(DisableWriterInstances);
    SLOT(AddComponent);
    SLOT(SetBackupSucceeded);
    SLOT(SetBackupOptions);
    SLOT(SetPreviousBackupStamp);
    SLOT(SetSelectedForRestore);
    SLOT(SetRestoreOptions);
    SLOT(SetAdditionalRestores);
    SLOT(AddAlternativeLocationMapping);
    SLOT(AddRestoreSubcomponent);
    SLOT(SetFileRestoreStatus);
    SLOT(AddNewTarget);
    SLOT(SetRangesFilePath);
    SLOT(PreRestore);
    SLOT(PostRestore);
    SLOT(ImportSnapshots);
    SLOT(BreakSnapshotSet);
    SLOT(ExposeSnapshot);
    SLOT(RevertToSnapshot);
    SLOT(QueryRevertStatus);
#undef SLOT
}
