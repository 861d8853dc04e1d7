/*
 * cipher: Windows' command for encrypted files, by the documented EFS functions alone, but for /X and /R.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef CIPHER_H
#define CIPHER_H

#include <stddef.h>

#include "common/console.h"
#include "common/current_key.h"

#include <winefs.h>

struct options /* of the command line; strings are the command line's */
{
    bool           hidden;    /* /H: what is hidden or a system file, too */
    bool           force;     /* /F: also what is as it should be already */
    bool           quiet;     /* /Q */
    bool           abort;     /* /B: the first failure is the last thing done */
    bool           no_update; /* /N: with /U, what there is alone */
    const WCHAR   *dir;       /* /S: */
    const WCHAR   *hash, *file, *user; /* /CERTHASH:, /CERTFILE:, /USER: */
    const WCHAR   *server;    /* /SERVER: */
    bool           smart_card; /* /SMARTCARD: with /R */
    const WCHAR   *value;     /* what the command itself names: of /P, /R, /W, and perhaps of /X */
    WCHAR        **names;
    int            count;
};

/* ---- walk.c: what the names of the command line stand for ---- */

struct item
{
    const WCHAR *dir;        /* ends with a backslash */
    const WCHAR *name;       /* empty: the directory itself */
    const WCHAR *path;       /* both, for Windows' functions */
    DWORD        attributes;
    bool         named;      /* on the command line, without a wildcard */
};

struct walk
{
    const struct options *options;
    bool   names_dirs; /* without any name, the current directory itself is meant, not what is in it */
    /* a directory of /S:, before what is in it; may be NULL */
    void (*enter)(struct walk *walk, const struct item *dir);
    void (*begin)(struct walk *walk, const WCHAR *dir); /* items of this directory follow; may be NULL */
    void (*visit)(struct walk *walk, const struct item *item);
    const void *data;        /* the visitor's */
    unsigned int failed;
    unsigned int left_out;   /* hidden ones */
    unsigned int items, files, dirs; /* the visitor's counts */
    WCHAR *last_dir;         /* in which something was done last */
    const WCHAR *last_header; /* what was said over the names there */
};

/* All of them. False: something failed, and was said. */
bool walk_names(struct walk *walk);
/* Says a failure; false. */
bool report(const WCHAR *subject, DWORD code);
/* The same, and counts it. */
void walk_fail(struct walk *walk, const WCHAR *subject, DWORD code);
/* Is there no more to do? */
bool walk_is_over(const struct walk *walk);

/* ---- listing.c, details.c ---- */

bool list_names(const struct options *options);
bool show_details(const struct options *options);
/* "Listing ...", and what becomes of new files there */
void print_directory(struct walk *walk, const WCHAR *dir);
/* "E name" or "U name" */
void print_item(const struct item *item);

/* ---- change.c ---- */

struct verb /* something that is done to files and directories */
{
    const WCHAR *files, *dirs; /* the header over names: "Encrypting files in" */
    const WCHAR *set;          /* what is said of directories of /S:, "to encrypt new files"; NULL: nothing */
    const WCHAR *done;         /* "encrypted" */
    bool         of_encrypted; /* and not of what isn't */
    bool         tries_named;  /* what is named and isn't so is tried, for the error that this gives */
    const WCHAR *remark;       /* at the end, if there were files; may be NULL */
    DWORD      (*apply)(const struct options *options, const WCHAR *path, const void *data);
};

bool change_names(const struct options *options, const struct verb *verb, const void *data);
bool encrypt_names(const struct options *options);
bool decrypt_names(const struct options *options);

/* ---- certificates.c ---- */

#define HASH_TEXT (5 * HASH_SIZE / 2)

struct certificate /* DER; to be freed by HeapFree */
{
    BYTE *bytes;
    DWORD size;
};

/* Groups of four digits, as Windows shows them. */
const WCHAR *hash_text(const BYTE *hash, DWORD size, WCHAR text[HASH_TEXT]);
/* ERROR_INVALID_PARAMETER: it isn't one of SHA-1 */
DWORD parse_hash(const WCHAR *text, BYTE hash[HASH_SIZE]);
/* Out of the user's stores. ERROR_NOT_FOUND */
DWORD find_certificate(const BYTE hash[HASH_SIZE], struct certificate *certificate);
/* DER, or base64 with or without the lines around it. ERROR_INVALID_DATA: something else */
DWORD read_certificate(const WCHAR *file, struct certificate *certificate);

/* ---- users.c ---- */

bool add_user(const struct options *options);
bool remove_user(const struct options *options);
bool rekey_names(const struct options *options);

struct current /* the user's key */
{
    BYTE               hash[HASH_SIZE];
    struct certificate certificate;
};

/* The certificate is to be freed. ERROR_NO_USER_KEYS, ERROR_NOT_FOUND: there is none */
DWORD get_current(struct current *current);
/* Gives a file the current key's user in the place of the one whose key opens it. *changed: he wasn't one already */
DWORD rekey_file(const WCHAR *path, const struct current *current, bool *changed);

/* ---- backup.c ---- */

bool back_up_key(const struct options *options);
/* A new file, which nobody can open: it is opened to this user when it gets its content. INVALID_HANDLE_VALUE: see
   GetLastError. */
HANDLE create_closed_file(const WCHAR *path);
/* It goes when the handle is closed. */
void remove_created_file(HANDLE file);

/* ---- recovery.c ---- */

bool make_recovery_key(const struct options *options);
bool show_recovery_policy(const struct options *options);

/* ---- wipe.c ---- */

bool wipe_free_space(const struct options *options);

/* ---- password.c ---- */

#define PASSWORD_SIZE 512 /* bytes of UTF-8, with a zero */

/* ERROR_INVALID_PASSWORD: it is empty, or was another one the second time; ERROR_INVALID_PARAMETER: too long, or no
   text. To be wiped in any case. */
DWORD ask_password(char password[PASSWORD_SIZE]);

/* ---- update.c ---- */

bool update_drives(const struct options *options);

/* ---- own_key.c ---- */

bool make_key(const struct options *options);
bool show_key(const struct options *options);
bool flush_cache(const struct options *options);

/* A function of advapi32 that import libraries lack; NULL: this one hasn't got it. */
FARPROC find_advapi(const char *name);

#endif
