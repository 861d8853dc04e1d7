/*
 * The contexts that OpenEncryptedFileRaw gives out.
 *
 * What the program holds is a token of token.h's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_CONTEXT_H
#define WINEEFS_CONTEXT_H

#include <windows.h>

enum context_direction
{
    CONTEXT_EXPORT,
    CONTEXT_IMPORT,
};

struct context
{
    enum context_direction direction;
    HANDLE file;      /* keeps others out by Wine's sharing rules, NULL if there's nothing to hold */
    HANDLE reserved;  /* the named object that reserves a target that doesn't exist yet, or NULL */
    UINT64 session;   /* export session, or import target, of the Unix half */
    BOOL   directory;
    BOOL   committed; /* an import has succeeded */
    WCHAR *name;      /* import: full path, from the process heap */
    ULONG  flags;     /* import: those of Open */
};

/* Frees the export session or the import target. */
void context_drop_session(struct context *context);
/* Frees what a context holds, and zeroes it. */
void context_clear(struct context *context);

/* Takes the resources of *init over, also on failure. Win32 code. */
DWORD context_create(const struct context *init, PVOID *token);

/*
 * Finds a context for a Read or Write and marks it busy until context_release.
 * ERROR_INVALID_PARAMETER: no such context, or of the other direction; ERROR_BUSY: in use.
 */
DWORD context_acquire(PVOID token, enum context_direction direction, struct context **context);
void context_release(PVOID token);

/* Frees it, at once or when the Read or Write that uses it returns. Anything that is no context is ignored. */
void context_close(PVOID token);

#endif
