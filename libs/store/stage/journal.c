/*
 * What makes the rewriting of a file recoverable.
 *
 * The journal is the complete new file, named .efs-rewrite- and 16 hexadecimal digits, in the target's directory. It
 * says which inode it is for, and the target's mark says which journal is its own: without both, nothing is written.
 * The order is that of any journal: the journal is on the disk before the mark, the mark before the first byte that
 * changes, the new content before the mark goes, and that before the journal does. So where there is a mark, the new
 * content can be put there, however often; where there is none, the target is whole.
 *
 * Who may write in the directory can make such names, and who may write to the file such marks; but only the one who
 * rewrites, or the file's owner, can make a journal that is his.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "copy.h"

#define JOURNAL_PREFIX ".efs-rewrite-"
#define JOURNAL_DIGITS 16
/* on the journal: u8 version, u64 inode of the target, its name in the directory */
#define RECORD         "user.efs.rewrites"
#define RECORD_VERSION 1
#define RECORD_NAME    9
#define RECORD_MAX     (RECORD_NAME + 255)

bool efs_is_rewrite_name(const char *name)
{
    size_t prefix = strlen(JOURNAL_PREFIX);

    return !strncmp(name, JOURNAL_PREFIX, prefix) && strlen(name) == prefix + JOURNAL_DIGITS
           && strspn(name + prefix, "0123456789abcdef") == JOURNAL_DIGITS;
}

static const char *digits_of(const char *name)
{
    return name + strlen(JOURNAL_PREFIX);
}

static enum efs_error sync_file(int fd, struct efs_diag *diag)
{
    return fsync(fd) ? efs_fail_errno(diag, errno, 0, "sync") : EFS_OK;
}

static enum efs_error set_record(const struct efs_stage *stage, int target, struct efs_diag *diag)
{
    uint8_t record[RECORD_MAX] = { RECORD_VERSION };
    size_t length = strlen(stage->target->name);
    struct stat st;

    if (fstat(target, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (length > RECORD_MAX - RECORD_NAME)
        return efs_fail(diag, EFS_ERR_PATH_NOT_FOUND, 0, "the target's name is too long");
    store64_le(record + 1, (uint64_t)st.st_ino);
    memcpy(record + RECORD_NAME, stage->target->name, length);
    return xattr_set_other(stage->fd, RECORD, record, RECORD_NAME + length, diag);
}

enum efs_error journal_begin(struct efs_stage *stage, int target, struct efs_diag *diag)
{
    char made[STAGE_NAME_SIZE], name[STAGE_NAME_SIZE];
    enum efs_error err;

    if ((err = set_record(stage, target, diag))) return err;
    if ((err = stage_make_name(made, diag))) return err;
    snprintf(name, sizeof(name), JOURNAL_PREFIX "%.16s", made + strlen(STAGE_NAME_PREFIX));
    if ((err = stage_give_name(stage, name, diag))) return err;
    /* The journal's name must be on the disk, too. Who can't read the directory relies on the file's sync. */
    if ((err = sync_file(stage->fd, diag)) || (err = io_sync_directory(stage->target->dir_fd, diag))) return err;
    if ((err = xattr_set_other(target, EFS_STORE_REWRITE, (const uint8_t *)digits_of(name), JOURNAL_DIGITS, diag)))
        return err;
    return sync_file(target, diag);
}

static bool remove_mark(int target)
{
    return !fremovexattr(target, EFS_STORE_REWRITE) || errno == ENODATA;
}

enum efs_error journal_end(int target, struct efs_diag *diag)
{
    if (!remove_mark(target)) return efs_fail_errno(diag, errno, 0, "remove an extended attribute");
    return sync_file(target, diag);
}

void journal_drop(struct efs_stage *stage, int target, bool whole)
{
    if (!efs_is_rewrite_name(stage->name)) return;
    if (whole && remove_mark(target)) return;
    /* What can't be undone can be done. */
    fsetxattr(target, EFS_STORE_REWRITE, digits_of(stage->name), JOURNAL_DIGITS, 0);
    stage->name[0] = 0;
}

enum efs_error journal_apply(int from, int target, uint64_t size, const struct xattr_value values[XATTR_COUNT],
                             struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = xattr_replace(target, values, diag))) return err;
    if ((err = stage_copy(from, target, size, diag))) return err;
    if (ftruncate(target, (off_t)size)) return efs_fail_errno(diag, errno, 0, "truncate");
    if ((err = sync_file(target, diag))) return err;
    stage_punch(from, target, size);
    return EFS_OK;
}

