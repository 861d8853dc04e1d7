/*
 * Who may read what replaces another file, where that file's group can't be kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_ACCESS_H
#define EFS_ACCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The mode of a file that has to go to another group: nobody gets a right that he hadn't. The old group's members are others
 * now, and the new one's were: each class gets what both had.
 */
mode_t access_without_group(mode_t mode);

/*
 * The same for an access control list, as Linux gives it in system.posix_acl_access: the owning group gets nothing, everybody else
 * what he had, and others, among whom the old group's members are, what both had. *mode: of the file; its bits for group
 * (the mask) and others are made those of the list. A list without these entries, which the kernel gives for no file, is left
 * alone, but the mode gets no bits for group and others, the mask neither.
 */
void access_list_without_group(uint8_t *list, size_t length, mode_t *mode);

#endif
