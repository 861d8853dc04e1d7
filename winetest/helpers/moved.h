/*
 * Plain files in encrypted directories, where they can't be made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_MOVED_H
#define EFS_TEST_MOVED_H

#include "efs_test.h"

/* Makes a new one elsewhere, and moves it there. In files.c */
void move_in(const WCHAR *path, const char *content);

#endif
