/*
 * What the calls of the Unix half share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UNIXLIB_PRIVATE_H
#define WINEEFS_UNIXLIB_PRIVATE_H

#include <stdint.h>

#include "efs/error.h"
#include "call/unixlib.h"

typedef int32_t ntstatus;

/* The engine's answer is in the result; the call itself has always taken place. */
#define CALL_DONE 0

static inline void *from_u64(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

static inline uint64_t to_u64(const void *pointer)
{
    return (uintptr_t)pointer;
}

/* Wine's duplicate would be inherited by the processes that the program starts. */
int take_fd(int fd);

/* Fills *result from what the engine said. */
ntstatus answer(struct unix_result *result, enum efs_error err, const struct efs_diag *diag);

/* unix_metadata.c */
ntstatus call_metadata_get(void *args);
ntstatus call_metadata_replace(void *args);
ntstatus call_make_empty(void *args);

/* unix_security.c */
ntstatus call_security_get(void *args);
ntstatus call_security_set(void *args);
/* The process's umask, which no call gives without changing it for all threads. Where it can't be had: nothing for others. */
uint32_t get_umask(void);

/* unix_mode.c */
ntstatus call_mode_hold(void *args);
ntstatus call_mode_settle(void *args);

#endif
