/*
 * A directory for a test, and whole imports and exports in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include "build.h"
#include "efs/session.h"

/* cmocka's setup and teardown of each test: `dir` is new and empty. */
extern char dir[64];
int make_dir(void **state);
int drop_dir(void **state);

char *in_dir(const char *name); /* the path; a few at a time are valid */
unsigned int count_entries(void);
void write_plain(const char *path, const char *text);
void read_file(const char *path, struct build *b);
void assert_content(const char *path, const char *text);

/* Imports `stream` in pieces of 1 to `most` bytes. */
enum efs_error import(const char *path, const struct build *stream, size_t most, bool directory, struct efs_diag *diag);
/* Exports in pieces of `most` bytes. */
enum efs_error export(const char *path, struct build *stream, size_t most);
void assert_exports(const char *path, const struct build *expected, size_t most);

#endif
