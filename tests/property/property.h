/*
 * The property: what an import has taken, an export gives back, byte for byte. Shared by the parts of its test.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PROPERTY_H
#define PROPERTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

struct bytes
{
    uint8_t *data;
    size_t   length, capacity;
};

bool bytes_set(struct bytes *bytes, const void *data, size_t length); /* false: no memory */
void bytes_free(struct bytes *bytes);

/* ---- frame.c: streams from efsrandom.py ---- */

#define FRAME_DIRECTORY  1u /* a directory's stream */
#define FRAME_MAY_REFUSE 2u /* too much for a directory's attributes */

struct frame
{
    uint64_t     seed;
    uint32_t     flags;
    uint32_t     blocks; /* stored blocks of the unnamed stream */
    uint32_t     cut;    /* a length at which the stream ends between two records */
    struct bytes raw;
    struct bytes bare;   /* the same without its named streams */
};

/* From standard input. False at its end; *broken: it isn't such a frame. */
bool frame_read(struct frame *frame, bool *broken);

/* Random numbers that depend on the seed alone. */

void random_seed(uint64_t seed);
uint64_t random_below(uint64_t n);     /* 0 to n - 1; n > 0 */
size_t random_length(size_t most);     /* 1 to most, small ones as often as large ones */

/* ---- place.c: a name in the directory of the test, and what is known to be there ---- */

enum place_content
{
    PLACE_NOTHING,
    PLACE_PLAIN,     /* a plain file, or directory */
    PLACE_ENCRYPTED, /* exports as `raw` */
};

struct place
{
    const char        *name;
    const char        *link;     /* a second name of the file while linked, NULL for a directory */
    bool               linked;
    enum place_content content;
    struct bytes       raw;
};

extern struct place file_place, directory_place;

/* Makes of it, by chance, what an import may find: nothing, something plain, what was there, that with two names. */
bool place_prepare(struct place *place);
/* Is there what is known to be there, with nothing beside it? If not, *why says it, diag more of it. */
bool place_holds(struct place *place, const char **why, struct efs_diag *diag);
void place_remove(struct place *place);
void place_free(struct place *place); /* and removes it */

/* ---- round_trip.c ---- */

/* What a stream went through, for the summary. */
struct counts
{
    uint64_t streams, directories, refused, replaced, linked, dropped, cut, cut_accepted, bytes;
};

/* Does everything with one stream. False: *why says what went wrong, diag more of it if it has a rule. */
bool round_trip(const struct frame *frame, struct counts *counts, const char **why, struct efs_diag *diag);
/* Does the object export as `raw`, twice? */
bool exports_as(const char *path, const struct bytes *raw, unsigned int flags, const char **why, struct efs_diag *diag);

#endif
