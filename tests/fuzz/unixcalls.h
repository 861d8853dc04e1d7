/*
 * The target unixcalls: what its files share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_FUZZ_UNIXCALLS_H
#define TESTS_FUZZ_UNIXCALLS_H

#include "../../dlls/wineefs/call/unixlib.h"
#include "fuzz.h"

void call(enum unix_call code, void *params);
void check_result(const struct unix_result *result);

/* A descriptor as Wine hands one over: of a file, a directory, something else, or none. */
int take_descriptor(struct fuzz_input *input);

/* unixcalls_within.c: "dir" becomes a directory with a container of its own, that is asked for, and the directory
 * removed. Any other file or directory may be asked for as well. */
void do_within(struct fuzz_input *input);
void drop_within(void); /* at the end */

#endif
