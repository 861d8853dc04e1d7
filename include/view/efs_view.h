/*
 * What a view of efsmount and those who are in it say to each other: how a program knows that a file is one of a view,
 * and how it gets the file of the tree below, as it is on the disk.
 *
 * The hint costs nothing: in a view an encrypted file or directory has an odd number of blocks (st_blocks), and nothing
 * else has. Whoever sees one asks the file system for its number, and then the file for EFS_VIEW_ATTRIBUTE. To
 * show files, of a mount that is known to be a view (STATX_MNT_ID_UNIQUE, Linux 6.8) the blocks are enough.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_VIEW_H
#define EFS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the attribute ---- */

/*
 * Every file and directory of a view has it, and no listing names it. Its value is text, words with one blank between:
 *   1                  the version of this form; more words may follow the last one
 *   plain | encrypted
 *   open | closed      can the keys that the view has open it? "closed" of a directory: nothing can be made in it
 *   DEVICE.INODE.GENERATION   which file it is, for a request: three numbers in lower-case hexadecimal digits
 *   PATH               of the daemon's socket, absolute, printable ASCII without blanks
 * The last two are missing where the daemon has no socket. Asking for the value's length alone costs the daemon
 * nothing, and is answered with EFS_VIEW_TEXT_MAX.
 */
#define EFS_VIEW_ATTRIBUTE  "user.view.efs"
#define EFS_VIEW_TEXT_MAX   256 /* bytes; there is no terminator */
#define EFS_VIEW_SOCKET_MAX 108 /* bytes of the path with its terminator: as much as an address has room for */
/* What the socket's own name begins with; its process' number follows. */
#define EFS_VIEW_SOCKET_NAME "view-"

/*
 * Beside it, likewise unlisted: the thumbprints of the view's keys, 40 lower-case hexadecimal digits each, with one
 * blank between, in the order of the keys. Keys without a certificate have none; what is beyond the bound is left out.
 * Without any it is empty.
 */
#define EFS_VIEW_KEYS_ATTRIBUTE "user.view.keys"
#define EFS_VIEW_KEYS_MAX       4096 /* bytes */

/*
 * The attribute can be set to one value, which makes a directory, or an empty file, an encrypted one, for those whom
 * the view makes new files for. A file may be open once, by who asks: what he writes from then on is encrypted. Errors:
 * EACCES: there is no key; EBUSY: somebody else has it open; ENOTEMPTY: it has data; EOPNOTSUPP: the file system can't
 * hold its metadata; EINVAL: another value, or neither a file nor a directory; the host's. What is encrypted stays so.
 */
#define EFS_VIEW_ENCRYPT "encrypt" /* without a terminator */

/* A file of the tree, for as long as somebody has it open, or has just looked it up. */
struct efs_view_file
{
    uint64_t device, inode; /* on the host */
    uint64_t generation;    /* the view's own count, from a random number on */
};

struct efs_view_text
{
    bool                 encrypted, open;
    bool                 reachable; /* the two that follow are there */
    struct efs_view_file file;
    char                 socket[EFS_VIEW_SOCKET_MAX]; /* terminated */
};

/* Returns the value's length. A path that can't be a word is left out. */
size_t efs_view_text_make(char text[EFS_VIEW_TEXT_MAX], const struct efs_view_text *about);
/* False: it isn't of this form, or of another version. What follows the last word doesn't matter. */
bool efs_view_text_read(struct efs_view_text *about, const char *text, size_t length);

/* ---- the socket: SOCK_SEQPACKET, a request and its answer for each connection ---- */

/*
 * Each but the last is answered by a descriptor of the file below, open for reading. A claim lasts until its connection
 * is closed: as long, the file can't be opened in the view (EBUSY), since who asked is going to replace or change it
 * below. Of a directory a claim keeps nobody away.
 */
enum efs_view_operation
{
    EFS_VIEW_READ = 1,       /* EBUSY: somebody writes it in the view */
    EFS_VIEW_CLAIM = 2,      /* EBUSY: somebody has it open there */
    EFS_VIEW_CLAIM_OPEN = 3, /* the same for who has it open there himself, once */
    EFS_VIEW_DONE = 4,       /* by the connection of a claim, which ends: the view shows what is there now. The file
                                doesn't matter, and no descriptor comes with the answer. */
};

/* 0: "EFSv", 4: u32 operation, 8: u64 device, 16: u64 inode, 24: u64 generation; all little-endian */
#define EFS_VIEW_REQUEST_SIZE 32

struct efs_view_request
{
    uint32_t             operation;
    struct efs_view_file file;
};

void efs_view_request_make(uint8_t bytes[EFS_VIEW_REQUEST_SIZE], const struct efs_view_request *request);
bool efs_view_request_read(struct efs_view_request *request, const uint8_t *bytes, size_t length);

/* 0: "EFSv", 4: u32: 0, and one descriptor comes with it (SCM_RIGHTS), or an errno value */
#define EFS_VIEW_ANSWER_SIZE 8

void efs_view_answer_make(uint8_t bytes[EFS_VIEW_ANSWER_SIZE], int err);
bool efs_view_answer_read(int *err, const uint8_t *bytes, size_t length);

#endif
