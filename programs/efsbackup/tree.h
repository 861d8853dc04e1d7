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
    unsigned int line;
    DWORD    have, at;      /* bytes of the buffer, and how many are used up */
    char     buffer[65536];
};

DWORD tree_index_create(struct tree_index *index, const WCHAR *archive);
DWORD tree_index_add(struct tree_index *index, const struct tree_entry *entry);
/* From the first entry on. */
DWORD tree_index_open(struct tree_index *index, const WCHAR *archive);
/* ERROR_NO_MORE_ITEMS at the end; ERROR_INVALID_DATA: a line that is none, or whose path leads out of the tree. */
DWORD tree_index_next(struct tree_index *index, struct tree_entry *entry);
/* Nothing is certain to be on the disk before. */
DWORD tree_index_close(struct tree_index *index);

/* The data file's path; from the process heap. */
WCHAR *tree_data_path(const WCHAR *archive, const struct tree_entry *entry);

/* ---- plain.c: files and directories that aren't encrypted ---- */

/* As save_file. */
DWORD save_plain(const WCHAR *file, const WCHAR *stream, const WCHAR **subject);
/* Makes or replaces the file, or fills the directory, and gives it its times and attributes. ERROR_PARTIAL_COPY: what it says on
 * standard error can't be kept, all else is restored. */
DWORD restore_plain(const WCHAR *stream, const WCHAR *file, bool directory, const FILE_BASIC_INFO *info, const WCHAR **subject);
/* Times and attributes alone. */
DWORD restore_attributes(HANDLE file, const FILE_BASIC_INFO *info);
DWORD restore_times(HANDLE file, const FILE_BASIC_INFO *info);
DWORD restore_info(const WCHAR *file, const FILE_BASIC_INFO *info, bool attributes);

/* ---- replace.c: a file that is made beside the one that it replaces ---- */

/* A name beside `path` that nothing has; from the process heap. */
WCHAR *replace_name(const WCHAR *path);
/* Renames the file, whose handle has DELETE access, over what is at `path`, which is a full one. */
DWORD replace_with(HANDLE made, const WCHAR *path);
/* It goes when the handle is closed. */
void replace_discard(HANDLE made);
/* The encrypted file `made` takes the place, owner and access list of `path`, and gets its times and attributes; or it goes. */
DWORD replace_raw(const WCHAR *made, const WCHAR *path, const FILE_BASIC_INFO *info);

#endif
