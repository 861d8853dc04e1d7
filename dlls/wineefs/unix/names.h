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

/*
 * If nothing in the directory has this name in any case, its descriptor (O_PATH), which is the caller's. -1 if there is
 * such a name, or no telling: then Wine is the one to ask. dir: Unix path; name: ASCII, none that Wine could take for a
 * short one ('~'). Thread-safe; at most 1 MiB, and one inotify instance, for the whole process.
 */
int names_open_if_missing(const char *dir, const char *name);

#endif
