/*
 * A conversation with a view's daemon, step by step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef DOOR_ASK_H
#define DOOR_ASK_H

#include "efs/error.h"
#include "view/efs_view.h"

/* What the view says of a file in it. EFS_ERR_UNREPRESENTABLE: in another version; the host's. */
enum efs_error ask_read_attribute(int fd, struct efs_view_text *about, struct efs_diag *diag);
/* *socket: to be closed. EFS_ERR_UNREPRESENTABLE: it has none; EFS_ERR_ACCESS: another user's; the host's. */
enum efs_error ask_connect(const struct efs_view_text *about, int *socket, struct efs_diag *diag);
enum efs_error ask_send(int socket, const struct efs_view_request *request, struct efs_diag *diag);
/*
 * The answer, after DOOR_TIMEOUT at most. *below: the file's descriptor, -1 on failure; NULL: none has to come.
 * EFS_ERR_CHANGED: it is in use in the view; EFS_ERR_IO: no answer, or one that isn't right; the host's.
 */
enum efs_error ask_receive(int socket, const struct efs_view_file *file, int *below, struct efs_diag *diag);

#endif
