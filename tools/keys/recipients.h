/*
 * The options that name certificates: whom something is encrypted for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_RECIPIENTS_H
#define KEYS_RECIPIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "efs/certificate.h"

/* Options of getopt_long's that have no letter, beside those of key_source.h. */
enum { OPTION_FOR = 0x300, OPTION_RECOVERY };

#define RECIPIENT_OPTIONS \
    { "for", required_argument, NULL, OPTION_FOR }, \
    { "recovery", required_argument, NULL, OPTION_RECOVERY }

struct recipient
{
    const char             *path;          /* of the file with the certificate; "-" for standard input. Of an agent
                                              also a Wine prefix: the agents of its policy take this one's place */
    const char             *password_file; /* of a PFX; NULL: asked for on the terminal if it needs one */
    struct efs_certificate *certificate;
    struct stat             st;            /* what the file is */
};

struct recipients
{
    struct recipient *users, *agents; /* owned */
    uint32_t          user_count, agent_count;
    struct recipient *last;           /* that was named: a password belongs to it */
};

/* Takes one of RECIPIENT_OPTIONS, whose argument is optarg. As a tool_option (common/tool.h). */
int recipients_option(struct recipients *recipients, const char *command, int c);
/* How many of them come from standard input. */
int recipients_from_stdin(const struct recipients *recipients);
/*
 * Reads all certificates, and warns of those that are expired or for another purpose. *blame: the file that an error is
 * about.
 */
enum efs_error recipients_load(struct recipients *recipients, const char **blame, struct efs_diag *diag);
/* The certificates of a list alone; to be freed with free(). NULL: out of memory. */
const struct efs_certificate **recipients_list(const struct recipient *list, uint32_t count);
void recipients_free(struct recipients *recipients);

#endif
