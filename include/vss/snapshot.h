/*
 * Snapshots of a prefix's drives on the host: what stands behind the shadow copies of Windows' volume shadow copy
 * service (VSS).
 *
 * The structure crosses from the vssapi.dll of Windows programs to the Unix half: every field has a fixed size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_SNAPSHOT_H
#define EFS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "efs/error.h"

/* What a shadow copy is of. The last is no snapshot: the drive itself, which programs can only read by that name. */
enum efs_snapshot_kind
{
    EFS_SNAPSHOT_NONE,
    EFS_SNAPSHOT_COMMAND, /* made by a command of the user's */
    EFS_SNAPSHOT_BTRFS,   /* a read-only snapshot of the Btrfs subvolume that the drive is in */
    EFS_SNAPSHOT_REFLINK, /* a tree of files that share their data with the drive's: one after the other */
    EFS_SNAPSHOT_LIVE,
    EFS_SNAPSHOT_KINDS
};

enum efs_snapshot_choice /* the user's setting */
{
    EFS_SNAPSHOT_AUTO, /* the best kind that works */
    EFS_SNAPSHOT_ONLY_LIVE,
    EFS_SNAPSHOT_OFF
};

#define EFS_SNAPSHOT_NUMBER_MAX   9999
#define EFS_SNAPSHOT_VOLUME_SIZE  64
#define EFS_SNAPSHOT_NOTE_SIZE    512
#define EFS_SNAPSHOT_COMMAND_SIZE 1024

/* Of the context: the snapshot stays when the one who made it ends. */
#define EFS_SNAPSHOT_STAYS 0x08u

/* A number is part of the name by which Wine finds it: dosdevices/ and this, and the number. */
#define EFS_SNAPSHOT_LINK "wine-efs-shadowcopy"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

struct efs_snapshot
{
    uint64_t created;  /* 100 ns since 1601 */
    uint32_t number;   /* from 1 */
    uint32_t kind;     /* enum efs_snapshot_kind */
    uint32_t context;  /* as the program has set it: VSS_VOLSNAP_ATTR_... */
    uint32_t count;    /* snapshots in its set */
    uint32_t drive;    /* its letter, a small one */
    uint16_t in_use;   /* the process that made it is alive, and has it */
    uint16_t partial;  /* when it is made: some of what the drive shows isn't in it, as the note says */
    uint8_t  id[16];   /* GUIDs, as they are in memory */
    uint8_t  set[16];
    char     volume[EFS_SNAPSHOT_VOLUME_SIZE]; /* \\?\Volume{...}\, ASCII, terminated */
    char     note[EFS_SNAPSHOT_NOTE_SIZE];     /* a line in English: what it is, and what isn't in it; terminated */
};

#pragma GCC diagnostic pop

/*
 * prefix: the folder of the Wine prefix, which has dosdevices in it. A descriptor that is given keeps what it stands
 * for until it is closed, by whatever end of the process, too.
 *
 * One set of snapshots is made at a time in a prefix: EFS_ERR_EXISTS if that is done elsewhere. The host's errors.
 */
enum efs_error efs_snapshot_lock(const char *prefix, int *lock, struct efs_diag *diag);

/*
 * Makes one. In: context, count, drive, id, set, volume; out: the others. command: the user's, or NULL; it is told what
 * to do, and prints where the snapshot is (docs/vss.md). If it fails so does the call; any other kind that doesn't work
 * gives way to the next. EFS_ERR_NOT_FOUND: no such drive. EFS_ERR_DISK_FULL. The host's errors.
 */
enum efs_error efs_snapshot_make(const char *prefix, enum efs_snapshot_choice choice, const char *command,
                                 struct efs_snapshot *snapshot, int *held, struct efs_diag *diag);

/* The first one whose number is above *number, whoever made it. False: there is none. */
bool efs_snapshot_next(const char *prefix, uint32_t number, struct efs_snapshot *snapshot);

/* Removes it, though it may be in use. EFS_ERR_NOT_FOUND; the host's errors, and then some of it is still there. */
enum efs_error efs_snapshot_delete(const char *prefix, uint32_t number, struct efs_diag *diag);

/* Removes those whose process has ended, unless they are complete and to stay. The first error, after all were
   tried. */
enum efs_error efs_snapshot_reap(const char *prefix, struct efs_diag *diag);

/* Removes all of them, and the folder that they were in. The first error, after all were tried. */
enum efs_error efs_snapshot_purge(const char *prefix, struct efs_diag *diag);

/* A word for each kind: btrfs, reflink, command, live. */
const char *efs_snapshot_kind_name(enum efs_snapshot_kind kind);

#endif
