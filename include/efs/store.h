/*
 * The file store: what an EFS-encrypted file is on the host (docs/representation.md).
 *
 * Split form, as an NTFS-3G mount with efs_raw shows it: the content is the ciphertext, padded to a
 * multiple of 512, then a little-endian u16, the number of padding bytes; an empty file is empty.
 * $EFS is in the extended attribute user.ntfs.efsinfo. A directory has the attribute alone. Where the
 * raw stream isn't the one that efs_raw_writer makes, user.efs.layout says what it looks like.
 *
 * Container form, for what the split form can't hold: the content is the raw stream, padded and closed in
 * the same way; user.efs.container marks it. A directory's container is such a file within it, which the directory's
 * own mark names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_STORE_H
#define EFS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "efs/error.h"

#define EFS_STORE_XATTR     "user.ntfs.efsinfo"
#define EFS_STORE_LAYOUT    "user.efs.layout"
#define EFS_STORE_LAYOUT2   "user.efs.layout2" /* of directories: see docs/representation.md */
#define EFS_STORE_CONTAINER "user.efs.container"
/* on a file in the open form, which a view writes or was writing: u64, little-endian, plain bytes */
#define EFS_STORE_SIZE      "user.efs.size"
/* on the directory of a view: there may be files in the open form below */
#define EFS_STORE_VIEW      "user.efs.view"
/* on a file that is being rewritten in place: which journal is its own */
#define EFS_STORE_REWRITE   "user.efs.rewrite"
#define EFS_STORE_SPARSE    "user.efs.sparse"  /* of plain files: a Windows program has marked it (FSCTL_SET_SPARSE) */
#define EFS_STORE_WRITABLE  "user.efs.writable" /* of what a Windows program made read-only: who else could write it */
#define EFS_STORE_DESCRIPTOR "user.wine.sd" /* the Windows security descriptor, in wine-staging's name and form */
#define EFS_STORE_DESCRIPTOR_MARK "user.efs.sd" /* to which mode and descriptor that belongs; see backup/security.h */

enum efs_form
{
    EFS_FORM_SPLIT,     /* also on NTFS-3G */
    EFS_FORM_CONTAINER,
};

/* ---- reading: an encrypted file or directory that is there ---- */

struct efs_stored
{
    int           fd;        /* owned; of a directory in container form that of the file within it */
    bool          directory;
    bool          open;      /* split form, and open: user.efs.size says how long it is, a layout counts for nothing */
    enum efs_form form;
    const struct form *kind; /* the store's own */
    uint64_t      data_size; /* plain bytes of the unnamed stream */
    uint64_t      content_length; /* bytes without what pads and closes them: ciphertext, or raw stream */
    uint8_t      *metadata;  /* $EFS, owned */
    uint32_t      metadata_length;
    uint8_t      *layout;    /* owned; NULL: the stream is the one that efs_raw_writer makes, or it is a container */
    uint32_t      layout_length;
    unsigned int  absent;    /* the store's own: attributes that weren't there when it was opened, a bit each */
    /* named streams, on an NTFS-3G mount: their attributes, each terminated; owned, NULL: none */
    char         *streams;
    size_t        streams_length;
};

/*
 * Takes fd over (closes it, also on failure) and checks that data and metadata fit together.
 * Errors: EFS_ERR_NOT_ENCRYPTED, EFS_ERR_CORRUPT, EFS_ERR_NO_MEMORY, EFS_ERR_VOLUME (encrypted, on an NTFS-3G mount
 * without efs_raw), the host's.
 */
enum efs_error efs_stored_open_fd(struct efs_stored *stored, int fd, struct efs_diag *diag);
/* The same by name. Also EFS_ERR_NOT_FOUND, EFS_ERR_PATH_NOT_FOUND, EFS_ERR_ACCESS. */
enum efs_error efs_stored_open(struct efs_stored *stored, const char *path, struct efs_diag *diag);
/*
 * The same of an empty file that the caller has just made, in split form, and that nothing need be asked of: with this
 * $EFS (allocated) as its attribute. open: and with user.efs.size, which is 0. Takes both over; can't fail.
 */
void efs_stored_open_new(struct efs_stored *stored, int fd, uint8_t *metadata, uint32_t length, bool open);
void efs_stored_close(struct efs_stored *stored);
/* The form in one word, and in a few for people. */
const char *efs_form_name(const struct efs_stored *stored);
const char *efs_form_description(const struct efs_stored *stored);
/* Is its raw stream the one that efs_raw_writer makes of $EFS and size? */
bool efs_stored_is_canonical(const struct efs_stored *stored);

