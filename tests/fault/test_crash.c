/*
 * Power cuts: the order of an import's writes, attribute changes, syncs and renames is recorded; then each state that a
 * disk could be in at each moment is made and looked at: the target exports the old stream or the new one (or is the
 * plain file that it was), never a mix, never nothing.
 *
 * What is on the disk: all that a sync of its inode has put there, and of the rest
 *   - the changes of names and attributes up to some moment, in their order: ext4 and XFS write them through a journal,
 *     Btrfs in transactions;
 *   - for files, also every other choice of them, as if there were no such order (what is stricter than needed);
 *   - any choice of the writes, each also cut in half.
 * All choices where there are at most 2^ALL_BITS of them, else SAMPLES at random from a fixed seed.
 *
 * New files aren't synced, by design: nothing that stood there is lost, and a backup has thousands of them. They are
 * counted and not held to the rule. Files with several names are rewritten in place (docs/representation.md): they are
 * looked at after the repair that their journal allows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/container.h"
#include "efs/session.h"
#include "crash_remove.h"
#include "scenarios.h"
#include "scratch.h"

#define ALL_BITS   10
#define SAMPLES    64
#define CHANGES    64
#define ATTRIBUTES 8
#define NO_FILE    0
#define WITHIN     4 /* files within a directory that may be its container */

static unsigned int failed, states_total, moments_total, tests;
static bool synced; /* anything, by the last scenario */

/* What one inode holds. */
struct object
{
    struct build content;
    struct { char name[64]; struct build value; } attributes[ATTRIBUTES];
};

static void object_free(struct object *object)
{
    size_t i;

    build_free(&object->content);
    for (i = 0; i < ATTRIBUTES; i++) build_free(&object->attributes[i].value);
    memset(object, 0, sizeof(*object));
}

static void set_attribute(struct object *object, const char *name, const void *value, size_t length)
{
    size_t i;

    for (i = 0; i < ATTRIBUTES; i++)
        if (!*object->attributes[i].name || !strcmp(object->attributes[i].name, name)) break;
    MUST(i < ATTRIBUTES);
    snprintf(object->attributes[i].name, sizeof(object->attributes[i].name), "%s", name);
    object->attributes[i].value.length = 0;
    build_bytes(&object->attributes[i].value, value, length);
}

static void remove_attribute(struct object *object, const char *name)
{
    size_t i;

    /* the slot keeps its name, without a value it isn't there */
    for (i = 0; i < ATTRIBUTES; i++)
        if (!strcmp(object->attributes[i].name, name)) build_free(&object->attributes[i].value);
}

