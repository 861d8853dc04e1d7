/*
 * Those who have knocked at the view's socket.
 *
 * One thread serves them all, so nobody is waited for: who says nothing goes after a second, and what somebody else has
 * open in the view is looked at again and again for a while. Only who has a claim stays as long as it likes: that keeps
 * others from one file, and, with GUESTS_MAX claims, from asking.
 *
 * Who may ask: our own user, and root. Both could open the files below by themselves, but where the view is mounted
 * over them. A request names its file by numbers that only the file's attribute in the view says, and which lead to
 * nothing but what somebody has looked up in the view: nobody is led out of the tree.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "guests.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "efsmount/log.h"

/* milliseconds */
#define HEAR_TIME   1000 /* until somebody has said what he wants */
#define STEP_TIME   20   /* between two looks at what can't be had yet */
#define SETTLE_TIME 2000 /* in which a file that was written gets its closed form */
#define LEAVE_TIME  500  /* in which the kernel tells that a file isn't open any more: that comes after the close */

static long long milliseconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* ---- talking ---- */

static bool may_ask(int connection)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    return !getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) && (!peer.uid || peer.uid == geteuid());
}

/* False: nothing that could be one. */
static bool receive(int connection, struct efs_view_request *request)
{
    uint8_t bytes[EFS_VIEW_REQUEST_SIZE + 1];
    ssize_t length = recv(connection, bytes, sizeof(bytes), MSG_DONTWAIT);

    return length >= 0 && efs_view_request_read(request, bytes, (size_t)length);
}

/* fd: -1: none goes with it. False: nobody is there any more. */
static bool send_answer(int connection, int err, int fd)
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
    if (sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
    log_message(LOG_INFO, "a program that asked has gone");
    return false;
}

/* ---- one guest: each of these says whether it stays ---- */

static bool try_request(const struct guests *guests, struct guest *guest, long long now)
{
    const struct efs_view_file *file = &guest->request.file;
    int fd = -1, err;
    bool stays;

    switch (guest->request.operation)
    {
    case EFS_VIEW_READ: err = view_open_below(guests->tree, file, &fd); break;
    case EFS_VIEW_CLAIM: err = view_claim(guests->tree, file, 0, &guest->claim, &fd); break;
    case EFS_VIEW_CLAIM_OPEN: err = view_claim(guests->tree, file, 1, &guest->claim, &fd); break;
    default: err = EOPNOTSUPP;
    }
    if ((err == EAGAIN && now < guest->since + SETTLE_TIME)
        || (err == EBUSY && guest->request.operation != EFS_VIEW_READ && now < guest->since + LEAVE_TIME))
    {
        guest->state = GUEST_WAITING;
        guest->until = now + STEP_TIME;
        return true;
    }
    stays = send_answer(guest->fd, err == EAGAIN ? EBUSY : err, fd) && !err && guest->claim;
    if (fd >= 0) close(fd);
    guest->state = GUEST_HOLDING;
    return stays;
}

static bool hear(const struct guests *guests, struct guest *guest, bool spoken, long long now)
{
    /* what isn't read would take our answer with it when the connection is closed */
    bool heard = spoken && receive(guest->fd, &guest->request);
    bool may = may_ask(guest->fd);

    if (may && heard)
    {
        guest->since = now;
        return try_request(guests, guest, now);
    }
    (void)send_answer(guest->fd, may ? EPROTO : EACCES, -1);
    return false;
}

static void end_claim(const struct guests *guests, struct guest *guest)
{
    view_end_claim(guests->tree, guest->claim, guests->changed, guests->context);
    guest->claim = NULL;
}

/* Whatever it says, or if it has gone: it has done. */
static void end_holding(const struct guests *guests, struct guest *guest)
{
    struct efs_view_request request;
    bool done = receive(guest->fd, &request) && request.operation == EFS_VIEW_DONE;

    end_claim(guests, guest);
    (void)send_answer(guest->fd, done ? 0 : EPROTO, -1);
}

/* True: it stays. */
static bool serve_one(const struct guests *guests, struct guest *guest, bool spoken, long long now)
{
    switch (guest->state)
    {
    case GUEST_HEARING: return (!spoken && now < guest->until) || hear(guests, guest, spoken, now);
    case GUEST_WAITING:
        /* it has nothing more to say: it has gone, or talks nonsense */
        if (spoken) return false;
        return now < guest->until || try_request(guests, guest, now);
    default:
        if (!spoken) return true;
        end_holding(guests, guest);
        return false;
    }
}

/* ---- all of them ---- */

void guests_add(struct guests *guests, int fd)
{
    guests->list[guests->count++] = (struct guest){ .state = GUEST_HEARING, .fd = fd,
                                                    .until = milliseconds_now() + HEAR_TIME };
}

int guests_prepare(const struct guests *guests, struct pollfd polls[GUESTS_MAX])
{
    long long first = -1, left, now = milliseconds_now();
    size_t i;

    for (i = 0; i < guests->count; i++)
    {
        polls[i] = (struct pollfd){ .fd = guests->list[i].fd, .events = POLLIN };
        if (guests->list[i].state == GUEST_HOLDING) continue;
        left = guests->list[i].until > now ? guests->list[i].until - now : 0;
        if (first < 0 || left < first) first = left;
    }
    return (int)first;
}

static void drop(const struct guests *guests, struct guest *guest)
{
    if (guest->claim) end_claim(guests, guest);
    close(guest->fd);
}

void guests_serve(struct guests *guests, const struct pollfd polls[GUESTS_MAX])
{
    long long now = milliseconds_now();
    size_t i, kept = 0;

    for (i = 0; i < guests->count; i++)
    {
        if (serve_one(guests, &guests->list[i], polls[i].revents != 0, now)) guests->list[kept++] = guests->list[i];
        else drop(guests, &guests->list[i]);
    }
    guests->count = kept;
}

void guests_end(struct guests *guests)
{
    while (guests->count) drop(guests, &guests->list[--guests->count]);
}
