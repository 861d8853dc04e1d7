/*
 * The table of operations, and what the view wants of the kernel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

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
}

const struct fuse_lowlevel_ops serve_operations =
{
    .init = init,
    .lookup = serve_lookup,
    .forget = serve_forget,
    .forget_multi = serve_forget_multi,
    .getattr = serve_getattr,
    .setattr = serve_setattr,
    .readlink = serve_readlink,
    .mknod = serve_mknod,
    .mkdir = serve_mkdir,
    .unlink = serve_unlink,
    .rmdir = serve_rmdir,
    .symlink = serve_symlink,
    .rename = serve_rename,
    .link = serve_link,
    .open = serve_open,
    .read = serve_read,
    .write_buf = serve_write_buf,
    .flush = serve_flush,
    .release = serve_release,
    .fsync = serve_fsync,
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
    .create = serve_create,
    .fallocate = serve_fallocate,
    .copy_file_range = serve_copy_file_range,
    .lseek = serve_lseek,
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
    .tmpfile = serve_tmpfile,
#endif
};
