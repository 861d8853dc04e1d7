/*
 * What is mounted in a directory, as the kernel lists it for the process (proc_pid_mountinfo(5)).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mounts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTPOINT 4 /* fields in front of it */

static bool is_octal(const char *text)
{
    return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' && text[2] <= '7';
}

/* Blanks, line ends and backslashes are written as \ and three octal digits. */
static void unescape(char *text)
{
    char *out = text;

    for (; *text; text++)
    {
        if (*text == '\\' && is_octal(text + 1))
        {
            *out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 3;
        }
        else *out++ = *text;
    }
    *out = 0;
}

static char *find_mountpoint(char *line)
{
    char *field, *next = NULL;
    unsigned int i;

    field = strtok_r(line, " ", &next);
    for (i = 0; field && i < MOUNTPOINT; i++) field = strtok_r(NULL, " ", &next);
    if (field) unescape(field);
    return field;
}

void mounts_add(const char *directory, struct names *names)
{
    size_t length = strcmp(directory, "/") ? strlen(directory) : 0, capacity = 0;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *line = NULL, *path;

    if (!mounts) return;
    while (getline(&line, &capacity, mounts) > 0)
        if ((path = find_mountpoint(line)) && !strncmp(path, directory, length) && path[length] == '/'
            && path[length + 1])
            names_add(names, path + length + 1);
    free(line);
    fclose(mounts);
}
