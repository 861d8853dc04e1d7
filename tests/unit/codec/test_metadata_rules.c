/*
 * $EFS: every rule of the reader, broken by one input each, and hostile input in bulk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdbool.h>

#include "lib/vector.h"

#include "lib/metadata_sample.h"

static void assert_bytes(const struct efs_bytes *bytes, const void *data, uint32_t length)
{
    assert_non_null(bytes->data);
    assert_int_equal(bytes->length, length);
    assert_memory_equal(bytes->data, data, length);
}

static void assert_absent(const struct efs_bytes *bytes)
{
    assert_null(bytes->data);
    assert_int_equal(bytes->length, 0);
}

/* ---- the rules ---- */

struct patch { uint32_t offset, size, value; };

static const struct { const char *rule; uint64_t offset; struct patch patches[3]; } rules[] =
{
    { "$EFS: Length is not the length of the metadata", 0, { { 0, 4, TOTAL - 1 } } },
    { "$EFS: Length is not the length of the metadata", 0, { { 0, 4, TOTAL + 1 } } },
    { "$EFS: no DDF", 0x40, { { 0x40, 4, 0 } } },
    { "$EFS: key list lies outside the metadata", 0x40, { { 0x40, 4, 0x53 } } },
    { "$EFS: key list lies outside the metadata", 0x40, { { 0x40, 4, TOTAL - 3 } } },
    { "$EFS: key list lies outside the metadata", 0x40, { { 0x40, 4, 0xffffffff } } },
    { "$EFS: key list lies outside the metadata", 0x44, { { 0x44, 4, 0x53 } } },
    { "$EFS: key list lies outside the metadata", 0x44, { { 0x44, 4, TOTAL - 3 } } },
    { "$EFS: key list: more entries than the metadata has room for", 0x54, { { 0x54, 4, (TOTAL - 0x58) / 0x14 + 1 } } },
    { "$EFS: key list: more entries than the metadata has room for", 0x54, { { 0x54, 4, 0xffffffff } } },
    { "$EFS: key list: more entries than the metadata has room for", DRF, { { DRF, 4, 0x10000000 } } },
    { "$EFS: DDF: no entry", 0x54, { { 0x54, 4, 0 } } },
    { "$EFS: DDF and DRF overlap", 0x44, { { 0x44, 4, 0x54 } } },
    { "$EFS: DDF and DRF overlap", 0x44, { { 0x44, 4, P0 + 0x14 } } }, /* zeros: an empty list in an entry */
    { "$EFS: key list entry reaches beyond the metadata", END, { { DRF, 4, 2 } } },
    { "$EFS: key list entry: Length is less than its header", E0, { { E0, 4, 0x13 } } },
    { "$EFS: key list entry: Length is less than its header", E1, { { E1, 4, 0 } } },
    { "$EFS: key list entry: Length reaches beyond the metadata", E0, { { E0, 4, TOTAL - E0 + 1 } } },
    { "$EFS: key list entry: Length reaches beyond the metadata", E2, { { E2, 4, 0xffffffff } } },
    { "$EFS: key list entry: encrypted FEK is empty", E0 + 8, { { E0 + 8, 4, 0 } } },
    { "$EFS: key list entry: encrypted FEK is longer than 1086 bytes", E0 + 8, { { E0 + 8, 4, 1087 } } },
    { "$EFS: key list entry: encrypted FEK is longer than 1086 bytes", E2 + 8, { { E2 + 8, 4, 0xffffffff } } },
    { "$EFS: key list entry: encrypted FEK lies outside the entry", E0 + 0xc, { { E0 + 0xc, 4, 0x13 } } },
    { "$EFS: key list entry: encrypted FEK lies outside the entry", E0 + 0xc, { { E0 + 0xc, 4, E0_SIZE - 127 } } },
    { "$EFS: key list entry: encrypted FEK lies outside the entry", E0 + 0xc, { { E0 + 0xc, 4, 0xffffffff } } },
    { "$EFS: key list entry: encrypted FEK lies outside the entry", E0 + 0xc, { { E0 + 8, 4, 129 } } },
    { "$EFS: key list entry: public key information lies outside the entry", E0 + 4, { { E0 + 4, 4, 0x13 } } },
    { "$EFS: key list entry: public key information lies outside the entry", E0 + 4,
        { { E0 + 4, 4, E0_SIZE - 0x1b } } },
        { "$EFS: key list entry: public key information lies outside the entry", E0 + 4,
            { { E0 + 4, 4, 0xfffffff0 } } },
    { "$EFS: public key information: Length is less than its header", P0, { { P0, 4, 0x1b } } },
    { "$EFS: public key information: Length reaches beyond the entry", P0, { { P0, 4, E0_SIZE - 0x13 } } },
    { "$EFS: public key information: Length reaches beyond the entry", P0, { { P0, 4, 0xffffffff } } },
    { "$EFS: public key information: owner hint lies outside of it", P0 + 4, { { P0 + 4, 4, 0x1b } } },
    { "$EFS: public key information: owner hint lies outside of it", P0 + 4, { { P0 + 4, 4, P0_SIZE - 7 } } },
    { "$EFS: public key information: owner hint lies outside of it", P0 + 4, { { P0 + 4, 4, 0xffffffff } } },
    { "$EFS: owner hint: not a SID of revision 1", S0, { { S0, 1, 2 } } },
    { "$EFS: owner hint: more than 15 subauthorities", S0 + 1, { { S0 + 1, 1, 16 } } },
    { "$EFS: owner hint: subauthorities reach beyond the public key information", P0 + P0_SIZE - 8 + 1,
      { { P0 + 4, 4, P0_SIZE - 8 }, { P0 + P0_SIZE - 8, 1, 1 }, { P0 + P0_SIZE - 7, 1, 1 } } },
    { "$EFS: certificate data: shorter than its header", P0 + 0xc, { { P0 + 0xc, 4, 0x13 } } },
    { "$EFS: certificate data lies outside the public key information", P0 + 0x10, { { P0 + 0x10, 4, 0x1b } } },
    { "$EFS: certificate data lies outside the public key information", P0 + 0x10,
        { { P0 + 0x10, 4, 0x1c + 28 + 1 } } },
        { "$EFS: certificate data lies outside the public key information", P0 + 0x10,
            { { P0 + 0xc, 4, 0xffffffff } } },
    { "$EFS: thumbprint lies outside the certificate data", C0, { { C0, 4, 0x13 } } },
    { "$EFS: thumbprint lies outside the certificate data", C0, { { C0, 4, C0_SIZE - 19 } } },
    { "$EFS: thumbprint lies outside the certificate data", C0, { { C0 + 4, 4, 0xffffffff } } },
    { "$EFS: container name lies outside the certificate data", C0 + 8, { { C0 + 8, 4, 0x13 } } },
    { "$EFS: container name lies outside the certificate data", C0 + 8, { { C0 + 8, 4, C0_SIZE - 1 } } },
    { "$EFS: provider name lies outside the certificate data", C0 + 0xc, { { C0 + 0xc, 4, C0_SIZE } } },
    { "$EFS: display name lies outside the certificate data", C0 + 0x10, { { C0 + 0x10, 4, 0xffffffff } } },
    { "$EFS: container name has no end inside the certificate data", C0 + 8,
      { { C0 + 8, 4, 0x32 }, { C0 + C0_SIZE - 2, 1, 'x' } } },
    { "$EFS: provider name has no end inside the certificate data", C0 + 0xc,
      { { C0 + 0xc, 4, C0_SIZE - 2 }, { C0 + C0_SIZE - 2, 1, 'x' } } },
    { "$EFS: display name has no end inside the certificate data", C0 + 0x10, { { C0 + C0_SIZE - 1, 1, 'x' } } },
    /* at an odd place, one byte of the terminator is missing */
    { "$EFS: display name has no end inside the certificate data", C0 + 0x10,
        { { C0 + 0x10, 4, C0_SIZE - 3 }, { C0 + C0_SIZE - 2, 1, 'x' } } },
};

