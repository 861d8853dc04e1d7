/*
 * The directories of `efsraw decrypt -r`, which get their times when all that is in them is there; and its messages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "decrypt_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "common/tool.h"
#include "efs/target.h"
#include "common/tree.h"

void tree_say_failed(struct decrypt_tree *tree, const char *path, const struct efs_diag *diag)
{
    progress_clear(tree->progress);
    report(path, diag);
    tree->failed++;
}

void tree_say_passed(struct decrypt_tree *tree, const char *path, const char *what)
{
    progress_clear(tree->progress);
    message(path, "left out: %s", what);
    tree->left_out++;
}

char *join_paths(const char *directory, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

void directory_release(struct decrypt_tree *tree, struct directory *directory)
{
    struct efs_diag diag = { 0 };
    struct directory *parent;
    char path[FD_PATH_SIZE];

    while (directory && !--directory->uses)
    {
        const struct timespec times[2] = { directory->st.st_atim, directory->st.st_mtim };
        struct stat st;
        /* It was made writable for its owner, who filled it. To others it is what the umask has left. */
        bool narrow = directory->made && (directory->st.st_mode & 0700) != 0700;

        fd_path(path, directory->fd);
        if ((narrow && (fstat(directory->fd, &st) || chmod(path, st.st_mode & (directory->st.st_mode | 0077) & 0777)))
            || utimensat(AT_FDCWD, path, times, 0))
        {
            efs_fail_errno(&diag, errno, 0, "set mode and times");
            tree_say_failed(tree, directory->path, &diag);
        }
        close(directory->fd);
        parent = directory->parent;
        free(directory->path);
        free(directory);
        directory = parent;
    }
}

enum efs_error directory_open(struct directory *directory, const char *name, struct efs_diag *diag)
{
    int dir_fd = directory->parent ? directory->parent->fd : AT_FDCWD;
    int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | (directory->parent ? O_NOFOLLOW : 0);
    enum efs_error err;

    directory->made = !mkdirat(dir_fd, name, (directory->st.st_mode & 0777) | 0700);
    if (!directory->made && errno != EEXIST) return efs_fail_errno(diag, errno, 0, "make directory");
    if (directory->made && (err = efs_reparse_check(dir_fd, name, diag)))
    {
        unlinkat(dir_fd, name, AT_REMOVEDIR);
        return err;
    }
    directory->fd = openat(dir_fd, name, flags);
    return directory->fd == -1 ? efs_fail_errno(diag, errno, 0, "open directory") : EFS_OK;
}
