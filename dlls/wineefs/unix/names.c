/*
 * The names in a directory of the host, as Windows programs compare them.
 *
 * A set of hashes: two names that Wine finds equal have the same hash; the reverse needn't be so, since whoever finds a
 * name here asks Wine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/io.h"

#define SLOTS_FIRST 1024
#define SLOTS_MAX   262144 /* 1 MiB: 196,608 names */

#define XFS_MAGIC 0x58465342

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Everything below is guarded by the lock. */
static struct
{
    int       watch;    /* inotify instance, -1: nothing is remembered */
    dev_t     dev;
    ino_t     ino;
    uint32_t *slots;    /* hashes, 0 where free; NULL: too many names to be remembered */
    size_t    capacity; /* a power of 2 */
    size_t    count;
    bool      stale;    /* some of them may have gone */
} names = { .watch = -1 };

/*
 * FNV-1a over the upper case of ASCII. The two other characters that have an upper case in ASCII are dotless i and long
 * s; all others only equal others.
 */
static uint32_t hash_name(const char *name)
{
    const uint8_t *p = (const uint8_t *)name;
    uint64_t hash = FNV1A_BEGIN;

    while (*p)
    {
        uint8_t c = *p++;

        if (c >= 'a' && c <= 'z') c = (uint8_t)(c - 'a' + 'A');
        else if ((c == 0xc4 && *p == 0xb1) || (c == 0xc5 && *p == 0xbf))
        {
            c = c == 0xc4 ? 'I' : 'S';
            p++;
        }
        hash = fnv1a_add(hash, &c, 1);
    }
    return (uint32_t)hash ? (uint32_t)hash : 1;
}

static void forget(void)
{
    if (names.watch != -1) close(names.watch);
    free(names.slots);
    memset(&names, 0, sizeof(names));
    names.watch = -1;
}

/* The slot that has this hash, or the free one where it belongs. */
static uint32_t *find(uint32_t *slots, size_t capacity, uint32_t hash)
{
    size_t i = hash & (capacity - 1);

    while (slots[i] && slots[i] != hash) i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static bool grow(void)
{
    size_t capacity = names.capacity ? names.capacity * 2 : SLOTS_FIRST, i;
    uint32_t *slots;

    if (capacity > SLOTS_MAX || !(slots = calloc(capacity, sizeof(*slots)))) return false;
    for (i = 0; i < names.capacity; i++)
        if (names.slots[i]) *find(slots, capacity, names.slots[i]) = names.slots[i];
    free(names.slots);
    names.slots = slots;
    names.capacity = capacity;
    return true;
}

static bool add(const char *name)
{
    uint32_t hash = hash_name(name), *slot;

    if (names.count >= names.capacity / 4 * 3 && !grow()) return false;
    slot = find(names.slots, names.capacity, hash);
    if (!*slot) names.count++;
    *slot = hash;
    return true;
}

static void give_up_names(void)
{
    free(names.slots);
    names.slots = NULL;
    names.capacity = names.count = 0;
}

/* Does inotify see all changes? Not those of another machine (NFS), or of a program behind FUSE. */
static bool is_local(int dir_fd)
{
    static const long types[] = { EXT4_SUPER_MAGIC, TMPFS_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                  OVERLAYFS_SUPER_MAGIC };
    struct statfs fs;
    unsigned int i;

    if (fstatfs(dir_fd, &fs)) return false;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if ((long)fs.f_type == types[i]) return true;
    return false;
}

static bool read_names(int dir_fd)
{
    DIR *dir = io_list_directory(dir_fd);
    struct dirent *entry;
    bool fits = true;

    if (!dir) return false;
    while (fits && (entry = readdir(dir))) fits = add(entry->d_name);
    closedir(dir);
    return fits;
}

static void remember(int dir_fd, const struct stat *st)
{
    char path[FD_PATH_SIZE];

    forget();
    if (!is_local(dir_fd) || (names.watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1) return;
    names.dev = st->st_dev;
    names.ino = st->st_ino;
    fd_path(path, dir_fd);
    /* The watch begins before the names are read: so a name that comes meanwhile isn't missed. */
    if (inotify_add_watch(names.watch, path, IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR) == -1)
        forget();
    else if (!read_names(dir_fd)) give_up_names();
}

/* Reads what has happened in the directory since the last time. False: events were lost, or the directory has gone. */
static bool catch_up(void)
{
    _Alignas(struct inotify_event) char buffer[4096];
    const struct inotify_event *event;
    ssize_t n, at;

    while ((n = read(names.watch, buffer, sizeof(buffer))) > 0)
    {
        for (at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len))
        {
            event = (const struct inotify_event *)(const void *)(buffer + at);
            if (event->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT)) return false;
            /* Its hash stays in the set, as another name may have the same. */
            if (event->mask & (IN_DELETE | IN_MOVED_FROM)) names.stale = true;
            else if (names.slots && event->len && !add(event->name)) give_up_names();
        }
    }
    return !n || errno == EAGAIN;
}

static bool has(const char *name)
{
    uint32_t hash = hash_name(name);

    return !names.slots || *find(names.slots, names.capacity, hash) == hash;
}

static bool is_missing(int dir_fd, const char *name)
{
    struct stat st;

    if (fstat(dir_fd, &st)) return false;
    if (names.watch == -1 || names.dev != st.st_dev || names.ino != st.st_ino || !catch_up()) remember(dir_fd, &st);
    /* The set has a name of this hash, but some names have gone since: is it still there? */
    else if (names.stale && names.slots && has(name)) remember(dir_fd, &st);
    return !has(name);
}

bool names_is_missing(int dir_fd, const char *name)
{
    bool missing;

    pthread_mutex_lock(&lock);
    missing = is_missing(dir_fd, name);
    pthread_mutex_unlock(&lock);
    return missing;
}
