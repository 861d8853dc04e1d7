/*
 * Key files of the user's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "reader.h"
#include "source.h"

enum efs_error files_collect(struct pieces *pieces, const struct place *place, const char *password,
                             struct efs_diag *diag)
{
    struct names names;
    enum efs_error code = place_names(&names, place, diag);
    size_t i;

    if (code) return code;
    for (i = 0; i < names.count && !code && !pieces->full; i++)
        code = add_file(pieces, PIECE_UNKNOWN, place, names.list[i], NULL, password, diag);
    place_free_names(&names);
    return code;
}

enum efs_error file_collect(struct pieces *pieces, const char *path, const char *password, struct efs_diag *diag)
{
    enum piece_kind kind;
    uint8_t *bytes;
    size_t length;
    enum efs_error code = place_read(NULL, path, KEY_FILE_MAX, &bytes, &length, diag);

    if (code) return code;
    if (!bytes) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "not a file, empty, or longer than any file of keys");
    kind = piece_recognize(bytes, length);
    return pieces_add(pieces, kind, path, NULL, bytes, length, password, diag);
}
