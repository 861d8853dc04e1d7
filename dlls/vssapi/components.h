/*
 * An object of IVssBackupComponents: a requester's backup.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VSSAPI_COMPONENTS_H
#define VSSAPI_COMPONENTS_H

#include "objects.h"

#define SNAPSHOTS_MAX 64 /* of an object, as Windows has it of a set */

enum purpose { PURPOSE_NONE, PURPOSE_BACKUP, PURPOSE_RESTORE };

enum set_state
{
    SET_NONE,
    SET_STARTED,  /* volumes are added */
    SET_MADE,
};

struct own_snapshot
{
    struct efs_snapshot snapshot;
    int                 held; /* -1: it isn't made yet, or has gone */
};

struct components
{
    IVssBackupComponents IVssBackupComponents_iface;
    LONG                 refs;
    CRITICAL_SECTION     lock;
    enum purpose         purpose;
    BOOL                 gathered, status_gathered, prepared;
    LONG                 context;
    /* of SetBackupState, for the document */
    BOOL                 select_components, bootable, partial;
    VSS_BACKUP_TYPE      type;
    enum set_state       state;
    GUID                 set; /* the last one */
    int                  set_lock;
    struct own_snapshot  snapshots[SNAPSHOTS_MAX]; /* those of the set that is being made come last */
    unsigned int         count, in_set;
};

static inline struct components *components_from(IVssBackupComponents *iface)
{
    return CONTAINING_RECORD(iface, struct components, IVssBackupComponents_iface);
}

/* A method's beginning and end: one at a time. */
static inline void begin(struct components *components)
{
    EnterCriticalSection(&components->lock);
}

static inline HRESULT end(struct components *components, HRESULT result)
{
    LeaveCriticalSection(&components->lock);
    return result;
}

/* components_set.c: what has to do with snapshots. */
HRESULT STDMETHODCALLTYPE components_SetContext(IVssBackupComponents *iface, LONG context);
HRESULT STDMETHODCALLTYPE components_StartSnapshotSet(IVssBackupComponents *iface, VSS_ID *set);
HRESULT STDMETHODCALLTYPE components_AddToSnapshotSet(IVssBackupComponents *iface, VSS_PWSZ volume, VSS_ID provider,
                                                      VSS_ID *id);
HRESULT STDMETHODCALLTYPE components_DoSnapshotSet(IVssBackupComponents *iface, IVssAsync **async);
HRESULT STDMETHODCALLTYPE components_AbortBackup(IVssBackupComponents *iface);
HRESULT STDMETHODCALLTYPE components_IsVolumeSupported(IVssBackupComponents *iface, VSS_ID provider, VSS_PWSZ volume,
                                                       WINBOOL *supported);
/* The object goes, and with it all that isn't to stay. */
void components_drop_all(struct components *components);

/* components_find.c: what is there, and how it goes. */
HRESULT STDMETHODCALLTYPE components_DeleteSnapshots(IVssBackupComponents *iface, VSS_ID id, VSS_OBJECT_TYPE type,
                                                     WINBOOL force, LONG *deleted, VSS_ID *not_deleted);
HRESULT STDMETHODCALLTYPE components_GetSnapshotProperties(IVssBackupComponents *iface, VSS_ID id,
                                                           VSS_SNAPSHOT_PROP *properties);
HRESULT STDMETHODCALLTYPE components_Query(IVssBackupComponents *iface, VSS_ID id, VSS_OBJECT_TYPE type,
                                           VSS_OBJECT_TYPE wanted, IVssEnumObject **enumeration);

/* document.c */
HRESULT STDMETHODCALLTYPE components_SaveAsXML(IVssBackupComponents *iface, BSTR *xml);

/* components_unused.c: what there's nothing to do for, without writers. Fills in its slots. */
void components_fill_unused(IVssBackupComponentsVtbl *vtbl);

#endif
