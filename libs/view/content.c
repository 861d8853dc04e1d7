/*
 * The plaintext of an encrypted file that is open in the view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/raw.h"
#include "efs/session.h"
#include "efs/target.h"
#include "errors.h"
#include "tree_internal.h"

#define CONVERT_TRIES 3

/*
 * An import may have rewritten the file where it is, for its other names' sake: then nobody shares what was open. What
 * has changed otherwise, its mode for example, is no matter.
 */
static struct view_content *share(struct view_tree *tree, struct view_node *node, int fd)
{
    struct view_content *content;
    bool same = true;
    struct stat st;

    pthread_mutex_lock(&tree->lock);
    if ((content = node->content))
    {
        content->users++;
        same = content_is_live(content) || (!fstat(fd, &st) && content_is_unchanged(content, &st));
    }
    unlock_tree(tree);
    if (!content || same) return content;
    if (efs_plaintext_is_current(content->plaintext)) return content;
    pthread_mutex_lock(&tree->lock);
    if (node->content == content && !content_is_live(content)) node->content = NULL;
    unlock_tree(tree);
    view_content_close(tree, content, false);
    return NULL;
}

/* fd: taken over, also on failure. */
static int open_new(struct view_tree *tree, int fd, struct view_content **ret)
{
    struct view_content *content = calloc(1, sizeof(*content));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (!content)
    {
        close(fd);
        return ENOMEM;
    }
    content->fd = fd;
    if (fstat(fd, &content->st))
    {
        err = efs_fail_errno(&diag, errno, 0, "fstat");
        close(fd);
    }
    else
    {
        content->settled = io_is_settled(&content->st.st_ctim);
        err = efs_plaintext_open(&content->plaintext, fd, &diag);
    }
    if (!err) err = efs_plaintext_unlock(content->plaintext, tree->feks, &diag);
    if (err)
    {
        view_content_discard(tree, content);
        return errno_of(&diag);
    }
    content->exists = efs_plaintext_find(content->plaintext, NULL, 0, &content->stream);
    /* others seek in it: readahead is for the kernel to decide */
    if (content->st.st_size > EFS_RAW_TRANSFER) posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
    *ret = content;
    return 0;
}

/* As somebody had it open before, if it still is so; else *content is NULL, and fd the caller's. It is taken
   over otherwise, also on failure. */
static int resume(struct view_tree *tree, struct view_node *node, int fd, struct view_content **content)
{
    struct efs_diag diag = { 0 };
    struct stat st;

    *content = NULL;
    pthread_mutex_lock(&tree->lock);
    if (node->parked && !stat_now(fd, &st)) *content = parked_take(tree, node, &st);
    unlock_tree(tree);
    if (!*content) return 0;
    (*content)->fd = fd;
    efs_plaintext_resume((*content)->plaintext, fd);
    if (!efs_plaintext_unlock((*content)->plaintext, tree->feks, &diag)) return 0;
    view_content_discard(tree, *content);
    *content = NULL;
    return errno_of(&diag);
}

/* One that nobody shares yet, of the file that fd is of (O_PATH will do). made: as of view_content_open; it stays the
   caller's. */
