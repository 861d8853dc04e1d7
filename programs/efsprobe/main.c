/* efsprobe: what a program in this prefix gets. `wine-efs` runs it and reads its output, one key=value per line.
 * `--wine`: about Wine alone. `--export NAME`: does advapi32 give a program this function?
 *
 * Needs nothing of advapi32 itself, so that it runs in a prefix where the drop-in is broken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

/* a path of the NT kind can be 32,767 characters long; what we print has at most three bytes for each */
#define PATH_CHARS 32768
#define PATH_BYTES (3 * PATH_CHARS)

static WCHAR path_buffer[PATH_CHARS];
static char byte_buffer[PATH_BYTES];

static const char *make_utf8(const WCHAR *text)
{
    if (!WideCharToMultiByte(CP_UTF8, 0, text, -1, byte_buffer, PATH_BYTES, NULL, NULL))
        return "?";
    return byte_buffer;
}

/* FARPROC to a function of another type: by way of a type that matches all */
static void (*find_function(HMODULE module, const char *name))(void)
{
    return module ? (void (*)(void))GetProcAddress(module, name) : NULL;
}

static void print_path(const char *key, HMODULE module)
{
    DWORD length = module ? GetModuleFileNameW(module, path_buffer, PATH_CHARS) : 0;

    printf("%s=%s\n", key, length ? make_utf8(path_buffer) : "");
}

/* Does the function lie in this module, wherever the forwarders led? */
static BOOL lies_in(void (*function)(void), HMODULE module)
{
    HMODULE owner = NULL;

    if (!function || !module)
        return FALSE;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const WCHAR *)(ULONG_PTR)function, &owner))
        return FALSE;
    return owner == module;
}

static void print_wine(void)
{
    const char *(CDECL *get_version)(void) =
        (const char *(CDECL *)(void))find_function(GetModuleHandleW(L"ntdll.dll"), "wine_get_version");
    WCHAR name[16];

    printf("wine=%s\n", get_version ? get_version() : "");
    /* Wine tells its processes where its DLLs are, in NT form; the first is its own directory unless WINEDLLPATH
     * is set, when the order differs between versions: the reader looks into each */
    for (int i = 0; i < 100; i++)
    {
        swprintf(name, 16, L"WINEDLLDIR%d", i);
        if (!GetEnvironmentVariableW(name, path_buffer, PATH_CHARS))
            break;
        printf("dlldir=%s\n", make_utf8(path_buffer));
    }
}

/* By its full path: efsprobe.exe is installed beside the drop-in that goes into prefixes, and a program's own
 * directory comes first. */
static HMODULE load_system_dll(const WCHAR *name)
{
    UINT length = GetSystemDirectoryW(path_buffer, PATH_CHARS - 16);

    wcscpy(path_buffer + length, name);
    return LoadLibraryW(path_buffer);
}

/* The settings, and which of the hooks on ntdll stand in this process. None at all without the Unix half. */
static void print_hooks(HMODULE wineefs)
{
    static const char *const states[] = { "absent", "unknown", "stands", "unneeded" };
    BOOL (WINAPI *get_hook)(DWORD, const char **, DWORD *) =
        (BOOL (WINAPI *)(DWORD, const char **, DWORD *))find_function(wineefs, "wineefs_get_hook");
    BOOL (WINAPI *get_guard)(void) = (BOOL (WINAPI *)(void))find_function(wineefs, "wineefs_get_guard");
    BOOL (WINAPI *get_exact)(void) = (BOOL (WINAPI *)(void))find_function(wineefs, "wineefs_get_exact");
    const char *name;
    DWORD state;

    if (get_guard) printf("guard=%s\n", get_guard() ? "on" : "off");
    if (get_exact) printf("security=%s\n", get_exact() ? "exact" : "mode");
    if (!get_hook) return;
    for (DWORD i = 0; get_hook(i, &name, &state); i++)
        printf("hook.%s=%s\n", name, state < sizeof(states) / sizeof(states[0]) ? states[state] : "?");
}

static void print_advapi32(void)
{
    BOOL every_process = GetModuleHandleW(L"wineefs.dll") != NULL;
    HMODULE advapi32 = load_system_dll(L"\\advapi32.dll");
    DWORD error = advapi32 ? 0 : GetLastError();
    HMODULE wineefs = GetModuleHandleW(L"wineefs.dll");
    BOOL is_dropin = lies_in(find_function(advapi32, "OpenEncryptedFileRawW"), wineefs);
    /* a name that has always been there, and that is code of Wine's own advapi32 */
    BOOL has_forwarders = find_function(advapi32, "GetUserNameW") != NULL;
    DWORD (WINAPI *get_status)(void) = (DWORD (WINAPI *)(void))find_function(wineefs, "wineefs_get_status");

    printf("every_process=%s\n", every_process ? "yes" : "no");
    printf("advapi32_error=%lu\n", error);
    print_path("advapi32", advapi32);
    print_path("wineadvapi32", GetModuleHandleW(L"wineadvapi32.dll"));
    print_path("wineefs", wineefs);
    printf("dropin=%s\n", is_dropin ? "yes" : "no");
    printf("forwarders=%s\n", has_forwarders ? "yes" : "no");
    if (get_status)
        printf("unix_half=%lu\n", get_status());
    else if (wineefs)
        printf("unix_half=%ld\n", (long)ERROR_PROC_NOT_FOUND);
    print_hooks(wineefs);
}

/* Do programs get our vssapi.dll, and does it reach Wine's? */
static void print_vss(void)
{
    static const char *const settings[] = { "auto", "live", "off" };
    DWORD (__cdecl *get_choice)(void) =
        (DWORD (__cdecl *)(void))find_function(GetModuleHandleW(L"wineefs.dll"), "wineefs_snapshot_choice");
    HMODULE vssapi = load_system_dll(L"\\vssapi.dll");
    BOOL is_dropin = lies_in(find_function(vssapi, "GetProviderMgmtInterface"), vssapi)
        && find_function(vssapi, "CreateWriter") && GetModuleHandleW(L"winevssapi.dll");
    DWORD choice = get_choice ? get_choice() : 2;

    printf("vss=%s\n", is_dropin ? "yes" : "no");
    printf("vss_setting=%s\n", settings[choice < 3 ? choice : 2]);
}

/* Are there random numbers as newer runtimes want them? 32 bytes that stay as they were aren't random. */
static void print_prng(void)
{
    BOOL (WINAPI *get_random)(BYTE *, SIZE_T) =
        (BOOL (WINAPI *)(BYTE *, SIZE_T))find_function(load_system_dll(L"\\bcryptprimitives.dll"), "ProcessPrng");
    BYTE before[32] = { 0 }, after[32] = { 0 };
    BOOL works = get_random && get_random(after, sizeof(after)) && memcmp(before, after, sizeof(after));

    printf("prng=%s\n", works ? "yes" : "no");
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--export"))
    {
        printf("export=%s\n", find_function(load_system_dll(L"\\advapi32.dll"), argv[2]) ? "yes" : "no");
        return 0;
    }
    print_wine();
    fflush(stdout);
    if (argc < 2 || strcmp(argv[1], "--wine"))
    {
        print_advapi32();
        print_vss();
        print_prng();
    }
    return 0;
}
