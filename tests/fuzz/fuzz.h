/*
 * What the fuzz targets share. Each target is one file with one LLVMFuzzerTestOneInput; libFuzzer calls it, or
 * driver.c with the files of a corpus.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/build.h"
#include "efs/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
#define REQUIRE(condition) do { if (!(condition)) fuzz_fail(__FILE__, __LINE__, #condition); } while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* The target's own reading of its input, piece by piece; behind the end there are zeros. */
struct fuzz_input
{
    const uint8_t *data;
    size_t         left;
};
uint8_t fuzz_u8(struct fuzz_input *input);
uint16_t fuzz_u16(struct fuzz_input *input);
uint32_t fuzz_u32(struct fuzz_input *input);
uint64_t fuzz_u64(struct fuzz_input *input);
/* The next `most` bytes, or what is left; *length gets their number. */
const uint8_t *fuzz_bytes(struct fuzz_input *input, size_t most, size_t *length);

/* An empty directory of this process, in memory where that file system keeps user attributes: made at the first call,
 * removed at exit. The descriptor stays fuzz.c's. */
int fuzz_dir(void);
/* The path of `name` in it; valid until the next call. */
const char *fuzz_path(const char *name);
/* Its entries, "." and ".." apart. */
unsigned int fuzz_entries(void);
void fuzz_remove(const char *name);

/* Whole imports and exports; pieces: 1 to 256 decides how the stream is cut. */
enum efs_error fuzz_import(const char *name, const uint8_t *data, size_t size, bool directory, unsigned int pieces);
enum efs_error fuzz_export(const char *name, struct build *out, size_t piece);

/* Imports over nothing or over a file, and requires: what was accepted comes back byte for byte, what was refused has
 * left the target and the directory as they were. True if it was accepted. */
bool fuzz_round_trip(const uint8_t *data, size_t size, bool directory, bool exists, unsigned int pieces);

#endif
