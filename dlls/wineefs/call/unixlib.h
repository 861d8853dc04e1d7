/*
 * The calls from the PE half of wineefs to its Unix half.
 *
 * Every field has a fixed size, pointers and objects travel as 64-bit integers: so the structures are the
 * same for 32-bit and 64-bit programs, and one function table serves both.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UNIXLIB_H
#define WINEEFS_UNIXLIB_H

#include <stdint.h>

#include "calls.h"

/* On i386, 64-bit integers are aligned to 8 bytes in PE code and to 4 in Unix code. Where nothing has to be padded,
 * that makes no difference: so put reserved fields where there would be holes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* What an engine call answered; `rule` is filled only with a failure. */
struct unix_result
{
    uint32_t error;     /* enum efs_error */
    int32_t  sys_errno;
    uint64_t offset;
    char     rule[112];
};

struct export_begin_params
{
    int32_t            fd;        /* in, taken over */
    uint32_t           directory; /* out */
    uint64_t           session;   /* out */
    uint32_t           drop_named; /* in: leave out all streams but the unnamed one */
    uint32_t           reserved;
    struct unix_result result;
};

struct export_read_params
{
    uint64_t           session;
    uint64_t           buffer;
    uint32_t           capacity;  /* bytes */
    uint32_t           length;    /* out: bytes */
    uint32_t           best_offset; /* out: where the next buffer should begin, behind a multiple of 512 */
    uint32_t           reserved;
    struct unix_result result;
};

struct session_params /* for calls that can't fail */
{
    uint64_t session;
};

/* What stands where an import goes to? */
enum target_answer
{
    /* no telling: with a directory and a name, Wine's path is wanted; with that, to open it through Wine tells */
    TARGET_ASK_WINE,
    TARGET_NEW,      /* nothing */
    TARGET_EXISTS,   /* something, which Wine has to open, for its sharing rules */
};

/*
 * The place as a directory and a name in it, or as the path that Wine finds for the whole name. The first is cheaper:
 * for a name that is missing Wine reads the whole directory, as it may be there in another case.
 */
struct target_find_params
{
    uint64_t           dir;       /* in: Unix path, terminated; 0: by path */
    uint64_t           name;      /* in: ASCII, terminated, without '~' */
    uint64_t           path;      /* in: Unix path, terminated */
    uint64_t           target;    /* out, TARGET_NEW; otherwise 0 */
    /* out: identity: TARGET_NEW: of the directory; TARGET_EXISTS, in a view: of the file itself */
    uint64_t           dev;
    uint64_t           ino;
    uint32_t           answer;    /* out: enum target_answer */
    uint32_t           read_only; /* out, TARGET_EXISTS: so is its file system */
    uint32_t           mounted;   /* out, TARGET_EXISTS: it is in a view of efsmount */
    uint32_t           reserved;
    struct unix_result result;    /* why there is no telling */
};

struct target_open_params /* of what Wine has opened, or can't open without its key in a view of efsmount */
{
    int32_t            fd;        /* in, taken over */
    uint32_t           directory; /* out */
    uint64_t           path;      /* in: Unix path, terminated; 0: by the descriptor */
    uint64_t           target;    /* out */
    struct unix_result result;
};

struct import_begin_params
{
    uint64_t           target;
    uint64_t           session;   /* out */
    uint32_t           directory; /* in: a directory is wanted */
    uint32_t           drop_named; /* in: leave out all streams but the unnamed one */
    struct unix_result result;
};

struct import_feed_params
{
    uint64_t           session;
    uint64_t           data;
    uint32_t           length;    /* bytes; out: that were taken */
    uint32_t           partly;    /* in: more follows, with what isn't taken before it */
    struct unix_result result;
};

struct import_commit_params
{
    uint64_t           session;
    struct unix_result result;
    struct unix_result judgement; /* after success: an error if nobody will be able to decrypt what was imported */
};

/* What a file looks like: by descriptor (taken over), by Unix path, or by a directory's descriptor and a UTF-16 name in
   it. */