static int make(struct view_tree *tree, struct view_node *node, int fd, int made, struct view_content **ret)
{
    struct view_content *content = NULL, *other;
    char path[FD_PATH_SIZE];
    int file, err = 0;

    file = made == -1 ? open(fd_path(path, fd), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        : fcntl(made, F_DUPFD_CLOEXEC, 3);
    if (file < 0) return errno;
    if (made == -1 && (err = resume(tree, node, file, &content))) return err;
    if (!content) err = open_new(tree, file, &content);
    if (!content) return err;
    if (made == -1) ahead_note(tree, node);
    content->node = node;
    content->users = 1;
    pthread_mutex_lock(&tree->lock);
    /* somebody may have opened it at the same time: there is one for all who write */
    if ((other = node->content)) other->users++;
    else
    {
        node->lookups++; /* the content's own: the kernel may forget the node before the file is closed */
        node->content = content;
    }
    unlock_tree(tree);
    *ret = other ? other : content;
    if (other) view_content_discard(tree, content);
    return 0;
}

/* Nothing of the file has to be asked. fd is taken over, also on failure; *made where there is memory. */
static int open_made(struct view_tree *tree, int fd, struct new_metadata *made, bool writes, struct view_content **ret)
{
    struct view_content *content = calloc(1, sizeof(*content));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (!content)
    {
        close(fd);
        return ENOMEM;
    }
    content->fd = fd;
    /* what its writers have made of it is known when they have closed it */
    if (writes || fstat(fd, &content->st)) content->st.st_size = -1;
    err = efs_plaintext_open_new(&content->plaintext, fd, made->bytes, (uint32_t)made->length, tree->feks, made->fek,
                                 writes, &diag);
    *made = (struct new_metadata){ 0 };
    if (err)
    {
        free(content);
        return errno_of(&diag);
    }
    content->exists = efs_plaintext_find(content->plaintext, NULL, 0, &content->stream);
    *ret = content;
    return 0;
}

int content_make_new(struct view_tree *tree, int fd, struct new_metadata *made, bool writes,
                     struct view_content **ret)
{
    int err = tree->ntfs ? open_new(tree, fd, ret) : open_made(tree, fd, made, writes, ret);

    if (err) return err;
    (*ret)->users = 1;
    (*ret)->writers = writes;
    return 0;
}

void view_content_discard(struct view_tree *tree, struct view_content *content)
{
    struct stat st;

    if (!content) return;
    /* the next view finds it by the mark */
    if (content->writers && (fstat(content->fd, &st) || st.st_nlink)) closer_leave(tree);
    efs_plaintext_close(content->plaintext);
    free(content);
}

int view_content_adopt(struct view_tree *tree, struct view_node *node, bool writes, struct view_content **content)
{
    struct view_content *made = *content;
    bool alone;
    int fd, err;

    made->node = node;
    pthread_mutex_lock(&tree->lock);
    if ((alone = !node->content))
    {
        node->lookups++; /* the content's own, as in `make` */
        node->content = made;
    }
    unlock_tree(tree);
    if (alone) return 0;
    *content = NULL;
    err = (fd = fcntl(made->fd, F_DUPFD_CLOEXEC, 3)) < 0 ? errno : 0;
    view_content_discard(tree, made);
    return err ? err : view_content_open(tree, node, writes, fd, content);
}

/* Who shares what is open already may do only what his own opening of the file would let him do. */
static int check_access(int fd, int wanted)
{
    char path[FD_PATH_SIZE];

    return faccessat(AT_FDCWD, fd_path(path, fd), wanted, AT_EACCESS) ? errno : 0;
}

/* fd: of the file (O_PATH). */
static int make_writable(struct view_tree *tree, struct view_content *content, int fd, int made, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];
    int err;

    if ((err = mark_tree(tree))) return err;
    /* one that has been there gets its open form by a sync of its own */
    if (made == -1 && (err = view_sync_mark(tree))) return err;
    if (!efs_plaintext_is_writable(content->plaintext))
    {
        int file = made == -1 ? open(fd_path(path, fd), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            : fcntl(made, F_DUPFD_CLOEXEC, 3);

        if (file < 0) return errno;
        if (efs_plaintext_make_writable(content->plaintext, file, diag)) return errno_of(diag);
    }
    else if (made == -1 && (err = check_access(fd, W_OK))) return err;
    pthread_mutex_lock(&tree->lock);
    content->writers++;
    unlock_tree(tree);
    return 0;
}

/* From now on nobody shares it. False: somebody does. */
static bool set_apart(struct view_tree *tree, struct view_content *content)
{
    bool alone;

    pthread_mutex_lock(&tree->lock);
    alone = content->users == 1;
    if (alone && content->node->content == content) content->node->content = NULL;
    unlock_tree(tree);
    return alone;
}

/* The content's file by a name in the tree below. */
static int open_target(struct view_tree *tree, const struct view_content *content, struct efs_target *target,
                       struct efs_diag *diag)
{
    const char *name;
    struct stat st;
    int dir_fd = -1, err;
    enum efs_error error = EFS_OK;

    pthread_rwlock_rdlock(&tree->names);
    pthread_mutex_lock(&tree->lock);
    if (!(err = find_place(tree, content->node, &dir_fd, &name)))
        error = efs_target_open_at(target, dir_fd, name, diag);
    unlock_tree(tree);
    pthread_rwlock_unlock(&tree->names);
    if (err)
    {
        efs_fail_errno(diag, err, 0, "find its name");
        return err;
    }
    if (error)
    {
        close(dir_fd);
        return errno_of(diag);
    }
    if (target->exists && !fstat(content->fd, &st) && st.st_dev == target->dev && st.st_ino == target->ino) return 0;
    efs_target_close(target);
    efs_fail_errno(diag, ESTALE, 0, "find its name");
    return ESTALE;
}

/* Makes a container a file that can be written where it is; it stays the same file. */
static int convert(struct view_tree *tree, struct view_content *content, struct efs_diag *diag)
{
    struct efs_target target;
    enum efs_error err = EFS_OK;
    int opened, tries;

    if (!set_apart(tree, content))
    {
        efs_fail(diag, EFS_ERR_READ_ONLY_VOLUME, 0, "it is a container, and open: it can't be made another form");
        return EROFS;
    }
    /* again if it is given another name meanwhile */
    for (tries = 0; tries < CONVERT_TRIES; tries++)
    {
        *diag = (struct efs_diag){ 0 };
        if ((opened = open_target(tree, content, &target, diag))) return opened;
        target.keep_file = true;
        err = efs_convert(&target, content->fd, EFS_FORM_SPLIT, diag);
        efs_target_close(&target);
        if (err != EFS_ERR_CHANGED) break;
    }
    if (err == EFS_ERR_UNREPRESENTABLE) return EROFS;
    return err ? errno_of(diag) : 0;
}

static int open_for_writing(struct view_tree *tree, struct view_node *node, int fd, int made,
                            struct view_content **content)
{
    struct efs_diag diag = { 0 };
    int err = make_writable(tree, *content, fd, made, &diag);

    if (err == EROFS && efs_plaintext_is_container((*content)->plaintext) && !(err = convert(tree, *content, &diag)))
    {
        view_content_close(tree, *content, false);
        if ((err = make(tree, node, fd, made, content))) return err;
        err = make_writable(tree, *content, fd, made, &diag);
    }
    if (err == EROFS) report_problem(tree, fd, &diag);
    if (err) view_content_close(tree, *content, false);
    return err;
}

int view_content_open(struct view_tree *tree, struct view_node *node, bool writes, int made,
                      struct view_content **ret)
{
    struct view_content *content = NULL;
    int fd = made, err = tree->feks ? 0 : EACCES;

    *ret = NULL;
    if (!err && (made != -1 || !(err = view_borrow(tree, node, &fd))))
    {
        if (!(content = share(tree, node, fd))) err = make(tree, node, fd, made, &content);
        else if (made == -1 && (err = check_access(fd, R_OK)))
        {
            view_content_close(tree, content, false);
            content = NULL;
        }
        if (content && writes) err = open_for_writing(tree, node, fd, made, &content);
        if (!err) *ret = content;
        if (made == -1) view_return(tree, node);
    }
    if (made != -1) close(made);
    return err;
}

void view_content_close(struct view_tree *tree, struct view_content *content, bool writes)
{
    bool end = false;

    if (!content) return;
    pthread_mutex_lock(&tree->lock);
    if (writes && !--content->writers)
    {
        end = efs_plaintext_is_open(content->plaintext) && !content->queued;
        if (end)
        {
            content->queued = true;
            content->users++;
        }
        /* what we have written is what everybody may share */
        else if (fstat(content->fd, &content->st)) content->st.st_size = -1;
    }
    unlock_tree(tree);
    if (end) closer_add(tree, content);
    content_drop(tree, content);
}

int view_content_fd(const struct view_content *content)
{
    return content->fd;
}

uint64_t view_content_size(const struct view_content *content)
{
    return efs_plaintext_size(content->plaintext);
}

int view_content_read(struct view_content *content, uint64_t offset, void *buffer, size_t length, size_t *got)
{
    struct efs_diag diag = { 0 };

    *got = 0;
    if (!content->exists) return 0;
    return efs_plaintext_pread(content->plaintext, content->stream, offset, buffer, length, got, &diag)
        ? errno_of(&diag) : 0;
}

uint64_t view_content_seek(struct view_content *content, uint64_t offset, int hole)
{
    uint64_t size = view_content_size(content);

    if (offset >= size) return size;
    return hole ? efs_plaintext_find_hole(content->plaintext, content->stream, offset)
        : efs_plaintext_find_data(content->plaintext, content->stream, offset);
}

/* ---- writing ---- */

int view_content_write(struct view_content *content, uint64_t offset, uint8_t *buffer, size_t length, size_t *written)
{
    struct efs_diag diag = { 0 };

    return efs_plaintext_pwrite(content->plaintext, offset, buffer, length, written, &diag) ? errno_of(&diag) : 0;
}

int view_content_set_size(struct view_content *content, uint64_t size)
{
    struct efs_diag diag = { 0 };

    return efs_plaintext_set_size(content->plaintext, size, &diag) ? errno_of(&diag) : 0;
}

/* Room for what will be written there, as far as the file system gives it: the ciphertext is as long. */
static int reserve(const struct view_content *content, uint64_t offset, uint64_t length)
{
    char path[FD_PATH_SIZE];
    int fd = open(fd_path(path, content->fd), O_WRONLY | O_CLOEXEC), err = 0;

    if (fd < 0) return 0;
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length)) err = errno;
    close(fd);
    return err == ENOSPC || err == EDQUOT || err == EFBIG ? err : 0;
}

