/*
 * What the fault, kill and crash tests do to the engine: each scenario prepares a directory and then does one thing in
 * it. A new form of an encrypted file needs new scenarios here, nothing else.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_SCENARIOS_H
#define TESTS_SCENARIOS_H

#include <stdbool.h>

#include "lib/build.h"
#include "efs/error.h"
#include "shim.h"

/* rewrites the target's inode: a kill or a power cut in the middle leaves a mix, which is repaired
 * (docs/representation.md) */
#define IN_PLACE  1u
#define READS     2u /* changes nothing */
#define IMPORTS   4u /* may be done again after a kill */
#define STALE     32u /* a kill may leave a layout without its $EFS on a directory: it means nothing */
#define UNSWEPT   64u /* no locks: what a kill leaves behind isn't told from what is at work */
#define UNSYNCED  256u /* nothing is lost with the old one: the new one isn't synced */
#define REMEMBERS 128u /* keeps what it has learned of the last directory: memory and a descriptor */
#define DESTROYS  16u /* the old content is to go, whatever fails after that */
#define DESCRIBED 512u /* the old one's Windows descriptor is no reason to fail: it may be lost, with its mark */
#define SWEEPS    8u /* does what it can: a fault only delays it */
#define SEALS     2048u /* encrypts, or changes users: it can't be done again when it was done */
#define REMOVES   1024u /* a directory: it is as it was or gone, and a sweep leaves nothing of it */

struct scenario
{
    const char       *name;
    unsigned int      flags;
    void            (*prepare)(void);
    enum efs_error  (*run)(void);
    struct shim_world world;
};

/* Imports, exports and looks; what is about removing directories; encrypting, and changing users. */
extern const struct scenario scenarios[], removals[], encryptions[];
extern const unsigned int scenario_count, removal_count, encryption_count;
/* The tables as one; NULL: there is no more. */
const struct scenario *scenario_at(unsigned int i);
/* The one of this name; there has to be one. */
const struct scenario *scenario_find(const char *name);

/* Makes the streams; once. */
void scenarios_begin(void);
void removals_begin(void);
void encryptions_begin(void);
void encryptions_end(void);

/* What a removal comes to, without the engine: the directory has gone with all in it. */
void removal_finish(void);
/* After a kill, what has been done can't be done again: an import, beside it or over it, has to clean up. */
enum efs_error removal_import_beside(void);
enum efs_error encryption_import_over(void);
/* Does anything there show what was to be encrypted, but for the files that had it before? */
bool encryption_shows_plaintext(void);

/*
 * What the main functions of the tests share: sets all up, and runs the test of each scenario that has one of the flags
 * (0: of each) and, if there is one, the argument in its name.
 */
void scenarios_test(int argc, char **argv, unsigned int flags, void (*test)(const struct scenario *scenario));

/* Clears the scratch directory and prepares the scenario in it. */
void scenario_prepare(const struct scenario *scenario);

/* What the encrypted file or directory there exports, whatever its form: the name and the stream. */
struct build scenario_export(void);

/* Runs it with the shim in that mode. */
enum efs_error scenario_run(const struct scenario *scenario, enum shim_mode mode, unsigned int at, int err);
/* Without a fault, but where attributes are small, so that the result gets another form. */
enum efs_error scenario_run_small(const struct scenario *scenario);

#endif
