/*
 * Texts for the EFS codes, which Wine's FormatMessage has none for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_MESSAGES_H
#define WINEEFS_MESSAGES_H

/* Once, when the DLL is loaded. */
void messages_install(void);

#endif
