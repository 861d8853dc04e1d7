/*
 * The names in a directory of the host, as Windows programs compare them: without regard to case.
 *
 * For a name that isn't there Wine reads the whole directory, each time. A restore of many files into one directory
 * asks just that for each of them; so the names of the last directory are remembered here, and kept up to date by
 * inotify.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_NAMES_H
#define WINEEFS_NAMES_H

#include <stdbool.h>

/*
 * Is there nothing in the directory that has this name in any case? False if there is, or if there is no telling: then
 * Wine is the one to ask. dir_fd: O_PATH will do; name: ASCII, none that Wine could take for a short one ('~').
 * Thread-safe; at most 1 MiB, and one inotify instance, for the whole process.
 */
bool names_is_missing(int dir_fd, const char *name);

#endif
