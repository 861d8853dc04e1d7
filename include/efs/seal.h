/*
 * Encrypting: a new $EFS with a new key, and plaintext that becomes an EFS raw stream, as Windows would export it.
 *
 * What comes out goes to whoever wants it: an import session makes an encrypted file of it, all or nothing
 * (efs/session.h), a file keeps it as a raw stream. The plaintext is in locked memory until it is encrypted, and
 * nowhere else.
 *
 * Part of the library efs-plain; needs efs-crypto.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_SEAL_H
#define EFS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/certificate.h"
#include "efs/error.h"

/* Who will be able to decrypt. One certificate twice in a list counts once. */
struct efs_seal_readers
{
    const struct efs_certificate * const *users; /* at least one */
    uint32_t                              user_count;
    const struct efs_certificate * const *agents; /* recovery agents */
    uint32_t                              agent_count;
};

/*
 * Writes the $EFS (MS-EFSR 2.2.2; version 2, as Windows writes it for RSA and AES) with which they open the FEK. out:
 * room for `capacity` bytes, of which EFS_METADATA_MAX are always enough. id: EFS_ID. EFS_ERR_INVALID: no user, more
 * than EFS_METADATA_USERS_MAX in a list, or more than fit; errors of efs_certificate_wrap.
 */
enum efs_error efs_seal_make_metadata(uint8_t *out, size_t capacity, size_t *length, const uint8_t id[16],
                                      const struct efs_fek *fek, const struct efs_seal_readers *readers,
                                      struct efs_diag *diag);

/*
 * The same with a FEK and an EFS_ID of its own, for a file that will be written in place (efs/plaintext.h), or a
 * directory. feks: gets the FEK; NULL: nobody does.
 */
struct efs_feks;
enum efs_error efs_seal_make_new(uint8_t *out, size_t capacity, size_t *length,
                                 const struct efs_seal_readers *readers, struct efs_feks *feks, struct efs_diag *diag);

struct efs_seal;

/* Gets the raw stream, piece by piece. */
typedef enum efs_error (*efs_seal_sink)(void *context, const void *bytes, size_t length, struct efs_diag *diag);

/*
 * Begins a raw stream with a FEK and an EFS_ID of its own; the sink gets its head. readers: not needed any longer.
 * Errors: of efs_seal_make_metadata, of efs_cipher_open, the sink's.
 */
enum efs_error efs_seal_begin(struct efs_seal **seal, const struct efs_seal_readers *readers, efs_seal_sink sink,
                              void *context, struct efs_diag *diag);

/*
 * Begins the next encrypted stream: the unnamed one comes first (name NULL), then named ones. name: UTF-16LE, without
 * colons and type, `length` bytes. sparse: it may have holes, and says so. EFS_ERR_INVALID: a name that is too long.
 */
enum efs_error efs_seal_begin_stream(struct efs_seal *seal, const uint8_t *name, size_t length, bool sparse,
                                     struct efs_diag *diag);
/* Where the next plaintext of the stream is to be put: *room is at least one byte, at most EFS_RAW_TRANSFER. */
uint8_t *efs_seal_get_room(struct efs_seal *seal, size_t *room);
/* `length` bytes, at most the room, have been put there. The sink's errors. */
enum efs_error efs_seal_add(struct efs_seal *seal, size_t length, struct efs_diag *diag);
/*
 * The next `length` bytes are zeros. In a stream that was begun as sparse, those of them that are whole units of
 * EFS_RAW_TRANSFER at multiples of it aren't stored; all others are encrypted.
 * EFS_ERR_INVALID: the stream would be longer than INT64_MAX.
 */
enum efs_error efs_seal_add_hole(struct efs_seal *seal, uint64_t length, struct efs_diag *diag);
/* The stream has all its bytes. */
enum efs_error efs_seal_end_stream(struct efs_seal *seal, struct efs_diag *diag);
/* Wipes key and plaintext, whatever state it is in; NULL allowed. */
void efs_seal_free(struct efs_seal *seal);

#define EFS_SEAL_HOLES 1u /* holes of the file stay holes, where they are large enough */

/*
 * Adds all streams of the plain file fd (open for reading, stays the caller's) from its beginning: the content, then
 * each alternate stream (efs/beside.h; of a file on NTFS-3G, its user attributes), in NTFS' order. What isn't a regular
 * file is read to its end. flags: EFS_SEAL_*. *named: how many alternate streams there were.
 * Errors: EFS_ERR_TYPE: a directory; EFS_ERR_CHANGED: it changed meanwhile; EFS_ERR_UNREPRESENTABLE: too many streams;
 * the host's; the sink's.
 */
enum efs_error efs_seal_file(struct efs_seal *seal, int fd, unsigned int flags, uint32_t *named,
                             struct efs_diag *diag);

/*
 * Makes an encrypted file of the plain one of fd (open for reading, stays the caller's), with all of its streams, under
 * the same name: all or nothing. Its owner, mode, access list and time stay; its old content is overwritten, once the
 * new file's name is on the disk, which helps where the file system writes in place. A directory is marked: what is in
 * it stays as it is. Killed just after it, streams in files (efs/beside.h) may be left beside.
 * Errors: EFS_ERR_UNREPRESENTABLE: it has other names; EFS_ERR_INVALID: it is another user's; EFS_ERR_CHANGED; of
 * efs_seal_begin, efs_seal_file and efs_import_commit. What is encrypted already would be encrypted twice: the caller
 * knows that it isn't.
 */
enum efs_error efs_encrypt_in_place(int fd, const struct efs_seal_readers *readers, struct efs_diag *diag);
/* The same of a file whose place is known, which no path need lead to; it stays the caller's. NULL: it isn't known. */
struct efs_target;
enum efs_error efs_encrypt_at(int fd, struct efs_target *target, const struct efs_seal_readers *readers,
                              struct efs_diag *diag);

#endif
