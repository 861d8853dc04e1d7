/*
 * What the files of the room share: a tree's nodes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_TREE_INTERNAL_H
#define VIEW_TREE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "content.h"
#include "efs/seal.h"
#include "view/known/memory.h"
#include "plain/thread.h"
#include "tree.h"
#include "view/efs_view.h"

/* Which file it is. An inode number comes back when its file has gone; the time of its birth doesn't. */
struct identity
{
    dev_t           device;
    ino_t           inode;
    mode_t          type; /* S_IFMT */
    struct timespec born; /* zeros where the file system doesn't know */
};

/* A name under which a node was seen: a hint, which is checked before it is believed. */
struct hint
{
    struct view_node *parent; /* stays as long as the hint does */
    struct hint      *next;
    char              name[]; /* terminated */
};

/* What was found in a file at some time, so that it needn't be opened at each question. */
struct known
{
    bool            valid, encrypted;
    bool            guessed;    /* the file couldn't be read */
    uint64_t        size;       /* of the plaintext */
    off_t           stored;     /* st_size, and the two times, when it was looked at */
    struct timespec modified, changed;
};

struct view_node
{
    struct identity     identity;
    uint64_t            generation;
    uint64_t            lookups;
    uint64_t            children; /* hints of others that name it as their parent */
    struct hint        *hints;    /* the newest first, HINTS_MAX at most */
    struct view_node   *next;     /* in its bucket */
    bool                filed;    /* it is in one */
    int                 fd;       /* -1: none now */
    unsigned int        borrowed;
    time_t              used;     /* seconds of the monotonic clock */
    struct view_node   *below;    /* the one on the way to which this one is being found */
    struct view_node   *newer, *older; /* among those with a descriptor */
    struct view_handle *handles;
    unsigned int        opening;  /* so many are about to open it */
    bool                claimed;  /* somebody works on it below */
    bool                replaced; /* below, another file has its name, and the kernel may not know it yet */
    struct known        known;
    struct known        cached;   /* for view_is_unchanged */
    struct view_content *content; /* the one that the next reader may share */
    struct view_content *parked;  /* the one that the next reader may take */
};

#define HINTS_MAX 8

struct bucket
{
    struct view_node *first;
};

/* Files that were written, and wait for their closed form. */
struct closing;

struct closer
{
    pthread_mutex_t      lock; /* for all here; taken before no other */
    pthread_cond_t       work, room;
    pthread_t            thread;
    struct closing      *files; /* the thread's own */
    bool                 running, stop;
    bool                 hurry;  /* somebody waits for one of those in the queue */
    bool                 left;   /* one stays in the open form */
    struct view_content *first, *last;
    size_t               count;
};

/* That of the tree, which says that files may be in the open form. */
struct mark
{
    struct helper_thread helper; /* its lock is taken before no other */
    pthread_cond_t       ended; /* `syncing` has */
    bool                 set, syncing, synced;
    bool                 left;  /* an earlier view has left it */
};

/* Bytes of a $EFS with a few readers, as most have: the largest there may be is 64 pages to be had, wiped and given
   back for each file. */
#define USUAL_METADATA 4096

/* Metadata for new files, at most. */
#define READY_MAX 512

/* A $EFS that no file has yet. */
struct new_metadata
{
    uint8_t              *bytes;
    size_t                length;
    const struct efs_fek *fek; /* held */
};

struct ready
{
    struct helper_thread  helper; /* its lock is taken before no other */
    struct new_metadata   made[READY_MAX];
    size_t                count;
    bool                  short_of; /* who makes files is about to have none */
};

/* Keys that are unwrapped before their files are read. */
struct ahead
{
    struct helper_thread  helper;    /* its lock is taken before the tree's */
    struct view_node     *directory; /* that files are read in; a reference */
    uint64_t              turn;      /* which one that is */
    size_t                read, needed, passed; /* files in it: read, for how many RSA was needed, gone through */
    bool                  done;      /* gone through to its end */
    uint64_t              unwrapped; /* by RSA for readers, so far */
    _Atomic uint64_t      own;       /* for ourselves */
};

struct view_content
{
    struct view_node     *node;
    unsigned int          users, writers;
    bool                  queued;    /* it waits for the closer, or is about to */
    bool                  closing;   /* it has it */
    struct view_content  *next;      /* there */
    struct efs_plaintext *plaintext; /* has the descriptor */
    int                   fd;
    struct stat           st;        /* when it was opened, or its last writer has closed it */
    bool                  exists;    /* there is an unnamed stream */
    size_t                stream;    /* it */
    bool                  settled;   /* its last change lay further back when it was opened */
    struct view_content  *newer, *older; /* among those that are parked */
};

