/*
 * The probe: a quick look at a file on the host. Is it encrypted, and how long is its plaintext?
 *
 * For those who ask about many files: no allocation, a few system calls, and none for a file whose size
 * already tells that it isn't encrypted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_PROBE_H
#define EFS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Can a regular file of this size (bytes) be encrypted at all? See docs/representation.md. */
static inline bool efs_is_candidate_size(uint64_t size)
{
    return !size || size % 512 == 2;
}

struct efs_probe
{
    bool     encrypted;
    bool     directory;
    uint64_t data_size; /* plain bytes; the file's own size if it isn't encrypted */
};

/* By descriptor, which stays the caller's. What can't be looked at isn't encrypted, as far as anybody can tell. */
void efs_probe_fd(int fd, struct efs_probe *probe);
/* By name, relative to the directory dir_fd (or AT_FDCWD); symbolic links are followed. */
void efs_probe_at(int dir_fd, const char *name, struct efs_probe *probe);

/* Can the file system of fd hold EFS metadata? Asks for the attribute, writes nothing. */
bool efs_probe_volume(int fd);

/* Makes the file an empty plain one: removes data and metadata. 0 or an errno value; nothing to remove is 0. */
int efs_strip(int fd);

#endif
