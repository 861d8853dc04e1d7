/*
 * The table of the hooks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hooks.h"

#include "backup/backup.h"
#include "api/messages.h"
#include "wine/native.h"
#include "wine/settings.h"

struct nt_originals nt_original;

#define HOOK(nt, member) { #nt, (FARPROC)(void (*)(void))hook_##nt, (FARPROC *)(void *)&nt_original.member, HOOK_ABSENT, NULL }

static struct hook hooks[] =
{
    HOOK(NtQueryAttributesFile, query_attributes),
    HOOK(NtQueryFullAttributesFile, query_full_attributes),
    HOOK(NtQueryInformationFile, query_information),
    HOOK(NtQueryInformationByName, query_by_name),
    HOOK(NtQueryDirectoryFile, query_directory),
    HOOK(NtQueryDirectoryFileEx, query_directory_ex),
    HOOK(NtQueryVolumeInformationFile, query_volume),
    HOOK(NtCreateFile, create_file),
    HOOK(NtOpenFile, open_file),
    HOOK(NtSetInformationFile, set_information),
    HOOK(NtDuplicateObject, duplicate_object),
    HOOK(NtFsControlFile, fs_control),
};

#define HOOK_COUNT (sizeof(hooks) / sizeof(hooks[0]))

/* LDR_DATA_TABLE_ENTRY.Flags, and the one of them that the loader sets when the DLL's own initialisation has succeeded */
#ifdef _WIN64
#define ENTRY_FLAGS 0x68
#else
#define ENTRY_FLAGS 0x34
#endif
#define FLAG_ATTACHED 0x00080000

NTSTATUS WINAPI LdrFindEntryForAddress(const void *address, const BYTE **entry); /* mingw-w64's headers lack it */

static BOOL installed;
static const BYTE *kernel32; /* the loader's entry for it, which lives as long as the process */

LONG hooks_pending;

void hooks_finish(void)
{
    if (kernel32 && !(get_ulong(kernel32 + ENTRY_FLAGS) & FLAG_ATTACHED)) return;
    if (InterlockedExchange(&hooks_pending, FALSE)) backup_install();
}

void hooks_install(void)
{
    hook_install(hooks, HOOK_COUNT);
    if (LdrFindEntryForAddress(native_find_module(L"kernel32.dll"), &kernel32)) kernel32 = NULL;
    backup_find();
    hooks_pending = TRUE;
    hooks_finish();
    installed = TRUE;
}

NTSTATUS hooks_open_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, ULONG sharing, ULONG options)
{
    nt_open_file_fn open_file = nt_original.open_file ? nt_original.open_file : (nt_open_file_fn)NtOpenFile;
    IO_STATUS_BLOCK io;

    return open_file(file, access, attr, &io, sharing, options);
}

BOOL hooks_guard(void)
{
    static LONG state; /* 0: not asked for yet, else 1 + the answer */

    if (!installed) return FALSE;
    /* Threads that come at once read the same. */
    if (!state) InterlockedExchange(&state, 1 + settings_guard());
    return state - 1;
}

BOOL hooks_get(unsigned int i, const char **name, enum hook_state *state)
{
    if (!installed) return FALSE;
    hooks_catch_up();
    if (i > HOOK_COUNT) return backup_get_hook(i - HOOK_COUNT - 1, name, state);
    if (i == HOOK_COUNT)
    {
        *state = messages_get_hook(name);
        return TRUE;
    }
    *name = hooks[i].name;
    *state = hooks[i].state == HOOK_SECOND ? HOOK_STANDS : hooks[i].state;
    return TRUE;
}