static void every_rule(void **state)
{
    struct efs_metadata metadata;
    struct efs_diag diag;
    uint8_t *bytes;
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
    {
        bytes = make_test(2);
        for (j = 0; j < 3; j++)
        {
            const struct patch *patch = &rules[i].patches[j];

            if (patch->size == 1) bytes[patch->offset] = (uint8_t)patch->value;
            if (patch->size == 4) store32_le(bytes + patch->offset, patch->value);
        }
        diag = (struct efs_diag){ .sys_errno = 1 };
        if (efs_metadata_read(&metadata, bytes, TOTAL, &diag) != EFS_ERR_METADATA || diag.code != EFS_ERR_METADATA ||
            !diag.rule || strcmp(diag.rule, rules[i].rule) || diag.offset != rules[i].offset || diag.sys_errno)
            fail_msg("line %zu of the table: wanted '%s' at 0x%x, got '%s' at 0x%x", i, rules[i].rule,
                     (unsigned int)rules[i].offset, diag.rule ? diag.rule : "nothing", (unsigned int)diag.offset);
        free(bytes);
    }
}

/* The recovery agents' list may come first; what has changed since it was read gives no entries. */
static void orders_and_changes(void **state)
{
    uint8_t *bytes = make_test(2);
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    uint32_t cursor = 0;

    (void)state;
    store32_le(bytes + 0x40, DRF);
    store32_le(bytes + 0x44, E0 - 4);
    assert_int_equal(efs_metadata_read(&metadata, bytes, TOTAL, NULL), EFS_OK);
    assert_int_equal(metadata.count[EFS_DDF], 1);
    assert_int_equal(metadata.count[EFS_DRF], 2);
    assert_true(efs_metadata_next(&metadata, EFS_DRF, &cursor, &entry));
    store32_le(bytes + E1, 0xffffffff);
    assert_false(efs_metadata_next(&metadata, EFS_DRF, &cursor, &entry));
    free(bytes);
}

