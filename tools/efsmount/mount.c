/*
 * A view from its mounting to its end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <syslog.h>
#include <unistd.h>

#include "base/io.h"
#include "common/tool.h"
#include "door/door.h"
#include "plain/thread.h"
#include "log.h"
#include "remember.h"
#include "repair.h"
#include "serve/serve.h"
#include "view/efs_view.h"
#include "view/known/memory.h"

#define FUSE_SUPER_MAGIC   0x65735546
#define DESCRIPTORS_MAX    4096 /* kept for nodes, at most */
#define DESCRIPTORS_SHARE  4    /* and a fourth of what the process may have */
#define TABLE_MAX          16384 /* descriptors that the kernel makes room for at once: 128 KiB */
#define THREADS            16
#define LOCK_TRIES         20   /* of a twentieth of a second */
#define TIDY_SECONDS       2

struct mount
{
    const struct options *options;
    char                 *mountpoint; /* absolute: the daemon leaves its directory */
    char                 *source;     /* the tree's name, for those who list mounts */
    int                   tree_fd;    /* O_PATH: the tree below, whatever is mounted over it; the view's then */
    int                   lock_fd;    /* open as long as there is a view */
    struct serve          serve;
    struct fuse_session  *session;
    struct remember      *remember;   /* NULL: nothing is kept for the next view */
    struct door          *door;       /* NULL: programs in the view have to do without */
    bool                  mounted, handlers, forms;
    pthread_t             clock;
    bool                  ticking;
    int                   stop[2];    /* a pipe: closed, it ends the clock */
};

/* ---- the tree ---- */

/* Is there a view already, of which this would be one? Asks the file system for its number first: a foreign one that
   hangs isn't asked for attributes. */
static bool is_view(int fd)
{
    char path[FD_PATH_SIZE], value[EFS_VIEW_TEXT_MAX];
    struct statfs fs;

    if (fstatfs(fd, &fs) || fs.f_type != FUSE_SUPER_MAGIC) return false;
    return getxattr(fd_path(path, fd), EFS_VIEW_ATTRIBUTE, value, sizeof(value)) >= 0;
}

static int lock_tree(struct mount *mount)
{
    static const struct timespec pause = { .tv_nsec = 50000000 };
    const char *name = mount->options->tree;
    int tries, busy;

    mount->tree_fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (mount->tree_fd < 0)
    {
        log_message(LOG_ERR, "%s: %s", name, strerror(errno));
        return STATUS_FAILED;
    }
    if (is_view(mount->tree_fd))
    {
        log_message(LOG_ERR, "%s: it is a view already", name);
        return STATUS_BUSY;
    }
    mount->lock_fd = openat(mount->tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mount->lock_fd < 0)
    {
        log_message(LOG_ERR, "%s: %s", name, strerror(errno));
        return STATUS_FAILED;
    }
    /* one that is just being unmounted has its lock until its process has ended */
    for (tries = LOCK_TRIES; (busy = flock(mount->lock_fd, LOCK_EX | LOCK_NB)) && errno == EWOULDBLOCK && --tries;)
        nanosleep(&pause, NULL);
    if (busy)
    {
        if (errno == EWOULDBLOCK) log_message(LOG_ERR, "%s: there is a view of it already", name);
        else log_message(LOG_ERR, "%s: it can't be locked: %s", name, strerror(errno));
        return errno == EWOULDBLOCK ? STATUS_BUSY : STATUS_FAILED;
    }
    return STATUS_OK;
}

