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
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "efs/container.h"
#include "efs/store.h"
#include "crash_object.h"
#include "crash_remove.h"
#include "scenarios.h"
#include "scratch.h"

#define ALL_BITS 10
#define SAMPLES  64
#define CHANGES  64

static unsigned int failed, states_total, moments_total, tests;
static bool synced; /* anything, by the last scenario */

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
    uint64_t h = FNV1A_BEGIN;
    size_t i;

    for (i = 0; i < count; i++) h = fnv1a_add(h, &(uint8_t){ (uint8_t)choices[i] }, 1);
    return h | 1;
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
        object_copy(&within[n].object, &trial->start_within[n].object);
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
                object_apply(&within[n].object, &shim_changes[i], choices[i] == HALF);
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
    if (ino == trial->start_ino) object_copy(&object, &trial->start);
    for (i = 0; i < count; i++)
    {
        if (!choices[i]) continue;
        if (shim_changes[i].ino == ino) object_apply(&object, &shim_changes[i], choices[i] == HALF);
        if (!efs_is_rewrite_name(shim_changes[i].name)) continue;
        journal_name = shim_changes[i].kind == CHANGE_UNLINK ? NULL : shim_changes[i].name;
        journal_ino = shim_changes[i].ino;
    }
    for (i = 0; journal_name && i < count; i++)
        if (choices[i] && shim_changes[i].ino == journal_ino)
            object_apply(&journal, &shim_changes[i], choices[i] == HALF);
    choose_within(trial, choices, count, within);
    seen = object_look(&object, within, trial->directory, journal_name, &journal);
    within_free(within);
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
    trial.start_ino = object_load("file", &trial.start);
    trial.path = "file";
    if (trial.start_ino == NO_FILE) trial.start_ino = object_load(trial.path = "dir", &trial.start);
    within_load(trial.start_within);
    MUST(!stat(".", &st));
    trial.dir_ino = st.st_ino;
    MUST(!scenario_run(scenario, SHIM_RECORD, 0, 0));
    if (stat(trial.path, &st)) trial.path = "file";
    MUST(object_load(trial.path, &end) != NO_FILE && !stat(trial.path, &st));
    within_load(end_within);
    MUST(shim_change_count <= CHANGES);
    for (synced = false, count = 0; count < shim_change_count; count++)
        synced = synced || shim_changes[count].kind == CHANGE_SYNC;
    trial.directory = S_ISDIR(st.st_mode);
    trial.old = object_look(&trial.start, trial.start_within, trial.directory, NULL, NULL);
    trial.new = object_look(&end, end_within, trial.directory, NULL, NULL);
    for (count = 0; count <= shim_change_count; count++) try_moment(&trial, count, syncs);
    bad = trial.bad;
    *states = trial.states;
    states_total += trial.states;
    object_free(&trial.start);
    object_free(&end);
    within_free(trial.start_within);
    within_free(end_within);
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

    scenarios_test(argc, argv, IMPORTS | SEALS, test);
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
