/*
 * efsraw export --pfile: a .PFILE, as Windows keeps encrypted files on FAT and exFAT.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_EXPORT_PFILE_H
#define EFSRAW_EXPORT_PFILE_H

#include "common/output.h"
#include "input.h"

/*
 * Writes it to an output that is a file. Named streams are left out if the flags say so; otherwise, as with what
 * isn't stored as ciphertext, EFS_ERR_UNREPRESENTABLE. *output_failed: an error is the output's.
 */
enum efs_error write_pfile(struct input *input, struct output *output, bool *output_failed, struct efs_diag *diag);

#endif
