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
#include "efs/target.h"

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

#endif
