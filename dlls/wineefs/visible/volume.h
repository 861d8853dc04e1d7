/*
 * Volumes that are open as devices.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_VOLUME_H
#define WINEEFS_VOLUME_H

#include "wine/nt.h"

/* A Unix descriptor of the root directory of the volume, for the caller to close; -1 if the handle is to no volume. */
int volume_open_root(HANDLE device);

#endif
