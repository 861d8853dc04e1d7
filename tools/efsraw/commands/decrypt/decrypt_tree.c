/*
 * efsraw decrypt -r: a whole tree. Encrypted files are decrypted, plain ones copied.
 *
 * What is made is made by directory descriptors, and nothing in it is followed: neither a link that is there nor one
 * that somebody puts there meanwhile. A file gets its name when it is complete, and its last modification time when its
 * streams are there, too; so one that is there with that time and the right size is complete, and isn't made again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "decrypt_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "common/tool.h"
#include "efs/beside.h"
#include "efs/container.h"
#include "efs/probe.h"
#include "efs/store.h"
#include "efs/target.h"
#include "common/tree.h"

struct walk
{
    struct decrypt_tree *tree;
    struct directory    *current; /* NULL: before the root */
    const char          *target;
    struct stat          root;    /* of the target */
    bool                 have_root;
};

/* A file on its way. */
struct file
{
    struct decrypt_job   job;
    struct decrypt_tree *tree;
    struct directory    *directory;
    struct output        output;
    struct stat          st;       /* of the source */
    struct named_source  source;
    int                  fd;       /* of the source, if it is plain; else -1 */
    uint64_t             replaced; /* the number of the streams of what is replaced */
    uid_t                replaced_uid;
    char                *from, *to;
};

/* ---- directories ---- */

static bool enter(struct walk *walk, const struct tree_entry *entry)
{
    struct directory *directory = calloc(1, sizeof(*directory));
    const char *name = walk->current ? entry->name : walk->target;
    struct efs_diag diag = { 0 };
    enum efs_error error;

    if (walk->have_root && entry->st->st_dev == walk->root.st_dev && entry->st->st_ino == walk->root.st_ino)
    {
        free(directory);
        tree_say_passed(walk->tree, entry->path, "it is the target");
        return false;
    }
    if (directory)
        directory->path = walk->current ? join_paths(walk->current->path, entry->name) : strdup(walk->target);
    if (!directory || !directory->path)
    {
        efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        tree_say_failed(walk->tree, entry->path, &diag);
        free(directory);
        return false;
    }
    directory->st = *entry->st;
    directory->parent = walk->current;
    directory->uses = 1;
    error = directory_open(directory, name, &diag);
    if (!error && !walk->current)
    {
        walk->have_root = !fstat(directory->fd, &walk->root);
        if (walk->root.st_dev == entry->st->st_dev && walk->root.st_ino == entry->st->st_ino)
            error = efs_fail(&diag, EFS_ERR_INVALID, 0, "it is also the source");
    }
    if (error)
    {
        tree_say_failed(walk->tree, directory->path, &diag);
        if (directory->fd > 0) close(directory->fd);
        free(directory->path);
        free(directory);
        return false;
    }
    if (directory->parent) directory->parent->uses++;
    walk->current = directory;
    return true;
}

static void leave(void *context)
{
    struct walk *walk = context;
    struct directory *left = walk->current;

    walk->current = left->parent;
    directory_release(walk->tree, left);
}

/* ---- one file ---- */

static void free_file(struct file *file)
{
    output_close(&file->output);
    efs_plaintext_close(file->job.plaintext);
    if (file->fd != -1) close(file->fd);
    directory_release(file->tree, file->directory);
    free(file->from);
    free(file->to);
    free(file);
}

static mode_t choose_mode(void *context, mode_t mode)
{
    const struct file *file = context;

    (void)mode;
    return file->st.st_mode & 0777 & ~file->output.end.mask;
}

static enum efs_error keep_named(const struct file *file, struct efs_diag *diag)
{
    struct efs_owner owner = { .fd = file->output.fd, .dir_fd = file->output.target.dir_fd,
                               .name = file->output.target.name, .replaces = file->replaced };

    return named_keep(&file->source, file->tree->named, &owner, diag);
}

static enum efs_error set_times(const struct file *file, int fd, struct efs_diag *diag)
{
    const struct timespec times[2] = { file->st.st_atim, file->st.st_mtim };

    return futimens(fd, times) ? efs_fail_errno(diag, errno, 0, "set times") : EFS_OK;
}

/* Before the file has its name: its streams, if they are attributes, and then its times. */
static enum efs_error finish(void *context, int fd, mode_t mode, struct efs_diag *diag)
{
    struct file *file = context;
    enum efs_error error = EFS_OK;

    (void)mode;
    if (file->tree->named == NAMED_FILES) return EFS_OK; /* its streams need the name */
    if (file->tree->named == NAMED_ATTRIBUTES) error = keep_named(file, diag);
    return error ? error : set_times(file, fd, diag);
}

static enum efs_error open_output(struct file *file, struct efs_diag *diag)
{
    const char *name = file->source.name;
    enum efs_error error = output_open_at(&file->output, file->directory->fd, name, file->to,
                                          file->tree->output_flags, file->tree->inputs, file->tree->input_count, diag);