struct look_params
{
    int32_t  fd;
    uint32_t name_units; /* unix_look_entry: UTF-16 units of the name */
    uint64_t name;       /* in: Unix path or UTF-16 name */
    uint64_t data_size;  /* out: plain bytes */
    uint32_t encrypted;  /* out */
    uint32_t directory;  /* out */
    uint32_t unknown_name; /* out, unix_look_entry: the name's spelling on the host isn't known here */
    uint32_t sparse;     /* out: a program has marked it as sparse */
    uint32_t mounted;    /* out: it is in a view of efsmount: what is read of it is plaintext */
    uint32_t reserved;
};

struct identify_params /* which file a path leads to, and whether it may be an encrypted one */
{
    uint64_t path;       /* in: Unix path, terminated */
    uint64_t dev, ino;   /* out */
    int64_t  changed;    /* out: st_ctim, nanoseconds */
    int64_t  at;         /* out: when it was looked at, nanoseconds of a clock that only goes on */
    uint32_t plain, reserved; /* out: a file of a size that no encrypted one has, which hasn't just changed */
};

struct view_open_params /* what is below an encrypted file in a view, which its own mode or key doesn't let us open */
{
    uint64_t           path;   /* in: Unix path, terminated */
    int32_t            fd;     /* out: to be closed or taken over */
    uint32_t           reserved;
    struct unix_result result; /* EFS_ERR_NOT_ENCRYPTED: it isn't in a view, or a plain file there */
};

struct view_encrypt_params /* an empty file, or a directory, of a view is encrypted by it */
{
    int32_t            fd;     /* in, taken over */
    uint32_t           reserved;
    struct unix_result result; /* EFS_ERR_UNREPRESENTABLE: it has data */
};

/* What a volume can hold. */
#define VOLUME_METADATA 1u /* that of encrypted files */
#define VOLUME_BESIDE   2u /* extended attributes, alternate streams */
#define VOLUME_VIEW     4u /* it is a view of efsmount, which encrypts by itself */

struct fd_params /* the descriptor is taken over */
{
    int32_t  fd;
    uint32_t result; /* out: unix_look_volume: VOLUME_... flags; unix_strip: errno; unix_streams_clear: enum efs_error;
                        unix_ranges_open: the new descriptor, -1 if the file can't be read;
                        unix_data_open: this one, kept from the processes that the program starts */
};

struct metadata_get_params
{
    int32_t            fd;        /* in, taken over */
    uint32_t           capacity;  /* bytes; EFS_METADATA_MAX is always enough */
    uint64_t           buffer;
    uint32_t           length;    /* out: bytes */
    uint32_t           reserved;
    struct unix_result result;
};

struct metadata_replace_params
{
    int32_t            fd;         /* in, taken over */
    uint32_t           old_length; /* bytes */
    uint64_t           old;        /* what it is expected to have */
    uint64_t           new;
    uint32_t           new_length; /* bytes */
    uint32_t           reserved;
    struct unix_result result;
};

struct make_empty_params
{
    uint64_t           target;
    uint64_t           metadata;
    uint32_t           length;     /* bytes */
    uint32_t           directory;
    struct unix_result result;
};

struct security_get_params
{
    int32_t            fd;         /* in, taken over */
    uint32_t           length;     /* bytes */
    uint64_t           descriptor; /* in: what Wine makes of its mode */
    uint64_t           buffer;
    uint32_t           capacity;   /* bytes */
    /* out: bytes; more than the capacity: nothing was written; 0: there is no better one */
    uint32_t           got;
    uint32_t           is_file;    /* out: 1: of a regular file or a directory, whose descriptors can be kept */
    uint32_t           reserved;
};

enum security_stays /* what of a mode stays as it is when a descriptor is set */
{
    SECURITY_STAYS_MODE = 1,      /* all of it */
    SECURITY_STAYS_READ_ONLY = 2, /* a regular file that nobody may write to */
};

enum security_dropped /* was the descriptor itself kept? */
{
    SECURITY_KEPT,
    SECURITY_NO_ROOM,
    SECURITY_NO_ATTRIBUTES, /* the file system keeps none */
};

struct security_set_params
{
    int32_t            fd;          /* in, taken over */
    uint32_t           length;      /* bytes */
    uint64_t           descriptor;
    uint64_t           user;        /* in: SID of the caller */
    uint32_t           user_length; /* bytes; 0: not known */
    uint32_t           dropped;     /* out: enum security_dropped */
    uint32_t           stays;       /* in: enum security_stays, ored */
    uint32_t           reserved;
    struct unix_result result;
};

