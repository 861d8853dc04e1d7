/*
 * The view's socket, and the thread that answers there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "guests.h"
#include "efsmount/log.h"
#include "plain/thread.h"
#include "view/efs_view.h"

#define WAITING 16  /* connections in the socket's queue */
#define PAUSE   100 /* milliseconds, before a descriptor is wanted again */

struct door
{
    struct guests      guests;
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

static int give_name(const struct door *door)
{
    return bind(door->fd, (const struct sockaddr *)&door->address, sizeof(door->address)) ? errno : 0;
}

static int bind_socket(struct door *door)
{
    char directory[EFS_VIEW_SOCKET_MAX];
    int n, err;

    if (!find_directory(directory)) return EACCES;
    door->address.sun_family = AF_UNIX;
    n = snprintf(door->address.sun_path, sizeof(door->address.sun_path), "%s/%s%ld", directory, EFS_VIEW_SOCKET_NAME,
                 (long)getpid());
    if (n < 0 || (size_t)n >= sizeof(door->address.sun_path)) return ENAMETOOLONG;
    /* of a process that had our number, and was killed */
    if (unlink(door->address.sun_path) && errno != ENOENT) return errno;
    door->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (door->fd < 0) return errno;
    err = give_name(door);
    /* the last one that used the directory has just taken it away */
    if (err == ENOENT && make_directory(directory)) err = give_name(door);
    if (err) return err;
    door->bound = true;
    if (listen(door->fd, WAITING)) return errno;
    return pipe2(door->stop, O_CLOEXEC) ? errno : 0;
}

/* Its directory goes with the last one. */
static void remove_socket(struct door *door)
{
    char *name = strrchr(door->address.sun_path, '/');

    unlink(door->address.sun_path);
    *name = 0;
    (void)rmdir(door->address.sun_path);
}

struct door *door_open(struct view_tree *tree, view_changed *changed, void *context)
{
    struct door *door = calloc(1, sizeof(*door));
    int err;

    if (!door) return NULL;
    door->guests = (struct guests){ .tree = tree, .changed = changed, .context = context };
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

static void *run(void *context)
{
    struct door *door = context;
    struct guests *guests = &door->guests;
    struct pollfd polls[2 + GUESTS_MAX] = { { .fd = door->stop[0], .events = POLLIN }, { .events = POLLIN } };
    int connection, wait;

    for (;;)
    {
        wait = guests_prepare(guests, polls + 2);
        polls[1].fd = guests->count < GUESTS_MAX ? door->fd : -1;
        if (poll(polls, 2 + guests->count, wait) < 0)
        {
            if (errno != EINTR) break;
            continue;
        }
        if (polls[0].revents) break;
        guests_serve(guests, polls + 2);
        if (!polls[1].revents) continue;
        connection = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection >= 0) guests_add(guests, connection);
        /* no descriptor is left: somebody will close one */
        else if (errno == EMFILE || errno == ENFILE) poll(&polls[0], 1, PAUSE);
    }
    guests_end(guests);
    return NULL;
}

bool door_serve(struct door *door)
{
    return door->running = thread_start(&door->thread, run, door);
}

void door_close(struct door *door)
{
    if (!door) return;
    if (door->stop[1] >= 0) close(door->stop[1]);
    if (door->running) pthread_join(door->thread, NULL);
    if (door->stop[0] >= 0) close(door->stop[0]);
    if (door->bound) remove_socket(door);
    if (door->fd >= 0) close(door->fd);
    free(door);
}
