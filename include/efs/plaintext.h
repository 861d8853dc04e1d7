/*
 * The plaintext of an encrypted file, in whatever form it is on the host: any part of any of its streams, at any time.
 *
 * A file is opened without a key, which tells its streams and their sizes; with one it is unlocked, and can be read. Of
 * the functions here, efs_plaintext_unlock and _pread may be called by several threads at once.
 *
 * Part of the library efs-plain; needs efs-crypto.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_PLAINTEXT_H
#define EFS_PLAINTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"
#include "efs/error.h"
#include "efs/key.h"
#include "efs/metadata.h"

/* ---- FEKs that have been unwrapped: RSA is what a small file costs ---- */

struct efs_feks; /* of one user's keys; for any number of threads */

/* key: stays the caller's, and has to stay. EFS_ERR_NO_MEMORY */
enum efs_error efs_feks_new(struct efs_feks **feks, const struct efs_key *key, struct efs_diag *diag);
/*
 * The FEK of this $EFS, which is the cache's and stays until it is released: known by the SHA-256 of its encrypted
 * form, else unwrapped. Up to EFS_FEKS_KEPT are kept beyond that. Errors of efs_key_unwrap.
 */
#define EFS_FEKS_KEPT 1024
enum efs_error efs_feks_hold(struct efs_feks *feks, const struct efs_metadata *metadata, const struct efs_fek **fek,
                             struct efs_diag *diag);
void efs_feks_release(struct efs_feks *feks, const struct efs_fek *fek);
/* How often RSA was needed, and how often not. */
void efs_feks_count(struct efs_feks *feks, uint64_t *unwrapped, uint64_t *known);
/* Wipes all; nobody may hold one any more. NULL allowed. */
void efs_feks_free(struct efs_feks *feks);

/* ---- a file ---- */

struct efs_plaintext_stream
{
    const uint8_t *name;        /* UTF-16LE, without colons and type */
    uint32_t       name_length; /* bytes; 0: the unnamed stream */
    uint64_t       size;        /* plain bytes */
    bool           encrypted;   /* false: its bytes are kept as they are */
};

/* a file's; what has more can only be read from its beginning to its end (plain/sequence.h) */
#define EFS_PLAINTEXT_PIECES_MAX 131072

struct efs_plaintext;

/*
 * Takes fd over (closes it, also on failure). All headers of a container, and of what has a layout, are read and
 * checked now. Errors: those of efs_stored_open_fd; EFS_ERR_TYPE: a directory; EFS_ERR_CORRUPT: its raw stream is
 * broken; EFS_ERR_UNREPRESENTABLE: it lies in too many pieces.
 */
enum efs_error efs_plaintext_open(struct efs_plaintext **plaintext, int fd, struct efs_diag *diag);
/* Wipes its keys; nobody may be reading. NULL allowed. */
void efs_plaintext_close(struct efs_plaintext *plaintext);

size_t efs_plaintext_count(const struct efs_plaintext *plaintext);
/* The unnamed stream, if there is one, comes first. */
const struct efs_plaintext_stream *efs_plaintext_stream(const struct efs_plaintext *plaintext, size_t index);
/* The stream of that name (UTF-16LE, in any case of ASCII letters; length 0: the unnamed one). False: there is none. */
bool efs_plaintext_find(const struct efs_plaintext *plaintext, const uint8_t *name, uint32_t length, size_t *index);

/*
 * Takes the FEK, once: from then on encrypted streams can be read. feks has to stay until the file is closed. Errors of
 * efs_key_unwrap; EFS_ERR_METADATA.
 */
enum efs_error efs_plaintext_unlock(struct efs_plaintext *plaintext, struct efs_feks *feks, struct efs_diag *diag);

/*
 * `length` plain bytes from `offset` on; *got is less only at the stream's end, 0 beyond it. Quickest where offset and
 * length are multiples of EFS_CIPHER_UNIT. On failure nothing is left in the buffer. Errors: EFS_ERR_NO_KEY: it isn't
 * unlocked; EFS_ERR_CORRUPT: the file has become shorter; EFS_ERR_NO_MEMORY; the host's.
 */
enum efs_error efs_plaintext_pread(struct efs_plaintext *plaintext, size_t index, uint64_t offset, void *buffer,
                                   size_t length, size_t *got, struct efs_diag *diag);
/* The first byte at or after `offset` that isn't known to be zero; the stream's size if none is. */
uint64_t efs_plaintext_find_data(const struct efs_plaintext *plaintext, size_t index, uint64_t offset);

/*
 * Makes a plain file of the encrypted one of fd (open for reading, stays the caller's), with all of its streams, under
 * the same name: all or nothing. Its owner, mode, access list, attributes and time stay.
 * Errors: EFS_ERR_UNREPRESENTABLE: it has other names; EFS_ERR_VOLUME: a named stream fits no attribute; of
 * efs_plaintext_open, efs_plaintext_unlock, efs_plaintext_pread and efs_plain_commit.
 */
enum efs_error efs_decrypt_in_place(int fd, const struct efs_key *key, struct efs_diag *diag);

#endif