struct mode_params /* of a file that gets attributes */
{
    int32_t  fd;        /* unix_mode_hold: in, taken over if it isn't held; unix_mode_settle: in, taken over */
    uint32_t read_only; /* in: so it is from now on */
    uint32_t held;      /* out: 1: unix_mode_settle has to follow */
    uint32_t mode;      /* out of the one, in to the other */
    uint32_t before;    /* the same: the mode that it had */
    uint32_t reserved;
};

struct within_params /* a file that may be its directory's own container */
{
    int32_t  fd;         /* in, taken over: the directory; without a name: the file itself */
    uint32_t name_units; /* in: UTF-16 units that are known of it */
    uint64_t name;       /* 0: none */
    uint32_t own;        /* out */
    uint32_t reserved;
};

struct remove_params /* a directory with nothing in it but its own container */
{
    int32_t            fd;     /* in, taken over */
    uint32_t           remove; /* in: 0: only say whether it could be done */
    uint64_t           dev;    /* in with remove: which one it has to be; else out */
    uint64_t           ino;
    struct unix_result result;
};

enum stream_action /* what is to become of an alternate stream */
{
    STREAM_LOOK,   /* nothing: is it there? */
    STREAM_READ,   /* it is read: one in an attribute is given as a file without a name, which can't be changed */
    STREAM_TAKE,   /* the same, and one in an attribute is removed at once */
    STREAM_WRITE,  /* it is opened for anything: so it goes into a file */
    STREAM_CREATE, /* it isn't there, and has to be, in a file, empty */
    STREAM_DROP,   /* it is removed: the answer is STREAM_MISSING then */
};

enum stream_answer
{
    STREAM_ELSEWHERE, /* Wine's business: no streams are kept there, or a host's file that is none has its name */
    STREAM_NO_OWNER,  /* the same: there's no file that could have it */
    STREAM_MISSING,
    STREAM_GUARDED,   /* its file is encrypted */
    STREAM_GIVEN,     /* it is in an attribute; its data is in the descriptor */
    STREAM_IS_FILE,
    STREAM_FAILED,
};

struct stream_params
{
    int32_t            fd;         /* in, taken over: its file */
    uint32_t           name_units; /* UTF-16 units */
    uint64_t           name;       /* without colons and type */
    uint32_t           action;     /* in: enum stream_action */
    uint32_t           answer;     /* out: enum stream_answer */
    uint64_t           size;       /* out: bytes of data */
    uint64_t           path;       /* STREAM_IS_FILE: gets that file's path, in UTF-8, terminated */
    uint32_t           path_size;  /* bytes */
    int32_t            given;      /* out, STREAM_GIVEN but for STREAM_LOOK: to be closed */
    uint64_t           dev;        /* out, STREAM_IS_FILE: which one it is */
    uint64_t           ino;
    struct unix_result result;     /* STREAM_FAILED */
};

struct stream_hidden_params /* an entry of a directory that may be a stream of another one */
{
    int32_t  fd;         /* in: the directory; stays open */
    uint32_t name_units; /* UTF-16 units */
    uint64_t name;
    uint32_t hidden;     /* out */
    uint32_t reserved;
};

/*
 * A file that is about to go or to get another name, and has alternate streams in files, which will have to follow; or
 * takes the place of one that has some. owner 0: there's nothing to follow.
 */
struct owner_begin_params
{
    int32_t            fd;         /* in, taken over: the file */
    int32_t            to_fd;      /* in, taken over: the directory it goes to; -1: it is going to be removed */
    uint64_t           to_name;    /* in: its name there, UTF-16 */
    uint32_t           name_units; /* UTF-16 units */
    uint32_t           reserved;
    uint64_t           owner;      /* out: for unix_owner_end, which has to follow */
    struct unix_result result;     /* why it must not get that name */
};

struct owner_end_params
{
    uint64_t           owner;  /* in */
    uint32_t           done;   /* in: it has gone, as far as Wine says */
    uint32_t           reserved;
    struct unix_result result; /* some streams haven't followed */
};

/*
 * Extended attributes, into a list that may have some already (FILE_FULL_EA_INFORMATION); or, without a buffer, only
 * how long that list would be.
 */
