/*
 * Every function that is replaced in this process, for reports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "registry.h"

#define ROOM 40

static struct { const char *name; const enum hook_state *state; } patches[ROOM];
static unsigned int count;

void registry_add(const char *name, const enum hook_state *state)
{
    if (count == ROOM) return;
    patches[count].name = name;
    patches[count++].state = state;
}

BOOL registry_get(unsigned int i, const char **name, enum hook_state *state)
{
    if (i >= count) return FALSE;
    *name = patches[i].name;
    /* A hook above one of the program's own is reported as any other that stands. */
    *state = *patches[i].state == HOOK_SECOND ? HOOK_STANDS : *patches[i].state;
    return TRUE;
}
