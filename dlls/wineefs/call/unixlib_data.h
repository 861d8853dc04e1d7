/*
 * A part of unixlib.h: the data of a file: where there is some, pieces of it, zeros, and the mark of a sparse file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UNIXLIB_DATA_H
#define WINEEFS_UNIXLIB_DATA_H

/*
 * unix_ranges_open gives a descriptor of its own for the file behind fd, which is taken over: asking for holes moves
 * the position that all duplicates of a descriptor share.
 *
 * unix_ranges_next: the first range with data at or behind `from`. A file system that knows no holes has data
 * everywhere.
 */
struct ranges_params
{
    int32_t  fd;       /* in: of unix_ranges_open; stays open */
    uint32_t reserved;
    uint64_t from;     /* in: bytes */
    uint64_t size;     /* in: of the file, bytes */
    uint64_t start;    /* out: bytes; `size` if there is none */
    uint64_t end;      /* out: bytes; at most `size` */
};

/* One piece of a file's data, at its place: the position that all duplicates share stays. */
struct transfer_params
{
    int32_t  fd;     /* in: of unix_data_open; stays open */
    uint32_t length; /* in: bytes; out: that were read or written, 0 at the end of the file */
    uint64_t offset; /* bytes */
    uint64_t buffer;
    int32_t  error;  /* out: an errno value, or 0 */
    uint32_t reserved;
};

struct sparse_params /* the mark that a program gave a file as sparse */
{
    int32_t  fd;     /* in, taken over */
    uint32_t sparse; /* unix_sparse_get: out; unix_sparse_set: in. What can't be marked stays as it is */
};

struct zero_params /* zeros in place of what the file has there; its size stays */
{
    int32_t  fd;     /* in, taken over: one that can write */
    uint32_t error;  /* out: enum efs_error */
    uint64_t from;   /* in: bytes */
    uint64_t end;    /* in: the byte behind the last one; beyond the file's end there is nothing to do */
    uint32_t hole;   /* in: they need no space on the disk */
    uint32_t reserved;
};

#endif
