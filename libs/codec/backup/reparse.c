/*
 * Reparse points: the buffer of FSCTL_SET_REPARSE_POINT (MS-FSCC 2.1.2).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/content.h"

#include <string.h>

#include "base/bytes.h"

#define FIXED          8 /* tag, length, reserved */
#define GUID_SIZE      16
#define TAG_MICROSOFT  0x80000000u
#define NAMES_FIXED    8 /* offset and length of both names */
#define SYMLINK_FIXED  12
#define SYMLINK_RELATIVE 1u

static bool fail(struct bstream_fault *fault, size_t position, const char *rule)
{
    fault->position = position;
    fault->rule = rule;
    return false;
}

/* A name in the buffer behind `fixed` bytes of the data. */
static bool read_name(const struct breparse *reparse, size_t fixed, size_t at, const uint8_t **name, size_t *length)
{
    size_t offset = load16_le(reparse->data + at), room = reparse->length - fixed;

    *length = load16_le(reparse->data + at + 2);
    if (offset % 2 || *length % 2 || offset > room || *length > room - offset) return false;
    *name = reparse->data + fixed + offset;
    return true;
}

static bool read_names(struct breparse *reparse, struct bstream_fault *fault)
{
    bool link = reparse->tag == BREPARSE_SYMLINK;
    size_t fixed = link ? SYMLINK_FIXED : NAMES_FIXED;

    if (reparse->length < fixed) return fail(fault, FIXED, "a link's data begins with where its names are");
    if (!read_name(reparse, fixed, 0, &reparse->target, &reparse->target_length)
        || !read_name(reparse, fixed, 4, &reparse->shown, &reparse->shown_length))
        return fail(fault, FIXED, "a link's names lie within its data, and are made of 16-bit units");
    reparse->relative = link && load32_le(reparse->data + NAMES_FIXED) & SYMLINK_RELATIVE;
    return true;
}

bool breparse_read(const uint8_t *bytes, size_t length, struct breparse *reparse, struct bstream_fault *fault)
{
    size_t fixed = FIXED;

    fault->rule = NULL;
    memset(reparse, 0, sizeof(*reparse));
    if (length < FIXED) return fail(fault, 0, "reparse data begins with 8 bytes");
    reparse->tag = load32_le(bytes);
    if (!(reparse->tag & TAG_MICROSOFT)) fixed += GUID_SIZE;
    if (length < fixed) return fail(fault, FIXED, "a tag that isn't Microsoft's is followed by a GUID");
    reparse->length = load16_le(bytes + 4);
    if (reparse->length != length - fixed) return fail(fault, 4, "reparse data has the length that it says");
    reparse->data = bytes + fixed;
    if (reparse->tag == BREPARSE_SYMLINK || reparse->tag == BREPARSE_MOUNT_POINT) return read_names(reparse, fault);
    return true;
}
