/*
 * The pointers to EFS functions that not every advapi32.dll has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs_test.h"
#include "efs_api.h"

#define DEFINE_FUNCTION(result, name, parameters) result (WINAPI *p##name)parameters;
EFS_FUNCTIONS(DEFINE_FUNCTION)
#undef DEFINE_FUNCTION

void load_efs_functions(void)
{
    HMODULE module = GetModuleHandleW(L"advapi32.dll");

#define LOAD_FUNCTION(result, name, parameters) \
    p##name = (result (WINAPI *)parameters)(void (*)(void))GetProcAddress(module, #name);
    EFS_FUNCTIONS(LOAD_FUNCTION)
#undef LOAD_FUNCTION
}

void for_each_efs_function(void (*found)(const char *name, BOOL there))
{
    load_efs_functions();
#define SAY_FUNCTION(result, name, parameters) found(#name, p##name != NULL);
    EFS_FUNCTIONS(SAY_FUNCTION)
#undef SAY_FUNCTION
}
