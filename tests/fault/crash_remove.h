/*
 * Power cuts while a directory is being removed: the part of test_crash.c that is about names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_CRASH_REMOVE_H
#define TESTS_CRASH_REMOVE_H

/*
 * Runs the removals that have the argument in their name, each also without the syncs, which has to be seen. Prints a
 * line for each test and counts the tests and those that failed; returns how many states it has made, without those
 * that lack syncs. After scenarios_test, which sets all up.
 */
unsigned int crash_removals(int argc, char **argv, unsigned int *tests, unsigned int *failed);

#endif
