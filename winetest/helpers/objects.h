/*
 * The files and directories that every query is tried on: encrypted ones, and plain ones that look alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include "efs_test.h"

#define OBJECT_SIZE 1000      /* the plaintext's; kept on the host in two blocks and a count, which makes 1026 bytes */
#define OBJECT_HOST_SIZE 1026

struct object
{
    const WCHAR *name;
    bool encrypted;
    bool directory;
    DWORD size;         /* as programs see it */
    const WCHAR *twin;  /* a plain one, which differs in the ENCRYPTED bit alone; its own name if it's plain */
};

#define OBJECT_COUNT 7
extern const struct object objects[OBJECT_COUNT];

/* In the directory of the tests, or in another. */
void make_objects(void);
void make_objects_in(const WCHAR *dir);
void remove_objects(void);
const WCHAR *object_path(const struct object *object);
const WCHAR *twin_path(const struct object *object);
/* What it was restored from; NULL: a plain one */
const struct stream *object_stream(const struct object *object);
/* They are as they were made. */
void check_objects_(const char *file, int line);
#define check_objects() check_objects_(__FILE__, __LINE__)

/* What a query says. */
struct answer
{
    bool    has_attributes, has_size;
    DWORD   attributes;
    ULONG64 size;
};

/* Is that answer right for the object, when the same query gives the other for its twin? */
void check_answer_(const char *file, int line, const struct object *object, const struct answer *answer,
                   const struct answer *twin);
#define check_answer(object, answer, twin) check_answer_(__FILE__, __LINE__, object, answer, twin)

#endif
