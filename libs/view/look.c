/*
 * What a view says of a file: whether it is encrypted, and how long its plaintext is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/probe.h"
#include "store/forms/form.h"

bool is_still(const struct known *known, const struct stat *st)
{
    return known->valid && known->stored == st->st_size && same_time(&known->modified, &st->st_mtim)
        && same_time(&known->changed, &st->st_ctim);
}

struct known note_known(const struct stat *st)
{
    return (struct known){ .valid = io_is_settled(&st->st_ctim), .stored = st->st_size, .modified = st->st_mtim,
                           .changed = st->st_ctim, .size = (uint64_t)st->st_size };
}

/*
 * Any file with the attribute is one, whatever its size is: the view shows no ciphertext. Where it can't be opened, the
 * size is that of the ciphertext, at most 511 bytes too large.
 */
static struct known probe(int fd, const struct stat *st)
{
    struct known known = note_known(st);
    char path[FD_PATH_SIZE];
    struct efs_probe found;
    int file;

    if (!form_has_attribute(fd_path(path, fd))) return known;
    known.encrypted = true;
    if (S_ISDIR(st->st_mode) || !efs_is_candidate_size((uint64_t)st->st_size)) return known;
    if (st->st_size) known.size -= 2;
    file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    known.guessed = true;
    if (file < 0) return known;
    efs_probe_fd(file, &found);
    close(file);
    if (found.encrypted) known.size = found.data_size;
    /* the probe leaves the stored size where it can't read the count of padding */
    known.guessed = !found.encrypted || (st->st_size && found.data_size == (uint64_t)st->st_size);
    return known;
}

/* By their number of blocks programs know that they should ask for more (view/efs_view.h). */
static void mark_blocks(struct view_about *about)
{
    about->st.st_blocks += about->st.st_blocks & 1;
    if (about->encrypted) about->st.st_blocks++;
}

void look_further(struct view_tree *tree, struct view_node *node, int fd, struct view_about *about)
{
    mode_t type = about->st.st_mode & S_IFMT;
    struct known known;

    about->encrypted = false;
    if (type != S_IFREG && type != S_IFDIR) return;
    pthread_mutex_lock(&tree->lock);
    known = node->known;
    if (content_is_live(node->content))
    {
        about->encrypted = true;
        about->st.st_size = (off_t)efs_plaintext_size(node->content->plaintext);
    }
    unlock_tree(tree);
    if (!about->encrypted)
    {
        if (!is_still(&known, &about->st))
        {
            known = probe(fd, &about->st);
            pthread_mutex_lock(&tree->lock);
            node->known = known;
            unlock_tree(tree);
        }
        about->encrypted = known.encrypted;
        if (known.encrypted && type == S_IFREG) about->st.st_size = (off_t)known.size;
    }
    mark_blocks(about);
}

int look_at(struct view_tree *tree, struct view_node *node, int fd, struct view_about *about)
{
    struct identity identity;
    int err = identity_of(fd, &identity, &about->st);

    if (!err) look_further(tree, node, fd, about);
    return err;
}

void look_at_new(struct view_tree *tree, struct view_node *node, int fd, bool encrypted, struct view_about *about)
{
    struct known known;

    /* somebody has seen its name already */
    if (about->st.st_size)
    {
        look_further(tree, node, fd, about);
        return;
    }
    known = note_known(&about->st);
    about->encrypted = known.encrypted = encrypted;
    pthread_mutex_lock(&tree->lock);
    node->known = known;
    unlock_tree(tree);
    mark_blocks(about);
}

/* ---- at the end ---- */

/* False: it may change again in the same step of the clock. */
static bool look_now(struct view_node *node)
{
    struct stat st;

    /* no longer there: nothing will be asked of it */
    if (fstat(node->fd, &st)) return true;
    if (!is_still(&node->known, &st)) node->known = probe(node->fd, &st);
    return node->known.valid;
}

/* What has changed a moment ago can't be told from what is going to change in the same moment: see io_is_settled. */
static bool look_again(struct view_tree *tree, bool waited)
{
    static const struct timespec step = { .tv_nsec = 60000000 };
    struct view_node *node;
    bool unsettled = false;
    size_t i;

    for (i = 0; i < tree->bucket_count; i++)
    {
        for (node = tree->buckets[i].first; node; node = node->next)
        {
            if (node->fd >= 0 && (node->identity.type == S_IFREG || node->identity.type == S_IFDIR))
                unsettled |= !look_now(node);
            if (waited || node->known.valid) keep_in_memory(tree, node);
        }
    }
    if (unsettled && !waited) nanosleep(&step, NULL);
    return !unsettled;
}

void fill_memory(struct view_tree *tree)
{
    if (tree->memory && !look_again(tree, false)) (void)look_again(tree, true);
}
