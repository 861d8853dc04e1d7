/*
 * Which views are mounted: by the kernel's list, without asking any of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "common/tool.h"

/* In place: the kernel writes blanks and the like as a backslash and three octal digits. */
static void unescape(char *text)
{
    char *out = text;

    for (; *text; text++)
    {
        if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' && text[2] <= '7' && text[3] >= '0'
            && text[3] <= '7')
        {
            *out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 3;
        }
        else *out++ = *text;
    }
    *out = 0;
}

/* "ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [FIELDS...] - TYPE SOURCE OPTIONS" */
static void list_one(char *line)
{
    enum { MOUNTPOINT = 4, OPTIONS = 5 };
    char *field[6] = { NULL }, *rest = strstr(line, " - "), *type, *source, *next = NULL;
    size_t i;

    if (!rest) return;
    *rest = 0;
    type = strtok_r(rest + 3, " ", &next);
    source = strtok_r(NULL, " ", &next);
    if (!type || !source || strcmp(type, "fuse.efsmount")) return;
    for (i = 0, next = NULL; i < sizeof(field) / sizeof(field[0]); i++)
        if (!(field[i] = strtok_r(i ? NULL : line, " ", &next))) return;
    unescape(source);
    unescape(field[MOUNTPOINT]);
    text_utf8(stdout, source, TEXT_TERMINAL);
    fputs(" on ", stdout);
    text_utf8(stdout, field[MOUNTPOINT], TEXT_TERMINAL);
    puts(!strncmp(field[OPTIONS], "ro", 2) ? " (read-only)" : "");
}

int mount_list(void)
{
    FILE *list = fopen("/proc/self/mountinfo", "re");
    size_t capacity = 0;
    char *line = NULL;
    ssize_t length;

    if (!list)
    {
        message("/proc/self/mountinfo", "%s", strerror(errno));
        return STATUS_FAILED;
    }
    while ((length = getline(&line, &capacity, list)) > 0)
    {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        list_one(line);
    }
    free(line);
    fclose(list);
    return STATUS_OK;
}
