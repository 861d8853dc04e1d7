/*
 * A program in a view asks the view's daemon, whatever that answers: nothing but the file that was asked for is taken,
 * nothing waits for ever, and no descriptor is lost. The file system is an ordinary one that is made to look like a
 * view, the daemon a thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/host.h"
#include "view/door.h"
#include "view/efs_view.h"

/* ---- the view ---- */

static long type;                     /* of the file system */
static char text[EFS_VIEW_TEXT_MAX * 2]; /* the attribute's value; empty: there's none */

int __wrap_fstatfs64(int fd, struct statfs *fs);
int __wrap_fstatfs64(int fd, struct statfs *fs)
{
    (void)fd;
    memset(fs, 0, sizeof(*fs));
    fs->f_type = type;
    return 0;
}

ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size);
ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size)
{
    size_t length = strlen(text);

    (void)path;
    assert_string_equal(name, EFS_VIEW_ATTRIBUTE);
    errno = !length ? ENODATA : ERANGE;
    if (!length || (size && size < length)) return -1;
    if (size) memcpy(value, text, length);
    return (ssize_t)length;
}

/* ---- the daemon ---- */

static struct daemon
{
    int     listener;
    uint8_t bytes[64]; /* the answer */
    size_t  length;
    int     fds[2];    /* that come with it */
    int     count;
    bool    silent;    /* takes the connection, and that is all */
    enum efs_view_operation wanted; /* what has to be asked for */
    int     ended;     /* the errno value in the answer to EFS_VIEW_DONE; -1: none comes, and it hangs up */
} server;

static void send_answer(int connection)
{
    union
    {
        struct cmsghdr head;
        char           bytes[CMSG_SPACE(sizeof(server.fds))];
    } control = { .bytes = { 0 } };
    struct iovec part = { server.bytes, server.length };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    if (server.count)
    {
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN((size_t)server.count * sizeof(int));
        memcpy(CMSG_DATA(&control.head), server.fds, (size_t)server.count * sizeof(int));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE((size_t)server.count * sizeof(int));
    }
    sendmsg(connection, &message, MSG_NOSIGNAL);
}

/* Who has a claim says that it is done, unless it has been refused. */
static void end_claim(int connection)
{
    uint8_t request[EFS_VIEW_REQUEST_SIZE + 1], answer[EFS_VIEW_ANSWER_SIZE];
    struct efs_view_request read;
    ssize_t n = recv(connection, request, sizeof(request), 0);

    if (!n) return;
    if (n < 0 || !efs_view_request_read(&read, request, (size_t)n) || read.operation != EFS_VIEW_DONE) abort();
    efs_view_answer_make(answer, server.ended);
    if (server.ended >= 0) send(connection, answer, sizeof(answer), MSG_NOSIGNAL);
}

static void *serve(void *context)
{
    uint8_t request[EFS_VIEW_REQUEST_SIZE + 1];
    struct efs_view_request read;
    int connection = accept(server.listener, NULL, NULL);
    ssize_t n;

    (void)context;
    n = recv(connection, request, sizeof(request), 0);
    if (n < 0 || !efs_view_request_read(&read, request, (size_t)n) || read.operation != server.wanted) abort();
    /* until the other end gives up */
    if (server.silent) (void)!recv(connection, request, sizeof(request), 0);
    else send_answer(connection);
    if (server.wanted != EFS_VIEW_READ) end_claim(connection);
    close(connection);
    return NULL;
}

static void listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_dir(name));
    unlink(address.sun_path);
    server.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server.listener, 0), 0);
}

static unsigned int count_descriptors(void)
{
    DIR *fds = opendir("/proc/self/fd");
    unsigned int count = 0;

    assert_non_null(fds);
    while (readdir(fds)) count++;
    closedir(fds);
    return count;
}

/* ---- */

static int file; /* the one that the program has open */

