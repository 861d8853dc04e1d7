/*
 * Where something is that is going to be replaced, changed or made, in a view or not.
 *
 * A path would lead into the view again, where that is mounted over its own tree: so the one below is found by the
 * descriptor of its directory, which the view's daemon gives, and the name that it has in the view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "site.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "view/door.h"

void site_init(struct site *site)
{
    memset(site, 0, sizeof(*site));
    site->target.dir_fd = site->target.fd = site->seen = site->claim = -1;
}

static enum efs_error find_directory(struct efs_target *below, const struct efs_target *seen, struct efs_diag *diag)
{
    enum efs_error err;
    int fd;

    if ((err = door_enter_below(seen->fd, &fd, diag))) return err;
    if (fd == -1) return efs_fail(diag, EFS_ERR_CHANGED, 0, "the view has gone");
    err = efs_target_open_fd(below, fd, diag);
    close(fd);
    return err;
}

static enum efs_error find_file(struct efs_target *below, const struct efs_target *seen, struct efs_diag *diag)
{
    enum efs_error err;
    int dir_fd;

    if ((err = door_enter_below(seen->dir_fd, &dir_fd, diag))) return err;
    if (dir_fd == -1) return efs_fail(diag, EFS_ERR_CHANGED, 0, "the view has gone");
    if ((err = efs_target_open_at(below, dir_fd, seen->name, diag))) close(dir_fd);
    return err;
}

/* From what is in the view to the one below. */
static enum efs_error go_below(struct site *site, struct efs_diag *diag)
{
    struct efs_target *seen = &site->target, below;
    char path[FD_PATH_SIZE];
    enum efs_error err = seen->directory ? find_directory(&below, seen, diag) : find_file(&below, seen, diag);

    if (err) return err;
    site->seen = seen->fd;
    seen->fd = -1;
    efs_target_close(seen);
    site->target = below;
    if (!below.exists) return efs_fail(diag, EFS_ERR_CHANGED, 0, "it has lost its name");
    /* Wine has been asked for no right to write: a view would get ready for that */
    if (faccessat(AT_FDCWD, fd_path(path, below.fd), W_OK, AT_EACCESS))
        return efs_fail_errno(diag, errno, 0, "write access");
    return EFS_OK;
}

enum efs_error site_open(struct site *site, int fd, bool has_open, struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = efs_target_open_fd(&site->target, fd, diag))) return err;
    site->has_open = has_open;
    if (door_is_in_view(fd)) err = go_below(site, diag);
    if (err) site_close(site);
    return err;
}

enum efs_error site_enter(struct site *site, struct efs_diag *diag)
{
    enum efs_error err;
    int below;

    if (site->target.exists) return EFS_OK;
    err = door_enter_below(site->target.dir_fd, &below, diag);
    if (below == -1) return err;
    close(site->target.dir_fd);
    site->target.dir_fd = below;
    return EFS_OK;
}

/* What the view's daemon has given: the file that was found by its name? */
static enum efs_error check_same(const struct efs_target *target, int below, struct efs_diag *diag)
{
    struct stat st;

    if (fstat(below, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    return st.st_dev == target->dev && st.st_ino == target->ino ? EFS_OK
        : efs_fail(diag, EFS_ERR_CHANGED, 0, "another file has its name");
}

/* below: as of door_claim. */
static enum efs_error claim(struct site *site, int *below, struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = door_claim(site->seen, site->has_open, &site->claim, below, diag))) return err;
    if (!(err = check_same(&site->target, *below, diag))) return EFS_OK;
    close(*below);
    site_end_claim(site);
    return err;
}

enum efs_error site_claim(struct site *site, struct efs_diag *diag)
{
    enum efs_error err;
    int below;

    if (site->seen == -1) return EFS_OK;
    if (!(err = claim(site, &below, diag))) close(below);
    return err;
}

enum efs_error site_begin(struct site *site, int *fd, struct efs_diag *diag)
{
    enum efs_error err;
    int below;

    site_init(site);
    if (!door_is_in_view(*fd)) return EFS_OK;
    if ((err = site_open(site, *fd, true, diag))) return err;
    if ((err = claim(site, &below, diag)))
    {
        site_close(site);
        return err;
    }
    close(*fd);
    *fd = below;
    return EFS_OK;
}

struct efs_target *site_target(struct site *site)
{
    return site->seen == -1 ? NULL : &site->target;
}

void site_end_claim(struct site *site)
{
    door_end_claim(site->claim);
    site->claim = -1;
}

void site_close(struct site *site)
{
    site_end_claim(site);
    efs_target_close(&site->target);
    if (site->seen != -1) close(site->seen);
    site->seen = -1;
}