    file->output.end.choose = choose_mode;
    file->output.end.finish = finish;
    file->output.end.context = file;
    if (error || !file->output.replaces) return error;
    file->replaced = efs_streams_number(file->output.target.fd);
    file->replaced_uid = file->output.old.st_uid;
    return EFS_OK;
}

/* With its name: streams that are files, and then its times. */
static enum efs_error keep_files(struct file *file, struct efs_diag *diag)
{
    const struct efs_target *target = &file->output.target;
    enum efs_error error = EFS_OK;

    if (file->tree->named == NAMED_FILES)
    {
        error = keep_named(file, diag);
        if (!error) error = set_times(file, file->output.fd, diag);
    }
    efs_streams_drop(target->dir_fd, target->name, file->replaced, file->replaced_uid);
    return error;
}

/* All content is in the output. *count: one of the tree's. */
static void end_file(struct file *file, enum efs_error error, bool output_failed, const struct efs_diag *found,
                     uint64_t *count)
{
    struct efs_diag diag = *found;

    if (!error)
    {
        output_failed = true;
        error = output_commit(&file->output, &diag);
        if (!error) error = keep_files(file, &diag);
    }
    if (error) tree_say_failed(file->tree, output_failed ? file->to : file->from, &diag);
    else ++*count;
    if (!error && file->tree->named == NAMED_LEFT_OUT)
    {
        progress_clear(file->tree->progress);
        file->tree->left_out += named_say(&file->source);
    }
    free_file(file);
}

static enum efs_error begin_job(struct decrypt_job *job, struct sequence_sink *sink, struct efs_diag *diag)
{
    struct file *file = (struct file *)job;
    enum efs_error error = open_output(file, diag);

    *sink = output_sink(&file->output);
    output_expect(&file->output, efs_plaintext_stream(job->plaintext, job->stream)->size);
    return error;
}

static void end_job(struct decrypt_job *job, enum efs_error error, bool output_failed, const struct efs_diag *diag)
{
    struct file *file = (struct file *)job;

    end_file(file, error, output_failed, diag, &file->tree->decrypted);
}

/* In pieces too many to be read at any place, or a .PFILE. */
static void decrypt_from_path(struct file *file, const struct tree_entry *entry, enum input_kind kind)
{
    struct decrypt_options options = { .progress = file->tree->progress };
    struct efs_diag diag = { 0 };
    struct input input = { .fd = -1 };
    char path[FD_PATH_SIZE];
    enum efs_error error;
    bool output_failed = false;

    fd_path(path, entry->fd);
    error = input_open(&input, path, kind, &diag);
    input.name = file->from;
    if (!error && (error = open_output(file, &diag))) output_failed = true;
    if (!error) error = decrypt_in_order(file->tree->feks, &input, &file->output, &options, &output_failed, &diag);
    input_close(&input);
    end_file(file, error, output_failed, &diag, &file->tree->decrypted);
}

/* Holes stay holes. */
static void copy_plain(struct file *file)
{
    uint64_t size = (uint64_t)file->st.st_size, at = 0, start, end;
    struct efs_diag diag = { 0 };
    enum efs_error error = open_output(file, &diag);

    while (!error && at < size)
    {
        io_find_data(file->fd, at, size, &start, &end);
        error = output_zeros(&file->output, start - at, &diag);
        if (!error) error = output_copy(&file->output, file->fd, start, end - start, &diag);
        at = end;
    }
    *decrypt_queue_done(file->tree->queue) += size;
    progress_show(file->tree->progress, *decrypt_queue_done(file->tree->queue));
    end_file(file, error, true, &diag, &file->tree->copied);
}

/* Is it there already, complete? FAT keeps times to two seconds, and others to one. */
static bool is_there(const struct file *file, uint64_t size)
{
    struct stat st;
    int64_t later;

    if (fstatat(file->directory->fd, file->source.name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode)) return false;
    if ((uint64_t)st.st_size != size) return false;
    if (st.st_mtim.tv_sec == file->st.st_mtim.tv_sec && st.st_mtim.tv_nsec == file->st.st_mtim.tv_nsec) return true;
    later = (int64_t)st.st_mtim.tv_sec - (int64_t)file->st.st_mtim.tv_sec;
    return !st.st_mtim.tv_nsec && later >= -1 && later <= 1;
}

/* Finds out what it is. EFS_ERR_NOT_ENCRYPTED: a plain file. */
static enum efs_error open_source(struct file *file, const struct tree_entry *entry, struct efs_diag *diag)
{
    enum efs_error error;
    int copy;

    file->fd = tree_open(entry);
    copy = file->fd == -1 ? -1 : fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
    if (copy == -1) return efs_fail_errno(diag, errno, 0, "open");
    error = efs_plaintext_open(&file->job.plaintext, copy, diag);
    if (error == EFS_ERR_NOT_ENCRYPTED) return error;
    close(file->fd);
    file->fd = -1;
    return error;
}

