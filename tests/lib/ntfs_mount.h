/*
 * An NTFS-3G mount, as its system calls show it, so that no test depends on a machine that can mount one. What it
 * answers was seen with NTFS-3G 2022.10.3; tests/host/test_ntfs3g.sh and tests/wine/test_ntfs3g.sh see a real one.
 *
 * The linker leads the engine's calls here (unit/meson.build). Contents and the $EFS are on the real file system; the
 * named streams of the one file that has some are in memory, so that its limits don't matter.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_NTFS_MOUNT_H
#define TESTS_NTFS_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

struct ntfs_mount
{
    bool   on;          /* off: the calls pass through */
    bool   loses;       /* named streams are taken, and aren't there afterwards */
    bool   efs_raw;     /* the mount option: the $EFS is kept as what it is, and makes the file encrypted */
    bool   hides;       /* the file is encrypted, and the option isn't there: nobody sees its $EFS */
    bool   ntfs3;       /* Linux' own driver: efs_raw is off */
    int    statfs_err;
    /* the read number look_at of the file's attributes, 1 is the first, fails with this errno, or is that long */
    unsigned int look_at, looks;
    int    look_err;
    size_t look_length;
    int    efs_err;     /* of setting the $EFS */
    int    remove_err;  /* of removing it */
    int    get_err, set_err, list_err; /* of named streams; list_err: of the second call, which gets the names */
};
extern struct ntfs_mount mount;

/* Switches it on with efs_raw, without named streams and without errors. */
void ntfs_mount_on(void);
void ntfs_mount_off(void);

/* Puts a named stream there, at the end of the list. */
void ntfs_mount_put(const char *attribute, const void *value, size_t length);
/* How many there are. */
size_t ntfs_mount_count(void);

#endif
