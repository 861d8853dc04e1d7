/*
 * Asking a view's daemon. It may be stopped, or somebody else's: nothing here waits without a limit,
 * and nothing that comes is believed before it was looked at.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "view/door.h"
#include "view/efs_view.h"

/* ---- where it is ---- */

static bool names_a_view(const char *socket)
{
    return !strncmp(strrchr(socket, '/') + 1, EFS_VIEW_SOCKET_NAME, strlen(EFS_VIEW_SOCKET_NAME));
}

enum efs_error ask_read_attribute(int fd, struct efs_view_text *about, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE], text[EFS_VIEW_TEXT_MAX];
    ssize_t length = getxattr(fd_path(path, fd), EFS_VIEW_ATTRIBUTE, text, sizeof(text));

    if (length < 0) return efs_fail_errno(diag, errno, 0, "the view's attribute: getxattr");
    if (!efs_view_text_read(about, text, (size_t)length))
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "the view is of another version");
    return EFS_OK;
}

/* ---- the conversation ---- */

static enum efs_error check_peer(int fd, struct efs_diag *diag)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length)) return efs_fail_errno(diag, errno, 0, "getsockopt");
    if (peer.uid && peer.uid != geteuid())
        return efs_fail(diag, EFS_ERR_ACCESS, 0, "the view's socket is another user's");
    return EFS_OK;
}

static enum efs_error reach(const char *path, int *fd, struct efs_diag *diag)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    enum efs_error err = EFS_OK;

    memcpy(address.sun_path, path, strlen(path) + 1);
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0) return efs_fail_errno(diag, errno, 0, "socket");
    /* EAGAIN: more wait for it already than it can keep waiting */
    if (connect(*fd, (const struct sockaddr *)&address, sizeof(address)))
        err = efs_fail_errno(diag, errno == ENOENT ? ECONNREFUSED : errno, 0, "the view's socket: connect");
    if (!err) err = check_peer(*fd, diag);
    if (err) close(*fd);
    return err;
}

static long long milliseconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static enum efs_error wait_for(int fd, struct efs_diag *diag)
{
    struct pollfd answer = { .fd = fd, .events = POLLIN };
    long long end = milliseconds_now() + DOOR_TIMEOUT, left;
    int n;

    while ((left = end - milliseconds_now()) > 0)
    {
        n = poll(&answer, 1, (int)left);
        if (n > 0) return EFS_OK;
        if (n < 0 && errno != EINTR) return efs_fail_errno(diag, errno, 0, "poll");
    }
    return efs_fail_errno(diag, ETIMEDOUT, 0, "the view's daemon doesn't answer");
}

/* The one descriptor that came, -1: none. Any others are closed. */
static int take_descriptor(struct msghdr *message)
{
    struct cmsghdr *part;
    int found = -1;

    for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part))
    {
        size_t i, count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        for (i = 0; i < count; i++)
        {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
            if (found == -1) found = fd;
            else close(fd);
        }
    }
    return found;
}

/* below: of the descriptor that has to come with it; NULL: none has to, and none is taken. */
static enum efs_error receive(int socket, int *below, struct efs_diag *diag)
{
    uint8_t bytes[EFS_VIEW_ANSWER_SIZE + 1];
    union
    {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = { bytes, sizeof(bytes) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes) };
    ssize_t length;
    int err = 0, fd;

    do length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (length < 0 && errno == EINTR);
    if (length < 0) return efs_fail_errno(diag, errno, 0, "recvmsg");
    fd = take_descriptor(&message);
    if (below) *below = fd;
    else if (fd != -1) close(fd);
    if (efs_view_answer_read(&err, bytes, (size_t)length) && (err || !below || fd != -1))
        return !err ? EFS_OK : err == EBUSY ? efs_fail(diag, EFS_ERR_CHANGED, 0, "it is in use in the view")
            : efs_fail_errno(diag, err, 0, "the view's daemon refuses");
    return efs_fail(diag, EFS_ERR_IO, 0, "the view's daemon answers what is no answer");
}

/* It has to be the file that was asked for, and to be read only: nobody is led to write another one. */
static enum efs_error check_file(int fd, const struct efs_view_file *wanted, struct efs_diag *diag)
{
    int flags = fcntl(fd, F_GETFL);
    struct stat st;

    if (flags < 0 || fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((flags & O_ACCMODE) != O_RDONLY || flags & O_PATH || st.st_dev != wanted->device
        || st.st_ino != wanted->inode || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return efs_fail(diag, EFS_ERR_IO, 0, "the view's daemon gives another file");
    return EFS_OK;
}

enum efs_error ask_send(int socket, const struct efs_view_request *request, struct efs_diag *diag)
{
    uint8_t bytes[EFS_VIEW_REQUEST_SIZE];

    efs_view_request_make(bytes, request);
    /* EPIPE: it has refused us before it heard what we want, and its answer says so */
    if (send(socket, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof(bytes) && errno != EPIPE)
        return efs_fail_errno(diag, errno, 0, "send");
    return EFS_OK;
}

enum efs_error ask_receive(int socket, const struct efs_view_file *file, int *below, struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = wait_for(socket, diag))) return err;
    if (!below) return receive(socket, NULL, diag);
    err = receive(socket, below, diag);
    if (!err) err = check_file(*below, file, diag);
    if (!err || *below == -1) return err;
    close(*below);
    *below = -1;
    return err;
}

enum efs_error ask_connect(const struct efs_view_text *about, int *socket, struct efs_diag *diag)
{
    if (!about->reachable || !names_a_view(about->socket))
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "the view has no socket to be asked by");
    return reach(about->socket, socket, diag);
}
