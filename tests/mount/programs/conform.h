/*
 * What Windows programs see of a directory: observations that say the same in a plain directory and in a view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef MOUNT_CONFORM_H
#define MOUNT_CONFORM_H

#define _WIN32_WINNT 0x0602
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winioctl.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Prints "name: ...", one observation. */
void saw(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* ... "yes", or the error that GetLastError tells. */
void saw_done(const char *name, BOOL done);
/* ... the file's length and a sum of its bytes, read anew by name. */
void saw_content(const char *name, const char *path);

/* For reading and writing, shared with all; ends the program if it can't be opened. */
HANDLE open_file(const char *path, DWORD disposition, DWORD flags);
/* A new file with `length` bytes that the seed says. */
void make_file(const char *path, DWORD length, DWORD seed);
void fill(BYTE *bytes, DWORD length, DWORD seed);
/* Runs this program again, with these arguments, in the same directory. Its exit status, or -1. */
int run_self(const char *arguments, BOOL inherit);

/* In the current directory, which is empty. */
void observe_data(void);
void observe_names(void);
void observe_sharing(void);
void observe_mappings(void);
/* In another process: what it is asked for; its exit status. */
int help_sharing(int argc, char **argv);
int help_mappings(int argc, char **argv);

#endif