int view_content_allocate(struct view_content *content, int mode, uint64_t offset, uint64_t length)
{
    bool keeps = mode & FALLOC_FL_KEEP_SIZE;
    uint64_t end = offset + length;
    struct efs_diag diag = { 0 };
    int rest = mode & ~FALLOC_FL_KEEP_SIZE, err = 0;

    if (rest && rest != FALLOC_FL_PUNCH_HOLE && rest != FALLOC_FL_ZERO_RANGE) return EOPNOTSUPP;
    if (rest == FALLOC_FL_PUNCH_HOLE && !keeps) return EOPNOTSUPP;
    if (!length || end > INT64_MAX) return length ? EFBIG : EINVAL;
    if (rest && efs_plaintext_clear(content->plaintext, offset, end, &diag)) return errno_of(&diag);
    if (rest != FALLOC_FL_PUNCH_HOLE) err = reserve(content, offset, length);
    if (!err && !keeps && end > view_content_size(content)) err = view_content_set_size(content, end);
    return err;
}

int view_content_sync(struct view_tree *tree, struct view_content *content)
{
    struct efs_diag diag = { 0 };
    int err;

    if ((err = view_sync_mark(tree))) return err;
    return efs_plaintext_sync(content->plaintext, &diag) ? errno_of(&diag) : 0;
}
