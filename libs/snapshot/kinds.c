/*
 * The kinds of snapshots: which one a drive gets, and how each is made and removed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btrfs.h"
#include "command.h"
#include "copy_tree.h"
#include "mounts.h"
#include "nested.h"
#include "remove_tree.h"

/* For a command: the same of every try to remove it. */
static void make_name(char name[48], const struct efs_snapshot *snapshot)
{
    unsigned int i, at = (unsigned int)snprintf(name, 48, "wine-efs-");

    for (i = 0; i < sizeof(snapshot->id); i++) at += (unsigned int)snprintf(name + at, 3, "%02x", snapshot->id[i]);
}

static enum efs_error make_by_command(struct making *making, struct efs_diag *diag)
{
    struct state *state = making->state;
    char name[48];
    enum efs_error err;

    make_name(name, &state->snapshot);
    if ((err = state_add(making->state_fd, "command", state->command, diag))) return err;
    return command_create(state->command, state->source, name, making->path, diag);
}

/* In the prefix; or beside the drive's files, which is written down before. -1 with errno. */
static int open_place(struct making *making, const char *base, struct place *place)
{
    struct state *state = making->state;
    unsigned int i;

    if (base)
    {
        for (i = 0; i < STATE_BASES && state->bases[i][0]; i++)
            if (!strcmp(state->bases[i], base)) break;
        errno = EOVERFLOW;
        if (i == STATE_BASES) return -1;
        if (!state->bases[i][0] && state_add(making->state_fd, "base", base, NULL)) return -1;
        snprintf(state->bases[i], PATH_MAX, "%s", base);
    }
    return snapshot_place_open(making->folder, base, state->snapshot.number, true, place);
}

/* What isn't in a snapshot, behind what is said of it already. */
static void add_note(char *note, const char *before, const struct names *names)
{
    size_t used = strlen(note);

    if (!names->count) return;
    snprintf(note + used, EFS_SNAPSHOT_NOTE_SIZE - used, "%s", before);
    names_append(note, EFS_SNAPSHOT_NOTE_SIZE, names);
}

/* ---- Btrfs ---- */

static void note_nested(struct making *making, const struct nested_tally *tally)
{
    char *note = making->state->snapshot.note, taken[64] = "";
    struct names mounted = { 0 };

    if (tally->taken) snprintf(taken, sizeof(taken), ", and one of each of %u subvolumes in it", tally->taken);
    snprintf(note, EFS_SNAPSHOT_NOTE_SIZE, "a Btrfs snapshot%s%s", taken,
             tally->unknown ? "; whether subvolumes are missing can't be told" : "");
    add_note(note, "; not in it, as subvolumes that can't be taken along: ", &tally->left);
    mounts_add(making->state->source, &mounted);
    add_note(note, "; not in it, as other file systems: ", &mounted);
    making->state->snapshot.partial = tally->left.count || mounted.count || tally->unknown;
}

static enum efs_error make_btrfs(struct making *making, struct efs_diag *diag)
{
    char subvolume[PATH_MAX];
    struct nested_tally tally;
    const char *rest;
    struct place place;
    int try, result, err = 0;

    memcpy(subvolume, making->state->source, sizeof(subvolume));
    if (!btrfs_find_subvolume(subvolume)) return efs_fail(diag, EFS_ERR_VOLUME, 0, "in no Btrfs subvolume");
    rest = making->state->source + (strcmp(subvolume, "/") ? strlen(subvolume) : 0);
    for (try = 0; try < 2; try++)
    {
        if (open_place(making, try ? subvolume : NULL, &place))
        {
            err = errno;
            continue;
        }
        result = nested_snapshot(subvolume, *rest ? rest + 1 : "", place.dir_fd, place.name, &tally);
        err = errno;
        snapshot_place_close(&place);
        if (result) continue;
        if (snprintf(making->path, sizeof(making->path), "%s%s", place.path, rest) >= (int)sizeof(making->path))
            return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "the snapshot's path is too long");
        note_nested(making, &tally);
        return EFS_OK;
    }
    return efs_fail_errno(diag, err, 0, "BTRFS_IOC_SNAP_CREATE_V2");
}

/* ---- reflinks ---- */

/* Before a whole tree of directories is made where no file can be copied so. */
static bool shares_data(int dir_fd)
{
    int a = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int b = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool shares = a != -1 && b != -1 && pwrite(a, "x", 1, 0) == 1 && !ioctl(b, FICLONE, a);

    if (a != -1) close(a);
    if (b != -1) close(b);
    return shares;
}

static enum efs_error fill_place(int source, const struct place *place, struct copy_tally *tally, struct efs_diag *diag)
{
    enum efs_error err;
    int target;

    if (!shares_data(place->dir_fd)) return efs_fail(diag, EFS_ERR_VOLUME, 0, "files there can't share data");
    if (mkdirat(place->dir_fd, place->name, S_IRWXU)) return efs_fail_errno(diag, errno, 0, "mkdir");
    target = openat(place->dir_fd, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target == -1) return efs_fail_errno(diag, errno, 0, "open of a copied directory");
    err = copy_tree(source, target, tally, diag);
    close(target);
    if (err) remove_tree(place->dir_fd, place->name);
    return err;
}

