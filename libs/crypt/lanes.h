/*
 * AES-256-CBC encryption of many units side by side, with Intel's Multi-Buffer library where the build has it.
 *
 * In CBC each block waits for the one before, so one unit keeps a processor's AES units nearly idle. Units are
 * independent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CIPHER_LANES_H
#define EFS_CIPHER_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"

#define LANES_MAX 64 /* units in one call */

struct lanes;

#ifdef HAVE_IPSEC_MB
/* NULL if there is no memory, or the processor isn't one that the library knows: then units are encrypted one by
   one. */
struct lanes *lanes_open(const uint8_t key[32]);
void lanes_close(struct lanes *lanes); /* wipes the key schedule */
/* In place: count units, each with its own IV. */
bool lanes_encrypt(struct lanes *lanes, uint8_t *data, const uint8_t (*ivs)[16], unsigned int count);
#else
static inline struct lanes *lanes_open(const uint8_t key[32])
{
    (void)key;
    return NULL;
}

static inline void lanes_close(struct lanes *lanes)
{
    (void)lanes;
}

static inline bool lanes_encrypt(struct lanes *lanes, uint8_t *data, const uint8_t (*ivs)[16], unsigned int count)
{
    (void)lanes;
    (void)data;
    (void)ivs;
    (void)count;
    return false;
}
#endif

#endif
