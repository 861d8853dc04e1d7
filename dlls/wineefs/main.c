/*
 * Where wineefs.dll begins: what is put in place when it is loaded, and what "wine-efs status" asks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "api/encrypt.h"
#include "api/feclient.h"
#include "api/find_stream.h"
#include "api/messages.h"
#include "backup/backup.h"
#include "backup/copy_file.h"
#include "patch/registry.h"
#include "snapshots/volume_names.h"
#include "streams/stream_closing.h"
#include "visible/encrypted_new.h"
#include "visible/hooks.h"
#include "visible/removal.h"
#include "wine/debug.h"
#include "wine/native.h"
#include "wine/unixcall.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved);
DWORD WINAPI wineefs_get_status(void);
BOOL WINAPI wineefs_get_hook(DWORD index, const char **name, DWORD *state);
BOOL WINAPI wineefs_get_guard(void);
BOOL WINAPI wineefs_get_exact(void);

/* mingw-w64's headers lack them */
NTSTATUS WINAPI LdrAddRefDll(ULONG flags, HMODULE module);
NTSTATUS WINAPI LdrDisableThreadCalloutsForDll(HMODULE module);

#define ADDREF_PIN 1 /* LDR_ADDREF_DLL_PIN */

/* As soon as kernel32 is ready. */
static void replace_entries(void)
{
    backup_install();
    copy_file_install();
    find_stream_install();
}

/*
 * Where kernelbase.dll is a drop-in too, this runs in each process before kernel32 and Wine's kernelbase are
 * initialised: it does with ntdll alone (tests/host/test_early.sh), and so do the hooks.
 */
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    /* The process ends, and closes its handles without a call. */
    if (reason == DLL_PROCESS_DETACH && reserved)
    {
        removal_finish();
        stream_closing_finish();
    }
    if (reason == DLL_PROCESS_ATTACH)
    {
        BOOL available;

        LdrDisableThreadCalloutsForDll(instance);
        debug_init();
        /* Without the Unix half the program still runs; the EFS calls say what is wrong. */
        available = unixcall_init(instance);
        /* The hooks lead here for as long as the process lives, also when the program frees advapi32.dll. */
        if (LdrAddRefDll(ADDREF_PIN, instance)) return TRUE;
        messages_install();
        if (!available) return TRUE;
        encrypted_new_encrypt = encrypt_new;
        volume_names_install();
        hooks_install();
        backup_find();
        copy_file_find();
        find_stream_find();
        originals_put_off(replace_entries);
        feclient_install();
    }
    return TRUE;
}

/***********************************************************************
 *           wineefs_get_status
 *
 * For "wine-efs status": whether EFS calls can work in this process.
 *
 * RETURNS
 *  ERROR_SUCCESS, or ERROR_NO_EFS if the Unix half is missing.
 */
DWORD WINAPI wineefs_get_status(void)
{
    return unixcall_is_available() ? ERROR_SUCCESS : ERROR_NO_EFS;
}

/***********************************************************************
 *           wineefs_get_hook
 *
 * For "wine-efs status": the hooks on ntdll's functions and the replaced stubs, one by one.
 *
 * PARAMS
 *  index [I] from 0
 *  name  [O] the function's name
 *  state [O] 0: this Wine doesn't have the function; 1: left alone, its code has an unknown shape; 2: stands;
 *            3: not needed, this Wine has a working function
 *
 * RETURNS
 *  FALSE if there is no such hook.
 */
BOOL WINAPI wineefs_get_hook(DWORD index, const char **name, DWORD *state)
{
    enum hook_state hook_state;

    if (!unixcall_is_available()) return FALSE;
    hooks_catch_up();
    if (!registry_get(index, name, &hook_state)) return FALSE;
    *state = hook_state;
    return TRUE;
}

/***********************************************************************
 *           wineefs_get_guard
 *
 * For "wine-efs status": whether data access to encrypted files is denied in this process.
 */
BOOL WINAPI wineefs_get_guard(void)
{
    return hooks_guard();
}

/***********************************************************************
 *           wineefs_get_exact
 *
 * For "wine-efs status": whether the security descriptors that programs set are kept.
 */
BOOL WINAPI wineefs_get_exact(void)
{
    return hooks_exact();
}
