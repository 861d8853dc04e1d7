/*
 * Which views are mounted: by the kernel's list, without asking any of them but one whose keys are wanted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "common/text.h"
#include "common/tool.h"
#include "view/efs_view.h"

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

/* "ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [FIELDS...] - TYPE SOURCE OPTIONS". wanted: NULL: any mount point. False:
   it isn't a view, or another one. */
static bool list_one(char *line, const char *wanted)
{
    enum { MOUNTPOINT = 4, OPTIONS = 5 };
    char *field[6] = { NULL }, *rest = strstr(line, " - "), *type, *source, *next = NULL;
    size_t i;

    if (!rest) return false;
    *rest = 0;
    type = strtok_r(rest + 3, " ", &next);
    source = strtok_r(NULL, " ", &next);
    if (!type || !source || strcmp(type, "fuse.efsmount")) return false;
    for (i = 0, next = NULL; i < sizeof(field) / sizeof(field[0]); i++)
        if (!(field[i] = strtok_r(i ? NULL : line, " ", &next))) return false;
    unescape(source);
    unescape(field[MOUNTPOINT]);
    if (wanted && strcmp(field[MOUNTPOINT], wanted)) return false;
    text_utf8(stdout, source, TEXT_TERMINAL);
    fputs(" on ", stdout);
    text_utf8(stdout, field[MOUNTPOINT], TEXT_TERMINAL);
    puts(!strncmp(field[OPTIONS], "ro", 2) ? " (read-only)" : "");
    return true;
}

/* *found: there is one, or that one. The exit status. */
static int list(const char *wanted, bool *found)
{
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    size_t capacity = 0;
    char *line = NULL;
    ssize_t length;

    if (!mounts)
    {
        message("/proc/self/mountinfo", "%s", strerror(errno));
        return STATUS_FAILED;
    }
    while ((length = getline(&line, &capacity, mounts)) > 0)
    {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        if (list_one(line, wanted)) *found = true;
    }
    free(line);
    fclose(mounts);
    return STATUS_OK;
}

int mount_list(void)
{
    bool found;

    return list(NULL, &found);
}

int mount_show(const char *mountpoint)
{
    char *path = realpath(mountpoint, NULL), keys[EFS_VIEW_KEYS_MAX + 1], *key, *next = NULL;
    bool found = false;
    ssize_t length;
    int status;

    if (!path)
    {
        message(mountpoint, "%s", strerror(errno));
        return STATUS_FAILED;
    }
    status = list(path, &found);
    if (found && (length = getxattr(path, EFS_VIEW_KEYS_ATTRIBUTE, keys, sizeof(keys) - 1)) >= 0)
    {
        keys[length] = 0;
        for (key = strtok_r(keys, " ", &next); key; key = strtok_r(NULL, " ", &next))
        {
            fputs("key ", stdout);
            text_utf8(stdout, key, TEXT_TERMINAL);
            puts("");
        }
    }
    else if (!status)
    {
        if (found) message(mountpoint, "its keys can't be asked for: %s", strerror(errno));
        else message(mountpoint, "no view is mounted there");
        status = STATUS_FAILED;
    }
    free(path);
    return status;
}
