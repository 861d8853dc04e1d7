/*
 * The backup stream's reader: whatever the bytes and however they are split, it reports the same, stays in its input,
 * and the writer makes the same headers again. The check of security descriptors: what it lets through can be walked,
 * and kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "base/bytes.h"
#include "backup/security.h"
#include "backup/stream.h"

struct digest
{
    uint64_t events, sizes, offsets, bytes;
    bool     bad;
    uint64_t position; /* of the fault */
};

/* The header as it came, made again from what was reported. */
static void remake(const struct bstream_header *header, const uint8_t *bytes, size_t length)
{
    struct bstream_writer writer;
    uint8_t out[BSTREAM_HEADER_MAX];

    bstream_writer_init(&writer);
    REQUIRE(bstream_writer_begin(&writer, header));
    REQUIRE(bstream_writer_header(&writer, out, sizeof(out)) == length);
    REQUIRE(!memcmp(out, bytes, length));
}

static struct digest read_all(const uint8_t *data, size_t size, size_t piece)
{
    struct bstream_reader reader;
    struct bstream_event event;
    struct digest digest = { 0 };
    size_t at = 0, length, i;
    const uint8_t *input;
    bool open = false;

    bstream_reader_init(&reader);
    while (at < size && !digest.bad)
    {
        input = data + at;
        length = piece < size - at ? piece : size - at;
        at += length;
        while (!digest.bad && bstream_reader_next(&reader, &input, &length, &event) != BSTREAM_NEED_INPUT)
        {
            digest.events += event.type != BSTREAM_BYTES;
            switch (event.type)
            {
            case BSTREAM_BEGIN:
                REQUIRE(!open && event.header.name_size <= BSTREAM_NAME_MAX);
                REQUIRE(event.header.size <= INT64_MAX && event.header.offset <= INT64_MAX - event.header.size);
                open = true;
                digest.sizes += event.header.size;
                digest.offsets += event.header.offset;
                remake(&event.header, reader.bytes, reader.have);
                break;
            case BSTREAM_BYTES:
                REQUIRE(open && event.bytes == input && event.length && event.length <= length);
                for (i = 0; i < event.length; i++) digest.bytes = digest.bytes * 31 + event.bytes[i];
                REQUIRE(bstream_reader_skip(&reader, event.length) == event.length);
                input += event.length;
                length -= event.length;
                break;
            case BSTREAM_END:
                REQUIRE(open);
                open = false;
                break;
            default:
                REQUIRE(event.type == BSTREAM_BAD && reader.fault.rule && reader.fault.position <= at);
                digest.bad = true;
                digest.position = reader.fault.position;
                break;
            }
        }
        REQUIRE(digest.bad || !length);
    }
    REQUIRE(!digest.bad || !bstream_reader_finish(&reader));
    return digest;
}

/* What is kept comes back as it was, or at least as what says the same. */
static void check_security(const uint8_t *bytes, size_t length)
{
    static uint8_t form[BSECURITY_FORM_MAX], out[BSECURITY_FORM_MAX];
    uint32_t mode, other;
    size_t size;
    uint64_t hash = 0;

    if (length > 8) bsecurity_unpack(bytes + 8, length - 8, load64_le(bytes), out, sizeof(out));
    bsecurity_add_mode(bytes, length, 0644, 0644, false, out, sizeof(out));
    if (!bsecurity_is_valid(bytes, length)) return;
    if (bsecurity_read_mode(bytes, length, bytes, length < 28 ? length : 28, true, &mode) == BSECURITY_BOUND)
        REQUIRE(mode <= 0777);
    size = bsecurity_pack(bytes, length, form, sizeof(form), &hash);
    if (size > sizeof(form) || !(size = bsecurity_unpack(form, size, hash, out, sizeof(out))) || size > sizeof(out))
        return;
    REQUIRE(bsecurity_read_mode(bytes, length, NULL, 0, false, &mode)
            == bsecurity_read_mode(out, size, NULL, 0, false, &other));
    REQUIRE(mode == other && mode <= BSECURITY_MODE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct digest whole, split;

    if (!size) return 0;
    whole = read_all(data + 1, size - 1, size);
    split = read_all(data + 1, size - 1, 1 + data[0] % 40u);
    REQUIRE(whole.events == split.events && whole.sizes == split.sizes && whole.offsets == split.offsets
            && whole.bytes == split.bytes);
    REQUIRE(whole.bad == split.bad && whole.position == split.position);
    check_security(data + 1, size - 1);
    return 0;
}
