/*
 * The Windows program of the benchmark: it does what it is told, line by line, and says how long each took.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BENCH_WIN_H
#define BENCH_WIN_H

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

/* What a command gets: arguments up to NULL. It does `count` of what it does, and fails by fail(). */
typedef void (*command_fn)(WCHAR **args);

struct command
{
    const char  *name;
    unsigned int args;  /* that it needs */
    command_fn   run;
};

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

extern const struct command query_commands[], large_commands[], small_commands[], plain_commands[], tree_commands[],
                            keys_commands[];

/* Ends the program. */
void fail(const char *what);
void fail_with(const char *what, DWORD code);

/* DIR\NNNNNN, valid until the next call */
const WCHAR *file_name(const WCHAR *dir, unsigned int i);

/* The raw stream of the last "stream" command. */
extern BYTE *stream;
extern DWORD stream_length;

/* Gives the stream, or what is left of it, to WriteEncryptedFileRaw; the context is a DWORD, how much of it was
   given. */
DWORD WINAPI give_stream(PBYTE data, PVOID context, PULONG length);
/* Counts in the context, an UINT64, what ReadEncryptedFileRaw gives. */
DWORD WINAPI count_bytes(PBYTE data, PVOID context, ULONG length);

#endif