/* Contents that nobody has open. */
#define PARKED_MAX 1024

struct parked
{
    struct view_content *newest, *oldest;
    size_t               count;
};

#define LEFT_MAX 16

struct view_tree
{
    struct efs_feks  *feks;
    const struct efs_seal_readers *readers; /* of what is made in encrypted directories; NULL: nothing can be */
    view_report      *report;
    char              socket[EFS_VIEW_SOCKET_MAX]; /* empty: the daemon has none */
    struct closer     closer;
    struct mark       mark;
    struct ready      ready;
    struct ahead      ahead;
    _Atomic uint64_t  asked; /* how often somebody wanted a file, a name or a place for one */
    pthread_mutex_t   times; /* nobody sets a file's time while the closer puts it back */
    pthread_rwlock_t  names; /* taken before `lock`: names of the tree below are being changed, or relied on */
    pthread_mutex_t   lock;  /* for all below, and what nodes have */
    struct view_node  root;
    bool              ntfs;  /* an NTFS-3G mount: user attributes of an encrypted file are its streams */
    struct view_memory *memory; /* NULL: none */
    struct bucket    *buckets;
    size_t            bucket_count, count;
    struct parked     parked;
    size_t            claims; /* nodes that are claimed */
    uint64_t          generation;
    struct view_node *newest, *oldest; /* with descriptors */
    size_t            open_count, open_max;
    int               left[LEFT_MAX]; /* to be closed when the lock is free: that can take milliseconds */
    unsigned int      left_count;
};

/* ---- identity.c ---- */

bool same_time(const struct timespec *a, const struct timespec *b);
bool same_file(const struct identity *a, const struct identity *b);
/* Which file is it? *st as the host says it. */
int identity_of(int fd, struct identity *identity, struct stat *st);
/* What the file system itself says, and not what was asked of it a second ago, as FUSE may keep that. */
int stat_now(int fd, struct stat *st);

/* ---- nodes.c: all with the lock held ---- */

/* Closes what was left to be closed, behind the lock. */
void unlock_tree(struct view_tree *tree);

time_t monotonic_now(void); /* seconds */
/* False: no memory. */
bool make_table(struct view_tree *tree);
void file_node(struct view_tree *tree, struct view_node *node);
/* NULL: nobody knows the file. */
struct view_node *find_node(const struct view_tree *tree, const struct identity *identity);
/* The one that a request names. NULL: nobody knows it any more. */
struct view_node *find_named(const struct view_tree *tree, const struct efs_view_file *file);
/* Makes it if need be. NULL: no memory. What has the number of a file that has gone is another file. */
struct view_node *get_node(struct view_tree *tree, const struct identity *identity);
/* Frees it if nobody has it any more, and so its directories. */
void node_release(struct view_tree *tree, struct view_node *node);
/* Seen under this name. Without memory it is as if it hadn't been. */
void add_hint(struct view_tree *tree, struct view_node *node, struct view_node *parent, const char *name);
/* Gives the node this descriptor, if it has none; else closes it. */
void keep_descriptor(struct view_tree *tree, struct view_node *node, int fd);
void drop_descriptor(struct view_tree *tree, struct view_node *node);
/* It is in use. */
void touch_descriptor(struct view_tree *tree, struct view_node *node);

/* ---- known/memory.c: with the lock held ---- */

/* What was known of the file when a view ended, to a new node. */
void remember_node(struct view_tree *tree, struct view_node *node);
void keep_in_memory(struct view_tree *tree, const struct view_node *node);

/* ---- find.c ---- */

/* Can files be found here at all? ENOSYS: this Linux can't resolve names so; ENOENT: there is no /proc. */
int can_find(int root_fd);
/* Opens one component in a directory, as O_PATH: the file itself, were it a symbolic link. */
int open_component(int dir_fd, const char *name, int *fd);
/* Sees to it that the node has a descriptor. The lock held, and `names`, unless it has one. */
int find_again(struct view_tree *tree, struct view_node *node);
/*
 * Where the node's file has a name now: a descriptor of the directory below (O_PATH), which becomes the caller's, and
 * the name, which stays the tree's as long as the lock is held. A path would lead into the view, if that is mounted
 * over its own tree. The lock held, and `names`. ESTALE: no name of the file is known that still leads to it.
 */
int find_place(struct view_tree *tree, struct view_node *node, int *dir_fd, const char **name);

/* Does the view know better than the file itself what is in it? The lock held; NULL allowed. */
static inline bool content_is_live(const struct view_content *content)
{
    return content && (content->writers || content->queued || content->closing);
}

