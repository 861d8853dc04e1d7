/*
 * Snapshots of a prefix's drives: made, found, and removed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "vss/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kinds.h"

#define LOCK_NAME "making"

#define LINK_SIZE (sizeof("dosdevices/" EFS_SNAPSHOT_LINK) + 8)

/* 100 ns from 1601 to 1970 */
#define EPOCH 116444736000000000u

enum efs_error efs_snapshot_lock(const char *prefix, int *lock, struct efs_diag *diag)
{
    struct folder folder;
    enum efs_error err;
    int saved;

    if ((err = folder_open(prefix, true, &folder, diag))) return err;
    *lock = openat(folder.fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    saved = errno;
    folder_close(&folder);
    if (*lock == -1) return efs_fail_errno(diag, saved, 0, "open of the lock");
    if (!flock(*lock, LOCK_EX | LOCK_NB)) return EFS_OK;
    saved = errno == EWOULDBLOCK ? EEXIST : errno;
    close(*lock);
    return efs_fail_errno(diag, saved, 0, "another set of snapshots is being made");
}

static const char *link_name(char name[LINK_SIZE], uint32_t number)
{
    snprintf(name, LINK_SIZE, "dosdevices/" EFS_SNAPSHOT_LINK "%" PRIu32, number);
    return name;
}

/* Where the drive leads. */
static enum efs_error find_source(const struct folder *folder, uint32_t drive, char source[PATH_MAX],
                                  struct efs_diag *diag)
{
    char name[PATH_MAX], *real;
    struct stat st;

    if (drive < 'a' || drive > 'z') return efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "no letter of a drive");
    if (snprintf(name, sizeof(name), "%s/dosdevices/%c:", folder->prefix, (char)drive) >= (int)sizeof(name)
        || !(real = realpath(name, NULL)))
        return efs_fail_errno(diag, errno ? errno : ENOENT, 0, "realpath of the drive");
    snprintf(source, PATH_MAX, "%s", real);
    free(real);
    if (!stat(source, &st) && S_ISDIR(st.st_mode)) return EFS_OK;
    return efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "the drive leads to no directory");
}

/* Wine finds it from then on. A name left behind is nobody's. */
static enum efs_error put_link(const struct making *making, struct efs_diag *diag)
{
    char name[LINK_SIZE];

    link_name(name, making->state->snapshot.number);
    unlinkat(making->folder->prefix_fd, name, 0);
    if (!symlinkat(making->path, making->folder->prefix_fd, name)) return EFS_OK;
    return efs_fail_errno(diag, errno, 0, "symlink");
}

/* All there is of it; its file last, so that what is left after an error or a kill is found again. */
static enum efs_error remove_all(const struct folder *folder, const struct state *state, struct efs_diag *diag)
{
    char name[LINK_SIZE], own[STATE_NAME_SIZE];
    enum efs_error err;

    unlinkat(folder->prefix_fd, link_name(name, state->snapshot.number), 0);
    if ((err = kinds_remove(folder, state, diag))) return err;
    if (!unlinkat(folder->fd, state_name(own, state->snapshot.number), 0) || errno == ENOENT) return EFS_OK;
    return efs_fail_errno(diag, errno, 0, "removal of a snapshot's state");
}

static enum efs_error make(struct making *making, enum efs_snapshot_choice choice, int *held, struct efs_diag *diag)
{
    struct state *state = making->state;
    char name[STATE_NAME_SIZE];
    enum efs_error err;

    if ((err = find_source(making->folder, state->snapshot.drive, state->source, diag))) return err;
    if ((err = state_create(making->folder, state, &making->state_fd, diag))) return err;
    err = kinds_make(making, choice, diag);
    if (!err) err = put_link(making, diag);
    if (!err) err = state_finish(making->state_fd, &state->snapshot, diag);
    if (err)
    {
        /* a command that has failed may say so of the removal, too, and once more each time */
        if (remove_all(making->folder, state, NULL) && state->command[0])
            unlinkat(making->folder->fd, state_name(name, state->snapshot.number), 0);
        close(making->state_fd);
    }
    else *held = making->state_fd;
    return err;
}

enum efs_error efs_snapshot_make(const char *prefix, enum efs_snapshot_choice choice, const char *command,
                                 struct efs_snapshot *snapshot, int *held, struct efs_diag *diag)
{
    struct making *making = calloc(1, sizeof(*making));
    struct state *state = calloc(1, sizeof(*state));
    struct folder *folder = calloc(1, sizeof(*folder));
    enum efs_error err = EFS_ERR_NO_MEMORY;
    struct timespec now;

