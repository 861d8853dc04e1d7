/*
 * Every system call and every allocation fails once, in turn, in every way; after each: the right code came back, no
 * memory and no descriptor is lost, the target is as it was or complete, no temporary file is left. Then each fails
 * and all after it, too, as when a disk goes away: the code is the first error's, and nothing is worse than it must be.
 *
 * EFS_FAULT_EVERY=N: only one fault in N, spread over all calls and errors, for a build in which each takes long.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/store.h"
#include "scenarios.h"
#include "scratch.h"

#define LIMIT 1000 /* complaints of one scenario */

static const int errors[] = { EIO, ENOSPC, EDQUOT, EINTR, EACCES, EMFILE, ENOMEM, SHIM_SHORT };

/* Independent of the engine's table: what each error has to become (docs/api.md has the Win32 codes). */
static enum efs_error code_of(int err)
{
    switch (err)
    {
    case ENOSPC:
    case EDQUOT: return EFS_ERR_DISK_FULL;
    case EACCES: return EFS_ERR_ACCESS;
    case EMFILE: return EFS_ERR_TOO_MANY_FILES;
    case ENOMEM: return EFS_ERR_NO_MEMORY;
    default: return EFS_ERR_IO;
    }
}

/*
 * Which other answer is right, and why; err 0: any. A fault that has been got over is right, too: then the result is
 * compared with that of a run without one.
 */
static const struct { const char *call; int err; enum efs_error code; const char *why; } others[] =
{
    { "fstatfs", 0, EFS_ERR_DISK_FULL, "asked whether it is the disk or the attribute that has no room" },
    { "fsetxattr", ENOSPC, EFS_ERR_VOLUME, "the disk has space: so it is the attribute that is too large" },
    { "fsetxattr", ENOSPC, EFS_ERR_UNREPRESENTABLE, "the same, and NTFS-3G takes no containers" },
};

static bool is_other(const char *call, int err, enum efs_error code)
{
    size_t i;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (!strcmp(others[i].call, call) && (!others[i].err || others[i].err == err) && others[i].code == code)
            return true;
    return false;
}

static unsigned int failed, faults, lasting, tests, every = 1;

static void complain(const struct scenario *scenario, const char *what, enum efs_error code)
{
    failed++;
    printf("# %s: call %u, %s, %s: %s; answered %d (%s)\n", scenario->name, shim.at, shim.hit ? shim.hit : "none",
           shim.err == SHIM_SHORT ? "short" : strerror(shim.err), what, code,
           code < EFS_ERROR_COUNT ? efs_error_text(code) : "wrong bytes");
}

/* Can this call fail so? */
static bool is_possible(const char *call, int err)
{
    if (!strcmp(call, "malloc") || !strcmp(call, "calloc") || !strcmp(call, "realloc") || !strcmp(call, "strdup"))
        return err == ENOMEM;
    return err != SHIM_SHORT || !strcmp(call, "pread") || !strcmp(call, "pwrite");
}

/* What may be there. */
struct states
{
    struct build old, new;
    struct build container; /* the new one, as it is where attributes are small */
    /* the new one without the old one's descriptor's mark, without both; empty: they have to be there */
    struct build undescribed;
    struct build old_exported, exported; /* of the old one, of the new one */
    struct build gone; /* a directory that was to be removed; empty: none was */
};

/* What describes the old one says nothing without its mark; the mark mustn't be there alone. */
static bool is_less_described(const struct states *states, const struct build *now)
{
    return states->undescribed.length && same_picture(now, &states->undescribed);
}

/* The next sweep has it: a directory that was to be removed is all there or has gone, nothing else has. */
static bool is_swept(const struct states *states, bool or_old)
{
    struct build now;
    bool swept;

    scratch_sweep();
    now = scratch_picture();
    swept = same_picture(&now, &states->gone) || (or_old && same_picture(&now, &states->old));
    build_free(&now);
    return swept;
}

