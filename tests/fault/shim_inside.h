/*
 * What the files of the shim share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_SHIM_INSIDE_H
#define TESTS_SHIM_INSIDE_H

#include "shim.h"

/* Declares the C library's function behind a wrapped one, and begins the wrapper. */
#define WRAP(type, name, ...) \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

#define SHIM_EFSINFO "user.ntfs.efsinfo"
ssize_t __real_fgetxattr(int fd, const char *name, void *value, size_t size);

/* Counts a call. Does it fail, with errno set? */
bool shim_is_the_one(const char *name);
/* The same for a read or write, which can be short: *n becomes what is done. False: it fails. SHIM_KILL: die after a
   short one. */
bool shim_is_transferred(const char *name, size_t *n, bool *is_short);
_Noreturn void shim_die(void);

/* Writes a change down, in SHIM_RECORD; NULL otherwise. */
struct shim_change *shim_record(enum shim_change_kind kind, ino_t ino, const char *name, const void *data,
                                size_t length);
ino_t shim_ino_of(int fd);

#endif
