/*
 * The table of the hooks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hooks.h"

#include "patch/hook.h"

#define HOOK(nt, member) \
    { #nt, (FARPROC)(void (*)(void))hook_##nt, (FARPROC *)(void *)&nt_original.member, HOOK_ABSENT, NULL }

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
    HOOK(NtQueryEaFile, query_ea),
    HOOK(NtSetEaFile, set_ea),
    HOOK(NtQuerySecurityObject, query_security),
    HOOK(NtSetSecurityObject, set_security),
    HOOK(NtClose, close),
    HOOK(NtDeleteFile, delete_file),
};

#define HOOK_COUNT (sizeof(hooks) / sizeof(hooks[0]))

void hooks_install(void)
{
    hook_install(hooks, HOOK_COUNT);
    originals_stand();
}
