/*
 * A plain file or directory that becomes an encrypted one where it is, as EncryptFile does it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/beside.h"
#include "efs/session.h"
#include "efs/target.h"

static enum efs_error feed(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    return efs_import_feed(context, bytes, length, diag);
}

static enum efs_error seal(struct efs_import *import, int fd, const struct efs_seal_readers *readers, bool directory,
                           unsigned int flags, struct efs_diag *diag)
{
    struct efs_seal *seal;
    enum efs_error err = efs_seal_begin(&seal, readers, feed, import, diag);
    uint32_t named;

    if (err) return err;
    if (!directory) err = efs_seal_file(seal, fd, flags, &named, diag);
    efs_seal_free(seal);
    return err ? err : efs_import_commit(import, diag);
}

static enum efs_error encrypt_into(struct efs_target *target, int fd, const struct efs_seal_readers *readers,
                                   unsigned int flags, struct efs_diag *diag)
{
    struct efs_import *import;
    enum efs_error err = efs_import_begin(&import, target, target->directory, 0, diag);

    if (!err) err = seal(import, fd, readers, target->directory, flags, diag);
    efs_import_free(import);
    return err;
}

/*
 * The new file's name has to be on the disk before the old content isn't: a power cut between the two would leave
 * neither. Who may write in the directory but not read it can't make sure of that.
 */
static bool name_is_on_disk(const struct efs_target *target)
{
    int dir = io_reopen_directory(target->dir_fd);
    bool synced = dir != -1 && !fsync(dir);

    if (dir != -1) close(dir);
    return synced;
}

/*
 * The plaintext lies on the disk until something else does. It is overwritten where it is: which helps where the file
 * system writes in place. Whether it could be done changes nothing about the file.
 */
static void overwrite(int fd, uint64_t size)
{
    char path[FD_PATH_SIZE];
    int writing = open(fd_path(path, fd), O_WRONLY | O_CLOEXEC);

    if (writing == -1) return;
    if (!io_clear_data(writing, 0, size, NULL)) (void)fsync(writing);
    close(writing);
}

static enum efs_error encrypt(struct efs_target *target, int fd, const struct stat *st,
                              const struct efs_seal_readers *readers, struct efs_diag *diag)
{
    uint64_t number = target->directory ? 0 : efs_streams_number(fd);
    enum efs_error err;
    struct stat now;
    bool synced;

    target->no_copies = true;
    err = encrypt_into(target, fd, readers, EFS_SEAL_HOLES, diag);
    if (err == EFS_ERR_UNREPRESENTABLE && !target->directory)
    {
        /* NTFS-3G has no holes in what is encrypted */
        if (diag) memset(diag, 0, sizeof(*diag));
        err = encrypt_into(target, fd, readers, 0, diag);
    }
    if (err) return err;
    /* what it says is what it said before */
    (void)efs_target_keep_time(target, st, NULL);
    if (target->directory) return EFS_OK;
    synced = name_is_on_disk(target);
    if (number) efs_streams_drop(target->dir_fd, target->name, number, st->st_uid);
    if (synced && !fstat(fd, &now) && !now.st_nlink) overwrite(fd, (uint64_t)st->st_size);
    return EFS_OK;
}

enum efs_error efs_encrypt_at(int fd, struct efs_target *at, const struct efs_seal_readers *readers,
                              struct efs_diag *diag)
{
    struct efs_target target;
    enum efs_error err;
    struct stat st;

    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return efs_fail(diag, EFS_ERR_TYPE, 0, "neither a file nor a directory");
    if (S_ISREG(st.st_mode) && st.st_nlink > 1)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "it has other names, whose content would have to be copied");
    if (at) return encrypt(at, fd, &st, readers, diag);
    if ((err = efs_target_open_fd(&target, fd, diag))) return err;
    err = encrypt(&target, fd, &st, readers, diag);
    efs_target_close(&target);
    return err;
}

enum efs_error efs_encrypt_in_place(int fd, const struct efs_seal_readers *readers, struct efs_diag *diag)
{
    return efs_encrypt_at(fd, NULL, readers, diag);
}