/* What couldn't be removed, which is the answer still, nor be put back: it goes after all. */
static bool is_not_put_back(const struct scenario *scenario, const struct states *states, enum efs_error code)
{
    return scenario->world.not_empty && !strncmp(shim.hit, "renameat", 8) && !code && is_swept(states, false);
}

static bool is_right(const struct scenario *scenario, const struct states *states, enum efs_error code, int err)
{
    struct build now, exported = scenario_export();
    bool right;

    /* What an import couldn't sweep any more, when all was done, is the next one's. */
    if (!code) scratch_sweep_containers();
    now = scratch_picture();
    if (code) right = same_picture(&now, &states->old);
    else
    {
        right = same_picture(&now, &states->new)
                || (err == ENOSPC && same_picture(&now, &states->container)) /* the attribute seemed too large */
                || is_less_described(states, &now)
                || !strcmp(shim.hit, "fremovexattr"); /* an attribute that means nothing any more has stayed */
        right = right && same_picture(&exported, &states->exported);
    }
    right = right || is_not_put_back(scenario, states, code);
    if (!right && failed < 4)
    {
        scratch_print("now", &now);
        scratch_print("wanted", code ? &states->old : &states->new);
    }
    build_free(&now);
    build_free(&exported);
    return right;
}

/* What the store exports, where nothing could be cleaned up. A name of a staging file may have stayed; so may an
 * attribute that means nothing. Content that was being rewritten in place, which couldn't be undone, is completed by
 * its journal. */
static bool is_whole(const struct scenario *scenario, const struct states *states, enum efs_error code)
{
    struct build now, exported;
    bool whole;

    if (scenario->flags & IN_PLACE) scratch_sweep();
    exported = scenario_export();
    scratch_hide_litter = true;
    now = scratch_picture();
    scratch_hide_litter = false;
    whole = same_picture(&exported, &states->exported) || (code && same_picture(&exported, &states->old_exported))
            || (code && same_picture(&now, &states->old)) || scenario->flags & (DESTROYS | SWEEPS)
            || (scenario->flags & REMOVES && same_picture(&now, &states->gone));
    build_free(&now);
    build_free(&exported);
    return whole;
}

/* The same fault, and from it on nothing works. `first`: the code of the fault alone. */
static void try_lasting(const struct scenario *scenario, unsigned int at, int err, enum efs_error first,
                        const struct states *states)
{
    unsigned int descriptors;
    enum efs_error code;

    scenario_prepare(scenario);
    descriptors = scratch_descriptors();
    shim_set_later(EROFS);
    code = scenario_run(scenario, SHIM_FAIL, at, err);
    if (!shim.hit || !is_possible(shim.hit, err)) return;
    lasting++;
    if (shim.blocks && !(scenario->flags & REMEMBERS)) complain(scenario, "lasting: memory is lost", code);
    if (scratch_descriptors() != descriptors && !(scenario->flags & REMEMBERS))
        complain(scenario, "lasting: a descriptor is lost", code);
    if (code >= EFS_ERROR_COUNT) complain(scenario, "lasting: wrong bytes", code);
    if (first && code != first) complain(scenario, "lasting: the code is not the first error's", code);
    if (!is_whole(scenario, states, code)) complain(scenario, "lasting: neither the old one nor the new one", code);
    scratch_sweep();
    if (scenario->flags & REMOVES && !is_swept(states, true))
        complain(scenario, "lasting: a sweep leaves something of it", code);
}

/* One fault. */
static enum efs_error try_one(const struct scenario *scenario, unsigned int at, int err, const struct states *states)
{
    unsigned int descriptors;
    enum efs_error code;

