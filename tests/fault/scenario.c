/*
 * The scenarios' tables as one, and how one of them is run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scenarios.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "efs/session.h"
#include "scratch.h"

const struct scenario *scenario_at(unsigned int i)
{
    if (i < scenario_count) return &scenarios[i];
    i -= scenario_count;
    if (i < removal_count) return &removals[i];
    return i - removal_count < encryption_count ? &encryptions[i - removal_count] : NULL;
}

const struct scenario *scenario_find(const char *name)
{
    const struct scenario *scenario;
    unsigned int i;

    for (i = 0; (scenario = scenario_at(i)); i++)
        if (!strcmp(scenario->name, name)) return scenario;
    must_fail(__FILE__, __LINE__, name);
}

void scenarios_test(int argc, char **argv, unsigned int flags, void (*test)(const struct scenario *scenario))
{
    const struct scenario *scenario;
    unsigned int i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    scratch_begin();
    scenarios_begin();
    removals_begin();
    encryptions_begin();
    for (i = 0; (scenario = scenario_at(i)); i++)
    {
        if (flags && !(scenario->flags & flags)) continue;
        if (argc < 2 || strstr(scenario->name, argv[1])) test(scenario);
    }
    encryptions_end();
}

struct build scenario_export(void)
{
    static const char * const names[] = { "file", "second", "dir" };
    static uint8_t bytes[200000];
    struct efs_export *session;
    struct build b = { 0 };
    size_t i, length;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        if (efs_export_begin(&session, open(names[i], O_RDONLY | O_CLOEXEC), 0, NULL)) continue;
        build_bytes(&b, names[i], strlen(names[i]));
        if (efs_export_read(session, bytes, sizeof(bytes), &length, NULL)) length = 0;
        build_bytes(&b, bytes, length);
        efs_export_free(session);
    }
    return b;
}

void scenario_prepare(const struct scenario *scenario)
{
    scratch_clear();
    scenario->prepare();
}

enum efs_error scenario_run(const struct scenario *scenario, enum shim_mode mode, unsigned int at, int err)
{
    enum efs_error result;

    shim_start(mode, at, err, &scenario->world);
    result = scenario->run();
    shim_stop();
    return result;
}

enum efs_error scenario_run_small(const struct scenario *scenario)
{
    struct shim_world world = scenario->world;
    enum efs_error result;

    world.small = true;
    shim_start(SHIM_COUNT, 0, 0, &world);
    result = scenario->run();
    shim_stop();
    return result;
}
