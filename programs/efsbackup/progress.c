/*
 * How far it is, on a console, for files that take long enough to ask.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

#define FIRST_AFTER 1000 /* milliseconds: small files show nothing */
#define INTERVAL    250  /* milliseconds */

void progress_begin(struct progress *progress, ULONGLONG total)
{
    DWORD mode;

    progress->active = GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode);
    progress->shown = false;
    progress->done = 0;
    progress->total = total;
    progress->next_tick = GetTickCount64() + FIRST_AFTER;
}

void progress_add(struct progress *progress, ULONGLONG bytes)
{
    ULONGLONG now;

    progress->done += bytes;
    if (!progress->active || (now = GetTickCount64()) < progress->next_tick) return;
    progress->next_tick = now + INTERVAL;
    progress->shown = true;
    if (progress->total)
        print(STD_ERROR_HANDLE, L"\r%10I64u of %I64u MB ", progress->done >> 20, progress->total >> 20);
    else
        print(STD_ERROR_HANDLE, L"\r%10I64u MB ", progress->done >> 20);
}

void progress_end(struct progress *progress)
{
    if (progress->shown) print(STD_ERROR_HANDLE, L"\r%50ls\r", L"");
    progress->shown = false;
}
