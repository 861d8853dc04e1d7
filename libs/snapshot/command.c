/*
 * A command of the user's that makes and removes snapshots: ZFS, LVM, or anything else.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A group of processes of its own, with the signals as a shell expects them: Wine's threads have most blocked. */
static int start(char *const arguments[], int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int err;

    sigemptyset(&none);
    sigfillset(&all);
    if ((err = posix_spawn_file_actions_init(&actions))) return err;
    if ((err = posix_spawnattr_init(&attributes)))
    {
        posix_spawn_file_actions_destroy(&actions);
        return err;
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    err = posix_spawn(pid, "/bin/sh", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

/* Up to the end of the output, or of the time: what is there of it, terminated, and cut to the room. */
static bool read_output(int fd, char *text, size_t capacity, int64_t end)
{
    struct pollfd ready = { fd, POLLIN, 0 };
    char rest[512];
    size_t used = 0;
    int64_t left;
    ssize_t n;

    for (;;)
    {
        text[used] = 0;
        if ((left = end - now_ms()) <= 0) return false;
        if (poll(&ready, 1, (int)left) < 0 && errno != EINTR) return false;
        if (!ready.revents) continue;
        n = used + 1 < capacity ? read(fd, text + used, capacity - used - 1) : read(fd, rest, sizeof(rest));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return true;
        if (used + 1 < capacity) used += (size_t)n;
    }
}

/* Its status; -1: it has been ended. */
static int wait_for(pid_t pid, bool in_time, int64_t end)
{
    const struct timespec pause = { 0, 10000000 };
    int status;
    pid_t got;

    while (!(got = waitpid(pid, &status, in_time ? WNOHANG : 0)) || (got < 0 && errno == EINTR))
    {
        if (in_time && now_ms() > end)
        {
            in_time = false;
            kill(-pid, SIGKILL);
        }
        if (in_time) nanosleep(&pause, NULL);
    }
    return got == pid && in_time && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum efs_error run(const char *command, const char *action, const char *source, const char *name, char *output,
                          size_t capacity, struct efs_diag *diag)
{
    char *const arguments[] = { (char *)"sh", (char *)"-c", (char *)command, (char *)"wine-efs", (char *)action,
                                (char *)source, (char *)name, NULL };
    int64_t end = now_ms() + COMMAND_SECONDS_MAX * 1000;
    int pipe_fds[2], status, err;
    bool in_time;
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC)) return efs_fail_errno(diag, errno, 0, "pipe");
    err = start(arguments, pipe_fds[1], &pid);
    close(pipe_fds[1]);
    if (err)
    {
        close(pipe_fds[0]);
        return efs_fail_errno(diag, err, 0, "start of the command for snapshots");
    }
    in_time = read_output(pipe_fds[0], output, capacity, end);
    close(pipe_fds[0]);
    if (!in_time) kill(-pid, SIGKILL);
    status = wait_for(pid, in_time, end);
    if (!status) return EFS_OK;
    if (status == COMMAND_NO_SPACE) return efs_fail(diag, EFS_ERR_DISK_FULL, 0, "the command for snapshots: no space");
    return efs_fail(diag, EFS_ERR_IO, (uint64_t)status, "the command for snapshots has failed");
}

enum efs_error command_create(const char *command, const char *source, const char *name, char path[PATH_MAX],
                              struct efs_diag *diag)
{
    enum efs_error err = run(command, "create", source, name, path, PATH_MAX, diag);
    struct stat st;

    if (err) return err;
    path[strcspn(path, "\n")] = 0;
    if (path[0] == '/' && !stat(path, &st) && S_ISDIR(st.st_mode)) return EFS_OK;
    return efs_fail(diag, EFS_ERR_FORMAT, 0, "the command for snapshots has printed no path of a folder");
}

enum efs_error command_delete(const char *command, const char *source, const char *name, struct efs_diag *diag)
{
    char output[2];

    return run(command, "delete", source, name, output, sizeof(output), diag);
}
