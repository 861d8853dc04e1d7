/*
 * What reading and writing of an encrypted file share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_PLAINTEXT_INTERNAL_H
#define PLAIN_PLAINTEXT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "efs/plaintext.h"
#include "index.h"

#define IDLE_MAX 16 /* ciphers that wait for a thread */

struct efs_plaintext
{
    struct efs_stored     stored;
    struct stream_index   index;
    pthread_mutex_t       lock; /* for the next four */
    struct efs_feks      *feks;
    const struct efs_fek *fek;  /* held; NULL: locked */
    struct efs_cipher    *idle[IDLE_MAX];
    unsigned int          idle_count;
    /* Taken before `lock`: held for reading while content is read, for writing while content, size or form change. */
    pthread_rwlock_t      content;
    int                   writing; /* a descriptor for it, which may be the stored one; -1: none */
    bool                  left;    /* a killed view has left it open */
    bool                  held;    /* it is open, and locked by us. stored.open: that is how it is to be read */
    bool                  holes;   /* there may be units that were never written */
    uint64_t              changes; /* grows with each */
    _Atomic uint64_t      size;    /* of the unnamed stream, the same as in `index` */
};

/* One cipher for the caller alone, until it is put back. EFS_ERR_NO_KEY: it isn't unlocked. */
enum efs_error plaintext_get_cipher(struct efs_plaintext *plaintext, struct efs_cipher **cipher, struct efs_diag *diag);
void plaintext_put_cipher(struct efs_plaintext *plaintext, struct efs_cipher *cipher);
/* As efs_cipher_decrypt, and what was never written becomes zeros. */
enum efs_error plaintext_decrypt_open(struct efs_cipher *cipher, uint64_t offset, uint8_t *units, size_t length);

#endif