/* ---- what killed imports have left ---- */

/*
 * Removes what killed imports have left in a directory: files and empty directories named ".efs-import-" and 16
 * hexadecimal digits which no living import holds. dir_fd may be an O_PATH descriptor. Returns how many. The imports
 * do it by themselves where they need such a name, once for several in a row into one directory.
 */
unsigned int efs_sweep(int dir_fd);
/* Has the name that form? */
bool efs_is_stage_name(const char *name);
/*
 * Killed restores of efsbackup leave files, too, which efs_sweep removes: "efsbackup-" and 24 hexadecimal digits, with
 * no other name, the caller's own, and held by nobody, on the host or under Wine.
 */
bool efs_is_backup_name(const char *name);

/* ---- files that were being rewritten in place when the import was killed ---- */

/* Is it a journal's name: ".efs-rewrite-" and 16 hexadecimal digits? */
bool efs_is_rewrite_name(const char *name);
enum efs_rewrite_state
{
    EFS_REWRITE_GONE,     /* there is no such name any more */
    EFS_REWRITE_RUNNING,  /* an import holds it */
    EFS_REWRITE_PENDING,  /* its file is a mix, and can be repaired by it */
    EFS_REWRITE_UNNEEDED, /* its file is whole */
    /* its file isn't there under its name, or it isn't one that can be trusted: left to the user */
    EFS_REWRITE_LOST,
    EFS_REWRITE_REPAIRED, /* the file is the new one, or was whole; and the journal has gone */
};
/*
 * What has become of a rewriting. repair: does what can be done; EFS_REWRITE_PENDING then: it failed, *diag says why
 * (NULL allowed), and it can be done again. The journal has to be of the file's owner or the caller's own.
 */
enum efs_rewrite_state efs_rewrite_check(int dir_fd, const char *name, bool repair, struct efs_diag *diag);
/* Repairs the file of fd (O_PATH will do), which has a name in that directory, if it is marked and its journal is
   there. */
enum efs_rewrite_state efs_rewrite_repair(int dir_fd, int fd, struct efs_diag *diag);

/* ---- files that a view was writing when it was killed: the open form ---- */

enum efs_open_state
{
    EFS_OPEN_NOT,     /* it isn't in the open form */
    EFS_OPEN_RUNNING, /* a view writes it */
    EFS_OPEN_LEFT,    /* a view that was killed has left it so */
    EFS_OPEN_NEEDS_KEY, /* the same; and a part of it was never written in a way that only its key's owner can mend */
    EFS_OPEN_CLOSED,  /* it was left so, and is closed now */
};
/*
 * What a killed view has left of the file of fd (O_PATH will do). close: closes it, as far as that can be done without
 * its key; EFS_OPEN_LEFT then: it failed, *diag says why (NULL allowed), and it can be done again. In the open form it
 * can be read all the same. The time of its last change stays.
 */
enum efs_open_state efs_open_check(int fd, bool close, struct efs_diag *diag);

/* The same for one such name of a staging file: has a killed import left it there? remove: and is it removed now? */
bool efs_sweep_one(int dir_fd, const char *name, bool remove);
/* For one of efsbackup's. */
bool efs_sweep_backup(int dir_fd, const char *name, bool remove);
/*
 * The same for a name that a directory's container may have (efs_is_container_name): false also if it is the
 * directory's own, or isn't one at all. Imports into the directory do it by themselves.
 */
bool efs_sweep_container(int dir_fd, const char *name, bool remove);

/* ---- for who shows and removes directories ---- */

/*
 * Is it the directory's own container: named by its mark, and a file in container form? length: bytes of the name that
 * are known; where they aren't all, there must be no other name that it could be.
 */
bool efs_container_is_own(int dir_fd, const char *name, size_t length);
/*
 * Removes a directory that has nothing in it but its own container, with that. All or nothing: a kill in between leaves
 * the directory as it was, or staging files that a sweep removes. Only with `remove`; else it says whether it could be
 * done, and does nothing. EFS_ERR_NOT_ENCRYPTED: it has no container; EFS_ERR_EXISTS: there is more in it;
 * EFS_ERR_ACCESS, EFS_ERR_CHANGED: an import is at work on it; the host's.
 */
enum efs_error efs_directory_remove(int dir_fd, bool remove, struct efs_diag *diag);

#endif