static int find_names(struct mount *mount)
{
    const struct options *options = mount->options;

    if (!(mount->mountpoint = realpath(options->mountpoint, NULL)))
    {
        log_message(LOG_ERR, "%s: %s", options->mountpoint, strerror(errno));
        return STATUS_FAILED;
    }
    if (!(mount->source = realpath(options->tree, NULL)))
    {
        log_message(LOG_ERR, "%s: %s", options->tree, strerror(errno));
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

struct mount *mount_begin(const struct options *options, int *status)
{
    struct mount *mount = calloc(1, sizeof(*mount));

    if (!mount)
    {
        log_message(LOG_ERR, "%s", strerror(ENOMEM));
        *status = STATUS_FAILED;
        return NULL;
    }
    mount->options = options;
    mount->tree_fd = mount->lock_fd = mount->stop[0] = mount->stop[1] = -1;
    *status = find_names(mount);
    if (!*status) *status = lock_tree(mount);
    if (!*status) return mount;
    mount_end(mount);
    return NULL;
}

/* ---- mounting ---- */

/* A comma or a backslash of the name would end the option. */
static bool add_source(struct fuse_args *args, const char *source)
{
    size_t length = strlen(source);
    char *option = malloc(2 * length + 16), *out = option;
    bool added;

    if (!option) return false;
    out += sprintf(out, "-ofsname=");
    for (; *source; source++)
    {
        if (*source == ',' || *source == '\\') *out++ = '\\';
        *out++ = *source;
    }
    *out = 0;
    added = !fuse_opt_add_arg(args, option);
    free(option);
    return added;
}

static bool add_options(struct fuse_args *args, const struct mount *mount)
{
    const struct options *options = mount->options;
    char words[MOUNT_OPTIONS_MAX + 16];

    if (fuse_opt_add_arg(args, "efsmount") || !add_source(args, mount->source)
        || fuse_opt_add_arg(args, "-osubtype=efsmount"))
        return false;
    if (options->read_only && fuse_opt_add_arg(args, "-oro")) return false;
    if (options->others && fuse_opt_add_arg(args, "-oallow_other,default_permissions")) return false;
    snprintf(words, sizeof(words), "-o%s", options->mount);
    return !*options->mount || !fuse_opt_add_arg(args, words);
}

/* The kernel makes the table of descriptors larger when there are more, and waits for all processors each time once the
   process has threads: some 10 ms, in which a file is opened. So it gets its size now. */
static void make_table(rlim_t size)
{
    int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)size - 1);

    if (fd >= 0) close(fd);
}

/* As many as are allowed: each open file needs one. */
static size_t raise_descriptors(void)
{
    struct rlimit limit;
    size_t share;

    if (getrlimit(RLIMIT_NOFILE, &limit)) return 64;
    if (limit.rlim_cur < limit.rlim_max)
    {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) && getrlimit(RLIMIT_NOFILE, &limit)) return 64;
    }
    make_table(limit.rlim_cur < TABLE_MAX ? limit.rlim_cur : TABLE_MAX);
    share = (size_t)limit.rlim_cur / DESCRIPTORS_SHARE;
    return share < DESCRIPTORS_MAX ? share : DESCRIPTORS_MAX;
}

void mount_show_keys(struct mount *mount, const struct efs_key *key)
{
    static const char digits[] = "0123456789abcdef";
    struct serve *serve = &mount->serve;
    uint8_t thumbprint[20];
    size_t i, k;

    for (i = 0; key && i < efs_key_count(key) && sizeof(serve->keys) - serve->keys_length > 2 * sizeof(thumbprint); i++)
    {
        if (!efs_key_thumbprint(key, i, thumbprint)) continue;
        if (serve->keys_length) serve->keys[serve->keys_length++] = ' ';
        for (k = 0; k < sizeof(thumbprint); k++)
        {
            serve->keys[serve->keys_length++] = digits[thumbprint[k] >> 4];
            serve->keys[serve->keys_length++] = digits[thumbprint[k] & 15];
        }
    }
}

static void report_problem(const char *path, const struct efs_diag *diag)
{
    log_message(LOG_ERR, "%s: %s%s%s", path, diag->rule ? diag->rule : "it failed", diag->sys_errno ? ": " : "",
                diag->sys_errno ? strerror(diag->sys_errno) : "");
}

/* Attributes alone: that never waits for anybody, as taking a name or pages from the kernel might. */
static void forget_attributes(void *context, struct view_node *node)
{
    struct mount *mount = context;

    (void)fuse_lowlevel_notify_inval_inode(mount->session, number_of(&mount->serve, node), -1, 0);
}