static void limits_and_versions(void **state)
{
    uint8_t *bytes = calloc(1, EFS_METADATA_MAX + 1);
    struct efs_metadata metadata;
    struct efs_diag diag;
    uint32_t version, seen;

    (void)state;
    for (version = 0; version <= 7; version++)
    {
        store32_le(bytes, 0x60);
        store32_le(bytes + 8, version);
        if (version >= 1 && version <= 5)
        {
            assert_int_equal(efs_metadata_identify(bytes, 0x60, &seen, &diag), EFS_OK);
            assert_int_equal(seen, version);
            assert_int_equal(efs_metadata_identify(bytes, 0x5f, &seen, &diag), EFS_ERR_METADATA);
            assert_string_equal(diag.rule, "$EFS: Length is not the length of the metadata");
            assert_int_equal(seen, 0);
        }
        else
        {
            assert_int_equal(efs_metadata_identify(bytes, 0x60, &seen, &diag), EFS_ERR_VERSION);
            assert_int_equal(diag.code, EFS_ERR_VERSION);
            assert_int_equal(diag.offset, 8);
            assert_int_equal(efs_metadata_read(&metadata, bytes, 0x60, &diag), EFS_ERR_VERSION);
        }
        if (version != 4 && version != 5) continue;
        assert_int_equal(efs_metadata_read(&metadata, bytes, 0x60, &diag), EFS_OK);
        assert_true(metadata.opaque);
        assert_int_equal(metadata.version, version);
        assert_int_equal(metadata.length, 0x60);
        assert_int_equal(metadata.count[EFS_DDF] + metadata.count[EFS_DRF], 0);
    }

    memcpy(bytes, ".pfile", 6);
    assert_int_equal(efs_metadata_identify(bytes, 0x55, &seen, &diag), EFS_OK);
    assert_int_equal(seen, 6);
    assert_int_equal(efs_metadata_read(&metadata, bytes, EFS_METADATA_MAX, &diag), EFS_OK);
    assert_true(metadata.opaque);
    assert_int_equal(metadata.version, 6);

    assert_int_equal(efs_metadata_identify(bytes, 0x54, &seen, &diag), EFS_ERR_METADATA);
    assert_string_equal(diag.rule, "$EFS: shorter than 0x55 bytes");
    assert_int_equal(efs_metadata_identify(bytes, EFS_METADATA_MAX + 1, &seen, &diag), EFS_ERR_METADATA);
    assert_string_equal(diag.rule, "$EFS: longer than 262144 bytes");
    assert_int_equal(efs_metadata_identify(NULL, 0, &seen, NULL), EFS_ERR_METADATA);
    free(bytes);
}

/* Entries of other types are told of, without names; a SID is a SID in all of them. */
static void other_types(void **state)
{
    static const uint32_t types[] = { EFS_PKI_CONTAINER, 0, 2, 4, 0xffffffff };
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    uint32_t i, cursor;
    uint8_t *bytes = make_test(1);

    (void)state;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
    {
        cursor = 0;
        store32_le(bytes + P0 + 8, types[i]);
        store32_le(bytes + P0 + 0xc, 0xffffffff); /* means something else there */
        assert_int_equal(efs_metadata_read(&metadata, bytes, TOTAL, NULL), EFS_OK);
        assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
        assert_int_equal(entry.pki_type, types[i]);
        assert_bytes(&entry.sid, test_sid, 28);
        assert_bytes(&entry.encrypted_fek, test_fek, 128);
        assert_absent(&entry.thumbprint);
        assert_absent(&entry.container);
        assert_absent(&entry.provider);
        assert_absent(&entry.display);
        assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
        assert_int_equal(entry.offset, E1);
    }
    free(bytes);
}

