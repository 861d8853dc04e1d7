/*
 * What a plain file or directory of the host has beside its content: alternate streams and extended attributes of
 * Windows' (docs/backup.md).
 *
 * An alternate stream is an attribute in Samba's form (backup/host_names.h; the value, and a NUL behind it) or, where
 * that is too small, a file "FILE:NAME" in the same directory. Such a file is a stream only if it is marked: it has the
 * number in its user.efs.stream that FILE has in its user.efs.streams, FILE's owner, and no other name. So a Linux
 * user's own "a:b" is never taken for one, moved or removed, and a file without the number has no streams beside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_BESIDE_H
#define EFS_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/host_names.h"
#include "efs/error.h"
#include "efs/store.h"

/*
 * Marks of 10 bytes: u8 1 (version), u8 0 or 1, u64 number. A file gets one with its first stream, while there is room
 * for it; 1: it has streams in files, 0: it has none so far. On these files: 1.
 */
#define EFS_BESIDE_OWNER  "user.efs.streams"
#define EFS_BESIDE_STREAM "user.efs.stream"
#define EFS_BESIDE_MARK   10

/* Whose streams are meant. All of it stays the caller's, and has to stay. */
struct efs_owner
{
    int         fd;     /* open for reading: a plain file, or a directory */
    int         dir_fd; /* the directory that it is in; O_PATH will do. -1: no files beside, attributes alone */
    const char *name;   /* its name there, or the one that it is about to get */
    uint64_t    replaces; /* the number of the file in whose place it is about to go (efs_streams_number); 0: none */
};

/*
 * The owner that fd is, which stays the caller's: the directory that it is in and its name there are found, and go into
 * *place, to be closed with efs_target_close. It has none if it is a root or has lost its name: dir_fd is -1 then.
 * EFS_ERR_NO_MEMORY, the host's.
 */
enum efs_error efs_owner_open(struct efs_owner *owner, struct efs_target *place, int fd, struct efs_diag *diag);

/* Where a stream is kept. */
enum efs_home
{
    EFS_HOME_ATTRIBUTE,
    EFS_HOME_FILE,
};

struct efs_stream_info
{
    uint8_t       name[BSTREAM_NAME_BYTES]; /* UTF-16LE, without colons and type */
    size_t        name_length;              /* bytes */
    uint64_t      size;                     /* bytes of data */
    enum efs_home home;
    char          host[HOST_NAME_SIZE];     /* the attribute, or the name in the directory */
};

/* ---- looking ---- */

/* Is it a plain file or a directory, on a file system that keeps user attributes, and that isn't NTFS-3G, which keeps
   streams in another form? fd: open for anything but O_PATH. */
bool efs_beside_is_kept(int fd);

typedef enum efs_error efs_stream_visit(void *context, const struct efs_stream_info *info, struct efs_diag *diag);
/*
 * Gives each stream to `visit`, in no order; ends with the first error that it returns. The directory is read only if
 * the file has streams in it. Errors: the host's; EFS_ERR_NO_MEMORY.
 */
enum efs_error efs_streams_list(const struct efs_owner *owner, efs_stream_visit *visit, void *context,
                                struct efs_diag *diag);
/* The one of that name, in any case of letters. EFS_ERR_NOT_FOUND; as above. */
enum efs_error efs_stream_find(const struct efs_owner *owner, const uint8_t *name, size_t length,
                               struct efs_stream_info *info, struct efs_diag *diag);
/* Is this name in the owner's directory one of its streams? For who lists directories: dir_fd and name are the
   entry's. */
bool efs_stream_is_file(int dir_fd, const char *name);

/* ---- reading ---- */

struct efs_stream_reader
{
    uint64_t size;
    int      fd;    /* owned; -1: all of it is in `value` */
    uint8_t *value; /* owned */
};

/* info: as it was found. EFS_ERR_CHANGED: it isn't there any more; the host's. To be closed also on failure. */
enum efs_error efs_stream_open(struct efs_stream_reader *reader, const struct efs_owner *owner,
                               const struct efs_stream_info *info, struct efs_diag *diag);
/* Up to `capacity` bytes from `offset` on; *length is 0 at the end. */
enum efs_error efs_stream_read(const struct efs_stream_reader *reader, uint64_t offset, void *buffer, size_t capacity,
                               size_t *length, struct efs_diag *diag);
void efs_stream_close(struct efs_stream_reader *reader);

/* ---- writing: a whole stream, all or nothing ---- */

struct efs_stream_writer; /* at most 64 KiB of memory; what is longer goes to a staging file of mode 0600 */

/*
 * Begins a stream that takes the place of the one of that name, in any case of letters. EFS_ERR_UNREPRESENTABLE: its
 * name can't be on the host; EFS_ERR_VOLUME: NTFS-3G, which keeps streams in another form; the host's.
 */
enum efs_error efs_stream_begin(struct efs_stream_writer **writer, const struct efs_owner *owner, const uint8_t *name,
                                size_t length, struct efs_diag *diag);
/* Anywhere, in any order; what isn't written is zeros. Runs of zeros (BHOLES_MIN) become holes. What gets too long for
   an attribute has the errors of efs_stream_complete already here. */