int mount_attach(struct mount *mount, struct efs_feks *feks, const struct efs_seal_readers *readers)
{
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    int tree_fd = mount->tree_fd, err;

    if (!mount->options->read_only) repair_tree(tree_fd);

    mount->remember = remember_begin(tree_fd);
    mount->tree_fd = -1;
    if ((err = view_tree_open(&mount->serve.tree, tree_fd, feks, raise_descriptors())))
    {
        log_message(LOG_ERR, "%s: %s", mount->source, strerror(err));
        return STATUS_FAILED;
    }
    view_set_readers(mount->serve.tree, readers);
    view_set_report(mount->serve.tree, report_problem);
    if (mount->remember) view_set_memory(mount->serve.tree, remember_memory(mount->remember));
    serve_begin(&mount->serve);
    mount->forms = true;
    mount->serve.others = mount->options->others;
    atomic_store(&mount->serve.last, seconds_now());
    if (add_options(&args, mount))
        mount->session = fuse_session_new(&args, &serve_operations, sizeof(serve_operations), &mount->serve);
    fuse_opt_free_args(&args);
    if (!mount->session) return STATUS_FUSE;
    if (fuse_set_signal_handlers(mount->session)) return STATUS_FAILED;
    mount->handlers = true;
    mount->door = door_open(mount->serve.tree, forget_attributes, mount);
    umask(0);
    if (fuse_session_mount(mount->session, mount->mountpoint)) return STATUS_FUSE;
    mount->mounted = true;
    mount->serve.device = fuse_session_fd(mount->session);
    receive_set(&mount->serve, mount->session);
    return STATUS_OK;
}

/* ---- the clock: gives back what isn't needed, and ends a view that nobody uses ---- */

/* Not by force: false if somebody is in it. */
static bool unmount_unused(const char *mountpoint)
{
    const char *argv[] = { "fusermount3", "-u", "-q", "--", mountpoint, NULL };
    char *no_environment[] = { NULL };
    int status;
    pid_t pid;

    if (!geteuid()) return !umount2(mountpoint, UMOUNT_NOFOLLOW);
    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char **)(uintptr_t)argv, no_environment)) return false;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return false;
    return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_idle(struct mount *mount)
{
    return mount->options->idle && !atomic_load(&mount->serve.open)
        && seconds_now() - atomic_load(&mount->serve.last) >= (long long)mount->options->idle;
}

static void *tick(void *context)
{
    struct mount *mount = context;
    struct pollfd stop = { .fd = mount->stop[0], .events = POLLIN };

    while (!poll(&stop, 1, TIDY_SECONDS * 1000))
    {
        view_tidy(mount->serve.tree);
        if (is_idle(mount) && unmount_unused(mount->mountpoint))
        {
            log_message(LOG_INFO, "%s: unmounted, since nobody used it", mount->mountpoint);
            break;
        }
    }
    return NULL;
}

static bool start_clock(struct mount *mount)
{
    if (pipe2(mount->stop, O_CLOEXEC)) return false;
    return mount->ticking = thread_start(&mount->clock, tick, mount);
}

/* ---- serving ---- */

int mount_serve(struct mount *mount)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    int err;

    if (!config || !start_clock(mount) || (mount->door && !door_serve(mount->door)))
    {
        if (config) fuse_loop_cfg_destroy(config);
        log_message(LOG_ERR, "%s: no thread can be made", mount->mountpoint);
        return STATUS_FAILED;
    }
    fuse_loop_cfg_set_max_threads(config, THREADS);
    fuse_loop_cfg_set_idle_threads(config, THREADS);
    err = fuse_session_loop_mt(mount->session, config);
    fuse_loop_cfg_destroy(config);
    if (err >= 0) return STATUS_OK; /* unmounted, or ended by a signal */
    log_message(LOG_ERR, "%s: %s", mount->mountpoint, strerror(-err));
    return STATUS_FAILED;
}

void mount_end(struct mount *mount)
{
    if (!mount) return;
    if (mount->stop[1] >= 0) close(mount->stop[1]);
    if (mount->ticking) pthread_join(mount->clock, NULL);
    if (mount->stop[0] >= 0) close(mount->stop[0]);
    door_close(mount->door);
    if (mount->mounted) fuse_session_unmount(mount->session);
    if (mount->handlers) fuse_remove_signal_handlers(mount->session);
    if (mount->session) fuse_session_destroy(mount->session);
    view_tree_close(mount->serve.tree);
    remember_end(mount->remember);
    if (mount->forms) serve_end(&mount->serve);
    if (mount->tree_fd >= 0) close(mount->tree_fd);
    if (mount->lock_fd >= 0) close(mount->lock_fd);
    free(mount->mountpoint);
    free(mount->source);
    free(mount);
}
