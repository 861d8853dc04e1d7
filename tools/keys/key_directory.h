/*
 * The user's own keys: $XDG_DATA_HOME/wine-efs/keys, or ~/.local/share/wine-efs/keys. A directory that nobody else may
 * enter, with key files as they were given, under the thumbprints of their certificates; what opens them isn't there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_KEY_DIRECTORY_H
#define KEYS_KEY_DIRECTORY_H

#include <stdbool.h>

#include "crypt/keys/walk.h"
#include "efs/key.h"

/* For messages; stays until it is called again. */
const char *key_directory_name(void);
/* Is there such a directory, whatever it is like? */
bool key_directory_exists(void);
/*
 * make: makes it if need be. EFS_ERR_NOT_FOUND: it isn't there, or the user has no home; EFS_ERR_INVALID: somebody
 * else's, or others may enter it. To be closed by place_close.
 */
enum efs_error key_directory_open(struct place *directory, bool make, struct efs_diag *diag);
/* The files in it that may be of keys: their names don't begin with a dot. To be freed by place_free_names. */
enum efs_error key_directory_names(struct names *names, const struct place *directory, struct efs_diag *diag);

/*
 * All keys in it that open, by the password in the file `password_file`, or (NULL) by the keyring's and the user's. A
 * line on standard error for each file that doesn't; the first of these errors if none does. *blame: a file, owned by
 * the directory's functions until they are called again.
 */
enum efs_error key_directory_keys(struct efs_key **key, const char *password_file, const char **blame,
                                  struct efs_diag *diag);

#endif
