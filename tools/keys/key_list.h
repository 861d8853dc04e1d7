/*
 * The options --key, and what belongs to each: all keys that a command is to try.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_KEY_LIST_H
#define KEYS_KEY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "efs/key.h"
#include "key_source.h"

#define KEY_LIST_MAX   16
#define KEY_LIST_FILES 3 /* of each: key, password, certificate */

struct key_list
{
    struct
    {
        struct key_source_options source;
        const char               *cert;
    }
    keys[KEY_LIST_MAX];
    size_t      count;
    bool        all; /* those of the user's own directory, too; without a --key it is these anyway */
    struct stat files[KEY_LIST_MAX * KEY_LIST_FILES]; /* those that were read, which no output may replace */
    size_t      file_count;
};

enum { OPTION_KEY = 0x200, OPTION_CERT, OPTION_ALL };

/* For a table of getopt_long's. What opens a key belongs to the --key before it; before the first, to that. */
#define KEY_LIST_OPTIONS \
    { "key", required_argument, NULL, OPTION_KEY }, \
    { "cert", required_argument, NULL, OPTION_CERT }, \
    { "all", no_argument, NULL, OPTION_ALL }, \
    KEY_SOURCE_OPTIONS

/* False: c isn't one of them, or (*full) there are too many keys. */
bool key_list_option(struct key_list *list, int c, const char *argument, bool *full);
/* Is there no key to be had: neither a --key, nor a directory of the user's own? */
bool key_list_is_empty(const struct key_list *list);
#define KEY_LIST_FULL "at most %d keys; a directory of key files can have more" /* KEY_LIST_MAX */
#define KEY_LIST_NEEDED "--key is needed; without, there have to be keys of your own (efsraw keys add)"
/* How many of its files are standard input. */
unsigned int key_list_stdin(const struct key_list *list);
/* Reads all; asks for passwords that are missing. *blame: the file that an error is about. */
enum efs_error key_list_load(struct key_list *list, struct efs_key **key, const char **blame, struct efs_diag *diag);

#endif
