/*
 * The removal of directories together with the file that holds their streams, as the PE half asks for it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "operations_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../dlls/wineefs/call/unixlib.h"
#include "efs/container.h"
#include "efs/store.h"

extern int32_t (* const __wine_unix_call_funcs[])(void *args);

enum efs_error operation_remove(const char *name, bool remove)
{
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum efs_error err;

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    err = efs_directory_remove(fd, remove, NULL);
    close(fd);
    return err;
}

enum efs_error operation_unix_remove(const char *name)
{
    struct remove_params params = { .fd = open(name, O_RDONLY) };

    if (params.fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    __wine_unix_call_funcs[unix_remove](&params);
    if (params.result.error) return params.result.error;
    if ((params.fd = open(name, O_RDONLY)) == -1) return efs_fail_errno(NULL, errno, 0, "open");
    params.remove = 1;
    __wine_unix_call_funcs[unix_remove](&params);
    return params.result.error;
}

static bool is_own(int fd, const char *name, size_t length)
{
    struct within_params params = { .fd = fd, .name_units = (uint32_t)length };
    uint16_t units[EFS_CONTAINER_NAME_SIZE];
    size_t i;

    if (fd == -1) return false;
    for (i = 0; i < length; i++) units[i] = (uint8_t)name[i];
    params.name = name ? (uintptr_t)units : 0;
    __wine_unix_call_funcs[unix_within](&params);
    return params.own != 0;
}

enum efs_error operation_unix_within(const char *directory, const char *container, const char *other)
{
    char path[128];
    bool wrong;

    is_own(open(directory, O_RDONLY), container, strlen(container));
    is_own(open(directory, O_RDONLY), container, 20);
    snprintf(path, sizeof(path), "%s/%s", directory, container);
    is_own(open(path, O_RDONLY), NULL, 0);

    wrong = is_own(open(directory, O_RDONLY), other, strlen(other));
    /* the other one begins like it */
    wrong = is_own(open(directory, O_RDONLY), container, 15) || wrong;
    snprintf(path, sizeof(path), "%s/%s", directory, other);
    wrong = is_own(open(path, O_RDONLY), NULL, 0) || wrong;
    return wrong ? EFS_ERROR_COUNT : EFS_OK;
}
