/*
 * Decrypting on all processors: buffers are filled one after the other, decrypted side by side, and come back in order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_POOL_H
#define EFSRAW_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"

#define POOL_BUFFER 262144u /* bytes, a multiple of EFS_CIPHER_UNIT: two of them stay in a processor's own cache */

struct pool;

/* What becomes of a decrypted buffer; start: its offset in the stream. Called by pool_submit and pool_drain, in their
   thread. */
typedef enum efs_error (*pool_write_fn)(void *context, uint64_t start, const uint8_t *data, size_t length,
                                        struct efs_diag *diag);

/* At most 18 buffers; threads come with the second one. Errors of efs_cipher_open. */
enum efs_error pool_begin(struct pool **pool, const struct efs_fek *fek, pool_write_fn write, void *context,
                          struct efs_diag *diag);
/* The buffer to be filled now. */
uint8_t *pool_buffer(struct pool *pool);
/* It holds `length` bytes, a multiple of EFS_CIPHER_UNIT, of which the first `valid` are wanted. */
enum efs_error pool_submit(struct pool *pool, uint64_t start, size_t length, size_t valid, struct efs_diag *diag);
/* Until all that was submitted is written. */
enum efs_error pool_drain(struct pool *pool, struct efs_diag *diag);
/* Ends the threads and wipes the buffers, whatever state they are in. */
void pool_free(struct pool *pool);

#endif