/* ---- after a kill ---- */

struct journal
{
    int         fd, target; /* -1: not open */
    const char *name;
    struct stat st, target_st;
};

/* The file that the journal names, if it is still that one. */
static bool open_target(struct journal *journal, int dir_fd)
{
    uint8_t record[RECORD_MAX + 1];
    ssize_t n = fgetxattr(journal->fd, RECORD, record, RECORD_MAX);

    if (n <= RECORD_NAME || record[0] != RECORD_VERSION) return false;
    record[n] = 0;
    if (strchr((char *)record + RECORD_NAME, '/')) return false;
    journal->target = openat(dir_fd, (char *)record + RECORD_NAME,
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return journal->target != -1 && !fstat(journal->target, &journal->target_st) && S_ISREG(journal->target_st.st_mode)
           && journal->target_st.st_dev == journal->st.st_dev
               && (uint64_t)journal->target_st.st_ino == load64_le(record + 1);
}

static enum efs_rewrite_state examine(struct journal *journal, int dir_fd)
{
    char mark[JOURNAL_DIGITS];

    journal->fd = openat(dir_fd, journal->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (journal->fd == -1) return errno == ENOENT ? EFS_REWRITE_GONE : EFS_REWRITE_LOST;
    /* One of several names is somebody's trick: its content would be another file's. */
    if (fstat(journal->fd, &journal->st) || !S_ISREG(journal->st.st_mode) || journal->st.st_nlink > 1)
        return EFS_REWRITE_LOST;
    if (flock(journal->fd, LOCK_EX | LOCK_NB)) return EFS_REWRITE_RUNNING;
    if (!stage_has_name(dir_fd, journal->name, journal->fd)) return EFS_REWRITE_GONE;
    if (!open_target(journal, dir_fd)) return EFS_REWRITE_LOST;
    if (journal->st.st_uid != journal->target_st.st_uid && journal->st.st_uid != geteuid()) return EFS_REWRITE_LOST;
    if (fgetxattr(journal->target, EFS_STORE_REWRITE, mark, sizeof(mark)) != JOURNAL_DIGITS
        || memcmp(mark, digits_of(journal->name), JOURNAL_DIGITS)) return EFS_REWRITE_UNNEEDED;
    return EFS_REWRITE_PENDING;
}

/* Once more from its beginning; where that fails, it can be done again. */
static enum efs_error redo(const struct journal *journal, struct efs_diag *diag)
{
    struct xattr_value values[XATTR_COUNT];
    enum efs_error err;
    char path[FD_PATH_SIZE];
    int fd;

    fd_path(path, journal->target);
    if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1) return efs_fail_errno(diag, errno, 0, "open target");
    err = xattr_save(journal->fd, values, diag);
    if (!err) err = journal_apply(journal->fd, fd, (uint64_t)journal->st.st_size, values, diag);
    if (err == FORM_UNFIT) err = diag->code = EFS_ERR_VOLUME;
    if (!err) err = journal_end(fd, diag);
    xattr_free(values);
    close(fd);
    return err;
}

enum efs_rewrite_state efs_rewrite_check(int dir_fd, const char *name, bool repair, struct efs_diag *diag)
{
    struct journal journal = { .fd = -1, .target = -1, .name = name };
    enum efs_rewrite_state state = examine(&journal, dir_fd);
    struct efs_diag own;

    if (!diag) diag = &own;
    if (repair && (state == EFS_REWRITE_UNNEEDED || (state == EFS_REWRITE_PENDING && !redo(&journal, diag))))
        state = unlinkat(dir_fd, name, 0) ? EFS_REWRITE_UNNEEDED : EFS_REWRITE_REPAIRED;
    if (journal.target != -1) close(journal.target);
    if (journal.fd != -1) close(journal.fd);
    return state;
}

enum efs_rewrite_state efs_rewrite_repair(int dir_fd, int fd, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE], name[STAGE_NAME_SIZE] = JOURNAL_PREFIX, *digits = name + strlen(JOURNAL_PREFIX);

    /* By this name, since an O_PATH descriptor has no attributes of its own. */
    fd_path(path, fd);
    if (getxattr(path, EFS_STORE_REWRITE, digits, JOURNAL_DIGITS) != JOURNAL_DIGITS || !efs_is_rewrite_name(name))
        return EFS_REWRITE_GONE;
    return efs_rewrite_check(dir_fd, name, true, diag);
}