    if (!making || !state || !folder) efs_fail(diag, err, 0, "a snapshot");
    else if (command && strlen(command) >= sizeof(state->command))
        err = efs_fail(diag, EFS_ERR_INVALID, 0, "the command for snapshots is too long");
    else if (!(err = folder_open(prefix, true, folder, diag)))
    {
        clock_gettime(CLOCK_REALTIME, &now);
        state->snapshot = *snapshot;
        state->snapshot.created = (uint64_t)now.tv_sec * 10000000 + (uint64_t)now.tv_nsec / 100 + EPOCH;
        state->snapshot.volume[EFS_SNAPSHOT_VOLUME_SIZE - 1] = 0;
        if (command && choice == EFS_SNAPSHOT_AUTO) memcpy(state->command, command, strlen(command) + 1);
        making->folder = folder;
        making->state = state;
        err = make(making, choice, held, diag);
        if (!err) *snapshot = state->snapshot;
        folder_close(folder);
    }
    if (!err) snapshot->in_use = true;
    free(folder);
    free(state);
    free(making);
    return err;
}

/* ---- what is there ---- */

/* *fd is open if it succeeds. */
static enum efs_error load(const struct folder *folder, uint32_t number, struct state *state, int *fd, bool *locked,
                           struct efs_diag *diag)
{
    enum efs_error err = state_open(folder, number, fd, locked, diag);

    if (err) return err;
    if ((err = state_read(*fd, number, state, diag))) close(*fd);
    return err;
}

bool efs_snapshot_next(const char *prefix, uint32_t number, struct efs_snapshot *snapshot)
{
    struct state *state = malloc(sizeof(*state));
    struct folder *folder = malloc(sizeof(*folder));
    bool locked, found = false;
    int fd;

    if (state && folder && !folder_open(prefix, false, folder, NULL))
    {
        while (!found && (number = state_next(folder, number)))
        {
            if (load(folder, number, state, &fd, &locked, NULL)) continue;
            close(fd);
            /* nobody has it, and it isn't to stay: its process has ended */
            found = state->ready && (!locked || (state->snapshot.context & EFS_SNAPSHOT_STAYS));
            state->snapshot.in_use = !locked;
        }
        if (found) *snapshot = state->snapshot;
        folder_close(folder);
    }
    free(folder);
    free(state);
    return found;
}

enum which { ONE, LEFT_BEHIND, ALL };

static enum efs_error remove_some(const char *prefix, enum which which, uint32_t number, struct efs_diag *diag)
{
    struct state *state = malloc(sizeof(*state));
    struct folder *folder = malloc(sizeof(*folder));
    enum efs_error err = EFS_ERR_NO_MEMORY, this;
    struct efs_diag what = { 0 };
    bool locked, stays;
    int fd;

    if (!state || !folder) efs_fail(diag, err, 0, "a snapshot");
    else if (!(err = folder_open(prefix, false, folder, diag)))
    {
        if (which != ONE) number = state_next(folder, 0);
        for (; number; number = which == ONE ? 0 : state_next(folder, number))
        {
            if (!(this = load(folder, number, state, &fd, &locked, &what)))
            {
                stays = !locked || (state->ready && (state->snapshot.context & EFS_SNAPSHOT_STAYS));
                if (which != LEFT_BEHIND || !stays) this = remove_all(folder, state, &what);
                close(fd);
            }
            /* with another who does the same */
            if (this == EFS_ERR_NOT_FOUND && which != ONE) this = EFS_OK;
            if (this && !err && diag) *diag = what;
            if (!err) err = this;
        }
        folder_close(folder);
    }
    free(folder);
    free(state);
    return err;
}

enum efs_error efs_snapshot_delete(const char *prefix, uint32_t number, struct efs_diag *diag)
{
    return number ? remove_some(prefix, ONE, number, diag) : efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "no number");
}

enum efs_error efs_snapshot_reap(const char *prefix, struct efs_diag *diag)
{
    enum efs_error err = remove_some(prefix, LEFT_BEHIND, 0, diag);

    return err == EFS_ERR_NOT_FOUND ? EFS_OK : err;
}

enum efs_error efs_snapshot_purge(const char *prefix, struct efs_diag *diag)
{
    enum efs_error err = remove_some(prefix, ALL, 0, diag);
    struct folder *folder;

    if (err == EFS_ERR_NOT_FOUND) return EFS_OK;
    if (err) return err;
    if (!(folder = malloc(sizeof(*folder)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "a snapshot");
    if (!(err = folder_open(prefix, false, folder, diag)))
    {
        unlinkat(folder->fd, LOCK_NAME, 0);
        if (unlinkat(folder->prefix_fd, FOLDER_NAME, AT_REMOVEDIR))
            err = efs_fail_errno(diag, errno, 0, "removal of the folder " FOLDER_NAME);
        folder_close(folder);
    }
    free(folder);
    return err;
}
