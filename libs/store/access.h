/*
 * Who may read what replaces another file, where that file's group can't be kept; and who may read a new one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_ACCESS_H
#define EFS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ACCESS_LIST  "system.posix_acl_access"
#define DEFAULT_LIST "system.posix_acl_default" /* of a directory */
#define LIST_ROOM    65536                      /* bytes; Linux takes no longer attribute */

/*
 * The mode of a file that has to go to another group: nobody gets a right that he hadn't. The old group's members are
 * others now, and the new one's were: each class gets what both had.
 */
mode_t access_without_group(mode_t mode);

/*
 * The same for an access control list, as Linux gives it in system.posix_acl_access: the owning group gets nothing,
 * everybody else what he had, and others, among whom the old group's members are, what both had. *mode: of the file;
 * its bits for group (the mask) and others are made those of the list. A list without these entries, which the kernel
 * gives for no file, is left alone, but the mode gets no bits for group and others, the mask neither.
 */
void access_list_without_group(uint8_t *list, size_t length, mode_t *mode);

/*
 * The permission bits of a file that is made with `mode` where a directory has this default list. *masked: those for
 * the group are the list's mask, and mean something else on a file without a list. 0 if it isn't a list.
 */
mode_t access_of_new(const uint8_t *list, size_t length, mode_t mode, bool *masked);

#endif
