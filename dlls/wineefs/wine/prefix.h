/*
 * Where this process' prefix is on the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_PREFIX_H
#define WINEEFS_PREFIX_H

/* The folder that has dosdevices in it: a path, in UTF-8, for as long as the process lives. NULL: it isn't known. */
const char *prefix_get_path(void);

#endif
