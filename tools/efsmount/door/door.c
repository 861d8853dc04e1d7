/*
 * The view's socket.
 *
 * Who may ask: our own user, and root. Both could open the files below by themselves, but where the view is mounted
 * over them. A request names its file by numbers that only the file's attribute in the view says, and which lead to
 * nothing but what somebody has looked up in the view: nobody is led out of the tree.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "efsmount/log.h"
#include "view/efs_view.h"

#define WAITING        16   /* connections */
#define REQUEST_WAIT   1000 /* milliseconds that somebody may take to say what he wants */

struct door
{
    struct view_tree  *tree;
    struct sockaddr_un address;
    int                fd, stop[2]; /* a pipe: closed, it ends the thread */
    pthread_t          thread;
    bool               bound, running;
};

/* ---- the directory ---- */

/* Nobody else can have put something there, or can take it away. */
static bool is_own(const char *path)
{
    struct stat st;

    return !lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077);
}

static bool make_directory(const char *path)
{
    return (!mkdir(path, 0700) || errno == EEXIST) && is_own(path);
}

/* The words of the attribute have no blanks. */
static bool fits(const char *path)
{
    size_t length = strlen(path);
    size_t i;

    for (i = 0; i < length; i++)
        if (path[i] <= ' ' || path[i] > '~') return false;
    /* the process' number, and a slash */
    return path[0] == '/' && length + strlen(EFS_VIEW_SOCKET_NAME) + 24 < EFS_VIEW_SOCKET_MAX;
}

static bool find_directory(char path[EFS_VIEW_SOCKET_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    /* by sudo it may be another user's */
    if (runtime && fits(runtime) && strlen(runtime) < EFS_VIEW_SOCKET_MAX - 40 && is_own(runtime))
    {
        snprintf(path, EFS_VIEW_SOCKET_MAX, "%.*s/wine-efs", EFS_VIEW_SOCKET_MAX - 40, runtime);
        if (fits(path) && make_directory(path)) return true;
    }
    snprintf(path, EFS_VIEW_SOCKET_MAX, "/tmp/wine-efs-%lu", (unsigned long)geteuid());
    return make_directory(path);
}

/* ---- the socket ---- */

static int bind_socket(struct door *door)
{
    char directory[EFS_VIEW_SOCKET_MAX];
    int n;

    if (!find_directory(directory)) return EACCES;
    door->address.sun_family = AF_UNIX;
    n = snprintf(door->address.sun_path, sizeof(door->address.sun_path), "%s/%s%ld", directory, EFS_VIEW_SOCKET_NAME,
                 (long)getpid());
    if (n < 0 || (size_t)n >= sizeof(door->address.sun_path)) return ENAMETOOLONG;
    /* of a process that had our number, and was killed */
    if (unlink(door->address.sun_path) && errno != ENOENT) return errno;
    door->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (door->fd < 0 || bind(door->fd, (const struct sockaddr *)&door->address, sizeof(door->address))) return errno;
    door->bound = true;
    if (listen(door->fd, WAITING)) return errno;
    return pipe2(door->stop, O_CLOEXEC) ? errno : 0;
}

struct door *door_open(struct view_tree *tree)
{
    struct door *door = calloc(1, sizeof(*door));
    int err;

    if (!door) return NULL;
    door->tree = tree;
    door->fd = door->stop[0] = door->stop[1] = -1;
    if ((err = bind_socket(door)))
    {
        log_message(LOG_ERR, "no socket for programs in the view: %s", strerror(err));
        door_close(door);
        return NULL;
    }
    view_set_socket(tree, door->address.sun_path);
    return door;
}

/* ---- answering ---- */

static bool may_ask(int connection)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    return !getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) && (!peer.uid || peer.uid == geteuid());
}

static bool receive(int connection, struct efs_view_request *request)
{
    struct pollfd wait = { .fd = connection, .events = POLLIN };
    uint8_t bytes[EFS_VIEW_REQUEST_SIZE + 1];
    ssize_t length;

    if (poll(&wait, 1, REQUEST_WAIT) != 1) return false;
    length = recv(connection, bytes, sizeof(bytes), MSG_DONTWAIT);
    return length >= 0 && efs_view_request_read(request, bytes, (size_t)length);
}

/* fd: -1: none goes with it. */
static void send_answer(int connection, int err, int fd)
{
    uint8_t bytes[EFS_VIEW_ANSWER_SIZE];
    union
    {
        struct cmsghdr head;
        char           bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { bytes, sizeof(bytes) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    efs_view_answer_make(bytes, err);
    if (fd >= 0)
    {
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(fd));
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
    }
    if (sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_message(LOG_INFO, "a program that asked has gone");
}

static void answer(struct door *door, int connection)
{
    struct efs_view_request request;
    /* what isn't read would take our answer with it when the connection is closed */
    bool heard = receive(connection, &request);
    int fd = -1, err;

    if (!may_ask(connection)) err = EACCES;
    else if (!heard) err = EPROTO;
    else if (request.operation != EFS_VIEW_READ) err = EOPNOTSUPP;
    else err = view_open_below(door->tree, &request.file, &fd);
    send_answer(connection, err, fd);
    if (fd >= 0) close(fd);
}

static void *run(void *context)
{
    struct door *door = context;
    struct pollfd waits[] = { { .fd = door->fd, .events = POLLIN }, { .fd = door->stop[0], .events = POLLIN } };
    int connection;

    for (;;)
    {
        if (poll(waits, 2, -1) < 0 && errno != EINTR) return NULL;
        if (waits[1].revents) return NULL;
        if (!waits[0].revents) continue;
        connection = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection >= 0)
        {
            answer(door, connection);
            close(connection);
        }
        /* no descriptor is left: somebody will close one */
        else if (errno == EMFILE || errno == ENFILE) poll(&waits[1], 1, REQUEST_WAIT);
    }
}

bool door_serve(struct door *door)
{
    sigset_t all, before;

    /* signals are for the thread that waits for the end */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    door->running = !pthread_create(&door->thread, NULL, run, door);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return door->running;
}

void door_close(struct door *door)
{
    if (!door) return;
    if (door->stop[1] >= 0) close(door->stop[1]);
    if (door->running) pthread_join(door->thread, NULL);
    if (door->stop[0] >= 0) close(door->stop[0]);
    if (door->bound) unlink(door->address.sun_path);
    if (door->fd >= 0) close(door->fd);
    free(door);
}
