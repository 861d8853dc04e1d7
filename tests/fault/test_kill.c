/*
 * A kill at every system call of an import: the target is the old file or the new one, and the next import removes
 * what is left behind. Where the inode has to stay (several names), a kill may leave a mix: then a repair makes it the
 * old file or the new one; and, after the same kill, the next import does without a repair.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenarios.h"
#include "scratch.h"

static unsigned int failed, kills, litters, mixes, tests;

/* In a process of its own; true: it was killed, or, with no call to be killed at, it succeeded. */
static bool run_in_child(const struct scenario *scenario, enum shim_mode mode, unsigned int at)
{
    int status;
    pid_t pid;

    fflush(stdout);
    if (!(pid = fork())) _exit(scenario_run(scenario, mode, at, 0) ? 1 : 0);
    MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
    return mode == SHIM_KILL ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL : WIFEXITED(status)
        && !WEXITSTATUS(status);
}

struct states
{
    struct build old, new, old_export, new_export; /* new: of a directory to be removed: without it */
    struct build old_next, new_next;               /* what the next import makes of them */
};

/* Is it what was there, or what came? What it exports counts: an attribute that means nothing yet may be there. */
static bool is_whole(const struct scenario *scenario, const struct states *states)
{
    struct build now = scratch_picture(), exported = scenario_export();
    bool whole = same_picture(&now, &states->old) || same_picture(&now, &states->new)
                 || ((exported.length || scenario->flags & STALE) && !(scenario->flags & REMOVES)
                     && (same_picture(&exported, &states->old_export) || same_picture(&exported, &states->new_export)));

    build_free(&now);
    build_free(&exported);
    return whole;
}

/* To the last attribute and name. */
static bool is_exact(const struct states *states)
{
    struct build now = scratch_picture();
    bool exact = same_picture(&now, &states->old) || same_picture(&now, &states->new);

    build_free(&now);
    return exact;
}

static void complain(const struct scenario *scenario, unsigned int at, const char *call, const char *what)
{
    struct build now = scratch_picture();

    printf("# %s: killed at call %u, %s: %s\n", scenario->name, at, call, what);
    if (!failed++) scratch_print("now", &now);
    build_free(&now);
}

/* The same once more, if it can be done again. */
static struct scenario next_of(const struct scenario *scenario)
{
    struct scenario next = *scenario;

    if (scenario->flags & REMOVES) next.run = removal_import_beside;
    if (scenario->flags & SEALS) next.run = encryption_import_over;
    next.world.not_empty = false;
    return next;
}

/* repair: what is a mix is repaired before the next import, as efsraw check --repair does it. */
static void kill_at(const struct scenario *scenario, unsigned int at, const char *call, bool repair,
                    const struct states *states)
{
    const struct scenario next = next_of(scenario);
    struct build with, without, now;
    bool right;

    scenario_prepare(scenario);
    if (!run_in_child(scenario, SHIM_KILL, at))
    {
        complain(scenario, at, call, "it wasn't killed");
        return;
    }
    kills++;
    with = scratch_picture();
    scratch_hide_litter = true;
    without = scratch_picture();
    if (!same_picture(&with, &without)) litters++;
    if (scenario->flags & SEALS && encryption_shows_plaintext()) complain(scenario, at, call, "plaintext is left");
    if (!is_whole(scenario, states))
    {
        mixes++;
        scratch_hide_litter = false;
        if (repair) scratch_sweep();
        if (repair ? !is_exact(states) : !(scenario->flags & IN_PLACE))
            complain(scenario, at, call, "the target is neither the old one nor the new one");
    }
    scratch_hide_litter = false;
    if (repair && scenario->flags & REMOVES)
    {
        scratch_sweep();
        if (!is_exact(states)) complain(scenario, at, call, "a repair leaves something behind");
    }
    if (!run_in_child(&next, SHIM_COUNT, 0)) complain(scenario, at, call, "the next import fails");
    now = scratch_picture();
    right = same_picture(&now, &states->new_next) || same_picture(&now, &states->old_next);
    if (!right && !(scenario->flags & UNSWEPT))
        complain(scenario, at, call, "the next import leaves something behind");
    build_free(&with);
    build_free(&without);
    build_free(&now);
}

static bool is_system_call(const char *call)
{
    return strcmp(call, "malloc") && strcmp(call, "calloc") && strcmp(call, "realloc") && strcmp(call, "strdup");
}

/* What may be there; the calls in between stay in the shim's list. */
static void make_states(const struct scenario *scenario, struct states *states)
{
    const struct scenario next = next_of(scenario);
    bool removes = scenario->flags & REMOVES, beside = next.run != scenario->run;

    if (beside)
    {
        scenario_prepare(scenario);
        MUST(!scenario_run(&next, SHIM_COUNT, 0, 0));
        states->old_next = scratch_picture();
        scenario_prepare(scenario);
        if (removes) removal_finish();
        else MUST(!scenario_run(scenario, SHIM_COUNT, 0, 0));
        states->new = scratch_picture();
        states->new_export = scenario_export();
        MUST(!scenario_run(&next, SHIM_COUNT, 0, 0));
        states->new_next = scratch_picture();
    }
    scenario_prepare(scenario);
    states->old = scratch_picture();
    states->old_export = scenario_export();
    MUST(!scenario_run(scenario, SHIM_COUNT, 0, 0));
    if (beside)
    {
        MUST(is_exact(states));
        return;
    }
    states->new = scratch_picture();
    states->new_export = scenario_export();
    states->old_next = scratch_picture();
    states->new_next = scratch_picture();
}

static void test(const struct scenario *scenario)
{
    static const char *calls[SHIM_CALLS];
    unsigned int count, at, bad = failed, before = kills, litter = litters, mixed = mixes;
    struct states states;

    make_states(scenario, &states);
    count = shim.count;
    MUST(count <= SHIM_CALLS);
    memcpy(calls, shim_calls, sizeof(calls));
    for (at = 1; at <= count; at++)
    {
        if (!is_system_call(calls[at - 1])) continue;
        kill_at(scenario, at, calls[at - 1], false, &states);
        if (scenario->flags & (IN_PLACE | REMOVES)) kill_at(scenario, at, calls[at - 1], true, &states);
    }
    printf("%sok %u - %s: %u kills, %u left a staging file, %u a mix, which was repaired\n",
           failed == bad ? "" : "not ", ++tests, scenario->name, kills - before, litters - litter, mixes - mixed);
    build_free(&states.old);
    build_free(&states.new);
    build_free(&states.old_export);
    build_free(&states.new_export);
    build_free(&states.old_next);
    build_free(&states.new_next);
}

int main(int argc, char **argv)
{
    scenarios_test(argc, argv, IMPORTS | REMOVES | SEALS, test);
    printf("# %u kills, %u left a staging file, %u a mix, which was repaired, %u complaints\n1..%u\n", kills, litters,
           mixes, failed, tests);
    return failed != 0;
}
