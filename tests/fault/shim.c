/*
 * The calls that the linker leads here. Each one counts, and fails, ends the process or is recorded as struct shim
 * says. Those for extended attributes are in shim_attributes.c, those for reading and writing at an offset in
 * shim_transfers.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shim_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FUSE_MAGIC 0x65735546

struct shim shim;
const char *shim_calls[SHIM_CALLS];
struct shim_change *shim_changes;
size_t shim_change_count;

static int next_later;
static const char *next_name;
static void (*meanwhile)(void);

void shim_set_name(const char *name)
{
    next_name = name;
}

void shim_set_meanwhile(void (*what)(void))
{
    meanwhile = what;
}

void shim_set_later(int err)
{
    next_later = err;
}

void shim_start(enum shim_mode mode, unsigned int at, int err, const struct shim_world *world)
{
    shim = (struct shim){ .at = at, .err = err, .later = next_later, .name = next_name };
    next_later = 0;
    next_name = NULL;
    if (world) shim.world = *world;
    shim.mode = mode;
}

void shim_stop(void)
{
    meanwhile = NULL;
    shim.mode = SHIM_OFF;
}

_Noreturn void shim_die(void)
{
    raise(SIGKILL);
    for (;;) pause();
}

static bool count(const char *name)
{
    if (shim.mode == SHIM_OFF) return false;
    if (shim.mode == SHIM_COUNT && shim.count < SHIM_CALLS) shim_calls[shim.count] = name;
    if (++shim.count <= shim.at) return shim.count == shim.at;
    return shim.later || (shim.name && !strcmp(shim.name, name));
}

/* Notes that the call fails. */
static void note(const char *name)
{
    enum shim_mode mode = shim.mode;

    if (meanwhile)
    {
        shim.mode = SHIM_OFF;
        meanwhile();
        shim.mode = mode;
        meanwhile = NULL;
    }
    if (!shim.hit) shim.hit = name;
    errno = shim.count > shim.at && shim.later ? shim.later : shim.err < 0 ? EIO : shim.err;
}

bool shim_is_the_one(const char *name)
{
    if (!count(name)) return false;
    if (shim.mode == SHIM_KILL) shim_die();
    if (shim.mode != SHIM_FAIL) return false;
    note(name);
    return shim.err != SHIM_NONE;
}

bool shim_is_transferred(const char *name, size_t *n, bool *is_short)
{
    *is_short = false;
    if (!count(name)) return true;
    *is_short = shim.mode == SHIM_KILL || (shim.mode == SHIM_FAIL && shim.err == SHIM_SHORT);
    if (shim.mode == SHIM_FAIL) note(name);
    if (shim.mode == SHIM_FAIL && shim.err == SHIM_NOTHING)
    {
        *n = 0;
        return true;
    }
    if (*is_short)
    {
        *n = (*n + 1) / 2;
        if (shim.world.sectors) *n -= *n % 512;
        return true;
    }
    return shim.mode != SHIM_FAIL;
}

/* ---- the record ---- */

int __real_fstat64(int fd, struct stat *st);
int __real_fstatat64(int fd, const char *name, struct stat *st, int flags);
void *__real_realloc(void *p, size_t size);
void *__real_malloc(size_t size);
void __real_free(void *p);

ino_t shim_ino_of(int fd)
{
    struct stat st;

    return __real_fstat64(fd, &st) ? 0 : st.st_ino;
}

struct shim_change *shim_record(enum shim_change_kind kind, ino_t ino, const char *name, const void *data,
                                size_t length)
{
    struct shim_change *change;

    if (shim.mode != SHIM_RECORD) return NULL;
    shim_changes = __real_realloc(shim_changes, (shim_change_count + 1) * sizeof(*shim_changes));
    if (!shim_changes) abort();
    change = &shim_changes[shim_change_count++];
    memset(change, 0, sizeof(*change));
    change->kind = kind;
    change->ino = ino;
    change->length = length;
    if (name) snprintf(change->name, sizeof(change->name), "%s", name);
    if (data)
    {
        change->data = __real_malloc(length + 1);
        if (!change->data) abort();
        memcpy(change->data, data, length);
    }
    return change;
}

void shim_forget(void)
{
    size_t i;

    for (i = 0; i < shim_change_count; i++) __real_free(shim_changes[i].data);
    __real_free(shim_changes);
    shim_changes = NULL;
    shim_change_count = 0;
}

/* ---- memory ---- */

WRAP(void *, malloc, size_t size)
{
    void *p = shim_is_the_one("malloc") ? NULL : __real_malloc(size);

    if (p && shim.mode != SHIM_OFF) shim.blocks++;
    return p;
}

WRAP(void *, calloc, size_t count, size_t size)
{
    void *p = shim_is_the_one("calloc") ? NULL : __real_calloc(count, size);

    if (p && shim.mode != SHIM_OFF) shim.blocks++;
    return p;
}

