/*
 * An import of streams that are well-formed more often than not, since the input says how to build one: which segments,
 * which streams, what is odd about them. What is accepted comes back byte for byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include "lib/build.h"

#define STREAM_MAX (1u << 17)

static const char * const names[] = { "::$DATA", ":a:$DATA", ":b", ":Zone.Identifier:$DATA", "", ":x:$FOO", ":::$DATA",
                                      ":a:$data" };

struct state
{
    struct build      stream;
    struct fuzz_input input;
    uint64_t          offset; /* where the next data segment begins */
    uint32_t          seed;
};

/* As Windows writes it: `bytes` plain bytes in one block. */
static void usual_segment(struct state *state, uint32_t bytes)
{
    uint32_t stored = (bytes + 511) / 512 * 512;
    unsigned int shift = 9;

    while (stored > 1u << shift) shift++;
    build_data_segment(&state->stream, state->offset, bytes, stored, shift);
    build_random(&state->stream, stored, &state->seed);
    state->offset += bytes;
}

/* Any unit, several blocks, any of them short or a hole; size and valid size as the input says. */
static void odd_segment(struct state *state)
{
    unsigned int shift = 9 + fuzz_u8(&state->input) % 9, count = fuzz_u8(&state->input) % 32, i;
    uint32_t unit = 1u << shift, stored = 0, blocks[32], covered = unit * count, bytes, vdl, header, extended;
    struct build *b = &state->stream;
    uint8_t kind = fuzz_u8(&state->input);
    size_t start = b->length;

    for (i = 0; i < count; i++)
    {
        uint8_t size = fuzz_u8(&state->input);

        blocks[i] = size < 100 ? unit : size < 150 ? 0 : (size % 16) * 512u % (unit + 512);
        stored += blocks[i];
    }
    bytes = kind & 1 ? fuzz_u32(&state->input) % (covered + 2) : covered;
    vdl = kind & 2 ? fuzz_u32(&state->input) % (bytes + 2) : bytes;
    if (kind & 4) state->offset += fuzz_u16(&state->input) * 512ull;
    if (kind & 8) state->offset = fuzz_u64(&state->input) & ~511ull;
    header = kind & 16 ? 0x1cu + 4 * count : 0x1f0;
    extended = kind & 32 ? 1 : 0;
    build_data_segment(b, state->offset, bytes, stored, shift);
    b->length = start + 0x2c;
    put_u32(b, start, 0x10 + header + stored);
    put_u32(b, start + 0x18, header);
    put_u32(b, start + 0x20, vdl);
    put_u16(b, start + 0x2a, count);
    for (i = 0; i < count; i++) build_u32(b, blocks[i]);
    if (!(kind & 16))
    {
        build_bytes(b, "EXTD", 4);
        build_u32(b, 0x10);
        build_u32(b, extended);
        build_zeros(b, start + 0x10 + header - b->length);
    }
    build_random(b, stored, &state->seed);
    state->offset += bytes;
}

static void build_one(struct state *state)
{
    struct build *b = &state->stream;
    size_t length, at, i;
    const uint8_t *bytes;
    uint8_t n;

    switch (fuzz_u8(&state->input) % 8)
    {
    case 0:
        usual_segment(state, 1u + fuzz_u16(&state->input));
        break;
    case 1:
        odd_segment(state);
        break;
    case 2:
        n = fuzz_u8(&state->input);
        build_stream_header(b, n >> 6, names[n % (sizeof(names) / sizeof(names[0]))]);
        state->offset = 0;
        break;
    case 3:
        length = fuzz_u16(&state->input);
        build_plain_segment(b, length);
        build_random(b, length, &state->seed);
        break;
    case 4: /* something is changed that stands there already */
        at = fuzz_u32(&state->input);
        n = fuzz_u8(&state->input);
        if (b->length) b->data[at % b->length] ^= n;
        break;
    case 5: /* a record ends too early or too late */
        length = fuzz_u8(&state->input);
        if (length < 128) build_zeros(b, length);
        else if (b->length > length - 128) b->length -= length - 128;
        break;
    case 6:
        n = fuzz_u8(&state->input) % 3;
        for (i = 0; i < n; i++) usual_segment(state, 65536);
        break;
    default:
        bytes = fuzz_bytes(&state->input, fuzz_u8(&state->input), &length);
        build_bytes(b, bytes, length);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state state = { .input = { data, size }, .seed = 1 };
    uint8_t how = fuzz_u8(&state.input), metadata = fuzz_u8(&state.input);
    size_t length = 0x55 + metadata * (metadata & 128 ? 50u : 8u);

    build_file_header(&state.stream);
    build_stream_header(&state.stream, 0, NULL);
    build_plain_segment(&state.stream, length);
    build_metadata_value(&state.stream, length, metadata);
    if (!(how & 1)) build_stream_header(&state.stream, 0, "::$DATA");
    while (state.input.left && state.stream.length < STREAM_MAX) build_one(&state);
    fuzz_round_trip(state.stream.data, state.stream.length, how & 1, how & 2, (how & 4) ? 256 : 16 + (how >> 3) * 8u);
    build_free(&state.stream);
    return 0;
}
