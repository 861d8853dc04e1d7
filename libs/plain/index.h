/*
 * The streams of an encrypted file, and where their bytes are in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_INDEX_H
#define PLAIN_INDEX_H

#include "efs/plaintext.h"
#include "efs/store.h"
#include "extents.h"

struct indexed_stream
{
    struct efs_plaintext_stream about;    /* its name is owned */
    struct extents              extents;
    const char                 *attribute; /* on an NTFS-3G mount: what a named stream is in; else NULL */
};

struct stream_index /* zeros: none */
{
    struct indexed_stream *streams; /* owned */
    size_t                 count, capacity;
    size_t                 budget;  /* of runs */
};

/*
 * Of a file: by what `stored` says, and by all headers of its raw stream where it has some. To be freed also on
 * failure. Errors as of efs_plaintext_open.
 */
enum efs_error index_file(struct stream_index *index, const struct efs_stored *stored, struct efs_diag *diag);
void index_free(struct stream_index *index);

#endif