WRAP(void *, realloc, void *old, size_t size)
{
    void *p = shim_is_the_one("realloc") ? NULL : __real_realloc(old, size);

    if (p && !old && shim.mode != SHIM_OFF) shim.blocks++;
    return p;
}

WRAP(char *, strdup, const char *text)
{
    char *p = shim_is_the_one("strdup") ? NULL : __real_strdup(text);

    if (p && shim.mode != SHIM_OFF) shim.blocks++;
    return p;
}

WRAP(void, free, void *p)
{
    if (p && shim.mode != SHIM_OFF) shim.blocks--;
    __real_free(p);
}

/* ---- files and directories ---- */

static bool refuses_open(int flags)
{
    if (shim.mode == SHIM_OFF || !shim.world.no_tmpfile || (flags & O_TMPFILE) != O_TMPFILE) return false;
    errno = EOPNOTSUPP;
    return true;
}

static int opened(int fd, const char *name, int flags)
{
    if (fd == -1 || !(flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)) return fd;
    shim_record(CHANGE_CREATE, shim_ino_of(fd), flags & O_CREAT ? name : "", NULL, 0);
    return fd;
}

static mode_t mode_argument(int flags, va_list args)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
}

WRAP(int, open64, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_argument(flags, args);
    va_end(args);
    return shim_is_the_one("open") || refuses_open(flags) ? -1 : opened(__real_open64(path, flags, mode), path, flags);
}

WRAP(int, openat64, int dir_fd, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_argument(flags, args);
    va_end(args);
    return shim_is_the_one("openat") || refuses_open(flags) ? -1
        : opened(__real_openat64(dir_fd, path, flags, mode), path, flags);
}

WRAP(int, close, int fd)
{
    bool failed = shim_is_the_one("close");
    int err = errno;

    /* Linux closes it in any case */
    if (__real_close(fd)) return -1;
    errno = err;
    return failed ? -1 : 0;
}

WRAP(int, dup, int fd) { return shim_is_the_one("dup") ? -1 : __real_dup(fd); }
/* a number or a pointer */
WRAP(int, fcntl64, int fd, int command,
     intptr_t value) { return shim_is_the_one("fcntl") ? -1 : __real_fcntl64(fd, command, value); }
WRAP(int, faccessat, int fd, const char *name, int mode, int flags)
{
    return shim_is_the_one("faccessat") ? -1 : __real_faccessat(fd, name, mode, flags);
}
WRAP(int, fstat64, int fd, struct stat *st) { return shim_is_the_one("fstat") ? -1 : __real_fstat64(fd, st); }
WRAP(int, fstatat64, int fd, const char *name, struct stat *st, int flags)
{
    return shim_is_the_one("fstatat") ? -1 : __real_fstatat64(fd, name, st, flags);
}
WRAP(off_t, lseek64, int fd, off_t offset,
     int whence) { return shim_is_the_one("lseek") ? -1 : __real_lseek64(fd, offset, whence); }
WRAP(int, posix_fadvise64, int fd, off_t offset, off_t length, int advice)
{
    return shim_is_the_one("posix_fadvise") ? errno : __real_posix_fadvise64(fd, offset, length, advice);
}
WRAP(ssize_t, readlink, const char *path, char *out,
     size_t size) { return shim_is_the_one("readlink") ? -1 : __real_readlink(path, out, size); }
WRAP(ssize_t, getrandom, void *out, size_t size, unsigned int flags)
{
    if (shim_is_the_one("getrandom")) return -1;
    if (shim.mode == SHIM_OFF || !shim.world.fixed_random || size < 16) return __real_getrandom(out, size, flags);
    memset(out, 0x5a, size);
    return (ssize_t)size;
}

WRAP(int, fstatfs64, int fd, struct statfs *fs)
{
    if (shim_is_the_one("fstatfs") || __real_fstatfs64(fd, fs)) return -1;
    if (shim.mode != SHIM_OFF && shim.world.ntfs) fs->f_type = FUSE_MAGIC;
    if (shim.mode != SHIM_OFF && shim.world.full) fs->f_bavail = 0;
    return 0;
}

WRAP(int, flock, int fd, int operation)
{
    if (shim_is_the_one("flock")) return -1;
    if (shim.mode == SHIM_OFF || !shim.world.no_locks) return __real_flock(fd, operation);
    errno = ENOLCK;
    return -1;
}

WRAP(DIR *, fdopendir, int fd)
{
    /* closedir, which isn't led through here, frees what this allocates */
    return shim_is_the_one("fdopendir") ? NULL : __real_fdopendir(fd);
}
WRAP(struct dirent *, readdir64,
     DIR *directory) { return shim_is_the_one("readdir") ? NULL : __real_readdir64(directory); }

WRAP(ssize_t, read, int fd, void *buffer, size_t size)
{
    return shim_is_the_one("read") ? -1 : __real_read(fd, buffer, size);
}

