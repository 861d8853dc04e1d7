/*
 * Wine's debug channel "efs", reached at run time, so that no particular Wine is needed to load.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_DEBUG_H
#define WINEEFS_DEBUG_H

#include <stdbool.h>

/* Wine's debug classes, include/wine/debug.h */
enum debug_class
{
    DEBUG_FIXME,
    DEBUG_ERR,
    DEBUG_WARN,
    DEBUG_TRACE,
};

/* Once, when the DLL is loaded. */
void debug_init(void);
bool debug_is_on(enum debug_class class);
void debug_print(enum debug_class class, const char *function, const char *format, ...)
    __attribute__((format(ms_printf, 3, 4)));
/* A line for the program's user, without the channel, whatever WINEDEBUG says: on standard error. */
void debug_tell(const char *format, ...) __attribute__((format(ms_printf, 1, 2)));
/* A quoted, shortened copy of a wide string; a few at a time are valid. */
const char *debug_wstr(const unsigned short *str);

#define DEBUG_PRINT(class, ...) \
    do { if (debug_is_on(class)) debug_print(class, __func__, __VA_ARGS__); } while (0)
#define TRACE(...) DEBUG_PRINT(DEBUG_TRACE, __VA_ARGS__)
#define WARN(...)  DEBUG_PRINT(DEBUG_WARN, __VA_ARGS__)
#define ERR(...)   DEBUG_PRINT(DEBUG_ERR, __VA_ARGS__)

#endif
