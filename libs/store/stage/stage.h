/*
 * The inside of a stage, shared by its parts. Each uses only those above it: names; what a killed import left (journal,
 * sweep); the file; its installation; the stage as a whole (stage.c, plain.c). The forms (store/forms) stand between
 * the last two.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_STAGE_H
#define EFS_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "efs/container.h"
#include "efs/plain.h"
#include "efs/store.h"
#include "efs/target.h"
#include "base/gather.h"
#include "store/staging.h"
#include "store/xattr.h"

#define STAGE_NAME_SIZE   32
#define STAGE_NAME_PREFIX ".efs-import-"

struct form; /* store/forms/form.h */

struct efs_stage
{
    struct efs_target *target;
    bool               directory;
    bool               ntfs;      /* a file that is on an NTFS-3G mount */
    const struct form *form;      /* NULL: of a plain file */
    const uint8_t     *metadata;
    uint32_t           metadata_length;
    const uint8_t     *layout;    /* NULL: none */
    uint32_t           layout_length;
    uint8_t            mark[EFS_CONTAINER_MARK_SIZE];
    int                fd;
    char               name[STAGE_NAME_SIZE]; /* in the target's directory; empty: the file has no name */
    struct gather      queue;     /* content that is still in the caller's memory */
    /* of a directory in container form: the file within it, which gets the content; owned */
    struct efs_stage  *within;
    struct efs_target  within_target;
};

/* ---- name.c ---- */

/* A number that no other import has made up. */
enum efs_error stage_make_id(uint64_t *id, struct efs_diag *diag);
/* A name of it. */
enum efs_error stage_make_name(char name[STAGE_NAME_SIZE], struct efs_diag *diag);

/*
 * Locks a staging file that has a name or is about to get one, so that no sweep takes it for a killed import's. False:
 * a sweep was there first, the file is lost.
 */
bool stage_hold(int fd);

/* Does the name lead to this very file? */
bool stage_has_name(int dir_fd, const char *name, int fd);
/* The same, with the reason. EFS_ERR_CHANGED: it leads to another one or nowhere; the host's. */
enum efs_error stage_check_name(int dir_fd, const char *name, int fd, struct efs_diag *diag);

/* Renames where nothing is to be replaced: 0, or -1 and errno (EEXIST). */
int stage_rename_new(int from_fd, const char *from, int to_fd, const char *to);

/* Gives a file that has none this name, in the target's directory; the stage doesn't note it. */
enum efs_error stage_link_name(const struct efs_stage *stage, const char *name, struct efs_diag *diag);
/* Gives it a name there, locked, instead of the one it has or of none; removed with the stage. */
enum efs_error stage_give_name(struct efs_stage *stage, const char *name, struct efs_diag *diag);

/* ---- sweep.c ---- */

/* Removes what killed imports have left in the target's directory. Once for several imports into the same one. */
void stage_sweep(const struct efs_target *target);

/* ---- file.c ---- */

/* An empty stage without a file. EFS_ERR_TYPE: a file stands where a directory is to be, or the reverse;
   EFS_ERR_NO_MEMORY. */
enum efs_error stage_new(struct efs_stage **stage, struct efs_target *target, bool directory, struct efs_diag *diag);
/* Ends it, but for a file within a directory. */
void stage_free_file(struct efs_stage *stage);

/* A nameless file (or one whose name is only the kernel's business) beside the target, for the stage's own use. */
enum efs_error stage_make_scratch(const struct efs_stage *stage, int *fd, struct efs_diag *diag);

/* A new file or directory beside the target, under a name of its own. */
enum efs_error stage_create_named(struct efs_stage *stage, mode_t mode, struct efs_diag *diag);

/* The stage's file: without a name, so that a kill leaves no litter; with one where the file system can't do that. */
enum efs_error stage_create_file(struct efs_stage *stage, mode_t mode, struct efs_diag *diag);

/* Closes it, and removes its name. */
void stage_drop_file(struct efs_stage *stage);
/* Opens the directory that is the target, for its attributes. */
enum efs_error stage_open_directory(struct efs_stage *stage, struct efs_diag *diag);

/* Its content is complete: closes it. Lengths as of efs_stage_commit. */
enum efs_error stage_close_content(struct efs_stage *stage, uint64_t content_length, uint64_t data_size,
                                   struct efs_diag *diag);

/* The attributes that the finished object has; the values stay the stage's. */
void stage_list_attributes(const struct efs_stage *stage, struct xattr_value values[XATTR_COUNT]);

/* ---- rewrite.c, install.c ---- */

/*
 * Rewrites the target's content and metadata from the complete stage, where the inode has to stay: several
 * names, or an owner that can't be carried over. On failure the old content is put back.
 */
enum efs_error stage_rewrite(struct efs_stage *stage, struct efs_diag *diag);

/* Gives the complete stage the target's name, or rewrites a target whose links must stay together. */
enum efs_error stage_install(struct efs_stage *stage, struct efs_diag *diag);
/* The same for a plain file, whose name alone is replaced. */
enum efs_error stage_install_plain(struct efs_stage *stage, const struct efs_plain_end *end, struct efs_diag *diag);
/*
 * The same for one that belongs to another: it gets owner, group, mode and access list of the open file or directory
 * `like`. EFS_ERR_ACCESS: not its owner.
 */
enum efs_error stage_install_like(struct efs_stage *stage, int like, struct efs_diag *diag);

#endif
