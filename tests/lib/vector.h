/*
 * What the unit tests share: files, and the genuine vector, which may be absent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TEST_VECTOR_H
#define TEST_VECTOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VECTOR_DIR SHARED_DIR "/vectors/seccon2023-efsbk"

/* The file's bytes, to be freed, in a block of exactly their size; NULL if it can't be read. */
static inline uint8_t *read_file(const char *directory, const char *name, size_t *length)
{
    char path[4096];
    uint8_t *bytes = NULL;
    FILE *file;
    long size;

    *length = 0;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (!(file = fopen(path, "rb"))) return NULL;
    if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) > 0 && !fseek(file, 0, SEEK_SET))
    {
        *length = (size_t)size;
        bytes = malloc(*length);
        if (bytes && fread(bytes, 1, *length, file) != *length)
        {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

/*
 * For main: false, with a TAP plan that skips the whole executable, if the genuine vector is absent. Not
 * cmocka's skip(): version 1.1 reports that as "not ok # SKIP", which Meson counts as a failure.
 */
static inline bool have_vector(void)
{
    FILE *file = fopen(VECTOR_DIR "/stream.efsraw", "rb");

    if (file) fclose(file);
    else printf("1..0 # SKIP no genuine vector in %s\n", VECTOR_DIR);
    return file != NULL;
}

static inline uint8_t *read_vector(const char *name, size_t *length)
{
    uint8_t *bytes = read_file(VECTOR_DIR, name, length);

    if (!bytes) fail_msg("can't read %s/%s", VECTOR_DIR, name);
    return bytes;
}

static inline void parse_hex(uint8_t *out, const char *hex, size_t count)
{
    unsigned int byte;
    size_t i;

    for (i = 0; i < count; i++)
    {
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
}

#endif