enum efs_error efs_stream_write(struct efs_stream_writer *writer, uint64_t offset, const void *data, size_t length,
                                struct efs_diag *diag);
/* It has this many bytes, written or not. */
enum efs_error efs_stream_set_end(struct efs_stream_writer *writer, uint64_t end, struct efs_diag *diag);
/*
 * It is to have that home and no other, whatever its size: said before anything else is. EFS_HOME_FILE: for who is
 * going to write the file in place; with the errors of efs_stream_complete. EFS_HOME_ATTRIBUTE: what doesn't fit one
 * has EFS_ERR_VOLUME from then on, and what was there stays.
 */
enum efs_error efs_stream_keep_in(struct efs_stream_writer *writer, enum efs_home home, struct efs_diag *diag);
/*
 * All of it has come. *in_file: it fits no attribute: it stays in the staging file, and efs_stream_install is to
 * follow. Otherwise it is there now, and the old one isn't. EFS_ERR_EXISTS: a file that isn't this one's stream has the
 * name; EFS_ERR_UNREPRESENTABLE: that name would be too long; EFS_ERR_VOLUME: no room for attributes; the host's.
 */
enum efs_error efs_stream_complete(struct efs_stream_writer *writer, bool *in_file, struct efs_diag *diag);
/*
 * Gives the staging file its name, with the owner's user, group, mode and access list of that moment, and removes the
 * old stream. The owner has its name. EFS_ERR_ACCESS: it can't be given the owner's user; as above.
 */
enum efs_error efs_stream_install(struct efs_stream_writer *writer, struct efs_diag *diag);
/* The name that the staging file has in the owner's directory; empty while there's none. For who has to remove it in a
   signal handler. */
const char *efs_stream_stage_name(const struct efs_stream_writer *writer);
/* Ends it, complete or not; NULL allowed. */
void efs_stream_free(struct efs_stream_writer *writer);

/* ---- removing, and following the owner ---- */

/* EFS_ERR_CHANGED, the host's. */
enum efs_error efs_stream_remove(const struct efs_owner *owner, const struct efs_stream_info *info,
                                 struct efs_diag *diag);
/* The number that marks its streams in files; 0: it has none, or that can't be read. fd: O_PATH will do. */
uint64_t efs_streams_number(int fd);
/*
 * The files beside that bore that number, after their owner (a file of the user `uid`) went from `name` in dir_fd: they
 * are removed. Returns how many; what can't be removed stays.
 */
unsigned int efs_streams_drop(int dir_fd, const char *name, uint64_t number, unsigned int uid);
/*
 * The owner has got another name, or gone to another directory of the same file system: its files beside follow. Before
 * it does, with check: nothing is done. EFS_ERR_EXISTS: a name there is taken by something else, which what the owner
 * replaces has no stream under; EFS_ERR_UNREPRESENTABLE: a name would be too long; the host's: some may have moved.
 */
enum efs_error efs_streams_move(const struct efs_owner *owner, int to_dir_fd, const char *to_name, bool check,
                                struct efs_diag *diag);

/* Removes all that the owner has beside its content, streams and extended attributes, as Windows does when a file is
   overwritten. The host's errors: some may have gone. */
enum efs_error efs_beside_clear(const struct efs_owner *owner, struct efs_diag *diag);

/* ---- the Windows security descriptor (docs/backup.md) ---- */

/*
 * Keeps a valid one for a file that has, or is about to get, that mode, in EFS_STORE_DESCRIPTOR and its mark: both, or
 * none of them. NULL: none. False: it isn't kept.
 */
bool efs_descriptor_keep(int fd, uint32_t mode, const uint8_t *descriptor, size_t length);
/* The one that is kept, if it is still that of the mode that the file has (st_mode). Its length; more than `capacity`:
   nothing was written; 0: there is none. */
size_t efs_descriptor_get(int fd, uint32_t mode, uint8_t *out, size_t capacity);
/* The one that is kept for the mode `from`, if any, is from now on that of the mode `to`. */
void efs_descriptor_move(int fd, uint32_t from, uint32_t to);

/* ---- extended attributes ---- */

/*
 * Sets one, or removes it if its value is empty, as Windows does; one of that name in other letters gives way. The flag
 * BEA_NEED has no place here: the caller has to say that it is lost. EFS_ERR_ACCESS: a name that is hidden or that the
 * host can't have (diag->rule says which); EFS_ERR_VOLUME: no room, no attributes, NTFS-3G; the host's.
 */
enum efs_error efs_ea_set(int fd, const struct bea *ea, struct efs_diag *diag);
/*
 * Sets those of a list (backup/content.h), all or none: on an error each has the value again that it had, unless that
 * fails, too. EFS_ERR_INVALID: the list doesn't hold together; as above.
 */
enum efs_error efs_eas_set(int fd, const uint8_t *list, size_t length, struct efs_diag *diag);
typedef enum efs_error efs_ea_visit(void *context, const struct bea *ea, struct efs_diag *diag);
/* Gives each one to `visit`, in the host's order; ends with the first error that it returns. What is hidden isn't
   shown, nor is what is longer than BEA_VALUE_MAX or empty, which Windows hasn't got. */
enum efs_error efs_eas_list(int fd, efs_ea_visit *visit, void *context, struct efs_diag *diag);

#endif