struct eas_get_params
{
    int32_t            fd;       /* in: stays open */
    uint32_t           kept;     /* out: 0: no attributes are kept there, and nothing was looked at */
    uint32_t           first;    /* in: that many are passed over, */
    uint32_t           most;     /* and not more than that given */
    uint64_t           name;     /* in: the one of that name alone, in any case of letters; 0: all */
    uint32_t           name_length; /* bytes */
    uint32_t           capacity; /* bytes of the buffer */
    uint64_t           buffer;
    uint32_t           length;   /* in, out: bytes of the list */
    uint32_t           last;     /* in, out: where its last one begins; UINT32_MAX: there's none */
    uint32_t           passed;   /* out: how many were passed over, */
    uint32_t           given;    /* how many were given */
    uint32_t           more;     /* out: 1: there's another, but no room, or it wasn't wanted */
    uint32_t           reserved;
    struct unix_result result;
};

struct eas_set_params
{
    int32_t            fd;       /* in: stays open */
    uint32_t           kept;     /* out: as above */
    uint64_t           list;     /* in: FILE_FULL_EA_INFORMATION; 0: only ask whether they would be kept */
    uint32_t           length;   /* bytes */
    uint32_t           reserved;
    struct unix_result result;
};

/* Alternate streams of a plain file, into a list that may have an entry already (FILE_STREAM_INFORMATION). */
struct substreams_params
{
    int32_t            fd;       /* in: stays open */
    uint32_t           kept;     /* out: 0: none are kept there, and nothing was looked at */
    uint64_t           buffer;
    uint32_t           capacity; /* bytes */
    uint32_t           length;   /* in, out: bytes of the list */
    uint32_t           last;     /* in, out: where its last entry begins, if it has any */
    uint32_t           more;     /* out: 1: there was no room for another */
    struct unix_result result;
};

/*
 * One of them, from its beginning to its end. unix_substream_begin writes it anew: what isn't written is zeros, and
 * nothing is there until unix_substream_commit, after which only unix_substream_free may follow.
 */
struct substream_params
{
    int32_t            fd;       /* in, taken over by unix_substream_open and _begin: its file */
    uint32_t           name_units; /* UTF-16 units */
    uint64_t           name;     /* without colons and type */
    uint64_t           stream;   /* out of the two, in to the others */
    uint64_t           offset;   /* bytes */
    uint64_t           buffer;
    uint32_t           length;   /* in: bytes; out of unix_substream_read: that were read, 0 at the end */
    uint32_t           reserved;
    uint64_t           size;     /* unix_substream_open: out; unix_substream_commit: in; bytes */
    struct unix_result result;
};

/* Says on the host that a stream's file is open for writing, for as long as the handle behind fd is. */
struct stream_hold_params
{
    int32_t  fd;   /* in, taken over */
    uint32_t same; /* out: it is the file that was meant */
    uint64_t dev;  /* in */
    uint64_t ino;
};

/* The file behind a handle that is about to be closed: if it is a stream that could be in an attribute, its path. */
struct settle_begin_params
{
    int32_t  fd;        /* in, taken over */
    uint32_t path_size; /* bytes */
    uint64_t path;      /* gets it, in UTF-8, terminated; empty: there's nothing to do */
    uint64_t dev;       /* out: which file it is */
    uint64_t ino;
};

struct settle_end_params /* the same file, which nobody else has open under Wine: into an attribute, if it fits one */
{
    int32_t            fd;  /* in, taken over: open for reading */
    uint32_t           reserved;
    uint64_t           dev; /* in */
    uint64_t           ino;
    struct unix_result result; /* why it stays a file */
};

/* Has a reparse point the name in a directory, or that of what was made (and is removed again)? See efs/target.h. */
struct reparse_params
{
    int32_t  fd;         /* in, taken over */
    uint32_t name_units; /* in: UTF-16 units */
    uint64_t name;
    uint32_t taken;      /* out */
    uint32_t encrypted; /* out of unix_reparse_undo: it is in an encrypted directory */
};
#include "unixlib_data.h"
#include "unixlib_snapshot.h"
#include "unixlib_keys.h"
#pragma GCC diagnostic pop
#define UNIX_CALL_NUMBER(name, params) unix_##name,
enum unix_call
{
    UNIX_CALLS(UNIX_CALL_NUMBER)
    unix_call_count
};

#endif
