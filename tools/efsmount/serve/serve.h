/*
 * The operations that the kernel asks of a mounted view, by subject: what libfuse calls.
 *
 * Each answers its request, by a reply or an errno value, and waits for nothing but the file system below: locks are
 * kept by the kernel. So nothing here hangs, and nothing calls Wine, whose server opens files of the view itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_SERVE_H
#define EFSMOUNT_SERVE_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "view/content.h"
#include "view/tree.h"

/* Seconds for which the kernel may keep a name and attributes: the tree below can change by itself. */
#define SERVE_TIMEOUT 1.0

/* Of receive.c */
struct receive
{
    bool         useful;   /* there is more than one processor */
    atomic_flag  looking;  /* a thread looks for the next request */
    atomic_llong answered; /* when a thread began to wait last, in ns of the monotonic clock */
    atomic_llong pause;    /* from then to when the last request came */
};

struct serve
{
    struct view_tree *tree;
    bool              others;       /* allow_other: the kernel checks who may do what */
    char              keys[EFS_VIEW_KEYS_MAX]; /* what EFS_VIEW_KEYS_ATTRIBUTE says */
    size_t            keys_length;
    pthread_rwlock_t  forms;        /* held for writing while a plain file becomes an encrypted one */
    int               device;       /* /dev/fuse, as it was opened for this view */
    bool              passes;       /* the kernel can read and write plain files itself */
    pthread_mutex_t   opening;      /* held while it is decided whether it does so */
    atomic_uint       open;         /* files and directories that are open */
    atomic_llong      last;         /* when the last request came, in seconds of the monotonic clock */
    struct receive    receive;
};

/* table.c: the operations, and what they need of a struct serve */
extern const struct fuse_lowlevel_ops serve_operations;
void serve_begin(struct serve *serve);
void serve_end(struct serve *serve);

/* receive.c: how the mounted session waits for requests */
void receive_set(struct serve *serve, struct fuse_session *session);

/* ---- serve.c: for all operations ---- */

/* The view that a request is for; it isn't idle now. */
struct serve *serve_of(fuse_req_t req);
struct view_node *node_of(struct serve *serve, fuse_ino_t number);
fuse_ino_t number_of(struct serve *serve, struct view_node *node);
/* What the kernel gets of a file that was looked up. */
void fill_entry(struct serve *serve, struct view_node *node, const struct view_about *about,
                struct fuse_entry_param *entry);
/* Answers with that file, or with err. */
void reply_entry(fuse_req_t req, struct serve *serve, int err, struct view_node *node, const struct view_about *about);
long long seconds_now(void);

/* ---- caller.c: who made a request, for what is created ---- */

struct caller
{
    bool switched;
};

/* From now on this thread makes files as the request's user would: with his umask and, if the view is root's and for
   others, as their owner. Each is to be ended. */
int caller_begin(struct caller *caller, const struct serve *serve, fuse_req_t req);
void caller_end(struct caller *caller);

/* ---- files ---- */

struct file
{
    struct view_handle   handle;  /* first: its descriptor is content's, if there is content */
    struct view_content *content; /* of an encrypted file; NULL: a plain one */
    struct backing      *backing; /* of a plain one that the kernel reads and writes itself; NULL: this daemon does */
    bool                 writes;
};

static inline bool writes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

static inline struct file *file_of(const struct fuse_file_info *info)
{
    return (struct file *)(uintptr_t)info->fh;
}

/* ---- passthrough.c: adding and removing a handle, and who moves the file's data ---- */

struct backing;
/* Once, when the kernel has said what it can. */
void passthrough_choose(struct serve *serve, struct fuse_conn_info *conn);
/* Adds file's handle to the node, and tells the kernel by info what it has to do. EBUSY: it does the opposite for
   others who have the file open, and file isn't added. */
int passthrough_open(struct serve *serve, struct view_node *node, struct file *file, struct fuse_file_info *info);
void passthrough_close(struct serve *serve, struct file *file);

/* fd: taken over; content, too, which was opened for writing if info says so. Fills info. */
int open_file(struct serve *serve, struct view_node *node, int fd, struct view_content *content,
              struct fuse_file_info *info);

/* new.c: is what is made in the directory to be encrypted? */
int is_made_encrypted(struct serve *serve, struct view_node *parent, bool *encrypted);

/* names.c */
void serve_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void serve_forget(fuse_req_t req, fuse_ino_t number, uint64_t count);
void serve_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void serve_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device);
void serve_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void serve_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name);
void serve_link(fuse_req_t req, fuse_ino_t number, fuse_ino_t parent, const char *name);
void serve_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void serve_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void serve_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name,
                  unsigned int flags);
void serve_readlink(fuse_req_t req, fuse_ino_t number);

/* attributes.c */
void serve_getattr(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info);
void serve_setattr(fuse_req_t req, fuse_ino_t number, struct stat *st, int which, struct fuse_file_info *info);
void serve_access(fuse_req_t req, fuse_ino_t number, int mask);
void serve_statfs(fuse_req_t req, fuse_ino_t number);

/* xattr.c */
void serve_setxattr(fuse_req_t req, fuse_ino_t number, const char *name, const char *value, size_t size, int flags);
void serve_getxattr(fuse_req_t req, fuse_ino_t number, const char *name, size_t size);
void serve_listxattr(fuse_req_t req, fuse_ino_t number, size_t size);
void serve_removexattr(fuse_req_t req, fuse_ino_t number, const char *name);

/* new.c */
void serve_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info);
void serve_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode, struct fuse_file_info *info);
/* value: of EFS_VIEW_ATTRIBUTE, which is set to it. An errno value. */
int serve_encrypt(struct serve *serve, struct view_node *node, const char *value, size_t size);

/* files.c */
/* Opens what is there already, after view_begin_open. content: its descriptor is *fd; NULL: it is plain. */
int open_existing(struct serve *serve, struct view_node *node, bool encrypted, const struct fuse_file_info *info,
                  struct view_content **content, int *fd);
void close_file(struct serve *serve, struct file *file);
/* What of open(2)'s flags isn't passed on. O_DIRECT is the kernel's affair: its requests come without its cache then,
   in buffers that aren't aligned. */
#define DROPPED (O_CREAT | O_EXCL | O_NOCTTY | O_NOFOLLOW | O_DIRECT | O_DIRECTORY)
void serve_open(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info);
void serve_flush(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info);
void serve_release(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info);

/* data.c */
void serve_read(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info);
void serve_write_buf(fuse_req_t req, fuse_ino_t number, struct fuse_bufvec *in, off_t offset,
                     struct fuse_file_info *info);
void serve_fsync(fuse_req_t req, fuse_ino_t number, int data_only, struct fuse_file_info *info);
void serve_fallocate(fuse_req_t req, fuse_ino_t number, int mode, off_t offset, off_t length,
                     struct fuse_file_info *info);
void serve_copy_file_range(fuse_req_t req, fuse_ino_t from, off_t from_offset, struct fuse_file_info *from_info,
                           fuse_ino_t to, off_t to_offset, struct fuse_file_info *to_info, size_t length, int flags);
void serve_lseek(fuse_req_t req, fuse_ino_t number, off_t offset, int whence, struct fuse_file_info *info);

/* directories.c */
void serve_opendir(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info);
void serve_readdir(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info);
void serve_readdirplus(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info);
void serve_releasedir(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info);
void serve_fsyncdir(fuse_req_t req, fuse_ino_t number, int data_only, struct fuse_file_info *info);

#endif