static void look_like_a_view(const char *kind, const char *socket)
{
    char *path = realpath(dir, NULL);
    struct stat st;

    assert_non_null(path);
    assert_int_equal(fstat(file, &st), 0);
    type = 0x65735546;
    snprintf(text, sizeof(text), "1 %s open %llx.%llx.1 %s/%s", kind, (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino, path, socket);
    free(path);
}

static int begin(void **state)
{
    if (make_dir(state)) return 1;
    write_plain(in_dir("file"), "content");
    write_plain(in_dir("other"), "something else");
    file = open(in_dir("file"), O_RDONLY | O_CLOEXEC);
    memset(&server, 0, sizeof(server));
    efs_view_answer_make(server.bytes, 0);
    server.length = EFS_VIEW_ANSWER_SIZE;
    server.listener = -1;
    server.wanted = EFS_VIEW_READ;
    look_like_a_view("encrypted", "view-1");
    return 0;
}

static int end(void **state)
{
    close(file);
    if (server.listener != -1) close(server.listener);
    return drop_dir(state);
}

static enum efs_error ask(int *below)
{
    struct efs_diag diag = { 0 };
    enum efs_error err = door_open_below(file, below, &diag);

    assert_int_equal(!err, !diag.rule);
    return err;
}

static void assert_refused(enum efs_error wanted)
{
    unsigned int before = count_descriptors();
    int below;

    assert_int_equal(ask(&below), wanted);
    assert_int_equal(below, -1);
    assert_int_equal(count_descriptors(), before);
}

/* What comes of what the server answers; the descriptors that it sends are closed here. */
static void assert_answered(enum efs_error wanted)
{
    char content[8] = "";
    pthread_t thread;
    int below, i;

    listen_at("view-1");
    assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
    assert_int_equal(ask(&below), wanted);
    assert_int_equal(below == -1, wanted != EFS_OK);
    if (!wanted)
    {
        assert_int_equal(read(below, content, sizeof(content)), 7);
        assert_memory_equal(content, "content", 7);
        close(below);
    }
    pthread_join(thread, NULL);
    for (i = 0; i < server.count; i++) close(server.fds[i]);
    close(server.listener);
    server.listener = -1;
}

static void send_file(const char *name, int flags)
{
    server.fds[server.count++] = open(in_dir(name), flags | O_CLOEXEC);
    assert_true(server.fds[server.count - 1] >= 0);
}

static void test_answers(void **state)
{
    unsigned int before = count_descriptors();

    (void)state;
    send_file("file", O_RDONLY);
    assert_answered(EFS_OK);
    /* another file, one to write, none that can be read, none at all, and more than one */
    server.count = 0;
    send_file("other", O_RDONLY);
    assert_answered(EFS_ERR_IO);
    server.count = 0;
    send_file("file", O_RDWR);
    assert_answered(EFS_ERR_IO);
    server.count = 0;
    send_file("file", O_PATH);
    assert_answered(EFS_ERR_IO);
    server.count = 0;
    assert_answered(EFS_ERR_IO);
    send_file("file", O_RDONLY);
    send_file("other", O_RDONLY);
    assert_answered(EFS_OK);
    /* its errors, even with a descriptor */
    efs_view_answer_make(server.bytes, EBUSY);
    server.count = 0;
    assert_answered(EFS_ERR_CHANGED);
    efs_view_answer_make(server.bytes, EACCES);
    send_file("file", O_RDONLY);
    assert_answered(EFS_ERR_ACCESS);
    server.count = 0;
    efs_view_answer_make(server.bytes, ESTALE);
    assert_answered(EFS_ERR_IO);
    /* no answer */
    efs_view_answer_make(server.bytes, 0);
    server.length = 7;
    send_file("file", O_RDONLY);
    assert_answered(EFS_ERR_IO);
    server.length = 64;
    server.count = 0;
    send_file("file", O_RDONLY);
    assert_answered(EFS_ERR_IO);
    server.count = 0;
    server.length = 0;
    assert_answered(EFS_ERR_IO);
    assert_int_equal(count_descriptors(), before);
}

static void test_silent(void **state)
{
    struct timespec from, to;
    unsigned int before = count_descriptors();

    (void)state;
    server.silent = true;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_answered(EFS_ERR_IO);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_in_range(to.tv_sec - from.tv_sec, DOOR_TIMEOUT / 1000 - 1, DOOR_TIMEOUT / 1000 + 2);
    assert_int_equal(count_descriptors(), before);
}

/* A directory may be plain: something new is made in it. */
static void test_enter(void **state)
{
    unsigned int before = count_descriptors();
    struct efs_diag diag = { 0 };
    struct stat st, given;
    pthread_t thread;
    int below, kept = file;

    (void)state;
    file = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    look_like_a_view("plain", "view-1");
    listen_at("view-1");
    send_file("", O_RDONLY | O_DIRECTORY);
    assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
    assert_int_equal(door_enter_below(file, &below, &diag), EFS_OK);
    pthread_join(thread, NULL);
    assert_true(!fstat(below, &given) && !fstat(file, &st) && S_ISDIR(given.st_mode) && given.st_ino == st.st_ino);
    close(below);
    close(server.fds[0]);
    close(server.listener);
    server.listener = -1;
    /* not in a view */
    *text = 0;
    assert_int_equal(door_enter_below(file, &below, &diag), EFS_OK);
    assert_int_equal(below, -1);
    close(file);
    file = kept;
    assert_int_equal(count_descriptors(), before);
}

/* What comes of a claim: its descriptor is that of the file, and its end waits for nothing that doesn't come. */
static void assert_claimed(bool has_open, enum efs_error wanted)
{
    struct efs_diag diag = { 0 };
    int claim, below;
    pthread_t thread;

    listen_at("view-1");
    server.wanted = has_open ? EFS_VIEW_CLAIM_OPEN : EFS_VIEW_CLAIM;
    assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
    assert_int_equal(door_claim(file, has_open, &claim, &below, &diag), wanted);
    assert_int_equal(claim == -1, wanted != EFS_OK);
    assert_int_equal(below == -1, wanted != EFS_OK);
    if (below != -1) close(below);
    door_end_claim(claim);
    pthread_join(thread, NULL);
    while (server.count) close(server.fds[--server.count]);
    close(server.listener);
    server.listener = -1;
}

static void test_claim(void **state)
{
    static const int ends[] = { -1, 0, EPROTO };
    unsigned int before = count_descriptors();
    size_t i;

    (void)state;
    look_like_a_view("plain", "view-1");
    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
    {
        server.ended = ends[i];
        send_file("file", O_RDONLY);
        assert_claimed(i % 2, EFS_OK);
    }
    send_file("other", O_RDONLY);
    assert_claimed(true, EFS_ERR_IO);
    assert_claimed(true, EFS_ERR_IO);
    efs_view_answer_make(server.bytes, EBUSY);
    assert_claimed(false, EFS_ERR_CHANGED);
    efs_view_answer_make(server.bytes, EOPNOTSUPP);
    assert_claimed(false, EFS_ERR_VOLUME);
    assert_int_equal(count_descriptors(), before);
    door_end_claim(-1);
}

/* A daemon that is stopped: as many wait as can, the next one doesn't. */
static void test_full(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int waiting[8], i;

    (void)state;
    listen_at("view-1");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_dir("view-1"));
    for (i = 0; i < 8; i++)
    {
        waiting[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(waiting[i], (struct sockaddr *)&address, sizeof(address))) assert_int_equal(errno, EAGAIN);
    }
    assert_refused(EFS_ERR_IO);
    while (i--) close(waiting[i]);
}

