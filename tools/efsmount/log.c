/*
 * Messages, to standard error or to syslog.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>

#include "common/text.h"

static bool detached, quiet;

void log_detach(void)
{
    openlog("efsmount", LOG_PID, LOG_DAEMON);
    detached = true;
}

void log_be_quiet(void)
{
    quiet = true;
}

void log_message(int level, const char *format, ...)
{
    char line[4096];
    va_list args;

    if (quiet && level > LOG_ERR) return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (detached) syslog(level, "%s", line); /* which escapes control characters */
    else
    {
        fputs("efsmount: ", stderr);
        text_utf8(stderr, line, TEXT_TERMINAL);
        fputc('\n', stderr);
    }
}