static void decrypt_file(struct file *file, const struct tree_entry *entry)
{
    struct efs_diag diag = { 0 };
    enum efs_error error = open_source(file, entry, &diag);
    struct decrypt_tree *tree = file->tree;
    struct efs_probe probe;
    uint64_t size = (uint64_t)file->st.st_size;
    bool pfile = error == EFS_ERR_NOT_ENCRYPTED && tree_is_pfile(entry, file->fd, &size);

    if (pfile) tree_cut_pfile(entry, file->to);
    file->source.fd = file->fd;
    file->source.plaintext = file->job.plaintext;
    if (!error && !efs_plaintext_find(file->job.plaintext, NULL, 0, &file->job.stream))
        error = efs_fail(&diag, EFS_ERR_TYPE, 0, "no unnamed stream");
    if (!error) size = efs_plaintext_stream(file->job.plaintext, file->job.stream)->size;
    if (error == EFS_ERR_UNREPRESENTABLE)
    {
        efs_probe_fd(entry->fd, &probe);
        size = probe.data_size;
    }
    if (error && error != EFS_ERR_NOT_ENCRYPTED && error != EFS_ERR_UNREPRESENTABLE)
    {
        tree_say_failed(tree, file->from, &diag);
        free_file(file);
    }
    else if (is_there(file, size))
    {
        tree->there++;
        free_file(file);
    }
    else if (pfile) decrypt_from_path(file, entry, INPUT_PFILE);
    else if (error == EFS_ERR_NOT_ENCRYPTED) copy_plain(file);
    else if (error) decrypt_from_path(file, entry, INPUT_ENCRYPTED);
    else decrypt_queue_add(tree->queue, &file->job);
}

/* What isn't a file of anybody's: of an import that is running or was killed, of a directory, or of another file. */
static bool is_passed(struct decrypt_tree *tree, const struct tree_entry *entry)
{
    if (efs_is_stage_name(entry->name) || efs_is_rewrite_name(entry->name))
    {
        tree_say_passed(tree, entry->path, "an import's own file");
        return true;
    }
    if (tree_is_directory_efs(entry))
    {
        tree_say_passed(tree, entry->path, "the $EFS of a directory on FAT or exFAT");
        return true;
    }
    if (efs_is_container_name(entry->name) && efs_container_is_own(entry->dir_fd, entry->name, strlen(entry->name)))
        return true;
    return strchr(entry->name, ':') && entry->dir_fd != AT_FDCWD && efs_stream_is_file(entry->dir_fd, entry->name);
}

/* What was to be a tree. */
static void say_no_directory(struct decrypt_tree *tree, const char *path)
{
    struct efs_diag diag = { 0 };

    efs_fail(&diag, EFS_ERR_TYPE, 0, "not a directory");
    tree_say_failed(tree, path, &diag);
}

static bool visit(void *context, const struct tree_entry *entry)
{
    struct walk *walk = context;
    struct file *file;

    if (S_ISDIR(entry->st->st_mode)) return enter(walk, entry);
    if (!walk->current)
    {
        say_no_directory(walk->tree, entry->path);
        return false;
    }
    if (is_passed(walk->tree, entry)) return false;
    file = calloc(1, sizeof(*file));
    if (file)
    {
        static const struct output none = OUTPUT_NONE;

        file->output = none;
        file->from = strdup(entry->path);
        file->to = join_paths(walk->current->path, entry->name);
    }
    if (!file || !file->from || !file->to)
    {
        struct efs_diag diag = { 0 };

        efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        tree_say_failed(walk->tree, entry->path, &diag);
        if (file) free(file->from);
        if (file) free(file->to);
        free(file);
        return false;
    }
    file->tree = walk->tree;
    file->directory = walk->current;
    file->directory->uses++;
    file->fd = -1;
    file->st = *entry->st;
    file->job.begin = begin_job;
    file->job.end = end_job;
    file->source = (struct named_source){ .path = file->from, .feks = walk->tree->feks, .fd = -1,
                                          .dir_fd = entry->dir_fd, .name = strrchr(file->to, '/') + 1 };
    decrypt_file(file, entry);
    return false;
}

static void fail(void *context, const char *path, const char *problem, int err)
{
    struct walk *walk = context;

    progress_clear(walk->tree->progress);
    if (err) message(path, "%s: %s", problem, strerror(err));
    else message(path, "%s", problem);
    walk->tree->failed++;
}

static void pass(void *context, const char *path, mode_t mode)
{
    struct walk *walk = context;

    if (!walk->current) say_no_directory(walk->tree, path);
    else tree_say_passed(walk->tree, path, S_ISLNK(mode) ? "a symbolic link" : "neither a file nor a directory");
}

void decrypt_tree(struct decrypt_tree *tree, const char *source, const char *target)
{
    struct walk walk = { .tree = tree, .target = target };
    struct tree_visitor visitor = { &walk, visit, fail, leave, pass };

    tree_walk(source, &visitor);
    decrypt_queue_drain(tree->queue);
}
