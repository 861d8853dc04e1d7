/*
 * Ctrl+C: what has begun is ended in order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

volatile LONG cancelled;

static BOOL WINAPI on_control(DWORD event)
{
    /* Closing the window or the session leaves no time to clean up in order, the default does. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
    InterlockedIncrement(&cancelled);
    return TRUE;
}

void watch_for_cancel(void)
{
    SetConsoleCtrlHandler(on_control, TRUE);
}
