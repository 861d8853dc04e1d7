/*
 * What stands between the engine and the C library in these tests: the linker leads each system call and allocation of
 * the engine and of the Unix half (the list is in `calls`) through here, where one of them can fail, be the last one of
 * the process, or be written down.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_SHIM_H
#define TESTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum shim_mode
{
    SHIM_OFF,
    SHIM_COUNT,
    SHIM_FAIL,  /* call number `at` fails */
    SHIM_KILL,  /* the process is killed instead of call number `at`; half of a write is done before */
    SHIM_RECORD /* what changes the file system is written down */
};

/* In the place of an errno: */
#define SHIM_SHORT   (-1) /* half of the bytes are read or written */
#define SHIM_NOTHING (-2) /* none is, without an error */
#define SHIM_NONE    0    /* it doesn't fail: for shim_set_meanwhile */

/* What the file system under test can't do, or is: seen by every call while the shim is on. */
struct shim_world
{
    bool no_tmpfile;    /* no nameless files, as NFS or FUSE */
    bool no_fallocate;
    bool no_flags;      /* renameat2 knows none, as NTFS-3G */
    bool no_locks;
    bool not_empty;     /* no directory can be removed: something has come into it, and goes again */
    bool foreign;       /* the owner can't be changed */
    bool small;         /* no attribute of EFS's fits but a container's mark, though the disk has space */
    bool full;          /* the disk has no free blocks */
    /* an NTFS-3G mount with efs_raw: what has its metadata takes no data, nor other metadata, nor loses it */
    bool ntfs;
    bool sectors;       /* a kill in a write leaves whole ones: the kernel stops between pages */
    bool fixed_random;  /* random numbers of 16 bytes and more, which are no names, are the same each time */
};

struct shim
{
    enum shim_mode    mode;
    struct shim_world world;
    unsigned int      at;    /* 1 is the first call */
    int               err;   /* SHIM_FAIL: errno, or SHIM_SHORT */
    /* SHIM_FAIL: every call of this name after it fails, too, with the same; NULL: none does */
    const char       *name;
    int               later; /* SHIM_FAIL: errno of every call after that one; 0: they don't fail */
    unsigned int      count; /* calls so far */
    const char       *hit;   /* the call that failed; NULL: none did */
    long              blocks;/* allocated and not freed since the shim was switched on */
};
extern struct shim shim;

/* SHIM_COUNT: which call was which; calls[0] is number 1. */
#define SHIM_CALLS 4096
extern const char *shim_calls[SHIM_CALLS];

/* Switches it on, and off; the counts stay for reading. */
void shim_start(enum shim_mode mode, unsigned int at, int err, const struct shim_world *world);
void shim_stop(void);
/* Before shim_start: with the next fault every later call of this name fails, too. */
void shim_set_name(const char *name);
/* Before shim_start: done by somebody else just before the call that fails. */
void shim_set_meanwhile(void (*what)(void));
/* Before shim_start: from the next fault on nothing works any more. */
void shim_set_later(int err);

/* ---- SHIM_RECORD: what was changed, in its order ---- */

enum shim_change_kind
{
    CHANGE_CREATE, /* a file without or with a name */
    CHANGE_WRITE,
    CHANGE_TRUNCATE,
    CHANGE_SET,    /* an attribute; `name` */
    CHANGE_REMOVE, /* an attribute */
    CHANGE_LINK,   /* `name` leads to the inode */
    CHANGE_RENAME, /* the same, and what stood there has gone */
    CHANGE_UNLINK,
    CHANGE_SYNC,   /* of the inode: its changes so far are on the disk */
};

struct shim_change
{
    enum shim_change_kind kind;
    ino_t    ino;
    uint64_t offset;
    size_t   length;
    uint8_t *data;
    char     name[64];
};
extern struct shim_change *shim_changes;
extern size_t shim_change_count;
void shim_forget(void);

#endif
