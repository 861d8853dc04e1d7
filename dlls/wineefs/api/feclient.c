/*
 * feclient.dll's raw functions lead here.
 *
 * On Windows advapi32's functions are a way to those of feclient.dll, which are documented nowhere. Wine has stubs that
 * end the program. Whenever a program loads that DLL, those stubs whose arguments and result are known to be advapi32's
 * (the number of argument bytes is in mingw-w64's import library for i386, and the result is a Win32 code) get a jump
 * to ours. A function of another shape is left alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "feclient.h"

#include "wine/debug.h"
#include "visible/hooks.h"
#include "patch/jump.h"
#include "wine/native.h"

#include <stdbool.h>
#include <winefs.h>

static WCHAR dll_name[] = L"feclient.dll";

#define FUNCTION(name, ours) { name, (FARPROC)(void (*)(void))ours }

static const struct { const char *name; FARPROC ours; } functions[] =
{
    FUNCTION("EfsClientOpenFileRaw", OpenEncryptedFileRawW),
    FUNCTION("EfsClientReadFileRaw", ReadEncryptedFileRaw),
    FUNCTION("EfsClientWriteFileRaw", WriteEncryptedFileRaw),
    FUNCTION("EfsClientCloseFileRaw", CloseEncryptedFileRaw),
    FUNCTION("EfsClientDuplicateEncryptionInfo", DuplicateEncryptionInfoFile),
};

/* What ntdll tells of each DLL that is loaded (documented with LdrRegisterDllNotification). */
struct dll_notification
{
    ULONG                 flags;
    const UNICODE_STRING *full_name;
    const UNICODE_STRING *base_name;
    void                 *base;
    ULONG                 size;
};

#define DLL_LOADED 1

typedef void (CALLBACK *dll_notification_fn)(ULONG reason, const struct dll_notification *data, void *context);

NTSTATUS WINAPI LdrRegisterDllNotification(ULONG flags, dll_notification_fn function, void *context, void **cookie);

#ifdef _WIN64

/* sub rsp,0x28; lea rcx,dll; lea rdx,name; call: 23 bytes (seen in Wine 8.0 and 10.0) */
static bool is_stub(const BYTE *p)
{
    return p[0] == 0x48 && p[1] == 0x83 && p[2] == 0xec && p[3] == 0x28 && p[4] == 0x48 && p[5] == 0x8d && p[6] == 0x0d
           && p[11] == 0x48 && p[12] == 0x8d && p[13] == 0x15 && p[18] == 0xe8;
}

#else

/* nine NOPs, the room for a jump; then sub esp,0xc (seen in Wine 10.0) */
static bool is_stub(const BYTE *p)
{
    unsigned int i;

    for (i = 0; i < 9; i++)
        if (p[i] != 0x90) return false;
    return p[9] == 0x83 && p[10] == 0xec && p[11] == 0x0c;
}

#endif

static void lead_here(HMODULE module)
{
    ULONG protection;
    unsigned int i;
    BYTE *stub;

    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
    {
        stub = (BYTE *)(ULONG_PTR)native_find_function(module, functions[i].name);
        if (!stub || !is_stub(stub) || !native_protect(stub, JUMP_FAR_SIZE, PAGE_EXECUTE_READWRITE, &protection))
        {
            WARN("%s has an unknown shape, it is left alone\n", functions[i].name);
            continue;
        }
        jump_put_far(stub, (const void *)(ULONG_PTR)functions[i].ours);
        native_protect(stub, JUMP_FAR_SIZE, protection, &protection);
        native_flush_code(stub, JUMP_FAR_SIZE);
    }
}

static void CALLBACK on_dll(ULONG reason, const struct dll_notification *data, void *context)
{
    UNICODE_STRING name = { sizeof(dll_name) - sizeof(WCHAR), sizeof(dll_name), dll_name };

    (void)context;
    hooks_catch_up();
    if (reason == DLL_LOADED && RtlEqualUnicodeString(data->base_name, &name, TRUE)) lead_here(data->base);
}

void feclient_install(void)
{
    HMODULE module = native_find_module(dll_name);
    void *cookie;

    if (module) lead_here(module);
    if (LdrRegisterDllNotification(0, on_dll, NULL, &cookie)) WARN("feclient.dll's functions stay stubs\n");
}
