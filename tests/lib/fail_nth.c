/*
 * To be preloaded: the FAIL_AT-th of the calls below fails with EIO; with FAIL_KILL the program is killed there.
 * At the end the file FAIL_LOG gets how many there were. For programs that are tested as a whole; the engine's calls
 * are led through tests/fault/shim.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic(long) calls;

static int fails(void)
{
    const char *at = getenv("FAIL_AT");

    if (++calls != (at ? atol(at) : 0)) return 0;
    if (getenv("FAIL_KILL")) raise(SIGKILL);
    errno = EIO;
    return 1;
}

__attribute__((destructor)) static void tell(void)
{
    const char *name = getenv("FAIL_LOG");
    FILE *log = name ? fopen(name, "w") : NULL;

    if (!log) return;
    fprintf(log, "%ld\n", (long)calls);
    fclose(log);
}

#define WRAP(type, name, parameters, arguments) \
    type name parameters; \
    type name parameters \
    { \
        static type (*real) parameters; \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name); \
        return fails() ? -1 : real arguments; \
    }

WRAP(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t at), (fd, data, length, at))
WRAP(ssize_t, pread64, (int fd, void *data, size_t length, off64_t at), (fd, data, length, at))
WRAP(ssize_t, copy_file_range, (int in, off64_t *from, int out, off64_t *to, size_t length, unsigned int flags),
     (in, from, out, to, length, flags))
WRAP(off64_t, lseek64, (int fd, off64_t at, int whence), (fd, at, whence))
WRAP(int, ftruncate64, (int fd, off64_t size), (fd, size))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, linkat, (int from, const char *old, int to, const char *name, int flags), (from, old, to, name, flags))
WRAP(int, renameat, (int from, const char *old, int to, const char *name), (from, old, to, name))
WRAP(int, mkdirat, (int fd, const char *name, mode_t mode), (fd, name, mode))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times))
WRAP(int, utimensat, (int fd, const char *name, const struct timespec times[2], int flags), (fd, name, times, flags))

int openat64(int fd, const char *name, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    va_list args;
    mode_t mode;

    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "openat64");
    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
    return fails() ? -1 : real(fd, name, flags, mode);
}