static void note_tally(char *note, const struct copy_tally *tally)
{
    size_t used = (size_t)snprintf(note, EFS_SNAPSHOT_NOTE_SIZE, "a tree of reflinks, its files not all of one moment");

    if (tally->unreadable)
        used += (size_t)snprintf(note + used, EFS_SNAPSHOT_NOTE_SIZE - used, "; %" PRIu32 " that can't be read",
                                 tally->unreadable);
    if (tally->special)
        snprintf(note + used, EFS_SNAPSHOT_NOTE_SIZE - used, "; without %" PRIu32 " sockets, pipes or devices",
                 tally->special);
    add_note(note, "; not in it, as other file systems: ", &tally->mounted);
}

static enum efs_error make_reflinks(struct making *making, struct efs_diag *diag)
{
    struct state *state = making->state;
    int source = open(state->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC), try;
    enum efs_error err = efs_fail(diag, EFS_ERR_VOLUME, 0, "files there can't share data");
    struct copy_tally tally;
    struct place place;

    if (source == -1) return efs_fail_errno(diag, errno, 0, "open of the drive");
    for (try = 0; try < 2 && err == EFS_ERR_VOLUME; try++)
    {
        /* No folder is made in a drive where it won't be needed. */
        if (try && !shares_data(source)) break;
        if (open_place(making, try ? state->source : NULL, &place))
        {
            err = try ? efs_fail_errno(diag, errno, 0, "the folder for a tree of reflinks") : EFS_ERR_VOLUME;
            continue;
        }
        err = fill_place(source, &place, &tally, diag);
        snapshot_place_close(&place);
        if (err) continue;
        memcpy(making->path, place.path, sizeof(making->path));
        note_tally(state->snapshot.note, &tally);
    }
    close(source);
    return err;
}

/* ---- all of them ---- */

static enum efs_error make_live(struct making *making, struct efs_diag *diag)
{
    (void)diag;
    memcpy(making->path, making->state->source, sizeof(making->path));
    return EFS_OK;
}

static const struct
{
    enum efs_error (*make)(struct making *making, struct efs_diag *diag);
    const char *note; /* NULL: make says it */
} kinds[EFS_SNAPSHOT_KINDS] =
{
    [EFS_SNAPSHOT_NONE] = { NULL, NULL },
    [EFS_SNAPSHOT_COMMAND] = { make_by_command, "a snapshot by the user's command" },
    [EFS_SNAPSHOT_BTRFS] = { make_btrfs, NULL },
    [EFS_SNAPSHOT_REFLINK] = { make_reflinks, NULL },
    [EFS_SNAPSHOT_LIVE] = { make_live,
                            "no snapshot: the drive as it is, read-only by this name; no file that is locked" },
};

static bool is_wanted(unsigned int kind, enum efs_snapshot_choice choice, const struct state *state)
{
    if (choice == EFS_SNAPSHOT_ONLY_LIVE) return kind == EFS_SNAPSHOT_LIVE;
    /* a command that has failed isn't replaced by anything: the user relies on it */
    return state->command[0] ? kind == EFS_SNAPSHOT_COMMAND : kind != EFS_SNAPSHOT_COMMAND;
}

enum efs_error kinds_make(struct making *making, enum efs_snapshot_choice choice, struct efs_diag *diag)
{
    struct efs_snapshot *snapshot = &making->state->snapshot;
    enum efs_error err = EFS_ERR_VOLUME;
    struct efs_diag first = { 0 }, this;
    unsigned int kind;

    for (kind = 1; kind < EFS_SNAPSHOT_KINDS && err; kind++)
    {
        if (!is_wanted(kind, choice, making->state)) continue;
        memset(&this, 0, sizeof(this));
        if (!(err = kinds[kind].make(making, &this)))
        {
            snapshot->kind = kind;
            if (kinds[kind].note) snprintf(snapshot->note, sizeof(snapshot->note), "%s", kinds[kind].note);
        }
        /* what is said of the last kind that is any is why there's no better one: that it isn't Btrfs goes without
           saying */
        else if (!first.code || first.code == EFS_ERR_VOLUME) first = this;
    }
    if (!err && snapshot->kind == EFS_SNAPSHOT_LIVE && first.code && first.code != EFS_ERR_VOLUME && first.rule)
        snprintf(snapshot->note, sizeof(snapshot->note), "%s (%s: %s)", kinds[EFS_SNAPSHOT_LIVE].note,
                 efs_error_text(first.code), first.rule);
    if (err && diag) *diag = first;
    return err;
}

static void note_first(enum efs_error *err, enum efs_error this, struct efs_diag *diag, const struct efs_diag *what)
{
    if (!this || *err) return;
    *err = this;
    if (diag) *diag = *what;
}

enum efs_error kinds_remove(const struct folder *folder, const struct state *state, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK, this;
    struct efs_diag what = { 0 };
    struct place place;
    char name[48];
    int i;

    for (i = -1; i < STATE_BASES; i++)
    {
        if (i >= 0 && !state->bases[i][0]) continue;
        if (snapshot_place_open(folder, i < 0 ? NULL : state->bases[i], state->snapshot.number, false, &place))
            continue;
        if (remove_tree(place.dir_fd, place.name))
        {
            this = efs_fail_errno(&what, errno, state->snapshot.number, "removal of a snapshot");
            note_first(&err, this, diag, &what);
        }
        snapshot_place_close(&place);
        if (i >= 0) snapshot_place_remove_beside(state->bases[i]);
    }
    if (state->command[0])
    {
        make_name(name, &state->snapshot);
        this = command_delete(state->command, state->source, name, &what);
        note_first(&err, this, diag, &what);
    }
    return err;
}
