/*
 * IVssBackupComponents::SaveAsXML: the backup's document. Without writers it has no components.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "components.h"

#define DOCUMENT_UNITS 512

static void put(WCHAR **p, const char *text)
{
    while (*text) *(*p)++ = (BYTE)*text++;
}

static void put_flag(WCHAR **p, const char *name, BOOL value)
{
    put(p, " ");
    put(p, name);
    put(p, value ? "=\"yes\"" : "=\"no\"");
}

static void put_hex(WCHAR **p, unsigned long value, unsigned int digits)
{
    while (digits--) *(*p)++ = (WCHAR)"0123456789abcdef"[value >> 4 * digits & 15];
}

static void put_id(WCHAR **p, const GUID *id)
{
    unsigned int i;

    put_hex(p, id->Data1, 8);
    put(p, "-");
    put_hex(p, id->Data2, 4);
    put(p, "-");
    put_hex(p, id->Data3, 4);
    for (i = 0; i < 8; i++)
    {
        if (!i || i == 2) put(p, "-");
        put_hex(p, id->Data4[i], 2);
    }
}

HRESULT STDMETHODCALLTYPE components_SaveAsXML(IVssBackupComponents *iface, BSTR *xml)
{
    static const char *const types[] = { "undefined", "full", "incremental", "differential", "log", "copy", "other" };
    struct components *components = components_from(iface);
    WCHAR text[DOCUMENT_UNITS], *p = text;

    if (!xml) return E_INVALIDARG;
    *xml = NULL;
    if (!components->purpose) return VSS_E_BAD_STATE;
    begin(components);
    put(&p, "<BACKUP_COMPONENTS xmlns=\"x-schema:#VssComponentMetadata\" version=\"1.2\"");
    put_flag(&p, "bootableSystemStateBackup", components->bootable);
    put_flag(&p, "selectComponents", components->select_components);
    put(&p, " backupType=\"");
    put(&p, types[components->type]);
    put(&p, "\"");
    put_flag(&p, "partialFileSupport", components->partial);
    put(&p, " snapshotSetId=\"");
    put_id(&p, &components->set);
    put(&p, "\"></BACKUP_COMPONENTS>");
    LeaveCriticalSection(&components->lock);
    return (*xml = SysAllocStringLen(text, (UINT)(p - text))) ? S_OK : E_OUTOFMEMORY;
}
