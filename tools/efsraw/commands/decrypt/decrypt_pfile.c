/*
 * What `efsraw decrypt -r` finds of EFS on FAT and exFAT: files NAME.PFILE, and the $EFS of directories.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "decrypt_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/metadata.h"
#include "joined.h"

bool tree_is_pfile(const struct tree_entry *entry, int fd, uint64_t *size)
{
    struct joined joined = { .fd = -1 };
    bool is = is_pfile_name(entry->name) && !joined_take_pfile(&joined, fd, (uint64_t)entry->st->st_size, NULL);

    if (is) *size = joined.size;
    free(joined.metadata);
    return is;
}

void tree_cut_pfile(const struct tree_entry *entry, char *path)
{
    size_t length = strlen(path) - PFILE_ENDING;
    char *name = strdup(entry->name);
    struct stat st;

    /* where there's another file of that name, it keeps its own */
    if (name) name[strlen(name) - PFILE_ENDING] = 0;
    if (name && fstatat(entry->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT) path[length] = 0;
    free(name);
}

bool tree_is_directory_efs(const struct tree_entry *entry)
{
    size_t length = (size_t)entry->st->st_size;
    uint8_t *bytes;
    uint32_t version;
    bool is = false;
    int fd;

    if (strcasecmp(entry->name, "$EFS") || entry->st->st_size < EFS_METADATA_MIN || length > EFS_METADATA_MAX)
        return false;
    bytes = malloc(length);
    fd = tree_open(entry);
    if (bytes && fd != -1 && !io_read_exactly(fd, 0, bytes, length, NULL))
        is = !efs_metadata_identify(bytes, length, &version, NULL);
    if (fd != -1) close(fd);
    free(bytes);
    return is;
}
