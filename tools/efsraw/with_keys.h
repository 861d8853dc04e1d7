/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WITH_KEYS_H
#define WITH_KEYS_H

/* The same command line, in efsraw-keys. Returns only if that can't be: an exit status; it has said why. */
int run_with_keys(char **argv);

#endif
