/*
 * Preloaded: each look at the clock is a second later, so that what comes once a second is seen without waiting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <time.h>

time_t time(time_t *at)
{
    static time_t passed;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += ++passed;
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
