/*
 * What follows a raw stream on its way out: a reader that checks it, and the removal of its named streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_EXPORT_FILTER_H
#define EFS_EXPORT_FILTER_H

#include "efs/raw.h"

struct export_check
{
    struct efs_raw_reader reader;
    uint64_t              expected_size; /* plain bytes of the unnamed stream, as the file says */
    bool                  directory;     /* has no unnamed stream */
    uint64_t              data_size;     /* as the stream says, so far */
    bool                  unnamed;       /* in that stream */
    bool                  named;         /* in another one, which isn't the $EFS either */
};

/* NULL: no memory. To be freed. */
struct export_check *export_check_new(uint64_t expected_size, bool directory);
void export_check_rewind(struct export_check *check);
/* The next bytes of the stream. EFS_ERR_CORRUPT, with the rule that they break. */
enum efs_error export_check_follow(struct export_check *check, const uint8_t *bytes, size_t length,
                                   struct efs_diag *diag);
/* The stream has ended. */
enum efs_error export_check_end(struct export_check *check, struct efs_diag *diag);

struct export_filter
{
    const uint8_t *input;      /* of the stream, unread */
    size_t         input_left;
    const uint8_t *output;     /* of what was read, to be given out; a record of the reader's, or data in `buffer` */
    size_t         output_left;
    uint8_t        buffer[65536];
};

struct export_filter *export_filter_new(void);
void export_filter_rewind(struct export_filter *filter);
/* Gives out *length bytes, 0 if it needs input. EFS_ERR_CORRUPT as above. */
enum efs_error export_filter_take(struct export_filter *filter, struct export_check *check, uint8_t *out,
                                  size_t capacity, size_t *length, struct efs_diag *diag);

#endif
