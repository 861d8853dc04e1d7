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
#include <stdlib.h>
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

/* What opens files, and whom new ones are encrypted for. */
struct keys
{
    struct efs_key               *key;
    struct efs_feks              *feks;
    struct efs_certificate       *own;
    const struct efs_certificate **users, **agents;
    struct efs_seal_readers       readers; /* no users: nothing encrypted can be made */
};

/* Without --for, the owner of the first key that has a certificate. */
static enum efs_error load_readers(struct options *options, struct keys *keys, const char **blame,
                                   struct efs_diag *diag)
{
    struct recipients *recipients = &options->recipients;
    enum efs_error error = recipients_load(recipients, blame, diag);

    if (error) return error;
    keys->users = recipients_list(recipients->users, recipients->user_count);
    keys->agents = recipients_list(recipients->agents, recipients->agent_count);
    if (!keys->users || !keys->agents) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    if (!recipients->user_count && !efs_certificate_of_key(&keys->own, keys->key, NULL)) keys->users[0] = keys->own;
    keys->readers = (struct efs_seal_readers){ keys->users, keys->own ? 1 : recipients->user_count, keys->agents,
                                               recipients->agent_count };
    if (!keys->readers.user_count)
        log_message(LOG_INFO, "no key has a certificate: without --for nothing can be made in encrypted directories");
    return EFS_OK;
}

static int load_keys(struct options *options, struct keys *keys)
{
    struct efs_diag diag = { 0 };
    const char *blame = "efsmount";
    enum efs_error error;

    if (options->guard || key_list_is_empty(&options->keys))
    {
        log_message(LOG_INFO, "no key: encrypted files can't be read");
        return STATUS_OK;
    }
    error = key_list_load(&options->keys, &keys->key, &blame, &diag);
    if (!error) error = efs_feks_new(&keys->feks, keys->key, &diag);
    if (!error) error = load_readers(options, keys, &blame, &diag);
    if (!error) return STATUS_OK;
    report(blame, &diag);
    return STATUS_KEY;
}

static void free_keys(struct keys *keys)
{
    efs_feks_free(keys->feks);
    efs_key_free(keys->key);
    efs_certificate_free(keys->own);
    free(keys->users);
    free(keys->agents);
}

static int serve(struct options *options, int parent)
{
    struct keys keys = { 0 };
    struct mount *mount;
    int status;

    if ((mount = mount_begin(options, &status)))
    {
        status = load_keys(options, &keys);
        if (!status) mount_show_keys(mount, keys.key);
        if (!status) status = mount_attach(mount, keys.feks, keys.readers.user_count ? &keys.readers : NULL);
        if (!status)
        {
            leave_terminal(&parent);
            status = mount_serve(mount);
        }
    }
    mount_end(mount);
    free_keys(&keys);
    recipients_free(&options->recipients);
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
    if (options.status)
        return finish_stdout(options.mountpoint ? mount_show(options.mountpoint) : mount_list());
    if (options.quiet) log_be_quiet();
    secret_guard_process();
    return options.foreground ? serve(&options, -1) : serve_in_background(&options);
}
