/*
 * efsraw keys add, list, remove: the directory of the user's own keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_KEYS_OWN_H
#define EFSRAW_KEYS_OWN_H

/* The command of that name; NULL: it is none of the three, but a source. */
int (*keys_own_command(const char *word))(int argc, char **argv);

#endif
