/*
 * A tree of files as a view shows it: the files that somebody knows, each once, and how each is found again.
 *
 * A file is known by a node from its first look-up until the last is forgotten. Nodes hold no descriptor for long: a
 * bounded number of them is kept, and what has none is opened again by a name that it was seen under, and checked to
 * be the same file. So a view of any number of files needs few descriptors, and what others rename or replace in the
 * tree below is never taken for another file. No name but a single component is ever resolved, none that is a symbolic
 * link, and nothing of another file system: nobody leads the view out of its tree.
 *
 * All functions may be called by several threads at once. Those that can fail return 0 or an errno value: the language
 * of file systems, which is what a view speaks upwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_TREE_H
#define VIEW_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "efs/plaintext.h"
#include "efs/seal.h"
#include "view/efs_view.h"

struct view_tree;
struct view_node;
struct view_content;
struct view_handle;

/* What the view says of a file. */
struct view_about
{
    struct stat st;        /* st_size of an encrypted file: its plaintext's */
    bool        encrypted; /* a file, or a directory whose new files are to be encrypted */
};

/*
 * root_fd: the directory, an O_PATH descriptor, which the tree takes over (closes it, also on failure). feks: of the
 * keys that open files; NULL: none is there; it has to stay. descriptors: how many may be kept for nodes.
 * Errors: ENOTDIR; ENOSYS: Linux before 5.6, or one that may not say how a name is resolved; ENOENT: no /proc.
 */
int view_tree_open(struct view_tree **tree, int root_fd, struct efs_feks *feks, size_t descriptors);
/* Nothing of it may be in use any more. NULL allowed. */
void view_tree_close(struct view_tree *tree);
/* Once: what is made in encrypted directories is encrypted for them; they stay the caller's. NULL: nothing can be. */
void view_set_readers(struct view_tree *tree, const struct efs_seal_readers *readers);
/* Called when something can't be written, or not be put into its closed form, and an errno value doesn't say why. */
typedef void view_report(const char *path, const struct efs_diag *diag);
void view_set_report(struct view_tree *tree, view_report *report);
/* Where the daemon can be asked for files below, an absolute path; for EFS_VIEW_ATTRIBUTE. */
void view_set_socket(struct view_tree *tree, const char *path);
/* Before anything that may be in the open form is brought to the disk: the tree's mark is there, if it has one. */
int view_sync_mark(struct view_tree *tree);
struct view_node *view_root(struct view_tree *tree);
bool view_has_keys(const struct view_tree *tree);

/*
 * The file of this name in a directory. Counts as one look-up, to be forgotten by view_forget. about may be NULL.
 * Errors: ENOENT also for what belongs to the directory itself (its container); EXDEV: another file system is mounted
 * there; ESTALE: the directory isn't there any more; the host's.
 */
int view_lookup(struct view_tree *tree, struct view_node *parent, const char *name, struct view_node **node,
                struct view_about *about);
/* The same for an open file that has just been made under this name; NULL: without one. fd stays the caller's. It is as
   it was made, encrypted or not: it isn't looked at again. */
int view_adopt(struct view_tree *tree, int fd, bool encrypted, struct view_node *parent, const char *name,
               struct view_node **node, struct view_about *about);
void view_forget(struct view_tree *tree, struct view_node *node, uint64_t count);
/* For (device, inode) of a node, in the order of their making: never twice the same. */
uint64_t view_generation(const struct view_node *node);
mode_t view_type(const struct view_node *node); /* S_IFMT */

/*
 * An O_PATH descriptor (or another one) of the node's file, which stays the tree's, until view_return. ESTALE: the file
 * can't be found any more; EMFILE; the host's.
 */
int view_borrow(struct view_tree *tree, struct view_node *node, int *fd);
void view_return(struct view_tree *tree, struct view_node *node);

/* What the view says of it now. */
int view_look(struct view_tree *tree, struct view_node *node, struct view_about *about);

/*
 * Renaming, linking and removing happen between these two: no node is searched by its name meanwhile. After a rename,
 * and after a new link, view_moved says where the file is now.
 */
void view_begin_change(struct view_tree *tree);
void view_moved(struct view_tree *tree, struct view_node *parent, const char *name);
void view_end_change(struct view_tree *tree);

/* Is it the directory's own container, which no view shows? */
bool view_is_hidden_name(int dir_fd, const char *name);

/* ---- making what is encrypted: without a key, and without readers, it is EACCES ---- */