static void test_nobody(void **state)
{
    int below;

    (void)state;
    unlink(in_dir("view-1"));
    assert_refused(EFS_ERR_IO);
    look_like_a_view("encrypted", "no-view");
    assert_refused(EFS_ERR_UNREPRESENTABLE);
    snprintf(text, sizeof(text), "1 encrypted open");
    assert_refused(EFS_ERR_UNREPRESENTABLE);
    snprintf(text, sizeof(text), "2 encrypted open");
    assert_refused(EFS_ERR_UNREPRESENTABLE);
    snprintf(text, sizeof(text), "1 plain open 1.2.3 /view-1");
    assert_refused(EFS_ERR_NOT_ENCRYPTED);
    /* no view at all */
    *text = 0;
    assert_int_equal(ask(&below), EFS_OK);
    assert_int_equal(below, -1);
    look_like_a_view("encrypted", "view-1");
    type = 0xef53;
    assert_int_equal(ask(&below), EFS_OK);
    assert_int_equal(below, -1);
}

/* The socket is nobody's, and we aren't nobody. */
static void test_foreign(void **state)
{
    int ready[2], status;
    pid_t child;
    char byte;

    (void)state;
    if (geteuid()) skip();
    assert_int_equal(chmod(in_dir(""), 0777), 0);
    assert_int_equal(pipe(ready), 0);
    unlink(in_dir("view-1"));
    child = fork();
    if (!child)
    {
        if (setresuid(65534, 65534, 65534)) _exit(1);
        close(ready[0]);
        listen_at("view-1");
        (void)!write(ready[1], "", 1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_refused(EFS_ERR_ACCESS);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(ready[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_answers, begin, end),
        cmocka_unit_test_setup_teardown(test_silent, begin, end),
        cmocka_unit_test_setup_teardown(test_enter, begin, end),
        cmocka_unit_test_setup_teardown(test_claim, begin, end),
        cmocka_unit_test_setup_teardown(test_full, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody, begin, end),
        cmocka_unit_test_setup_teardown(test_foreign, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
