/*
 * The header of a .PFILE: whatever the bytes, its $EFS lies in it, and its size fits the file.
 *
 * Input: four bytes of the file's length, then the header.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "efs/metadata.h"
#include "efs/pfile.h"

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
    return 0;
}