/*
 * Makes an encrypted file of this name (NULL: of none) in a directory, with a key of its own, all or nothing; it is
 * empty. *content: its content, which no node has yet, for view_content_adopt, opened for writing if `writes`; NULL: it
 * isn't to be opened now. mode: less the umask, or as the directory's default list says. Errors: EEXIST, ENOSPC,
 * EOPNOTSUPP: the file system can't hold its metadata; EROFS: it can't be written here; the host's.
 */
int view_make_file(struct view_tree *tree, int dir_fd, const char *name, mode_t mode, bool writes,
                   struct view_content **content);
int view_make_directory(struct view_tree *tree, int dir_fd, const char *name, mode_t mode);

/*
 * Makes an encrypted file of an empty plain one, where it is. The caller sees to it that nobody works with it.
 * writes, *content: as of view_content_open. Errors as of view_make_file; ENOTEMPTY: it has data, and stays as it is;
 * EBUSY: it is claimed.
 */
int view_encrypt_file(struct view_tree *tree, struct view_node *node, bool writes, struct view_content **content);
/* What is in the directory stays as it is. */
int view_encrypt_directory(struct view_tree *tree, struct view_node *node);

/* ---- the tree below, for those who save encrypted files as they are ---- */

/*
 * *fd: a file or a directory as it is below, open for reading, to be closed. Errors: ESTALE: nobody has it open or has
 * just looked it up; EBUSY: somebody writes it in the view, or has claimed it; EAGAIN: it was written, and is about to
 * get its closed form; EINVAL: it is neither; the host's.
 */
int view_open_below(struct view_tree *tree, const struct efs_view_file *file, int *fd);

/*
 * Keeps everybody from opening a file in the view, as long as somebody replaces or changes it below; *fd as above.
 * Nothing waits: view_begin_open fails meanwhile. own: how many have it open who may, 0 or 1, and not to write. A
 * directory can be claimed, too, also by several: it is only looked at anew when the claim ends. Errors as above;
 * EBUSY: others have it open, or are opening it; ENOMEM.
 */
struct view_claim;
int view_claim(struct view_tree *tree, const struct efs_view_file *file, unsigned int own, struct view_claim **claim,
               int *fd);
/* Called for each file of which something else may be true now. */
typedef void view_changed(void *context, struct view_node *node);
/* From now on the view shows what is there. NULL allowed. */
void view_end_claim(struct view_tree *tree, struct view_claim *claim, view_changed *changed, void *context);

/*
 * Around each opening of a file, until it has a handle or is closed again, and each change of its size, mode, owner,
 * times, attributes or links: what replaces it has these of the old one, and would lose them. EBUSY: it is claimed.
 */
int view_begin_open(struct view_tree *tree, struct view_node *node);
void view_end_open(struct view_tree *tree, struct view_node *node);
/*
 * Between view_begin_change and view_end_change: has this name in a directory a file that is claimed? It is going to
 * get another one, which would take the place of what was renamed to it.
 */
bool view_name_is_claimed(struct view_tree *tree, int dir_fd, const char *name);

/* ---- open files and directories ---- */

/* While a file is open, its node is found by that, whatever has become of its names. The caller fills fd. */
struct view_handle
{
    int                 fd;
    struct view_node   *node;
    struct view_handle *next, *previous;
};

void view_add_handle(struct view_tree *tree, struct view_node *node, struct view_handle *handle);
/* The one handle that a node has; NULL: none. False: it has more. It may be gone in the next moment. */
bool view_only_handle(struct view_tree *tree, struct view_node *node, struct view_handle **handle);
/* One of those that a node has; NULL: none. It is there for as long as the caller keeps others from removing it. */
struct view_handle *view_any_handle(struct view_tree *tree, struct view_node *node);
/* Gives it another descriptor of the same file; returns the one that it had. */
int view_exchange(struct view_tree *tree, struct view_handle *handle, int fd);
/* Before the descriptor is closed. */
void view_remove_handle(struct view_tree *tree, struct view_handle *handle);
/*
 * Are content and times the same as when this was called for the node before? If so, what is in a cache is still true.
 */
bool view_is_unchanged(struct view_tree *tree, struct view_node *node, const struct stat *st);

/* Sets the times of the file of fd (O_PATH will do); an errno value. */
int view_set_times(struct view_tree *tree, int fd, const struct timespec times[2]);

/* Gives back descriptors of files that nobody has asked for lately: a deleted file's space is free then. */
void view_tidy(struct view_tree *tree);

#endif
