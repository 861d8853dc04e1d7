/*
 * What the tests of shadow copies share. Windows lets an administrator alone make them; where that isn't so, or Windows
 * has none, the tests are skipped.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VSS_TEST_H
#define VSS_TEST_H

#define COBJMACROS
#include "efs_test.h"

#include <vss.h>
#include <vswriter.h>
#include <vsbackup.h>
#include <vsadmin.h>
#include <vsserror.h>

#ifdef _WIN64
#define VSS_CREATE_COMPONENTS "?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z"
#define VSS_CREATE_METADATA   "?CreateVssExamineWriterMetadata@@YAJPEAGPEAPEAVIVssExamineWriterMetadata@@@Z"
#else
#define VSS_CREATE_COMPONENTS "?CreateVssBackupComponents@@YGJPAPAVIVssBackupComponents@@@Z"
#define VSS_CREATE_METADATA   "?CreateVssExamineWriterMetadata@@YGJPAGPAPAVIVssExamineWriterMetadata@@@Z"
#endif

typedef HRESULT (WINAPI *vss_create_fn)(IVssBackupComponents **components);
typedef void (WINAPI *vss_free_fn)(VSS_SNAPSHOT_PROP *properties);

extern const GUID vss_backup_iid;  /* what restic asks an object for */
extern const GUID vss_provider_id; /* Windows' own provider */

/* An export of vssapi.dll. */
void (*vss_export(const char *name))(void);

/* A new object; NULL, and the test is skipped: there are no shadow copies here. */
IVssBackupComponents *vss_create(void);
/* The same, initialized for a backup. */
IVssBackupComponents *vss_begin(void);
/* Start, Add, Prepare and Do of the drive that the test's files are on. False: it has failed. */
bool vss_make(IVssBackupComponents *components, VSS_ID *set, VSS_ID *id);

/* The result of the call, and with `wanted` that of its async object, are as they have to be; releases it. */
void vss_check_async_(const char *file, int line, HRESULT result, IVssAsync *async, HRESULT wanted);
#define vss_check_async(call, async, wanted) \
    do { HRESULT result_; (async) = NULL; result_ = (call); \
        vss_check_async_(__FILE__, __LINE__, result_, async, wanted); } while (0)
#define vss_check(call, wanted) \
    do { HRESULT result_ = (call); ok(result_ == (wanted), "%#lx instead of %#lx\n", (unsigned long)result_, \
        (unsigned long)(wanted)); } while (0)

/* The root of the drive that the test's files are on: X:\ and its volume's name. */
WCHAR *vss_root(void);
WCHAR *vss_volume(void);
/* Where a file of the test is in a snapshot, good until end_tests: device is that of its properties. */
const WCHAR *vss_path(const WCHAR *device, const WCHAR *path);

/* Those that a query gives; the last one's device goes to `device`. */
ULONG vss_count(IVssBackupComponents *components, WCHAR *device);
bool vss_read(const WCHAR *path, char *content, DWORD size);

#endif
