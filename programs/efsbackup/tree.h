/*
 * The archive of a directory tree: a folder with a data file for each file and directory, and an index.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSBACKUP_TREE_H
#define EFSBACKUP_TREE_H

#include "efsbackup.h"

#define TREE_PATH_MAX 32000 /* UTF-16 units, with the terminator: what is left of 32,767 for the name of the tree */

enum tree_kind /* and its letter in the index */
{
    TREE_PLAIN_FILE = 'f',  /* BackupRead's stream */
    TREE_PLAIN_DIR = 'd',
    TREE_RAW_FILE = 'F',    /* ReadEncryptedFileRaw's stream */
    TREE_RAW_DIR = 'D',
};

struct tree_entry
{
    enum tree_kind  kind;
    FILE_BASIC_INFO info;   /* times, and attributes as they were reported */
    unsigned int    number; /* of the data file */
    struct sum      sum;    /* of what is in it; of an encrypted file, its descriptor's file is before */
    bool            old;    /* from an archive without sums and descriptors of encrypted files */
    WCHAR           path[TREE_PATH_MAX]; /* below the tree's directory; empty: the directory itself */
};

bool tree_is_dir(enum tree_kind kind);
bool tree_is_raw(enum tree_kind kind);

/* Two names, with a backslash between them unless one is empty; from the process heap, NULL without memory. */
WCHAR *tree_join(const WCHAR *dir, const WCHAR *name);

/* ---- tree_index.c: the index, a text in UTF-8, one line an entry, a directory before what is in it ---- */

struct tree_index
{
    HANDLE   handle;
    bool     writing;
    bool     old;           /* of the first format */
    unsigned int line, entries;
    DWORD    have, at;      /* bytes of the buffer, and how many are used up */
    char     buffer[65536];
};

DWORD tree_index_create(struct tree_index *index, const WCHAR *archive);
DWORD tree_index_add(struct tree_index *index, const struct tree_entry *entry);
/* From the first entry on. */
DWORD tree_index_open(struct tree_index *index, const WCHAR *archive);
/* ERROR_NO_MORE_ITEMS at the end; ERROR_INVALID_DATA: a line that is none, or whose path leads out of the tree. */
DWORD tree_index_next(struct tree_index *index, struct tree_entry *entry);
/* All entries were added: without this an archive isn't complete. */
DWORD tree_index_end(struct tree_index *index);
/* Nothing is certain to be on the disk before. */
DWORD tree_index_close(struct tree_index *index);

/* The data file's path; from the process heap. */
WCHAR *tree_data_path(const WCHAR *archive, const struct tree_entry *entry);
/* That of an encrypted file's descriptor, a stream as BackupRead gives it. */
WCHAR *tree_security_path(const WCHAR *archive, const struct tree_entry *entry);

/* ---- tree_dirs.c: the directories that are being restored, the tree's own and each below it on the way to where it is
   at ---- */

struct tree_level;

struct tree_dirs
{
    struct tree_level *top;   /* the deepest; NULL: none */
    struct tree_entry  entry; /* its path, with those of the others as its beginnings */
    DWORD              kept;  /* bytes of descriptors */
};

struct security;

/* Remembers a directory, which is there, below the top; from then on it is its user's alone, but for an encrypted one
   of the first format. */
DWORD tree_dirs_enter(struct tree_dirs *dirs, const struct tree_entry *entry, const WCHAR *path, bool made);
/* Is that path one below the top? */
bool tree_dirs_has(const struct tree_dirs *dirs, const WCHAR *path);
/* The top's entry, which stays valid until one is entered or left. */
const struct tree_entry *tree_dirs_top(struct tree_dirs *dirs);
/* Forgets the top. put_back: the path of the directory, which gets the descriptor again that it had; or NULL. */
void tree_dirs_leave(struct tree_dirs *dirs, const WCHAR *put_back);
/* Gives a directory, which is there, its descriptor. */
DWORD tree_dirs_describe(const WCHAR *path, const struct security *security);
/* Makes it; it is its user's alone, but for an encrypted one of the first format. */
DWORD tree_dirs_make(const struct tree_entry *entry, const WCHAR *path);

/* ---- plain.c: files and directories that aren't encrypted ---- */

/* As save_file. */
DWORD save_plain(const WCHAR *file, const WCHAR *stream, struct sum *sum, const WCHAR **subject);
/* Makes or replaces the file, or gives the directory all but what is in it; with times and attributes.
 * ERROR_PARTIAL_COPY: what it says on standard error can't be kept, all else is restored. ERROR_CRC: the stream isn't
 * the one that was saved; a directory may have got some of it. Ctrl-C ends a file, and if it is pressed twice a
 * directory. */
DWORD restore_plain(const WCHAR *stream, const WCHAR *file, bool directory, const FILE_BASIC_INFO *info,
                    struct check *check, const WCHAR **subject);
/* Times and attributes alone. */
DWORD restore_attributes(HANDLE file, const FILE_BASIC_INFO *info);
DWORD restore_times(HANDLE file, const FILE_BASIC_INFO *info);
DWORD restore_info(const WCHAR *file, const FILE_BASIC_INFO *info, bool attributes);

/* ---- replace.c: a file that is made beside the one that it replaces ---- */

/* A name beside `path` that nothing has; from the process heap. */
WCHAR *replace_name(const WCHAR *path);
/* A new file of such a name, which is held until the handle is closed: what isn't is left behind by a restore that was
 * killed, and the next one into the directory removes it. INVALID_HANDLE_VALUE: see GetLastError. */
HANDLE replace_create(const WCHAR *path, DWORD access);
/* Renames the file, whose handle has DELETE access, over what is at `path`, which is a full one. */
DWORD replace_with(HANDLE made, const WCHAR *path);
/* It goes when the handle is closed. */
void replace_discard(HANDLE made);
/* The encrypted file takes the place of `path`, and gets the descriptor, or, if there is none, owner and access list of
   that, and its times and attributes; or it goes. */
DWORD replace_raw(HANDLE made, const WCHAR *path, const FILE_BASIC_INFO *info, const struct security *security);

#endif
