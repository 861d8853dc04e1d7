/*
 * Who made a request: what is created gets his umask, and his name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With another owner the capabilities for files go. The kernel has checked what he may do, with all of his groups. */
static int keep_override(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &header, data)) return errno;
    data[0].effective |= 1u << CAP_DAC_OVERRIDE;
    return syscall(SYS_capset, &header, data) ? errno : 0;
}

int caller_begin(struct caller *caller, const struct serve *serve, fuse_req_t req)
{
    static _Thread_local bool own_mask;
    const struct fuse_ctx *context = fuse_req_ctx(req);
    int err = 0;

    caller->switched = false;
    /* threads share a umask until they are told otherwise */
    if (!own_mask && unshare(CLONE_FS)) return errno;
    own_mask = true;
    umask(context->umask);
    if (!serve->others || geteuid()) return 0;
    if (context->uid || context->gid)
    {
        caller->switched = true;
        setfsgid(context->gid);
        setfsuid(context->uid);
        /* they say who it was before */
        if ((uid_t)setfsuid((uid_t)-1) != context->uid || (gid_t)setfsgid((gid_t)-1) != context->gid) err = EPERM;
        if (!err && context->uid) err = keep_override();
        if (err) caller_end(caller);
    }
    return err;
}

void caller_end(struct caller *caller)
{
    if (!caller->switched) return;
    setfsuid(0);
    setfsgid(getegid());
    caller->switched = false;
}