WRAP(int, inotify_init1, int flags) { return shim_is_the_one("inotify_init1") ? -1 : __real_inotify_init1(flags); }
WRAP(int, inotify_add_watch, int fd, const char *path, uint32_t mask)
{
    return shim_is_the_one("inotify_add_watch") ? -1 : __real_inotify_add_watch(fd, path, mask);
}

static int truncated(int result, ino_t ino, off_t size)
{
    struct shim_change *change;

    if (!result && (change = shim_record(CHANGE_TRUNCATE, ino, NULL, NULL, 0))) change->offset = (uint64_t)size;
    return result;
}

WRAP(int, ftruncate64, int fd, off_t size)
{
    return shim_is_the_one("ftruncate") ? -1 : truncated(__real_ftruncate64(fd, size), shim_ino_of(fd), size);
}
WRAP(int, truncate64, const char *path, off_t size)
{
    struct stat st;

    if (shim_is_the_one("truncate") || __real_fstatat64(AT_FDCWD, path, &st, 0)) return -1;
    return truncated(__real_truncate64(path, size), st.st_ino, size);
}

WRAP(int, fallocate64, int fd, int mode, off_t offset, off_t length)
{
    if (shim_is_the_one("fallocate")) return -1;
    if (shim.mode == SHIM_OFF || !shim.world.no_fallocate) return __real_fallocate64(fd, mode, offset, length);
    errno = EOPNOTSUPP;
    return -1;
}

WRAP(int, fsync, int fd)
{
    int result = shim_is_the_one("fsync") ? -1 : __real_fsync(fd);

    if (!result) shim_record(CHANGE_SYNC, shim_ino_of(fd), NULL, NULL, 0);
    return result;
}

WRAP(int, fchmod, int fd, mode_t mode) { return shim_is_the_one("fchmod") ? -1 : __real_fchmod(fd, mode); }
WRAP(int, futimens, int fd, const struct timespec times[2])
{
    return shim_is_the_one("futimens") ? -1 : __real_futimens(fd, times);
}
WRAP(int, utimensat, int dir_fd, const char *path, const struct timespec times[2], int flags)
{
    return shim_is_the_one("utimensat") ? -1 : __real_utimensat(dir_fd, path, times, flags);
}
WRAP(int, memfd_create, const char *name, unsigned int flags)
{
    return shim_is_the_one("memfd_create") ? -1 : __real_memfd_create(name, flags);
}

WRAP(int, fchown, int fd, uid_t uid, gid_t gid)
{
    if (shim_is_the_one("fchown")) return -1;
    if (shim.mode == SHIM_OFF || !shim.world.foreign) return __real_fchown(fd, uid, gid);
    errno = EPERM;
    return -1;
}

/* ---- names ---- */

WRAP(int, mkdirat, int dir_fd, const char *name, mode_t mode)
{
    struct stat st;

    if (shim_is_the_one("mkdirat") || __real_mkdirat(dir_fd, name, mode)) return -1;
    if (!__real_fstatat64(dir_fd, name, &st, 0)) shim_record(CHANGE_CREATE, st.st_ino, name, NULL, 0);
    return 0;
}

WRAP(int, linkat, int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    struct stat st;

    if (shim_is_the_one("linkat") || __real_linkat(from_fd, from, to_fd, to, flags)) return -1;
    if (!__real_fstatat64(to_fd, to, &st, 0)) shim_record(CHANGE_LINK, st.st_ino, to, NULL, 0);
    return 0;
}

static int renamed(int result, int to_fd, const char *to)
{
    struct stat st;

    if (!result && !__real_fstatat64(to_fd, to, &st, 0)) shim_record(CHANGE_RENAME, st.st_ino, to, NULL, 0);
    return result;
}

WRAP(int, renameat, int from_fd, const char *from, int to_fd, const char *to)
{
    return shim_is_the_one("renameat") ? -1 : renamed(__real_renameat(from_fd, from, to_fd, to), to_fd, to);
}

WRAP(int, renameat2, int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
    if (shim_is_the_one("renameat2")) return -1;
    if (shim.mode == SHIM_OFF || !shim.world.no_flags || !flags)
        return renamed(__real_renameat2(from_fd, from, to_fd, to, flags), to_fd, to);
    errno = EINVAL;
    return -1;
}

WRAP(int, unlinkat, int dir_fd, const char *name, int flags)
{
    int result;

    if (shim_is_the_one("unlinkat")) return -1;
    if (shim.mode != SHIM_OFF && shim.world.not_empty && flags & AT_REMOVEDIR)
    {
        errno = ENOTEMPTY;
        return -1;
    }
    if (!(result = __real_unlinkat(dir_fd, name, flags))) shim_record(CHANGE_UNLINK, 0, name, NULL, 0);
    return result;
}
