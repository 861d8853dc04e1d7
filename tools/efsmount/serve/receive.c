/*
 * How the daemon waits for the kernel's next request.
 *
 * A processor that has nothing to do goes to sleep. To be woken takes it longer than it needs for most requests, on a
 * virtual machine several times as long. But who has just had an answer often asks for the next file at once: so one
 * thread looks whether something comes for a moment, before it sleeps, and only while requests do follow each other so
 * quickly. That is no more than MOMENT_NS of work for nothing behind each burst; who asks every 40 us keeps a processor
 * busy between his questions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOMENT_NS 50000

static long long now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Until there is a request, or it isn't worth it any more. Another thread may take the request first. */
static void look_for_one(struct receive *receive, int device, long long now)
{
    struct pollfd request = { .fd = device, .events = POLLIN };
    long long end = now + MOMENT_NS;

    if (atomic_load_explicit(&receive->pause, memory_order_relaxed) > MOMENT_NS
        || atomic_flag_test_and_set_explicit(&receive->looking, memory_order_acquire)) return;
    while (!poll(&request, 1, 0) && now_ns() < end) sched_yield();
    atomic_flag_clear_explicit(&receive->looking, memory_order_release);
}

static void begin_receiving(struct receive *receive, int device)
{
    long long now;

    if (!receive->useful) return;
    now = now_ns();
    atomic_store_explicit(&receive->answered, now, memory_order_relaxed);
    look_for_one(receive, device, now);
}

static void end_receiving(struct receive *receive)
{
    long long answered = atomic_load_explicit(&receive->answered, memory_order_relaxed);

    if (receive->useful) atomic_store_explicit(&receive->pause, now_ns() - answered, memory_order_relaxed);
}

/*
 * libfuse's own buffer, one for each thread as long as it lives: it gets plaintext that is to be written. It is wiped
 * behind each write (data.c). As with all secrets it is no failure where limits don't allow to lock it.
 */
static void lock_buffer(void *buffer, size_t size)
{
    static _Thread_local const void *locked;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)buffer & ~(page - 1);

    if (buffer == locked) return;
    (void)mlock((void *)begin, (uintptr_t)buffer + size - begin);
    (void)madvise((void *)begin, (uintptr_t)buffer + size - begin, MADV_DONTDUMP);
    locked = buffer;
}

/* ---- what libfuse calls; each is the system call of its name ---- */

static ssize_t receive_read(int fd, void *buffer, size_t size, void *userdata)
{
    struct serve *serve = userdata;
    ssize_t length;

    lock_buffer(buffer, size);
    begin_receiving(&serve->receive, fd);
    length = read(fd, buffer, size);
    end_receiving(&serve->receive);
    return length;
}

static ssize_t receive_splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned int flags,
                              void *userdata)
{
    struct serve *serve = userdata;
    ssize_t moved;

    begin_receiving(&serve->receive, from);
    moved = splice(from, from_offset, to, to_offset, length, flags);
    end_receiving(&serve->receive);
    return moved;
}

static ssize_t send_vectors(int fd, struct iovec *vectors, int count, void *userdata)
{
    (void)userdata;
    return writev(fd, vectors, count);
}

static ssize_t send_splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned int flags,
                           void *userdata)
{
    (void)userdata;
    return splice(from, from_offset, to, to_offset, length, flags);
}

void receive_set(struct serve *serve, struct fuse_session *session)
{
    static const struct fuse_custom_io calls =
    {
        .read = receive_read, .writev = send_vectors, .splice_receive = receive_splice, .splice_send = send_splice,
    };
    cpu_set_t processors;

    atomic_init(&serve->receive.pause, MOMENT_NS + 1);
    atomic_init(&serve->receive.answered, 0);
    atomic_flag_clear(&serve->receive.looking);
    /* on a single processor it would keep who asks from asking */
    serve->receive.useful = !sched_getaffinity(0, sizeof(processors), &processors) && CPU_COUNT(&processors) > 1;
    /* without memory it waits as libfuse does */
    (void)fuse_session_custom_io(session, &calls, fuse_session_fd(session));
}
