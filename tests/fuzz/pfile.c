/*
 * The header of a .PFILE: whatever the bytes, its $EFS lies in it, and its size fits the file; one that is made of it
 * reads the same.
 *
 * Input: four bytes of the file's length, then the header.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "efs/metadata.h"
#include "efs/pfile.h"

/* What can be read can be made, if the size has a number. */
static void make_again(const uint8_t header[EFS_PFILE_HEADER], uint32_t metadata_length, uint64_t size)
{
    static uint8_t again[EFS_PFILE_HEADER];
    enum efs_error error = efs_pfile_make(again, header, metadata_length, size, NULL);
    uint32_t length, version;
    uint64_t seen;

    REQUIRE(!efs_metadata_identify(header, metadata_length, &version, NULL));
    REQUIRE((error == EFS_ERR_UNREPRESENTABLE) == (version > 3 || size > EFS_PFILE_SIZE_MAX));
    if (error) return;
    REQUIRE(!efs_pfile_read(again, EFS_PFILE_HEADER + efs_pfile_stored(size), &length, &seen, NULL));
    REQUIRE(seen == size && length == (size ? EFS_PFILE_HEADER : metadata_length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t header[EFS_PFILE_HEADER];
    struct fuzz_input input = { data, size };
    uint64_t length = fuzz_u32(&input), plain;
    struct efs_diag diag = { 0 };
    uint32_t metadata_length, version;
    const uint8_t *bytes;
    size_t n;

    bytes = fuzz_bytes(&input, sizeof(header), &n);
    memset(header, 0, sizeof(header));
    if (n) memcpy(header, bytes, n);
    if (efs_pfile_read(header, length, &metadata_length, &plain, &diag))
    {
        REQUIRE(diag.rule && !metadata_length && !plain);
        return 0;
    }
    REQUIRE(metadata_length <= sizeof(header));
    REQUIRE(!efs_metadata_identify(header, metadata_length, &version, NULL));
    REQUIRE(plain <= length - EFS_PFILE_HEADER);
    make_again(header, metadata_length, plain);
    return 0;
}
