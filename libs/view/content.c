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
#include "errors.h"
#include "tree_internal.h"

struct view_content
{
    struct view_node     *node;
    unsigned int          users;
    struct efs_plaintext *plaintext; /* has the descriptor */
    int                   fd;
    struct stat           st;        /* when it was opened */
    size_t                stream;    /* the unnamed one */
    uint64_t              size;      /* of that; 0: there is none */
};

/* An import may have rewritten the file where it is, for its other names' sake: then nobody shares what was open. */
static bool is_current(const struct view_content *content, const struct stat *st)
{
    return content->st.st_size == st->st_size && same_time(&content->st.st_mtim, &st->st_mtim)
        && same_time(&content->st.st_ctim, &st->st_ctim);
}

static struct view_content *share(struct view_tree *tree, struct view_node *node, const struct stat *st)
{
    struct view_content *content;

    pthread_mutex_lock(&tree->lock);
    content = node->content;
    if (content && !is_current(content, st)) content = NULL;
    if (content) content->users++;
    pthread_mutex_unlock(&tree->lock);
    return content;
}

static int open_new(struct view_tree *tree, int fd, struct view_content *content)
{
    struct efs_diag diag = { 0 };
    enum efs_error err;
    bool found;

    content->fd = fd;
    if (fstat(fd, &content->st))
    {
        err = efs_fail_errno(&diag, errno, 0, "fstat");
        close(fd);
    }
    else err = efs_plaintext_open(&content->plaintext, fd, &diag);
    if (!err) err = efs_plaintext_unlock(content->plaintext, tree->feks, &diag);
    if (err)
    {
        efs_plaintext_close(content->plaintext);
        return errno_of(&diag);
    }
    found = efs_plaintext_find(content->plaintext, NULL, 0, &content->stream);
    content->size = found ? efs_plaintext_stream(content->plaintext, content->stream)->size : 0;
    /* others seek in it: readahead is for the kernel to decide */
    posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
    return 0;
}

int view_content_open(struct view_tree *tree, struct view_node *node, struct view_content **ret)
{
    struct view_content *content;
    char path[FD_PATH_SIZE];
    struct stat st;
    int fd, file = -1, err;

    *ret = NULL;
    if (!tree->feks) return EACCES;
    if ((err = view_borrow(tree, node, &fd))) return err;
    if (fstat(fd, &st)) err = errno;
    if (!err && (*ret = share(tree, node, &st))) goto out;
    if (!err && (file = open(fd_path(path, fd), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0) err = errno;
    if (err) goto out;
    if (!(content = calloc(1, sizeof(*content))))
    {
        close(file);
        err = ENOMEM;
        goto out;
    }
    if ((err = open_new(tree, file, content)))
    {
        free(content);
        goto out;
    }
    content->node = node;
    content->users = 1;
    pthread_mutex_lock(&tree->lock);
    node->lookups++; /* the content's own: the kernel may forget the node before the file is closed */
    node->content = content;
    pthread_mutex_unlock(&tree->lock);
    *ret = content;
out:
    view_return(tree, node);
    return err;
}

void view_content_close(struct view_tree *tree, struct view_content *content)
{
    bool last;

    if (!content) return;
    pthread_mutex_lock(&tree->lock);
    last = !--content->users;
    if (last && content->node->content == content) content->node->content = NULL;
    pthread_mutex_unlock(&tree->lock);
    if (!last) return;
    view_forget(tree, content->node, 1);
    efs_plaintext_close(content->plaintext);
    free(content);
}

int view_content_fd(const struct view_content *content)
{
    return content->fd;
}

uint64_t view_content_size(const struct view_content *content)
{
    return content->size;
}

int view_content_read(struct view_content *content, uint64_t offset, void *buffer, size_t length, size_t *got)
{
    struct efs_diag diag = { 0 };

    *got = 0;
    if (offset >= content->size) return 0;
    return efs_plaintext_pread(content->plaintext, content->stream, offset, buffer, length, got, &diag)
        ? errno_of(&diag) : 0;
}

uint64_t view_content_seek(struct view_content *content, uint64_t offset, int hole)
{
    if (offset >= content->size) return content->size;
    if (!hole) return efs_plaintext_find_data(content->plaintext, content->stream, offset);
    /* where the next hole is, nobody keeps: a file may always say that it has none but at its end */
    return efs_plaintext_find_data(content->plaintext, content->stream, offset) > offset ? offset : content->size;
}
