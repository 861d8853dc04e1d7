/*
 * Every function that is replaced in this process, for reports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_REGISTRY_H
#define WINEEFS_REGISTRY_H

#include "hook.h"

/*
 * A patch says once, when the DLL is loaded, what it replaces; `state` is read when somebody asks. Both live as long as
 * the process. What is beyond the registry's room is patched all the same, and not reported.
 */
void registry_add(const char *name, const enum hook_state *state);
/* Number i, in the order in which they were added; FALSE when there are no more. */
BOOL registry_get(unsigned int i, const char **name, enum hook_state *state);

#endif
