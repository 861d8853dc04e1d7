/*
 * The marks that say which files in a directory are streams of another.
 *
 * The number is made at random: an inode's number goes to the next file when its own has gone, and is another one after
 * a copy (cp -a, rsync -X, tar --xattrs), which the marks survive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "beside.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/bytes.h"
#include "base/io.h"
#include "store/ntfs.h"
#include "store/stage/stage.h"
#include "store/xattr.h"

#define VERSION 1

static void make_mark(uint8_t mark[EFS_BESIDE_MARK], bool files, uint64_t number)
{
    mark[0] = VERSION;
    mark[1] = files;
    store64_le(mark + 2, number);
}

bool efs_beside_is_kept(int fd)
{
    struct stat st;
    bool ntfs;

    if (fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) return false;
    if (fgetxattr(fd, EFS_BESIDE_OWNER, NULL, 0) < 0 && errno == ENOTSUP) return false;
    return !ntfs_is_mount(fd, &ntfs, NULL) && !ntfs;
}

int beside_get_mark(int fd, const char *attribute, bool *files, uint64_t *number)
{
    uint8_t mark[EFS_BESIDE_MARK];
    char path[FD_PATH_SIZE];
    ssize_t n;

    *files = false;
    *number = 0;
    /* By this name, since an O_PATH descriptor has no attributes of its own. */
    n = getxattr(fd_path(path, fd), attribute, mark, sizeof(mark));
    if (n < 0 && errno != ENODATA && errno != ENOTSUP && errno != ERANGE) return -1;
    if (n != sizeof(mark) || mark[0] != VERSION) return 0;
    *files = mark[1] == 1;
    *number = load64_le(mark + 2);
    return *number != 0;
}

static enum efs_error fail_to_get(struct efs_diag *diag)
{
    return efs_fail_errno(diag, errno, 0, "get the mark of streams");
}

enum efs_error beside_mark_owner(int fd, bool files, uint64_t *number, struct efs_diag *diag)
{
    uint8_t mark[EFS_BESIDE_MARK];
    enum efs_error err;
    uint64_t made;
    bool has_files;
    int found = beside_get_mark(fd, EFS_BESIDE_OWNER, &has_files, number);

    if (found < 0) return fail_to_get(diag);
    if (!found)
    {
        if ((err = stage_make_id(&made, diag))) return err;
        made |= 1; /* never 0 */
        make_mark(mark, files, made);
        *number = made;
        if (!fsetxattr(fd, EFS_BESIDE_OWNER, mark, sizeof(mark), XATTR_CREATE)) return EFS_OK;
        if (errno != EEXIST) return xattr_set_other(fd, EFS_BESIDE_OWNER, mark, sizeof(mark), diag);
        /* Somebody else was faster; or it isn't a mark, and gives way. */
        found = beside_get_mark(fd, EFS_BESIDE_OWNER, &has_files, number);
        if (found < 0) return fail_to_get(diag);
        if (!found)
        {
            *number = made;
            return xattr_set_other(fd, EFS_BESIDE_OWNER, mark, sizeof(mark), diag);
        }
    }
    if (has_files || !files) return EFS_OK;
    make_mark(mark, true, *number);
    return xattr_set_other(fd, EFS_BESIDE_OWNER, mark, sizeof(mark), diag);
}

enum efs_error beside_mark_stream(int fd, uint64_t number, struct efs_diag *diag)
{
    uint8_t mark[EFS_BESIDE_MARK];

    make_mark(mark, true, number);
    return xattr_set_other(fd, EFS_BESIDE_STREAM, mark, sizeof(mark), diag);
}

enum efs_error beside_number(int fd, uint64_t *number, struct efs_diag *diag)
{
    bool files;

    if (beside_get_mark(fd, EFS_BESIDE_OWNER, &files, number) < 0) return fail_to_get(diag);
    if (!files) *number = 0;
    return EFS_OK;
}

uint64_t efs_streams_number(int fd)
{
    uint64_t number;

    return beside_number(fd, &number, NULL) ? 0 : number;
}
