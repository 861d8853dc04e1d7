/*
 * What is in the substreams of a backup stream, whatever the bytes: lists of extended attributes end and can be made
 * again, reparse data stays within itself, names on the host lead back to where they come from, and data that is
 * written with holes is the same.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "backup/host_names.h"

static bool is_within(const uint8_t *part, size_t part_length, const uint8_t *all, size_t length)
{
    return !part_length || (part >= all && part_length <= length && (size_t)(part - all) <= length - part_length);
}

static void check_ea(const struct bea *ea)
{
    char attribute[HOST_NAME_SIZE];
    const char *back;

    if (host_ea_refused(ea->name, ea->name_length)) return;
    host_ea_attribute(ea->name, ea->name_length, attribute);
    REQUIRE(!host_is_hidden(attribute) && (back = host_attribute_ea(attribute)));
    REQUIRE(strlen(back) == ea->name_length && !strchr(back, '/'));
}

/* Whatever was accepted makes a list that has the same attributes. */
static void check_eas(const uint8_t *list, size_t length)
{
    static uint8_t again[0x20000];
    size_t at = 0, before, again_length = 0, last = SIZE_MAX, again_at = 0;
    struct bstream_fault fault;
    struct bea ea, other;

    while (before = at, bea_next(list, length, &at, &ea, &fault))
    {
        REQUIRE(at > before && at <= length);
        REQUIRE(is_within(ea.name, ea.name_length, list, length) && is_within(ea.value, ea.value_length, list, length));
        REQUIRE(bea_add(again, sizeof(again), &again_length, &last, &ea));
        check_ea(&ea);
    }
    REQUIRE(!fault.rule || fault.position <= length);
    for (at = 0; again_at < again_length;)
    {
        REQUIRE(bea_next(list, length, &at, &ea, &fault));
        REQUIRE(bea_next(again, again_length, &again_at, &other, &fault));
        REQUIRE(ea.flags == other.flags && ea.name_length == other.name_length);
        REQUIRE(ea.value_length == other.value_length);
        REQUIRE(!memcmp(ea.name, other.name, ea.name_length) && !memcmp(ea.value, other.value, ea.value_length));
    }
}

static void check_reparse(const uint8_t *bytes, size_t length)
{
    struct bstream_fault fault;
    struct breparse reparse;

    if (!breparse_read(bytes, length, &reparse, &fault))
    {
        REQUIRE(fault.rule && fault.position <= length);
        return;
    }
    REQUIRE(is_within(reparse.data, reparse.length, bytes, length));
    REQUIRE(is_within(reparse.target, reparse.target_length, bytes, length));
    REQUIRE(is_within(reparse.shown, reparse.shown_length, bytes, length));
}

static void check_name(const uint8_t *name, size_t length)
{
    uint8_t back[BSTREAM_NAME_BYTES];
    char host[HOST_NAME_SIZE];

    if (host_stream_attribute(name, length, host))
    {
        REQUIRE(!strchr(host, '/') && host_is_hidden(host) && !host_attribute_ea(host));
        REQUIRE(host_attribute_stream(host, back) == length && !memcmp(back, name, length));
    }
    if (host_stream_file("file", name, length, host))
    {
        REQUIRE(!strchr(host, '/') && strlen(host) < HOST_NAME_SIZE);
        REQUIRE(host_file_stream("file", host, back) == length && bstream_same_name(back, length, name, length));
    }
}

/* As a name that is there already: NUL ends it. */
static void check_host_name(const uint8_t *bytes, size_t length)
{
    char text[HOST_NAME_SIZE] = "user.DosStream.", again[HOST_NAME_SIZE];
    uint8_t name[BSTREAM_NAME_BYTES];
    size_t n;

    if (length > 200) length = 200;
    memcpy(text + 15, bytes, length);
    if ((n = host_attribute_stream(text, name))) REQUIRE(bstream_is_name(name, n));
    if (n) host_stream_attribute(name, n, again);
    memcpy(text, "file:", 5);
    memmove(text + 5, text + 15, length + 1);
    if ((n = host_file_stream("file", text, name)))
    {
        REQUIRE(host_stream_file("file", name, n, again));
        REQUIRE(!strcmp(again, text));
    }
    memcpy(text, "user.", 5);
    if (host_attribute_ea(text)) REQUIRE(!host_is_hidden(text));
}

/* Pieces of zeros and others, as the input says, at places that lead forward and back. */
static void check_holes(struct fuzz_input *input)
{
    static uint8_t file[8 * BHOLES_MIN], wanted[sizeof(file)], piece[3 * BHOLES_MIN];
    unsigned int pieces = fuzz_u8(input) % 8;
    struct bholes holes;

    memset(file, 0, sizeof(file));
    memset(wanted, 0, sizeof(wanted));
    bholes_init(&holes, 0);
    while (pieces--)
    {
        size_t at = fuzz_u32(input) % (sizeof(file) - sizeof(piece)), length = fuzz_u32(input) % sizeof(piece), n;
        const uint8_t *data = piece;
        enum bholes_step step;
        uint64_t place;

        memset(piece, 0, sizeof(piece));
        for (n = fuzz_u8(input) % 4; n; n--) piece[fuzz_u32(input) % sizeof(piece)] = 'x';
        memcpy(wanted + at, piece, length);
        while (length)
        {
            step = bholes_next(&holes, at, data, length, &place, &n);
            REQUIRE(n && (step == BHOLES_ZEROS ? n < BHOLES_MIN : n <= length && place == at));
            if (step == BHOLES_WRITE) memcpy(file + place, data, n);
            if (step == BHOLES_ZEROS) memset(file + place, 0, n);
            bholes_done(&holes, step, place, n);
            if (step == BHOLES_ZEROS) continue;
            at += n;
            data += n;
            length -= n;
        }
    }
    REQUIRE(!memcmp(file, wanted, sizeof(file)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    check_eas(data, size);
    check_reparse(data, size);
    check_name(data, size);
    check_host_name(data, size);
    check_holes(&input);
    return 0;
}