/* The largest metadata there is, full of the smallest entries: the walk still sees each of them once. */
static void most_entries(void **state)
{
    enum { SIZE = 0x14 + 0x1c + 1, COUNT = (EFS_METADATA_MAX - 0x58) / SIZE };
    uint8_t *bytes = calloc(1, EFS_METADATA_MAX), *p;
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    uint32_t i, cursor = 0;

    (void)state;
    store32_le(bytes, EFS_METADATA_MAX);
    store32_le(bytes + 8, 1);
    store32_le(bytes + 0x40, 0x54);
    store32_le(bytes + 0x54, COUNT);
    for (i = 0; i < COUNT; i++)
    {
        p = bytes + 0x58 + i * SIZE;
        store32_le(p, SIZE);
        store32_le(p + 4, 0x14);
        store32_le(p + 8, 1);
        store32_le(p + 0xc, 0x30);
        store32_le(p + 0x14, 0x1c);
        store32_le(p + 0x1c, EFS_PKI_CONTAINER);
    }
    /* the last one takes what remains, so that the list ends where the largest metadata ends */
    p = bytes + 0x58 + (COUNT - 1) * SIZE;
    store32_le(p, (uint32_t)(bytes + EFS_METADATA_MAX - p));
    assert_int_equal(efs_metadata_read(&metadata, bytes, EFS_METADATA_MAX, NULL), EFS_OK);
    for (i = 0; i < COUNT; i++)
    {
        assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
        assert_int_equal(entry.offset, 0x58 + i * SIZE);
    }
    assert_false(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    free(bytes);
}

/* ---- hostile input ---- */

static void assert_inside(const struct efs_metadata *metadata, const struct efs_bytes *bytes)
{
    if (!bytes->data)
    {
        assert_int_equal(bytes->length, 0);
        return;
    }
    assert_true(bytes->data >= metadata->bytes + EFS_METADATA_HEADER_SIZE);
    assert_true(bytes->data <= metadata->bytes + metadata->length);
    assert_true(bytes->length <= (size_t)(metadata->bytes + metadata->length - bytes->data));
}

/* Refused with a rule and a place, or walked with every pointer inside the metadata. Returns whether it was
   accepted. */
static bool read_hostile(const uint8_t *bytes, size_t length)
{
    struct efs_diag diag = { 0 };
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    enum efs_error code = efs_metadata_read(&metadata, bytes, length, &diag);
    uint32_t cursor, count;
    int list;

    if (code)
    {
        assert_true(code == EFS_ERR_METADATA || code == EFS_ERR_VERSION);
        assert_int_equal(diag.code, code);
        assert_non_null(diag.rule);
        assert_true(diag.offset <= length);
        return false;
    }
    assert_null(diag.rule);
    for (list = EFS_DDF; list <= EFS_DRF; list++)
    {
        cursor = count = 0;
        while (efs_metadata_next(&metadata, list, &cursor, &entry))
        {
            count++;
            assert_inside(&metadata, &entry.sid);
            assert_inside(&metadata, &entry.thumbprint);
            assert_inside(&metadata, &entry.container);
            assert_inside(&metadata, &entry.provider);
            assert_inside(&metadata, &entry.display);
            assert_inside(&metadata, &entry.encrypted_fek);
        }
        assert_int_equal(count, metadata.count[list]);
    }
    return true;
}

static void mutations(void **state)
{
    uint8_t *bytes = make_test(3);
    uint32_t seed = 12345, i, value, accepted = 0, refused = 0;
    uint8_t old;

    (void)state;
    for (i = 0; i < TOTAL; i++) /* every byte, every value */
    {
        old = bytes[i];
        for (value = 0; value < 256; value++)
        {
            bytes[i] = (uint8_t)value;
            if (read_hostile(bytes, TOTAL)) accepted++;
            else refused++;
        }
        bytes[i] = old;
    }
    for (i = 0; i < 100000; i++) /* two bytes in places and with values that are pseudo-random, but always the same */
    {
        uint8_t *first = bytes + (seed = seed * 1664525 + 1013904223) % TOTAL, was_first = *first, *second, was_second;

        *first = (uint8_t)(seed >> 24);
        second = bytes + (seed = seed * 1664525 + 1013904223) % TOTAL;
        was_second = *second;
        *second = (uint8_t)(seed >> 24);
        read_hostile(bytes, TOTAL);
        *second = was_second;
        *first = was_first;
    }
    assert_true(read_hostile(bytes, TOTAL));
    /* the contents of thumbprints, names and FEKs are free, the structure isn't */
    assert_true(accepted > 20000);
    assert_true(refused > 10000);
    free(bytes);
}

static void truncations(void **state)
{
    uint8_t *whole = make_test(2), *part;
    size_t length;

    (void)state;
    for (length = 1; length < TOTAL; length++)
    {
        part = malloc(length);
        memcpy(part, whole, length);
        assert_false(read_hostile(part, length));
        if (length >= 4) store32_le(part, (uint32_t)length);
        assert_int_equal(read_hostile(part, length), length >= END);
        free(part);
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(every_rule),
        cmocka_unit_test(orders_and_changes),
        cmocka_unit_test(limits_and_versions),
        cmocka_unit_test(other_types),
        cmocka_unit_test(most_entries),
        cmocka_unit_test(mutations),
        cmocka_unit_test(truncations),
    };

    return cmocka_run_group_tests_name("metadata_rules", tests, NULL, NULL);
}
