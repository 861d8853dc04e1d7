/*
 * The commands that need keys are a program of their own: loading the libraries for keys takes longer than a small file
 * takes to be exported, and whoever exports a tree starts efsraw for each file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "with_keys.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

/* Beside efsraw, as in a folder that was unpacked, or where it is installed. */
static const char *const places[] = { "efsraw-keys", EFSRAW_KEYS };

int run_with_keys(char **argv)
{
    char own[PATH_MAX], path[PATH_MAX + sizeof(EFSRAW_KEYS)], *name;
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    size_t i;

    tool_begin("efsraw");
    own[length > 0 ? length : 0] = 0;
    if (!(name = strrchr(own, '/')))
    {
        message(argv[1], "the program with the keys can't be found without /proc");
        return STATUS_FAILED;
    }
    name[1] = 0;
    for (i = 0; i < sizeof(places) / sizeof(*places); i++)
    {
        snprintf(path, sizeof(path), "%s%s", *places[i] == '/' ? "" : own, places[i]);
        execv(path, argv);
        if (errno != ENOENT) break;
    }
    message(path, "%s, but %s needs it", strerror(errno), argv[1]);
    return STATUS_FAILED;
}