/* What stands at `path` now. */
static ino_t load(const char *path, struct object *object)
{
    char names[1024], *name;
    uint8_t bytes[65536];
    struct stat st;
    ssize_t n;
    int fd;

    memset(object, 0, sizeof(*object));
    if (stat(path, &st)) return NO_FILE;
    MUST((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1);
    while (S_ISREG(st.st_mode) && (n = read(fd, bytes, sizeof(bytes))) > 0)
        build_bytes(&object->content, bytes, (size_t)n);
    MUST((n = flistxattr(fd, names, sizeof(names))) >= 0);
    for (name = names; name < names + n; name += strlen(name) + 1)
    {
        ssize_t length = fgetxattr(fd, name, bytes, sizeof(bytes));

        if (length >= 0) set_attribute(object, name, bytes, (size_t)length);
    }
    close(fd);
    return st.st_ino;
}

static void apply(struct object *object, const struct shim_change *change, bool half)
{
    size_t length = half ? change->length / 2 : change->length;

    switch (change->kind)
    {
    case CHANGE_WRITE:
        if (change->offset + length > object->content.length)
            build_zeros(&object->content, change->offset + length - object->content.length);
        memcpy(object->content.data + change->offset, change->data, length);
        break;
    case CHANGE_TRUNCATE:
        if (change->offset > object->content.length)
            build_zeros(&object->content, change->offset - object->content.length);
        object->content.length = change->offset;
        break;
    case CHANGE_SET:
        set_attribute(object, change->name, change->data, change->length);
        break;
    case CHANGE_REMOVE:
        remove_attribute(object, change->name);
        break;
    default:
        break;
    }
}

/* Makes an object on the host, open for what `flags` say. */
static int make(const char *name, const struct object *object, int flags)
{
    int fd = open(name, flags, 0600);
    size_t i;

    MUST(fd != -1);
    if (flags & O_CREAT)
        MUST(write(fd, object->content.data, object->content.length) == (ssize_t)object->content.length);
    for (i = 0; i < ATTRIBUTES; i++)
        if (object->attributes[i].value.data)
            MUST(!fsetxattr(fd, object->attributes[i].name, object->attributes[i].value.data,
                            object->attributes[i].value.length, 0));
    return fd;
}

/* The journal of what is made as crash-state, which has another inode than the real one; then what a repair does. */
static void repair_by(const char *name, const struct object *journal)
{
    static const char target[] = "crash-state";
    uint8_t record[9 + sizeof(target) - 1] = { 1 };
    struct stat st;
    size_t i;
    int fd;

    MUST(!stat(target, &st));
    for (i = 0; i < 8; i++) record[1 + i] = (uint8_t)((uint64_t)st.st_ino >> (8 * i));
    memcpy(record + 9, target, sizeof(target) - 1);
    unlink(name);
    fd = make(name, journal, O_RDWR | O_CREAT | O_EXCL);
    if (fgetxattr(fd, "user.efs.rewrites", NULL, 0) >= 0)
        MUST(!fsetxattr(fd, "user.efs.rewrites", record, sizeof(record), 0));
    close(fd);
    efs_rewrite_check(AT_FDCWD, name, true, NULL);
    unlink(name);
}

/* What may be a directory's container. */
struct within
{
    char          name[EFS_CONTAINER_NAME_SIZE]; /* empty: there is none */
    ino_t         ino;
    struct object object;
};

static void clear_crash_state(void)
{
    DIR *dir;
    struct dirent *entry;

    if (!unlink("crash-state") || !(dir = opendir("crash-state"))) return;
    while ((entry = readdir(dir))) unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir("crash-state");
}

/* What is to be seen of an object: its stream if it is encrypted, else its bytes. Made on the host, repaired by its
 * journal if there is one, and exported. */
static struct build look(const struct object *object, const struct within *within, bool directory,
                         const char *journal_name, const struct object *journal)
{
    static uint8_t out[300000];
    struct efs_export *session;
    struct build b = { 0 };
    char path[64];
    size_t length = 0, i;
    enum efs_error err;
    int fd;

    clear_crash_state();
    if (directory) MUST(!mkdir("crash-state", 0755));
    for (i = 0; within && i < WITHIN; i++)
    {
        if (!*within[i].name) continue;
        snprintf(path, sizeof(path), "crash-state/%s", within[i].name);
        close(make(path, &within[i].object, O_RDWR | O_CREAT | O_EXCL));
    }
    fd = make("crash-state", object, directory ? O_RDONLY | O_DIRECTORY : O_RDWR | O_CREAT | O_EXCL);
    if (journal_name) repair_by(journal_name, journal);
    err = efs_export_begin(&session, fd, 0, NULL);
    if (!err)
    {
        build_bytes(&b, "stream", 6);
        err = efs_export_read(session, out, sizeof(out), &length, NULL);
        if (err) length = 0;
        build_bytes(&b, out, length);
        if (err) build_bytes(&b, "broken", 6);
        efs_export_free(session);
    }
    else if (err == EFS_ERR_NOT_ENCRYPTED)
    {
        struct object now;

        load("crash-state", &now);
        build_bytes(&b, "plain", 5);
        build_bytes(&b, now.content.data, now.content.length);
        object_free(&now);
    }
    else build_bytes(&b, "corrupt", 7);
    return b;
}

/* ---- one scenario ---- */

struct trial
{
    const struct scenario *scenario;
    const char   *path;
    bool          directory;
    bool          exempt; /* only counted */
    struct object start;
    struct within start_within[WITHIN];
    ino_t         start_ino, dir_ino;
    struct build  old, new;
    unsigned int  states, bad;
    uint64_t      seen[1 << 18]; /* states that have been looked at, by a hash */
};

enum choice { DROPPED, KEPT, HALF };

static bool is_data(const struct shim_change *change)
{
    return change->kind == CHANGE_WRITE;
}

static bool is_name(const struct shim_change *change)
{
    return change->kind == CHANGE_LINK || change->kind == CHANGE_RENAME || change->kind == CHANGE_CREATE
        || change->kind == CHANGE_UNLINK;
}

/* Is change i on the disk for sure, after the first `count` of them? A sync secures an inode, its directory's its
   names. */
static bool is_durable(const struct trial *trial, size_t i, size_t count, bool syncs)
{
    bool within = efs_is_container_name(shim_changes[i].name);
    ino_t ino = !is_name(&shim_changes[i]) ? shim_changes[i].ino : within ? trial->start_ino : trial->dir_ino;
    size_t j;

    for (j = i + 1; syncs && j < count; j++)
        if (shim_changes[j].kind == CHANGE_SYNC && shim_changes[j].ino == ino) return true;
    return false;
}

static uint64_t hash_choices(const enum choice *choices, size_t count)
{
    uint64_t h = 0xcbf29ce484222325;
    size_t i;

    for (i = 0; i < count; i++) h = (h ^ (uint64_t)choices[i]) * 0x100000001b3;
    return h | 1;
}

static void copy_object(struct object *to, const struct object *from)
{
    size_t i;

    build_bytes(&to->content, from->content.data, from->content.length);
    for (i = 0; i < ATTRIBUTES; i++)
        if (from->attributes[i].value.data)
            set_attribute(to, from->attributes[i].name, from->attributes[i].value.data,
                          from->attributes[i].value.length);
}

/* What is within the directory "dir" now that may be its container. */
static void load_within(struct within within[WITHIN])
{
    DIR *dir = opendir("dir");
    struct dirent *entry;
    char path[64];
    size_t n = 0;

    while (dir && (entry = readdir(dir)))
    {
        if (!efs_is_container_name(entry->d_name)) continue;
        MUST(n < WITHIN);
        snprintf(within[n].name, sizeof(within[n].name), "%.31s", entry->d_name);
        snprintf(path, sizeof(path), "dir/%.31s", entry->d_name);
        within[n].ino = load(path, &within[n].object);
        n++;
    }
    if (dir) closedir(dir);
}

static void free_within(struct within within[WITHIN])
{
    size_t i;

    for (i = 0; i < WITHIN; i++) object_free(&within[i].object);
}

static void choose_within(const struct trial *trial, const enum choice *choices, size_t count,
                          struct within within[WITHIN])
{
    size_t i, n;

    memset(within, 0, WITHIN * sizeof(*within));
    for (n = 0; n < WITHIN && *trial->start_within[n].name; n++)
    {
        memcpy(within[n].name, trial->start_within[n].name, sizeof(within[n].name));
        within[n].ino = trial->start_within[n].ino;
        copy_object(&within[n].object, &trial->start_within[n].object);
    }
    for (i = 0; i < count; i++)
    {
        if (!choices[i] || !is_name(&shim_changes[i]) || !efs_is_container_name(shim_changes[i].name)) continue;
        if (shim_changes[i].kind == CHANGE_UNLINK)
        {
            for (n = 0; n < WITHIN; n++)
                if (!strcmp(within[n].name, shim_changes[i].name)) *within[n].name = 0;
            continue;
        }
        for (n = 0; n < WITHIN && within[n].ino; n++) { }
        MUST(n < WITHIN);
        snprintf(within[n].name, sizeof(within[n].name), "%.31s", shim_changes[i].name);
        within[n].ino = shim_changes[i].ino;
    }
    for (i = 0; i < count; i++)
        for (n = 0; n < WITHIN; n++)
            if (choices[i] && shim_changes[i].ino && shim_changes[i].ino == within[n].ino)
                apply(&within[n].object, &shim_changes[i], choices[i] == HALF);
}

/* The state that these choices lead to. Those of the changes that didn't take place yet are DROPPED. */
static void try_state(struct trial *trial, const enum choice *choices, size_t count)
{
    struct object object = { 0 }, journal = { 0 };
    struct within within[WITHIN];
    const char *journal_name = NULL;
    ino_t journal_ino = NO_FILE;
    struct build seen;
    uint64_t h = hash_choices(choices, shim_change_count),
    *slot = &trial->seen[h % (sizeof(trial->seen) / sizeof(trial->seen[0]))];
    ino_t ino = trial->start_ino;
    size_t i;

    if (*slot == h) return;
    *slot = h;
    trial->states++;
    for (i = 0; i < count; i++)
        if (choices[i] && (shim_changes[i].kind == CHANGE_LINK || shim_changes[i].kind == CHANGE_RENAME
                           || shim_changes[i].kind == CHANGE_CREATE)
            && !strcmp(shim_changes[i].name, trial->path))
            ino = shim_changes[i].ino;
    if (ino == NO_FILE) return; /* a new file that isn't there yet */
    if (ino == trial->start_ino) copy_object(&object, &trial->start);
    for (i = 0; i < count; i++)
    {
        if (!choices[i]) continue;
        if (shim_changes[i].ino == ino) apply(&object, &shim_changes[i], choices[i] == HALF);
        if (!efs_is_rewrite_name(shim_changes[i].name)) continue;
        journal_name = shim_changes[i].kind == CHANGE_UNLINK ? NULL : shim_changes[i].name;
        journal_ino = shim_changes[i].ino;
    }
    for (i = 0; journal_name && i < count; i++)
        if (choices[i] && shim_changes[i].ino == journal_ino) apply(&journal, &shim_changes[i], choices[i] == HALF);
    choose_within(trial, choices, count, within);
    seen = look(&object, within, trial->directory, journal_name, &journal);
    free_within(within);
    if (!same_picture(&seen, &trial->old) && !same_picture(&seen, &trial->new))
    {
        if (!trial->bad++ && !trial->exempt)
        {
            printf("# %s: after %zu changes, what is there: %.7s, %zu bytes\n", trial->scenario->name, count, seen.data,
                   seen.length);
            for (i = 0; i < count; i++)
                printf("#   kind %d %s of inode %lu: %s\n", shim_changes[i].kind, shim_changes[i].name,
                       (unsigned long)shim_changes[i].ino,
                       choices[i] == KEPT ? "kept" : choices[i] ? "half" : "dropped");
        }
    }
    build_free(&seen);
    object_free(&object);
    object_free(&journal);
}

/* All choices for the changes in `free_ones`, or a sample; the others stay as they are. */
static void try_choices(struct trial *trial, enum choice *choices, size_t count, const size_t *free_ones,
                        size_t free_count)
{
    bool all = free_count <= (trial->exempt ? 4 : ALL_BITS);
    uint32_t seed = 1, n, most = all ? 1u << free_count : trial->exempt ? 16 : SAMPLES;
    size_t i;

    for (n = 0; n < most; n++)
    {
        for (i = 0; i < free_count; i++)
        {
            if (!all) seed = seed * 1664525 + 1013904223;
            choices[free_ones[i]] = (all ? n >> i : seed >> 24) & 1 ? KEPT : DROPPED;
        }
        try_state(trial, choices, count);
    }
    /* one of the writes in half, the ones before it there, the ones after it not */
    for (n = 0; n < free_count; n++)
    {
        for (i = 0; i < free_count; i++) choices[free_ones[i]] = i < n ? KEPT : DROPPED;
        if (!is_data(&shim_changes[free_ones[n]])) continue;
        choices[free_ones[n]] = HALF;
        try_state(trial, choices, count);
    }
}

/* The power fails after `count` changes. */
static void try_moment(struct trial *trial, size_t count, bool syncs)
{
    enum choice choices[CHANGES] = { 0 };
    size_t free_ones[CHANGES], free_count, ordered, i;

    moments_total++;
    /* names and attributes in their order: all before `ordered` are there */
    for (ordered = 0; ordered <= count; ordered++)
    {
        if (ordered && is_data(&shim_changes[ordered - 1])) continue; /* the same as the one before */
        for (i = free_count = 0; i < count; i++)
        {
            bool durable = is_durable(trial, i, count, syncs);

            choices[i] = durable || i < ordered ? KEPT : DROPPED;
            if (is_data(&shim_changes[i]) && !durable) free_ones[free_count++] = i;
        }
        try_choices(trial, choices, count, free_ones, free_count);
    }
    if (trial->directory) return;
    /* and without any order */
    for (i = free_count = 0; i < count; i++)
    {
        choices[i] = KEPT;
        if (shim_changes[i].kind != CHANGE_SYNC && !is_durable(trial, i, count, syncs)) free_ones[free_count++] = i;
    }
    try_choices(trial, choices, count, free_ones, free_count);
}

/* syncs: false leaves them out, and some state must be wrong then: so that this test is known to see it. */
static unsigned int try_all(const struct scenario *scenario, bool syncs, bool exempt, unsigned int *states)
{
    static struct trial trial;
    struct within end_within[WITHIN] = { 0 };
    struct object end;
    unsigned int bad;
    size_t count;
    struct stat st;

    memset(&trial, 0, sizeof(trial));
    trial.scenario = scenario;
    trial.exempt = exempt;
    scenario_prepare(scenario);
    trial.start_ino = load("file", &trial.start);
    trial.path = "file";
    if (trial.start_ino == NO_FILE) trial.start_ino = load(trial.path = "dir", &trial.start);
    load_within(trial.start_within);
    MUST(!stat(".", &st));
    trial.dir_ino = st.st_ino;
    MUST(!scenario_run(scenario, SHIM_RECORD, 0, 0));
    if (stat(trial.path, &st)) trial.path = "file";
    MUST(load(trial.path, &end) != NO_FILE && !stat(trial.path, &st));
    load_within(end_within);
    MUST(shim_change_count <= CHANGES);
    for (synced = false, count = 0; count < shim_change_count; count++)
        synced = synced || shim_changes[count].kind == CHANGE_SYNC;
    trial.directory = S_ISDIR(st.st_mode);
    trial.old = look(&trial.start, trial.start_within, trial.directory, NULL, NULL);
    trial.new = look(&end, end_within, trial.directory, NULL, NULL);
    for (count = 0; count <= shim_change_count; count++) try_moment(&trial, count, syncs);
    bad = trial.bad;
    *states = trial.states;
    states_total += trial.states;
    object_free(&trial.start);
    object_free(&end);
    free_within(trial.start_within);
    free_within(end_within);
    build_free(&trial.old);
    build_free(&trial.new);
    shim_forget();
    return bad;
}

static void test(const struct scenario *scenario)
{
    bool fresh, exempt, wrong;
    unsigned int states, bad;
    struct stat st;

    scenario_prepare(scenario);
    fresh = stat("file", &st) && stat("dir", &st);
    fresh = fresh || scenario->flags & UNSYNCED;
    exempt = fresh;
    bad = try_all(scenario, true, exempt, &states);
    wrong = (bad && !exempt) || (fresh && synced);
    if (wrong) failed++;
    printf("%sok %u - %s: %u states, %u incomplete%s\n", wrong ? "not " : "", ++tests, scenario->name, states, bad,
           fresh ? " (a new one isn't synced)" : scenario->flags & IN_PLACE ? " (rewritten in place, and repaired)"
               : "");
}

int main(int argc, char **argv)
{
    unsigned int i, states, total;

    scenarios_test(argc, argv, IMPORTS, test);
    total = states_total;
    total += crash_removals(argc, argv, &tests, &failed);
    for (i = 0; i < scenario_count; i++)
        if (!strcmp(scenarios[i].name, "over an encrypted file")
            || !strcmp(scenarios[i].name, "directory, container over a container")
                || !strcmp(scenarios[i].name, "over an encrypted file with two names"))
        {
            bool seen = try_all(&scenarios[i], false, true, &states) > 0;

            if (!seen) failed++;
            printf("%sok %u - it would see a missing sync: %s\n", seen ? "" : "not ", ++tests, scenarios[i].name);
        }
    printf("# %u crash states, %u scenarios failed\n1..%u\n", total, failed, tests);
    return failed != 0;
}
