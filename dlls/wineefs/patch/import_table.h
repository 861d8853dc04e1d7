/*
 * A module's import table, in this process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_IMPORT_TABLE_H
#define WINEEFS_IMPORT_TABLE_H

#include <windows.h>

/*
 * Leads the module's calls of an import, which is bound to `bound`, to `replacement`, which has the same prototype.
 * *original gets the way to the function itself before the first call can arrive. FALSE, and nothing is changed: no
 * such import by that name, or the table isn't where we know it.
 */
BOOL import_table_replace(HMODULE module, const char *dll, const char *function, FARPROC bound, FARPROC replacement,
                          FARPROC *original);

#endif
