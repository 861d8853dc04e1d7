/*
 * A part of unixlib.h: the calls about snapshots of drives.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UNIXLIB_SNAPSHOT_H
#define WINEEFS_UNIXLIB_SNAPSHOT_H

/* Snapshots (include/vss/snapshot.h). prefix: Unix path, terminated; snapshot: a struct efs_snapshot. */
struct snapshot_lock_params
{
    uint64_t           prefix;
    int32_t            fd;       /* out: to be closed */
    uint32_t           reserved;
    struct unix_result result;   /* EFS_ERR_EXISTS: another set is being made */
};

struct snapshot_make_params
{
    uint64_t           prefix;
    uint64_t           command;  /* in: UTF-8, terminated; 0: none */
    uint64_t           snapshot; /* in, out */
    uint32_t           choice;   /* in: enum efs_snapshot_choice */
    int32_t            held;     /* out: to be closed, when nobody here needs it any more */
    struct unix_result result;
};

struct snapshot_next_params
{
    uint64_t prefix;
    uint64_t snapshot; /* out: the first one whose number is above `number` */
    uint32_t number;
    uint32_t found;    /* out */
};

struct snapshot_delete_params
{
    uint64_t           prefix;
    uint32_t           number;   /* unix_snapshot_delete */
    uint32_t           reserved;
    struct unix_result result;
};

#endif
