/*
 * feclient.dll's raw functions lead here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_FECLIENT_H
#define WINEEFS_FECLIENT_H

/* Once, when the DLL is loaded. */
void feclient_install(void);

#endif
