/*
 * The removal of directories together with the file that holds their streams, as the PE half asks for it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_OPERATIONS_REMOVE_H
#define TESTS_OPERATIONS_REMOVE_H

#include <stdbool.h>

#include "efs/error.h"

/* remove: false: only asks whether it could be done. */
enum efs_error operation_remove(const char *name, bool remove);
/* The Unix half's calls: it asks first, and comes back for what was found then. */
enum efs_error operation_unix_remove(const char *name);
/*
 * Is a file its directory's own container? Asked by its name, by the beginning of that, and by the file. It can't
 * fail; under a fault it says no. EFS_ERROR_COUNT: it says yes of another file.
 */
enum efs_error operation_unix_within(const char *directory, const char *container, const char *other);

#endif
