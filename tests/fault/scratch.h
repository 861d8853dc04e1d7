/*
 * A directory for the fault tests, and a picture of all that is in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stdbool.h>

#include "lib/build.h"

/* Ends the program, with what didn't hold. */
#define MUST(condition) do { if (!(condition)) must_fail(__FILE__, __LINE__, #condition); } while (0)
_Noreturn void must_fail(const char *file, int line, const char *condition);

/* Makes the process's scratch directory the working one; in memory where that file system keeps user attributes, since
 * these tests make and drop thousands of files. In EFS_FAULT_DIR if it is set. Removed at exit. */
void scratch_begin(void);
/* Empties it. */
void scratch_clear(void);

void scratch_write(const char *name, const void *data, size_t length);
void scratch_attribute(const char *name, const char *attribute, const void *value, size_t length);

/* Leaves out what an import's staging files and journals are named; else all is shown. */
extern bool scratch_hide_litter;

/* All names, kinds, modes, owners, links, contents and user attributes as one text; two pictures of the same state are
 * equal. The caller frees it with build_free. */
struct build scratch_picture(void);
bool same_picture(const struct build *a, const struct build *b);
void scratch_print(const char *title, const struct build *picture);

/* Removes what killed imports have left, and repairs what they were rewriting. */
void scratch_sweep(void);
/* The part of it that is within the directory "dir". */
void scratch_sweep_containers(void);

/* Open descriptors of the process. */
unsigned int scratch_descriptors(void);

#endif
