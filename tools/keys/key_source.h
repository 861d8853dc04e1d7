/*
 * The options that name a source of keys and what opens it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_KEY_SOURCE_H
#define KEYS_KEY_SOURCE_H

#include <stdbool.h>

#include "efs/keystore.h"

/* Files, so that nothing secret is an argument; each may be NULL. */
struct key_source_options
{
    const char *path;
    const char *password_file; /* its first line */
    const char *nt_hash_file;  /* 32 hexadecimal digits */
    const char *sha1_file;     /* 40 */
    const char *backup_key;    /* of a domain: a PVK file */
    const char *master_file;   /* master keys that another tool has opened: see efs_master_keys_read */
    const char *sid;
    bool        scan;          /* path is a disk, or an image of one, to be searched */
};

enum { OPTION_PASSWORD = 0x100, OPTION_NT_HASH, OPTION_SHA1, OPTION_BACKUP_KEY, OPTION_MASTER, OPTION_SID,
    OPTION_SCAN };

/* For a table of getopt_long's. */
#define KEY_SOURCE_OPTIONS \
    { "password-file", required_argument, NULL, OPTION_PASSWORD }, \
    { "nthash-file", required_argument, NULL, OPTION_NT_HASH }, \
    { "sha1-file", required_argument, NULL, OPTION_SHA1 }, \
    { "backup-key", required_argument, NULL, OPTION_BACKUP_KEY }, \
    { "masterkey-file", required_argument, NULL, OPTION_MASTER }, \
    { "sid", required_argument, NULL, OPTION_SID }

/* False: c isn't one of them. */
bool key_source_option(struct key_source_options *options, int c, const char *argument);

/* With the keyring's password, if one is needed and nothing that opens keys was named. *blame: the file that an error
   is about. */
enum efs_error key_source_open(struct efs_keystore **store, const struct key_source_options *options,
                               const char **blame,
                               struct efs_diag *diag);

/*
 * The same for all of its keys that are usable; where the keyring has no password that opens one, it is asked for on
 * the terminal.
 */
enum efs_error key_source_keys(struct efs_key **key, const struct key_source_options *options, const char **blame,
                               struct efs_diag *diag);

#endif
