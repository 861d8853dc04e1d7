/*
 * efsmount: a tree of encrypted files as the owner of the keys sees it.
 *
 * The process that serves is made before a key is read: locked memory isn't a child's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "common/tool.h"
#include "log.h"
#include "mount.h"
#include "options.h"
#include "secret.h"

/* *parent: where the status goes as soon as it is known; -1: in the foreground nobody waits for it. */
static void leave_terminal(int *parent)
{
    static const uint8_t done = STATUS_OK;
    int null;

    if (*parent < 0) return;
    setsid();
    log_detach();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0)
    {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        if (null > STDERR_FILENO) close(null);
    }
    /* nothing may keep another file system busy */
    if (chdir("/")) log_message(LOG_ERR, "chdir: %s", strerror(errno));
    if (write(*parent, &done, 1) != 1) log_message(LOG_INFO, "who started the view has gone");
    close(*parent);
    *parent = -1;
}

static int load_keys(struct options *options, struct efs_key **key, struct efs_feks **feks)
{
    struct efs_diag diag = { 0 };
    const char *blame = "efsmount";
    enum efs_error error;

    if (options->guard || key_list_is_empty(&options->keys))
    {
        log_message(LOG_INFO, "no key: encrypted files can't be read");
        return STATUS_OK;
    }
    error = key_list_load(&options->keys, key, &blame, &diag);
    if (!error) error = efs_feks_new(feks, *key, &diag);
    if (!error) return STATUS_OK;
    report(blame, &diag);
    return STATUS_KEY;
}

static int serve(struct options *options, int parent)
{
    struct efs_feks *feks = NULL;
    struct efs_key *key = NULL;
    struct mount *mount;
    int status;

    if ((mount = mount_begin(options, &status)))
    {
        status = load_keys(options, &key, &feks);
        if (!status) status = mount_attach(mount, feks);
        if (!status)
        {
            leave_terminal(&parent);
            status = mount_serve(mount);
        }
    }
    mount_end(mount);
    efs_feks_free(feks);
    efs_key_free(key);
    if (parent >= 0)
    {
        uint8_t byte = (uint8_t)status;

        if (write(parent, &byte, 1) != 1) return STATUS_FAILED;
    }
    return status;
}

/* Waits until the view is there, or it is known that it can't be. */
static int wait_for(int child_end)
{
    uint8_t status = STATUS_FAILED;
    ssize_t n;

    do n = read(child_end, &status, 1);
    while (n < 0 && errno == EINTR);
    return n == 1 ? status : STATUS_FAILED;
}

static int serve_in_background(struct options *options)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) || (child = fork()) < 0)
    {
        log_message(LOG_ERR, "%s", strerror(errno));
        return STATUS_FAILED;
    }
    if (!child)
    {
        close(ends[0]);
        return serve(options, ends[1]);
    }
    close(ends[1]);
    return wait_for(ends[0]);
}

int main(int argc, char **argv)
{
    static struct options options;
    char name[] = "efsmount";
    int status;

    tool_begin(name);
    argv[0] = name; /* what messages begin with */
    if ((status = options_parse(&options, argc, argv)) >= 0) return finish_stdout(status);
    if (options.status) return finish_stdout(mount_list());
    if (options.quiet) log_be_quiet();
    secret_guard_process();
    return options.foreground ? serve(&options, -1) : serve_in_background(&options);
}
