/*
 * An import of any bytes: what is accepted comes back byte for byte, what is refused has changed nothing.
 * Input: how it is done (1 byte), the stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    uint8_t how = fuzz_u8(&input);

    fuzz_round_trip(input.data, input.left, how & 1, how & 2, (how & 4) ? 256 : 1 + (how >> 3) * 8u);
    return 0;
}