    scenario_prepare(scenario);
    descriptors = scratch_descriptors();
    code = scenario_run(scenario, SHIM_FAIL, at, err);
    /* names are made at random, so a directory's entries can come in another order */
    if (shim.hit && !is_possible(shim.hit, err)) return code;
    if (!shim.hit)
    {
        complain(scenario, "this call wasn't made", code);
        return code;
    }
    faults++;
    if (shim.blocks && !(scenario->flags & REMEMBERS)) complain(scenario, "memory is lost", code);
    if (scratch_descriptors() != descriptors && !(scenario->flags & REMEMBERS))
        complain(scenario, "a descriptor is lost", code);
    if (code >= EFS_ERROR_COUNT) complain(scenario, "wrong bytes", code);
    if (code && code != code_of(err) && !is_other(shim.hit, err, code))
        complain(scenario, "the code is not the error's", code);

    /* What can leave a name behind is the removal of one that fails; then it is the next sweep's. */
    if (!strcmp(shim.hit, "unlinkat") || scenario->flags & SWEEPS) scratch_sweep();
    if (!(scenario->flags & DESTROYS) && !is_right(scenario, states, code, err))
        complain(scenario, code ? "the directory isn't as it was" : "the directory isn't as it should be", code);
    return code;
}

static void test(const struct scenario *scenario)
{
    struct states states = { 0 };
    static const char *calls[SHIM_CALLS];
    static unsigned int possible; /* over all scenarios: so a short one, too, has its turn */
    unsigned int count, at, before = faults, lasting_before = lasting, bad = failed;
    enum efs_error code;
    long blocks;
    size_t i;

    scenario_prepare(scenario);
    states.old = scratch_picture();
    states.old_exported = scenario_export();
    code = scenario_run(scenario, SHIM_COUNT, 0, 0);
    count = shim.count;
    MUST(count <= SHIM_CALLS);
    memcpy(calls, shim_calls, sizeof(calls));
    states.new = scratch_picture();
    states.exported = scenario_export();
    blocks = shim.blocks;
    if (scenario->flags & DESCRIBED)
    {
        MUST(!removexattr("file", EFS_STORE_DESCRIPTOR_MARK));
        MUST(!removexattr("file", EFS_STORE_DESCRIPTOR));
        states.undescribed = scratch_picture();
    }
    if (scenario->flags & REMOVES)
    {
        scenario_prepare(scenario);
        removal_finish();
        states.gone = scratch_picture();
    }
    scenario_prepare(scenario);
    scenario_run_small(scenario);
    states.container = scratch_picture();
    if (scenario->flags & REMOVES && !scenario->world.not_empty && !same_picture(&states.new, &states.gone))
        complain(scenario, "it isn't removed", code);
    if (code || (blocks && !(scenario->flags & REMEMBERS))) complain(scenario, "it fails without a fault", code);
    for (at = 1; at <= count && failed - bad < LIMIT; at++)
        for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        {
            if (!is_possible(calls[at - 1], errors[i]) || possible++ % every) continue;
            code = try_one(scenario, at, errors[i], &states);
            if (errors[i] == EIO || errors[i] == ENOMEM) try_lasting(scenario, at, errors[i], code, &states);
        }
    printf("%sok %u - %s: %u calls, %u faults, %u lasting ones\n", failed == bad ? "" : "not ", ++tests, scenario->name,
           count, faults - before, lasting - lasting_before);
    build_free(&states.old);
    build_free(&states.new);
    build_free(&states.container);
    build_free(&states.undescribed);
    build_free(&states.old_exported);
    build_free(&states.exported);
    build_free(&states.gone);
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("EFS_FAULT_EVERY");

    if (wanted && !getenv("EFS_TEST_FULL") && atoi(wanted) > 1) every = (unsigned int)atoi(wanted);
    scenarios_test(argc, argv, 0, test);
    printf("# %u faults injected, and %u after which nothing works; %u complaints\n", faults, lasting, failed);
    if (every > 1) printf("# one in %u of those that there are\n", every);
    printf("1..%u\n", tests);
    return failed != 0;
}
