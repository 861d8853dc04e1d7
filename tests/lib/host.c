/*
 * A directory for a test, and whole imports and exports in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>

char dir[64];

char *in_dir(const char *name)
{
    static char path[4][128];
    static int next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
    return p;
}

int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "efs-test-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

int drop_dir(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

unsigned int count_entries(void)
{
    struct dirent *entry;
    unsigned int count = 0;
    DIR *d = opendir(dir);

    assert_non_null(d);
    while ((entry = readdir(d)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) count++;
    closedir(d);
    return count;
}

void write_plain(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void read_file(const char *path, struct build *b)
{
    FILE *file = fopen(path, "rb");
    uint8_t bytes[4096];
    size_t n;

    assert_non_null(file);
    while ((n = fread(bytes, 1, sizeof(bytes), file))) build_bytes(b, bytes, n);
    fclose(file);
}

void assert_content(const char *path, const char *text)
{
    struct build b = { 0 };

    read_file(path, &b);
    assert_int_equal(b.length, strlen(text));
    assert_memory_equal(b.data, text, b.length);
    build_free(&b);
}

/* Imports `stream` in pieces of 1 to `most` bytes. */
enum efs_error import(const char *path, const struct build *stream, size_t most, bool directory, struct efs_diag *diag)
{
    struct efs_import *session = NULL;
    struct efs_target target;
    enum efs_error err;
    uint32_t seed = 77;
    size_t at = 0;

    if ((err = efs_target_open(&target, path, diag))) return err;
    err = efs_import_begin(&session, &target, directory, 0, diag);
    while (!err && at < stream->length)
    {
        size_t n;

        seed = seed * 1664525 + 1013904223;
        n = 1 + (seed >> 8) % most;
        if (n > stream->length - at) n = stream->length - at;
        err = efs_import_feed(session, stream->data + at, n, diag);
        at += n;
    }
    if (!err) err = efs_import_commit(session, diag);
    efs_import_free(session);
    efs_target_close(&target);
    return err;
}

enum efs_error export(const char *path, struct build *stream, size_t most)
{
    struct efs_export *session = NULL;
    enum efs_error err = efs_export_begin(&session, open(path, O_RDONLY), 0, NULL);
    uint8_t *buffer = malloc(most);
    uint64_t expected = 0;
    size_t n = 0;

    assert_non_null(buffer);
    if (!err) expected = efs_export_length(session);
    while (!err)
    {
        err = efs_export_read(session, buffer, most, &n, NULL);
        if (err || !n) break;
        build_bytes(stream, buffer, n);
    }
    if (!err) assert_int_equal(stream->length, expected);
    efs_export_free(session);
    free(buffer);
    return err;
}

void assert_exports(const char *path, const struct build *expected, size_t most)
{
    struct build out = { 0 };

    assert_int_equal(export(path, &out, most), EFS_OK);
    assert_int_equal(out.length, expected->length);
    assert_memory_equal(out.data, expected->data, out.length);
    build_free(&out);
}
