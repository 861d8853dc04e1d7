/*
 * One call that fails: the linker leads the calls of what is tested (--wrap=NAME) through wrappers that ask fails().
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_FAILING_CALL_H
#define EFS_TEST_FAILING_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>


/* The call that fails, from which time on (1: the first), and what it answers. NULL: none does. */
static const char *failing;
static unsigned int failing_at;
static int answer;

static bool fails(const char *name)
{
    return failing && !strcmp(failing, name) && (!failing_at || !--failing_at);
}

static void fail_call(const char *name, unsigned int at, int with)
{
    failing = name;
    failing_at = at;
    answer = with;
}

/* Declares the library's function behind a wrapped one, and begins the wrapper. */
#define WRAP(type, name, ...) \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

WRAP(void *, calloc, size_t count, size_t size) { return fails("calloc") ? NULL : __real_calloc(count, size); }

#endif
