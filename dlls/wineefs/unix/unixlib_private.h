/*
 * What the functions of the Unix half share: a function for each call, and what all of them do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UNIXLIB_PRIVATE_H
#define WINEEFS_UNIXLIB_PRIVATE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "call/unixlib.h"
#include "efs/error.h"

/* The function that does a call. The engine's answer goes into the structure; the call itself can't fail. */
#define DECLARE_CALL(name, type) void call_##name(struct type *params);
UNIX_CALLS(DECLARE_CALL)

static inline void *from_u64(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

static inline uint64_t to_u64(const void *pointer)
{
    return (uintptr_t)pointer;
}

/* Takes a descriptor over. Wine's duplicate would be inherited by the processes that the program starts. */
static inline int take_fd(int fd)
{
    if (fd != -1) fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

/* Fills *result from what the engine said. */
static inline void answer(struct unix_result *result, enum efs_error err, const struct efs_diag *diag)
{
    result->error = err;
    if (!err) return;
    result->sys_errno = diag->sys_errno;
    result->offset = diag->offset;
    snprintf(result->rule, sizeof(result->rule), "%s", diag->rule ? diag->rule : "");
}

/* The process's umask, which no call gives without changing it for all threads. Where it can't be had: nothing for
   others. */
uint32_t get_umask(void);

/*
 * Gives the owner the right to write to what its mode alone makes read-only, as a restore may have done already: on
 * Windows the rights of the handle count, on Linux the mode at this moment. *mode: to be set again. False: that isn't
 * what is in the way, or it can't be done.
 */
bool lift_read_only(int fd, mode_t *mode);

/*
 * In the place of an encrypted file of a view, the one below; whatever else *fd is of stays. EFS_ERR_CHANGED: somebody
 * writes it in the view; else as of door_open_below. *fd is the caller's in any case.
 */
enum efs_error go_below(int *fd, struct efs_diag *diag);

#endif
