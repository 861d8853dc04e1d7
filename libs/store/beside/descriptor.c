/*
 * The Windows security descriptor of a plain file, kept in two attributes: itself in wine-staging's form, and the mark
 * that says to which mode it belongs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/beside.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "backup/security.h"
#include "efs/beside_attributes.h"
#include "efs/store.h"

#define DESCRIPTOR EFS_STORE_DESCRIPTOR
#define MARK       EFS_STORE_DESCRIPTOR_MARK

size_t efs_descriptor_get(int fd, uint32_t file_mode, uint8_t *out, size_t capacity)
{
    uint8_t mark[BSECURITY_MARK_SIZE], *form;
    uint32_t mode, said;
    uint64_t hash;
    size_t got = 0;
    ssize_t n;

    if (fgetxattr(fd, MARK, mark, sizeof(mark)) != sizeof(mark)) return 0;
    bsecurity_read_mark(mark, &mode, &hash);
    if (mode != (file_mode & BSECURITY_MODE) || !(form = malloc(BSECURITY_FORM_MAX))) return 0;
    n = fgetxattr(fd, DESCRIPTOR, form, BSECURITY_FORM_MAX);
    if (n > 0) got = bsecurity_unpack(form, (size_t)n, hash, out, capacity);
    free(form);
    /* Others may be allowed to write attributes: what they make up mustn't say another mode than the file has. */
    if (got && got <= capacity && bsecurity_read_mode(out, got, NULL, 0, S_ISDIR(file_mode), &said)
        == BSECURITY_EXACT)
        return 0;
    return got;
}

bool efs_descriptor_keep(int fd, uint32_t mode, const uint8_t *descriptor, size_t length)
{
    uint8_t mark[BSECURITY_MARK_SIZE], *form = NULL;
    size_t size = 0;
    uint64_t hash;
    bool kept;

    fremovexattr(fd, MARK);
    if (descriptor && (form = malloc(BSECURITY_FORM_MAX)))
        size = bsecurity_pack(descriptor, length, form, BSECURITY_FORM_MAX, &hash);
    kept = size && size <= BSECURITY_FORM_MAX && !fsetxattr(fd, DESCRIPTOR, form, size, 0);
    if (kept)
    {
        bsecurity_make_mark(mark, mode & BSECURITY_MODE, hash);
        kept = !fsetxattr(fd, MARK, mark, sizeof(mark), 0);
    }
    if (!kept) fremovexattr(fd, DESCRIPTOR);
    free(form);
    return kept;
}

void efs_descriptor_move(int fd, uint32_t from, uint32_t to)
{
    uint8_t mark[BSECURITY_MARK_SIZE];
    uint32_t mode;
    uint64_t hash;

    if (fgetxattr(fd, MARK, mark, sizeof(mark)) != sizeof(mark)) return;
    bsecurity_read_mark(mark, &mode, &hash);
    if (mode != (from & BSECURITY_MODE)) return;
    bsecurity_make_mark(mark, to & BSECURITY_MODE, hash);
    fsetxattr(fd, MARK, mark, sizeof(mark), 0);
}
