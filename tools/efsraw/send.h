/*
 * The raw stream of an encrypted file to an output without a copy of its content in this process: the kernel takes it
 * from the pages that hold the file, as cp's copy_file_range has it do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_SEND_H
#define EFSRAW_SEND_H

#include "common/output.h"
#include "input.h"

/* Can it be sent? A file that is in the ordinary form, and whose content is there as a whole. */
bool can_send(struct input *input, struct efs_diag *diag);
/* The whole stream. *output_failed: an error was the output's. Errors as of input_read and output_write. */
enum efs_error send_stream(struct input *input, struct output *output, bool *output_failed, struct efs_diag *diag);

#endif
