/*
 * The Unix half's calls that move the data of a file which BackupRead and BackupWrite are in the midst of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <unistd.h>

static void answer_transfer(struct transfer_params *params, ssize_t done)
{
    params->error = done < 0 ? errno : 0;
    params->length = done < 0 ? 0 : (uint32_t)done;
}

void call_data_open(struct fd_params *params)
{
    params->result = (uint32_t)take_fd(params->fd);
}

void call_data_read(struct transfer_params *params)
{
    ssize_t done;

    do done = pread(params->fd, from_u64(params->buffer), params->length, (off_t)params->offset);
    while (done < 0 && errno == EINTR);
    answer_transfer(params, done);
}

void call_data_write(struct transfer_params *params)
{
    ssize_t done;

    do done = pwrite(params->fd, from_u64(params->buffer), params->length, (off_t)params->offset);
    while (done < 0 && errno == EINTR);
    answer_transfer(params, done);
}
