/*
 * Messages: one line per failure, with the file, the place, the rule and the meaning.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

static const char *tool_name;

void messages_begin(const char *tool)
{
    tool_name = tool;
}

void message_begin(const char *name)
{
    fprintf(stderr, "%s: ", tool_name);
    text_utf8(stderr, name, TEXT_TERMINAL);
    fputs(": ", stderr);
}

void message(const char *name, const char *format, ...)
{
    va_list args;

    message_begin(name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* Does the offset of such an error say something that the user can look at? */
static bool has_place(const struct efs_diag *diag)
{
    if (!diag->rule || diag->sys_errno) return false;
    return diag->code == EFS_ERR_FORMAT || diag->code == EFS_ERR_UNREPRESENTABLE || diag->code == EFS_ERR_CORRUPT ||
           diag->code == EFS_ERR_METADATA || diag->code == EFS_ERR_VERSION;
}

/* Does the engine's own meaning say more than the host's text for the same error does? */
static bool adds_to_strerror(enum efs_error code)
{
    return code == EFS_ERR_VOLUME || code == EFS_ERR_EXISTS || code == EFS_ERR_CHANGED || code == EFS_ERR_CORRUPT;
}

int report(const char *name, const struct efs_diag *diag)
{
    return report_at(name, "offset", diag);
}

int report_at(const char *name, const char *label, const struct efs_diag *diag)
{
    message_begin(name);
    report_rest(label, diag);
    return STATUS_FAILED;
}

void report_rest(const char *label, const struct efs_diag *diag)
{
    if (has_place(diag)) fprintf(stderr, "%s 0x%" PRIx64 ": ", label, diag->offset);
    if (diag->rule && diag->code == EFS_ERR_INVALID && !diag->sys_errno)
    {
        fprintf(stderr, "%s\n", diag->rule); /* it says all; "invalid argument" would only confuse */
        return;
    }
    if (diag->rule) fprintf(stderr, "%s: ", diag->rule);
    if (diag->sys_errno && !adds_to_strerror(diag->code)) fprintf(stderr, "%s\n", strerror(diag->sys_errno));
    else if (diag->sys_errno) fprintf(stderr, "%s: %s\n", efs_error_text(diag->code), strerror(diag->sys_errno));
    else fprintf(stderr, "%s\n", efs_error_text(diag->code));
}

int usage_error(const char *command, const char *format, ...)
{
    va_list args;

    text_utf8(stderr, command, TEXT_TERMINAL);
    fputs(": ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (see %s --help)\n", tool_name);
    return STATUS_USAGE;
}

int finish_stdout(int status)
{
    /* The first failed write counts; errno of a later fclose would hide it. */
    bool failed = ferror(stdout) != 0;
    int err = errno;

    if (fflush(stdout)) failed = true, err = errno;
    /* EBADF: what was written to it is complete and closed already */
    if (close(STDOUT_FILENO) && errno != EBADF && !failed) failed = true, err = errno;
    if (!failed) return status;
    message("standard output", "write: %s", strerror(err));
    return STATUS_FAILED;
}
