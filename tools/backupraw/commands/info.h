/*
 * What info and verify print of a backup stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUPRAW_INFO_H
#define BACKUPRAW_INFO_H

#include "backupraw/scan.h"

/* One line for each substream. */
void print_parts(const struct scan *scan);
void print_info_text(const struct input *input, const struct scan *scan);
void print_info_json(const struct input *input, const struct scan *scan);

#endif
