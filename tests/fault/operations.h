/*
 * Whole imports, exports and looks, as efsraw, the sessions and the PE half make them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_OPERATIONS_H
#define TESTS_OPERATIONS_H

#include <stdbool.h>

#include "lib/build.h"
#include "efs/error.h"

/* by_fd: as the Unix half does it for a file that Wine has opened. */
enum efs_error operation_import(const char *name, const struct build *stream, bool directory, bool by_fd);
/* EFS_ERROR_COUNT if it isn't what is expected; so below. */
enum efs_error operation_plain(const char *name);
enum efs_error operation_export(const char *name, const struct build *expected);
/* Without the named streams: what is left is a beginning of all. */
enum efs_error operation_export_dropping(const char *name, const struct build *all);

/* The Unix half's calls, as the PE half makes them. */
enum efs_error operation_unix_import(const char *name, const struct build *stream, bool by_fd);
enum efs_error operation_unix_import_new(const char *name, const struct build *stream);
enum efs_error operation_unix_export(const char *name, const struct build *expected);
enum efs_error operation_unix_looks(void);
enum efs_error operation_unix_strips(void);

#endif
