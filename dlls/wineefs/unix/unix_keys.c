/*
 * The Unix half's calls for which keys are needed, by way of wineefs-keys.so.
 *
 * That module stands on the libraries of cryptography, which a program that needs no key doesn't load, and a machine
 * that only saves and restores needn't have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "key_functions.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct key_functions *functions;
static char why[112]; /* it isn't there */

/* The module's path: it lies where this one lies, whatever links led here. */
static bool find_module(char path[PATH_MAX + sizeof(KEY_MODULE_NAME)])
{
    Dl_info info;
    char *slash;

    if (!dladdr(&once, &info) || !info.dli_fname || !realpath(info.dli_fname, path)) return false;
    if (!(slash = strrchr(path, '/'))) return false;
    memcpy(slash + 1, KEY_MODULE_NAME, sizeof(KEY_MODULE_NAME));
    return true;
}

static void open_module(void)
{
    char path[PATH_MAX + sizeof(KEY_MODULE_NAME)];
    const struct key_functions *table = NULL;
    void *module = NULL;
    const char *error;

    if (!find_module(path)) snprintf(why, sizeof(why), "the folder of %s can't be found", KEY_MODULE_NAME);
    else if (!(module = dlopen(path, RTLD_NOW | RTLD_LOCAL)) || !(table = dlsym(module, KEY_MODULE_TABLE)))
        snprintf(why, sizeof(why), "%s", (error = dlerror()) ? error : KEY_MODULE_NAME);
    else if (table->size != sizeof(*table) || table->calls != unix_call_count)
        snprintf(why, sizeof(why), "%s is of another version", KEY_MODULE_NAME);
    else functions = table;
    if (module && !functions) dlclose(module);
}

void call_keys_open(struct keys_open_params *params)
{
    struct efs_diag diag = { 0 };

    pthread_once(&once, open_module);
    params->available = functions != NULL;
    answer(&params->result, functions ? EFS_OK : efs_fail(&diag, EFS_ERR_NOT_FOUND, 0, why), &diag);
}

static void say_missing(struct unix_result *result)
{
    struct efs_diag diag = { 0 };

    answer(result, efs_fail(&diag, EFS_ERR_INVALID, 0, "its module isn't open"), &diag);
}

#define DEFINE_CALL(name, type)                          \
    void call_##name(struct type *params)                \
    {                                                    \
        if (functions) functions->name(params);          \
        else say_missing(&params->result);               \
    }
KEY_CALLS(DEFINE_CALL)
