/*
 * Texts for the EFS codes, which Wine's FormatMessage has none for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_MESSAGES_H
#define WINEEFS_MESSAGES_H

#include "patch/hook.h"

/* Once, when the DLL is loaded. */
void messages_install(void);

/* For reports: the function that is hooked, and whether the hook stands. */
enum hook_state messages_get_hook(const char **name);

#endif