/* The file is as it was when the content was opened. */
static inline bool content_is_unchanged(const struct view_content *content, const struct stat *st)
{
    return content->st.st_size == st->st_size && same_time(&content->st.st_mtim, &st->st_mtim)
        && same_time(&content->st.st_ctim, &st->st_ctim);
}

/* ---- known/parked.c: all with the lock held ---- */

/* Instead of closing it, if that may save anything; it has no users any more. *fd: its descriptor, to be closed. */
bool parked_add(struct view_tree *tree, struct view_content *content, int *fd);
/* The node's, if the file still is as it was (st: now). It needs a descriptor, and to be unlocked. NULL: none. */
struct view_content *parked_take(struct view_tree *tree, struct view_node *node, const struct stat *st);
/* The node's goes, if it has one. */
void parked_drop(struct view_tree *tree, struct view_node *node);

/* ---- tree.c ---- */

/* One more reference to a node, to be given back by view_forget. */
void hold_node(struct view_tree *tree, struct view_node *node);
/* One to the directory that it was last seen in. NULL: none is known. */
struct view_node *hold_parent(struct view_tree *tree, struct view_node *node);

/* ---- below.c ---- */

/* A reference to the file that a request names, to be given back by view_forget. NULL: nobody knows it. */
struct view_node *hold_named(struct view_tree *tree, const struct efs_view_file *file);
/* What a request gets of it. The host's errors; EINVAL: neither a file nor a directory. */
int open_to_read(struct view_tree *tree, struct view_node *node, int *fd);

/* ---- reference.c ---- */

/* Gives back one reference of a content; with the last it goes. Without the lock. */
void content_drop(struct view_tree *tree, struct view_content *content);
/* Tells who mounts the view about the file of fd. */
void report_problem(struct view_tree *tree, int fd, const struct efs_diag *diag);

/* ---- closer.c ---- */

void closer_begin(struct view_tree *tree);
/* Closes what there is; nobody has anything to do with the tree any more. */
void closer_end(struct view_tree *tree);
/* Takes one reference of the content over, which is `queued`. */
void closer_add(struct view_tree *tree, struct view_content *content);
/* A file stays in the open form. */
void closer_leave(struct view_tree *tree);
/* Those that wait are closed at once. `lock` may be held. */
void closer_hurry(struct view_tree *tree);

/* ---- mark.c ---- */

void mark_begin(struct view_tree *tree);
/* The tree has its mark, or gets it: before anything is in the open form. An errno value. */
int mark_tree(struct view_tree *tree);
/* Nobody writes any more. The mark goes if all was closed, and nothing else is known to be open. */
void mark_end(struct view_tree *tree, bool closed);

/* ---- ready.c ---- */

/* From now on some is made ahead, if there are keys and readers. */
void ready_begin(struct view_tree *tree);
/* What nobody has taken. At the end. */
void ready_drop(struct view_tree *tree);
/* A $EFS with a key of its own, for the view's readers; to be dropped. EACCES: there is no key, or no reader. */
int take_metadata(struct view_tree *tree, struct new_metadata *made);
/* What of it nobody has taken over. */
void drop_metadata(struct view_tree *tree, struct new_metadata *made);

/* ---- ahead.c ---- */

/* A file was opened, and its key wanted. Without the lock. */
void ahead_note(struct view_tree *tree, struct view_node *node);

/* ---- make.c ---- */

/* Of an open file or directory. EOPNOTSUPP: the file system can't hold it. */
int set_metadata(const struct view_tree *tree, int fd, const struct new_metadata *metadata);

/* ---- content.c ---- */

/*
 * That of an empty file which was just made with this $EFS, and which no node has yet. writes: it has user.efs.size,
 * and fd is open for writing, too. fd, and what is in `made`, are taken over, also on failure.
 */
int content_make_new(struct view_tree *tree, int fd, struct new_metadata *made, bool writes,
                     struct view_content **content);

/* ---- look.c ---- */

/* What the view says of the node's file, which fd is of. Without the lock. */
int look_at(struct view_tree *tree, struct view_node *node, int fd, struct view_about *about);
/* The same where the host has just been asked: about->st is what it said. */
void look_further(struct view_tree *tree, struct view_node *node, int fd, struct view_about *about);
/* And of a file that was just made, of which that is known. */
void look_at_new(struct view_tree *tree, struct view_node *node, int fd, bool encrypted, struct view_about *about);
/* What was noted of a file is true as long as size and times are the same. */
bool is_still(const struct known *known, const struct stat *st);
/* Notes these; not valid if the file may change again in the same step of the clock. */
struct known note_known(const struct stat *st);
/* All that is known at the end, when nobody works with the tree any more. It may take a sixteenth of a second. */
void fill_memory(struct view_tree *tree);

#endif
