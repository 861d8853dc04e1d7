/*
 * What was known of a tree's files when a view of it ended.
 *
 * Each file has one place, by its number: files that were made one after the other lie beside each other, and where two
 * want the same place, the one that was met last has it. So its size is bounded, and nothing has to be thrown out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "view/tree_internal.h"

#define HEAD   48
#define RECORD 64
#define FILES  VIEW_MEMORY_FILES

static const uint8_t magic[8] = { 'E', 'F', 'S', 'V', 'I', 'E', 'W', '1' };

struct place
{
    uint64_t        inode; /* 0: free */
    struct timespec born;
    struct known    known;
};

struct view_memory
{
    uint64_t        file_system;
    struct identity root;
    struct place    places[FILES];
};

static struct place *place_of(struct view_memory *memory, uint64_t inode)
{
    return &memory->places[inode % FILES];
}

/* ---- as bytes ---- */

static void write_head(const struct view_memory *memory, uint32_t count, uint64_t sum, uint8_t *bytes)
{
    memcpy(bytes, magic, sizeof(magic));
    store64_le(bytes + 8, memory->file_system);
    store64_le(bytes + 16, memory->root.inode);
    store64_le(bytes + 24, (uint64_t)memory->root.born.tv_sec);
    store32_le(bytes + 32, (uint32_t)memory->root.born.tv_nsec);
    store32_le(bytes + 36, count);
    store64_le(bytes + 40, sum);
}

static void write_record(const struct place *place, uint8_t *bytes)
{
    store64_le(bytes, place->inode);
    store64_le(bytes + 8, (uint64_t)place->known.stored);
    store64_le(bytes + 16, place->known.size);
    store64_le(bytes + 24, (uint64_t)place->known.modified.tv_sec);
    store64_le(bytes + 32, (uint64_t)place->known.changed.tv_sec);
    store64_le(bytes + 40, (uint64_t)place->born.tv_sec);
    store32_le(bytes + 48, (uint32_t)place->known.modified.tv_nsec);
    store32_le(bytes + 52, (uint32_t)place->known.changed.tv_nsec);
    store32_le(bytes + 56, (uint32_t)place->born.tv_nsec);
    store32_le(bytes + 60, place->known.encrypted);
}

static struct timespec read_time(const uint8_t *seconds, const uint8_t *nanoseconds)
{
    return (struct timespec){ .tv_sec = (time_t)load64_le(seconds), .tv_nsec = load32_le(nanoseconds) };
}

static struct place read_record(const uint8_t *bytes)
{
    return (struct place)
    {
        .inode = load64_le(bytes),
        .born = read_time(bytes + 40, bytes + 56),
        .known = { .valid = true, .encrypted = load32_le(bytes + 60) == 1, .size = load64_le(bytes + 16),
                   .stored = (off_t)load64_le(bytes + 8), .modified = read_time(bytes + 24, bytes + 48),
                   .changed = read_time(bytes + 32, bytes + 52) },
    };
}

void view_memory_read(struct view_memory *memory, const uint8_t *bytes, size_t length)
{
    uint8_t head[HEAD];
    struct place place;
    uint32_t count, i;

    if (length < HEAD || (length - HEAD) % RECORD || (length - HEAD) / RECORD > FILES) return;
    count = (uint32_t)((length - HEAD) / RECORD);
    write_head(memory, count, fnv1a_add(FNV1A_BEGIN, bytes + HEAD, length - HEAD), head);
    if (memcmp(bytes, head, HEAD)) return;
    for (i = 0; i < count; i++)
    {
        place = read_record(bytes + HEAD + i * RECORD);
        if (place.known.encrypted) *place_of(memory, place.inode) = place;
    }
}

struct view_memory *view_memory_make(int root_fd)
{
    struct view_memory *memory;
    struct statfs about;
    struct stat st;

    if (fstatfs(root_fd, &about) || !(memory = calloc(1, sizeof(*memory)))) return NULL;
    memcpy(&memory->file_system, &about.f_fsid, sizeof(memory->file_system));
    /* those of FUSE and NFS, which others serve: what is true of times here needn't be there */
    if (!memory->file_system || identity_of(root_fd, &memory->root, &st))
    {
        free(memory);
        return NULL;
    }
    return memory;
}

void view_memory_free(struct view_memory *memory)
{
    free(memory);
}

size_t view_memory_write(const struct view_memory *memory, uint8_t *bytes)
{
    uint32_t count = 0, i;

    for (i = 0; i < FILES; i++)
        if (memory->places[i].inode) write_record(&memory->places[i], bytes + HEAD + RECORD * (size_t)count++);
    write_head(memory, count, fnv1a_add(FNV1A_BEGIN, bytes + HEAD, RECORD * (size_t)count), bytes);
    return HEAD + RECORD * (size_t)count;
}

void view_memory_name(const struct view_memory *memory, char name[VIEW_MEMORY_NAME_SIZE])
{
    snprintf(name, VIEW_MEMORY_NAME_SIZE, "%016llx-%016llx", (unsigned long long)memory->file_system,
             (unsigned long long)memory->root.inode);
}

/* ---- files ---- */

void view_set_memory(struct view_tree *tree, struct view_memory *memory)
{
    tree->memory = memory;
}

void remember_node(struct view_tree *tree, struct view_node *node)
{
    const struct place *place;

    if (!tree->memory || node->identity.device != tree->memory->root.device) return;
    place = place_of(tree->memory, node->identity.inode);
    if (place->inode == node->identity.inode && same_time(&place->born, &node->identity.born))
        node->known = place->known;
}

void keep_in_memory(struct view_tree *tree, const struct view_node *node)
{
    struct place *place;

    if (!tree->memory || node->identity.device != tree->memory->root.device) return;
    place = place_of(tree->memory, node->identity.inode);
    /* That a file is plain may be true for this view alone: of a user who may not read its attributes, on a mount
       that shows none. */
    if (node->known.valid && node->known.encrypted && !node->known.guessed)
        *place = (struct place){ .inode = node->identity.inode, .born = node->identity.born, .known = node->known };
    else if (node->known.valid && place->inode == node->identity.inode) place->inode = 0;
}
