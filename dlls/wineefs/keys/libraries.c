/*
 * The functions of crypt32.dll and advapi32.dll that keys take, loaded when they are needed first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "libraries.h"

#include "wine/debug.h"

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static struct libraries libraries;

static BOOL find(HMODULE module, const char *name, void *function)
{
    FARPROC found = module ? GetProcAddress(module, name) : NULL;

    memcpy(function, &found, sizeof(found));
    if (!found) ERR("%s can't be had: no key can be used\n", name);
    return found != NULL;
}

static BOOL CALLBACK load(INIT_ONCE *init, void *parameter, void **context)
{
    HMODULE advapi32 = LoadLibraryW(L"advapi32.dll"), crypt32 = LoadLibraryW(L"crypt32.dll");

    (void)init;
    (void)parameter;
    (void)context;
#define FIND_IN_ADVAPI32(name) && find(advapi32, #name, &libraries.name)
#define FIND_IN_CRYPT32(name) && find(crypt32, #name, &libraries.name)
    return TRUE ADVAPI32_FUNCTIONS(FIND_IN_ADVAPI32) CRYPT32_FUNCTIONS(FIND_IN_CRYPT32);
}

const struct libraries *libraries_get(void)
{
    return InitOnceExecuteOnce(&once, load, NULL, NULL) ? &libraries : NULL;
}
