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
#include <sys/stat.h>

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
/* The FEK of a $EFS that has just been made: it is known without RSA. Errors: EFS_ERR_NO_MEMORY. */
enum efs_error efs_feks_add(struct efs_feks *feks, const struct efs_metadata *metadata, const struct efs_fek *fek,
                            struct efs_diag *diag);
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
/*
 * The same of an empty file that the caller has just made, as efs_stored_open_new has it, with fek, which is one of
 * feks and held for it: it is unlocked. fd, metadata and fek are taken over, also on failure. writes: it has
 * user.efs.size, and fd, open for reading and writing, is the descriptor for both. Errors: EFS_ERR_NO_MEMORY.
 */
enum efs_error efs_plaintext_open_new(struct efs_plaintext **plaintext, int fd, uint8_t *metadata, uint32_t length,
                                      struct efs_feks *feks, const struct efs_fek *fek, bool writes,
                                      struct efs_diag *diag);
/*
 * For one that nobody reads now: its key is wiped, and its descriptor the caller's, until efs_plaintext_resume gives it
 * one of the same file, which hasn't changed (taken over); then it is to be unlocked again. -1: it is written, or open,
 * or what is known of it is more than a few kilobytes, or named streams; it stays as it is.
 */
int efs_plaintext_park(struct efs_plaintext *plaintext);
void efs_plaintext_resume(struct efs_plaintext *plaintext, int fd);
/* Wipes its keys; nobody may be reading. NULL allowed. */
void efs_plaintext_close(struct efs_plaintext *plaintext);

/* Has the file still the $EFS, the layout and the length with which it was opened? False also for a container. */
bool efs_plaintext_is_current(struct efs_plaintext *plaintext);

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
uint64_t efs_plaintext_find_data(struct efs_plaintext *plaintext, size_t index, uint64_t offset);
/* The first byte at or after `offset` that is known to be zero, as far as that is kept; else the stream's size. */
uint64_t efs_plaintext_find_hole(struct efs_plaintext *plaintext, size_t index, uint64_t offset);

/* ---- writing into it where it is, for its unnamed stream ---- */

/*
 * Overwriting within the size leaves the file's form alone: units are independent of each other. Before the first
 * change of its size the file becomes an open one (docs/representation.md), and stays so until it is ended. A kill, a
 * power cut or an error between any two steps leaves what was written before, and of the change that was going on whole
 * units. These functions may be called by several threads at once, and beside efs_plaintext_pread.
 */

/*
 * fd: a descriptor of the same file, open for reading and writing, which is taken over (closed, also on failure, and if
 * there is one already). The file is unlocked. Nothing changes yet. Errors: EFS_ERR_READ_ONLY_VOLUME: it can't be
 * written where it is, with the reason: a container, named streams, NTFS-3G; EFS_ERR_CHANGED: it isn't the file that
 * was opened any more.
 */
enum efs_error efs_plaintext_make_writable(struct efs_plaintext *plaintext, int fd, struct efs_diag *diag);
bool efs_plaintext_is_writable(struct efs_plaintext *plaintext);

/* Is it a container? efs_convert may make it a file that can be written. */
bool efs_plaintext_is_container(const struct efs_plaintext *plaintext);

/* Plain bytes of the unnamed stream now; 0 without one. */
uint64_t efs_plaintext_size(struct efs_plaintext *plaintext);

/* Is it an open one, so that it has to be ended? */
bool efs_plaintext_is_open(struct efs_plaintext *plaintext);

#define EFS_WRITE_ROOM (2 * EFS_CIPHER_UNIT) /* bytes of a buffer beyond what is written */
/*
 * Writes `length` plain bytes at `offset`, which lie in the buffer at offset % EFS_CIPHER_UNIT; its other bytes are the
 * writer's, length + EFS_WRITE_ROOM in all. No plaintext is in it afterwards. *written is less than length only if
 * there was no room for all of it. Errors: EFS_ERR_INVALID: beyond INT64_MAX; EFS_ERR_DISK_FULL; EFS_ERR_ACCESS:
 * another view writes it; the host's.
 */
enum efs_error efs_plaintext_pwrite(struct efs_plaintext *plaintext, uint64_t offset, uint8_t *buffer, size_t length,
                                    size_t *written, struct efs_diag *diag);
/* Cuts it, or lets it grow by zeros, most of which aren't stored. Errors as above. */
enum efs_error efs_plaintext_set_size(struct efs_plaintext *plaintext, uint64_t size, struct efs_diag *diag);
/* Makes zeros of what there is from `offset` to `end`; whole pieces of 64 KiB aren't stored any more. */
enum efs_error efs_plaintext_clear(struct efs_plaintext *plaintext, uint64_t offset, uint64_t end,
                                   struct efs_diag *diag);
/* What was written is on the disk. */
enum efs_error efs_plaintext_sync(struct efs_plaintext *plaintext, struct efs_diag *diag);

/*
 * Ending, in two steps with a sync of the file, or of its file system, in between: so that many files can share one.
 * The time of its last change stays.
 */
struct efs_plaintext_end
{
    bool        needed;  /* false: it isn't an open one, and all is done */
    uint64_t    changes;
    struct stat st;      /* of the file between the steps */
};
/* EFS_ERR_UNREPRESENTABLE: too much of it was never written for a closed form here. It stays open, which is sound. */
enum efs_error efs_plaintext_begin_end(struct efs_plaintext *plaintext, struct efs_plaintext_end *end,
                                       struct efs_diag *diag);
/* EFS_ERR_CHANGED: it was written meanwhile; it is an open one still. */
enum efs_error efs_plaintext_complete_end(struct efs_plaintext *plaintext, const struct efs_plaintext_end *end,
                                          struct efs_diag *diag);

/* ---- */

/*
 * Makes a plain file of the encrypted one of fd (open for reading, stays the caller's), with all of its streams, under
 * the same name: all or nothing. Its owner, mode, access list, attributes and time stay.
 * Errors: EFS_ERR_UNREPRESENTABLE: it has other names; EFS_ERR_VOLUME: a named stream fits no attribute; of
 * efs_plaintext_open, efs_plaintext_unlock, efs_plaintext_pread and efs_plain_commit.
 */
enum efs_error efs_decrypt_in_place(int fd, const struct efs_key *key, struct efs_diag *diag);
/* The same of a file whose place is known, which no path need lead to; it stays the caller's. NULL: it isn't known. */
struct efs_target;
enum efs_error efs_decrypt_at(int fd, struct efs_target *target, const struct efs_key *key, struct efs_diag *diag);

#endif
