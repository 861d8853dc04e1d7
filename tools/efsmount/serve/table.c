/*
 * The table of operations, and what the view wants of the kernel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

/*
 * Operations that go by what form a file has, plain or encrypted, hold that it stays so: an empty plain file, and who
 * has it open, can become an encrypted one (serve_encrypt). Nothing else waits for them.
 */
void serve_begin(struct serve *serve)
{
    pthread_rwlockattr_t writers_first;

    pthread_rwlockattr_init(&writers_first);
    pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&serve->forms, &writers_first);
    pthread_rwlockattr_destroy(&writers_first);
    pthread_mutex_init(&serve->opening, NULL);
}

void serve_end(struct serve *serve)
{
    pthread_mutex_destroy(&serve->opening);
    pthread_rwlock_destroy(&serve->forms);
}

/* The request is gone when it is answered: what holds the lock is asked for before. */
#define HELD(call)                                 \
    do                                             \
    {                                              \
        struct serve *serve = fuse_req_userdata(req); \
                                                   \
        pthread_rwlock_rdlock(&serve->forms);      \
        call;                                      \
        pthread_rwlock_unlock(&serve->forms);      \
    } while (0)

static void held_setattr(fuse_req_t req, fuse_ino_t number, struct stat *st, int which, struct fuse_file_info *info)
{
    HELD(serve_setattr(req, number, st, which, info));
}

static void held_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info)
{
    HELD(serve_create(req, parent, name, mode, info));
}

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
static void held_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode, struct fuse_file_info *info)
{
    HELD(serve_tmpfile(req, parent, mode, info));
}
#endif

static void held_open(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    HELD(serve_open(req, number, info));
}

static void held_flush(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    HELD(serve_flush(req, number, info));
}

static void held_release(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    HELD(serve_release(req, number, info));
}

static void held_read(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
    HELD(serve_read(req, number, size, offset, info));
}

static void held_write_buf(fuse_req_t req, fuse_ino_t number, struct fuse_bufvec *in, off_t offset,
                           struct fuse_file_info *info)
{
    HELD(serve_write_buf(req, number, in, offset, info));
}

static void held_fsync(fuse_req_t req, fuse_ino_t number, int data_only, struct fuse_file_info *info)
{
    HELD(serve_fsync(req, number, data_only, info));
}

static void held_fallocate(fuse_req_t req, fuse_ino_t number, int mode, off_t offset, off_t length,
                           struct fuse_file_info *info)
{
    HELD(serve_fallocate(req, number, mode, offset, length, info));
}

static void held_copy_file_range(fuse_req_t req, fuse_ino_t from, off_t from_offset, struct fuse_file_info *from_info,
                                 fuse_ino_t to, off_t to_offset, struct fuse_file_info *to_info, size_t length,
                                 int flags)
{
    HELD(serve_copy_file_range(req, from, from_offset, from_info, to, to_offset, to_info, length, flags));
}

static void held_lseek(fuse_req_t req, fuse_ino_t number, off_t offset, int whence, struct fuse_file_info *info)
{
    HELD(serve_lseek(req, number, offset, whence, info));
}

/* Bytes of one write. With its header it has to fit the largest pipe that everybody may make (1 MiB), or an ordinary
   user's daemon can't splice; and each thread's buffer is locked memory, of which he may have 8 MiB. */
#define WRITE_MAX (256 * 1024)

static void init(void *userdata, struct fuse_conn_info *conn)
{
    struct serve *serve = userdata;
    const unsigned int wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_SPLICE_READ
        | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE | FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_READDIRPLUS
        | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ASYNC_DIO | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_DONT_MASK
        | (serve->others ? FUSE_CAP_POSIX_ACL : 0);

    /* Everything else is left out: no cache of writes, whose errors would come too late; locks are the kernel's; and it
       takes the set-user bits away itself. */
    conn->want = conn->capable & wanted;
    if (conn->max_write > WRITE_MAX) conn->max_write = WRITE_MAX;
    passthrough_choose(serve, conn);
}

const struct fuse_lowlevel_ops serve_operations =
{
    .init = init,
    .lookup = serve_lookup,
    .forget = serve_forget,
    .forget_multi = serve_forget_multi,
    .getattr = serve_getattr,
    .setattr = held_setattr,
    .readlink = serve_readlink,
    .mknod = serve_mknod,
    .mkdir = serve_mkdir,
    .unlink = serve_unlink,
    .rmdir = serve_rmdir,
    .symlink = serve_symlink,
    .rename = serve_rename,
    .link = serve_link,
    .open = held_open,
    .read = held_read,
    .write_buf = held_write_buf,
    .flush = held_flush,
    .release = held_release,
    .fsync = held_fsync,
    .opendir = serve_opendir,
    .readdir = serve_readdir,
    .readdirplus = serve_readdirplus,
    .releasedir = serve_releasedir,
    .fsyncdir = serve_fsyncdir,
    .statfs = serve_statfs,
    .setxattr = serve_setxattr,
    .getxattr = serve_getxattr,
    .listxattr = serve_listxattr,
    .removexattr = serve_removexattr,
    .access = serve_access,
    .create = held_create,
    .fallocate = held_fallocate,
    .copy_file_range = held_copy_file_range,
    .lseek = held_lseek,
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
    .tmpfile = held_tmpfile,
#endif
};
