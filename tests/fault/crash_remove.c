/*
 * Power cuts while a directory is being removed: the part of test_crash.c that is about names.
 *
 * A removal changes nothing but names. So they are recorded, and the removal's start is made anew for each state,
 * with the changes of names that were on the disk, in their order: all before the last sync of the directory that the
 * name is in, and any choice of the others, as if the file system kept no order. Then the directory is as it was or
 * has lost its name, and a sweep leaves it as it was or gone, and everything else as it was.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "crash_remove.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efs/container.h"
#include "scenarios.h"
#include "scratch.h"

#define NAMES 16 /* changes of names, at most */

/* Of the removal that was recorded. In each state the directory and its container are others, with the same parts. */
struct trial
{
    const struct scenario *scenario;
    ino_t                  parent, directory, container;
    struct build           old, gone;
    unsigned int           states, bad;
};

static ino_t ino_at(const char *path)
{
    struct stat st;

    MUST(!stat(path, &st));
    return st.st_ino;
}

static ino_t find_container(char path[64])
{
    DIR *dir = opendir("dir");
    struct dirent *entry;

    *path = 0;
    MUST(dir);
    while ((entry = readdir(dir)))
        if (efs_is_container_name(entry->d_name)) snprintf(path, 64, "dir/%.31s", entry->d_name);
    closedir(dir);
    return ino_at(path);
}

/* Is the change on the disk for sure, after the first `count` of them? */
static bool is_durable(const struct trial *trial, size_t i, size_t count)
{
    ino_t ino = efs_is_container_name(shim_changes[i].name) ? trial->directory : trial->parent;
    size_t j;

    for (j = i + 1; j < count; j++)
        if (shim_changes[j].kind == CHANGE_SYNC && shim_changes[j].ino == ino) return true;
    return false;
}

/* The names that lead to the directory and to its container now; empty: none does. */
struct names
{
    char directory[64], container[128], within[64];
};

/* What the directory has in it goes with its last name. */
static void remove_name(struct names *names, const char *name)
{
    if (!strcmp(names->container, name))
    {
        MUST(!unlink(name));
        *names->container = 0;
    }
    if (strcmp(names->directory, name)) return;
    if (!strncmp(names->container, name, strlen(name)) && names->container[strlen(name)] == '/')
    {
        MUST(!unlink(names->container));
        *names->container = 0;
    }
    MUST(!rmdir(name));
    *names->directory = 0;
}

static void rename_directory(struct names *names, const char *name)
{
    bool within = *names->directory && !strncmp(names->container, names->directory, strlen(names->directory))
                  && names->container[strlen(names->directory)] == '/';

    if (!*names->directory) return;
    MUST(!rename(names->directory, name));
    snprintf(names->directory, sizeof(names->directory), "%s", name);
    if (within) snprintf(names->container, sizeof(names->container), "%s/%s", name, names->within);
}

/* Into the directory by the name that it has in this state, or beside it. */
static void rename_container(struct names *names, const char *name)
{
    char path[128];

    if (!*names->container) return;
    if (!efs_is_container_name(name)) snprintf(path, sizeof(path), "%s", name);
    else if (*names->directory) snprintf(path, sizeof(path), "%s/%s", names->directory, names->within);
    else
    {
        remove_name(names, names->container);
        return;
    }
    MUST(!rename(names->container, path));
    snprintf(names->container, sizeof(names->container), "%s", path);
}

static void apply(const struct trial *trial, struct names *names, const struct shim_change *change)
{
    if (change->kind == CHANGE_UNLINK) remove_name(names, change->name);
    else if (change->ino == trial->directory) rename_directory(names, change->name);
    else
    {
        MUST(change->ino == trial->container);
        rename_container(names, change->name);
    }
}

static bool is_old_or_gone(const struct trial *trial)
{
    struct build now = scratch_picture();
    bool right = same_picture(&now, &trial->old) || same_picture(&now, &trial->gone);

    build_free(&now);
    return right;
}

/* chosen: a bit for each change that is on the disk. */
static void try_state(struct trial *trial, size_t count, unsigned int chosen)
{
    struct names names = { .directory = "dir" };
    bool right;
    size_t i;

    trial->states++;
    scenario_prepare(trial->scenario);
    find_container(names.container);
    snprintf(names.within, sizeof(names.within), "%.31s", names.container + strlen("dir/"));
    for (i = 0; i < count; i++)
        if (chosen >> i & 1 && shim_changes[i].kind != CHANGE_SYNC) apply(trial, &names, &shim_changes[i]);
    /* before the repair, and after it to the last name */
    scratch_hide_litter = true;
    right = is_old_or_gone(trial);
    scratch_hide_litter = false;
    scratch_sweep();
    right = is_old_or_gone(trial) && right;
    if (!right) trial->bad++;
}

/* syncs: false leaves them out. */
static void try_all(struct trial *trial, const struct scenario *scenario, bool syncs)
{
    size_t count, i, free_ones[NAMES], free_count;
    unsigned int kept, n, chosen;
    char path[64];

    memset(trial, 0, sizeof(*trial));
    trial->scenario = scenario;
    scenario_prepare(scenario);
    removal_finish();
    trial->gone = scratch_picture();
    scenario_prepare(scenario);
    trial->old = scratch_picture();
    trial->parent = ino_at(".");
    trial->directory = ino_at("dir");
    trial->container = find_container(path);
    MUST(!scenario_run(scenario, SHIM_RECORD, 0, 0));
    MUST(shim_change_count && shim_change_count <= NAMES);
    for (i = 0; i < shim_change_count; i++)
    {
        enum shim_change_kind kind = shim_changes[i].kind;

        MUST(kind == CHANGE_RENAME || kind == CHANGE_UNLINK || kind == CHANGE_SYNC);
    }
    for (count = 0; count <= shim_change_count; count++)
    {
        for (i = free_count = 0, kept = 0; i < count; i++)
        {
            if (syncs && is_durable(trial, i, count)) kept |= 1u << i;
            else if (shim_changes[i].kind != CHANGE_SYNC) free_ones[free_count++] = i;
        }
        for (n = 0; n < 1u << free_count; n++)
        {
            for (i = 0, chosen = kept; i < free_count; i++) chosen |= (n >> i & 1) << free_ones[i];
            try_state(trial, count, chosen);
        }
    }
    shim_forget();
    build_free(&trial->old);
    build_free(&trial->gone);
}

unsigned int crash_removals(int argc, char **argv, unsigned int *tests, unsigned int *failed)
{
    const struct scenario *scenario;
    unsigned int i, states = 0;
    struct trial trial;

    for (i = 0; (scenario = scenario_at(i)); i++)
    {
        if (!(scenario->flags & REMOVES) || (argc > 1 && !strstr(scenario->name, argv[1]))) continue;
        try_all(&trial, scenario, true);
        states += trial.states;
        if (trial.bad) ++*failed;
        printf("%sok %u - %s: %u states, %u neither as it was nor gone\n", trial.bad ? "not " : "", ++*tests,
               scenario->name, trial.states, trial.bad);
        try_all(&trial, scenario, false);
        if (!trial.bad) ++*failed;
        printf("%sok %u - it would see a missing sync: %s\n", trial.bad ? "" : "not ", ++*tests, scenario->name);
    }
    return states;
}
