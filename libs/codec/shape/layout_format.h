/*
 * The operations of a layout, shared by its maker and its reader.
 *
 * An operation begins with a LEB128 number: value << LAYOUT_KIND_BITS | kind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_LAYOUT_FORMAT_H
#define EFS_LAYOUT_FORMAT_H

#define LAYOUT_KIND_BITS 3

enum layout_kind
{
    LAYOUT_LITERAL,     /* value bytes, which follow */
    LAYOUT_ZEROS,       /* value zero bytes */
    LAYOUT_METADATA,    /* the next value bytes of $EFS */
    LAYOUT_TEMPLATE,    /* the next value bytes of literals and zeros aren't put out: combined with the last template
                           by exclusive or, they are a new one, in the next slot */
    LAYOUT_SEGMENTS,    /* value segments; follows: slot of their template. The first one begins where the last ended */
    LAYOUT_SEGMENTS_AT, /* the same, and after the slot: how many units of 512 bytes further, zigzag coded */
};

#define LAYOUT_AT_OFFSET 0x10 /* of StartingFileOffset in a segment's headers */

#endif
