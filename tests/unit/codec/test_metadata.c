/*
 * $EFS: what the writer makes of a synthetic one, and that the reader gives it back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include "lib/metadata_sample.h"

static uint32_t collect(const struct efs_metadata *metadata, enum efs_key_list list, struct efs_key_entry *entries,
                        uint32_t room)
{
    uint32_t cursor = 0, count = 0;

    while (count < room && efs_metadata_next(metadata, list, &cursor, &entries[count])) count++;
    return count;
}

/* ---- a synthetic one: 2 users, 1 recovery agent ---- */

static void synthetic_layout(void **state)
{
    uint8_t *bytes = make_test(2);
    uint32_t i;

    (void)state;
    assert_int_equal(load32_le(bytes), TOTAL);
    assert_int_equal(load32_le(bytes + 4), 0);
    assert_int_equal(load32_le(bytes + 8), 2);
    assert_int_equal(load32_le(bytes + 0xc), 0);
    assert_memory_equal(bytes + 0x10, test_id, 16);
    for (i = 0x20; i < 0x40; i++) assert_int_equal(bytes[i], 0);
    assert_int_equal(load32_le(bytes + 0x40), 0x54);
    assert_int_equal(load32_le(bytes + 0x44), DRF);
    for (i = 0x48; i < 0x54; i++) assert_int_equal(bytes[i], 0);
    assert_int_equal(load32_le(bytes + 0x54), 2);
    assert_int_equal(load32_le(bytes + E0), E0_SIZE);
    assert_int_equal(load32_le(bytes + E1), E1_SIZE);
    assert_int_equal(load32_le(bytes + DRF), 1);
    assert_int_equal(load32_le(bytes + E2), E2_SIZE);

    /* the owner's entry */
    assert_int_equal(load32_le(bytes + E0 + 4), 0x14);
    assert_int_equal(load32_le(bytes + E0 + 8), 128);
    assert_int_equal(load32_le(bytes + E0 + 0xc), 0x14 + P0_SIZE);
    assert_int_equal(load32_le(bytes + P0), P0_SIZE);
    assert_int_equal(load32_le(bytes + P0 + 4), 0x1c);
    assert_int_equal(load32_le(bytes + P0 + 8), 3);
    assert_int_equal(load32_le(bytes + P0 + 0xc), C0_SIZE);
    assert_int_equal(load32_le(bytes + P0 + 0x10), 0x1c + 28);
    assert_memory_equal(bytes + S0, test_sid, 28);
    assert_int_equal(load32_le(bytes + C0), 0x14);
    assert_int_equal(load32_le(bytes + C0 + 4), 20);
    assert_int_equal(load32_le(bytes + C0 + 8), 0x28);
    assert_int_equal(load32_le(bytes + C0 + 0xc), 0x2c);
    assert_int_equal(load32_le(bytes + C0 + 0x10), 0x32);
    assert_memory_equal(bytes + C0 + 0x28, "k\0\0\0M\0S\0\0\0u\0(\0U\0)\0\0\0", 20);
    assert_memory_equal(bytes + P0 + P0_SIZE, test_fek, 128);

    /* another user's: no SID, no container, no provider */
    assert_int_equal(load32_le(bytes + E1 + 0x14 + 4), 0);
    assert_int_equal(load32_le(bytes + E1 + 0x14 + 0x10), 0x1c);
    assert_int_equal(load32_le(bytes + E1 + 0x30 + 8), 0);
    assert_int_equal(load32_le(bytes + E1 + 0x30 + 0xc), 0);
    assert_int_equal(load32_le(bytes + E1 + 0x30 + 0x10), 0x28);
    for (i = END; i < TOTAL; i++) assert_int_equal(bytes[i], 0);
    free(bytes);
}

static void assert_same(const struct efs_bytes *got, const struct efs_bytes *want)
{
    assert_int_equal(got->length, want->length);
    assert_int_equal(!got->data, !want->data);
    if (want->data) assert_memory_equal(got->data, want->data, want->length);
}

static void synthetic_round_trip(void **state)
{
    struct efs_metadata metadata;
    struct efs_key_entry ddf[3], drf[2];
    static const uint32_t offsets[3] = { E0, E1, E2 };
    uint8_t *bytes, again[TOTAL];
    uint32_t version, i;
    size_t written;

    (void)state;
    for (version = 1; version <= 3; version++)
    {
        bytes = make_test(version);
        assert_int_equal(efs_metadata_read(&metadata, bytes, TOTAL, NULL), EFS_OK);
        assert_int_equal(metadata.version, version);
        assert_memory_equal(metadata.id, test_id, 16);
        assert_int_equal(metadata.count[EFS_DDF], 2);
        assert_int_equal(metadata.count[EFS_DRF], 1);
        assert_int_equal(metadata.list_offset[EFS_DRF], DRF);
        assert_int_equal(collect(&metadata, EFS_DDF, ddf, 3), 2);
        assert_int_equal(collect(&metadata, EFS_DRF, drf, 2), 1);
        for (i = 0; i < 3; i++)
        {
            const struct efs_key_entry *got = i < 2 ? &ddf[i] : &drf[0], *want = i < 2 ? &test_ddf[i] : &test_drf[0];

            assert_int_equal(got->offset, offsets[i]);
            assert_int_equal(got->flags, want->flags);
            assert_int_equal(got->pki_type, want->pki_type);
            assert_same(&got->sid, &want->sid);
            assert_same(&got->thumbprint, &want->thumbprint);
            assert_same(&got->container, &want->container);
            assert_same(&got->provider, &want->provider);
            assert_same(&got->display, &want->display);
            assert_same(&got->encrypted_fek, &want->encrypted_fek);
        }
        assert_int_equal(efs_metadata_make(again, sizeof(again), version, metadata.id, ddf, 2, drf, 1, &written),
                         EFS_OK);
        assert_int_equal(written, TOTAL);
        assert_memory_equal(again, bytes, TOTAL);
        free(bytes);
    }
}

/* Every refusal of the writer, by what is wrong in the first entry. */
static void make_refuses(void **state)
{
    static const uint8_t odd[3] = { 'a', 0, 'b' }, nul[4] = { 'a', 0, 0, 0 };
    static const uint8_t short_sid[12] = { 1, 2 }, old_sid[12] = { 2, 1 }, long_sid[72] = { 1, 16 };
    struct efs_key_entry entry, *many;
    size_t written;
    uint8_t out[TOTAL];
    uint32_t i;

    (void)state;
    for (i = 0; i < 13; i++)
    {
        entry = test_ddf[0];
        switch (i)
        {
        case 0: entry.pki_type = EFS_PKI_CONTAINER; break;
        case 1: entry.encrypted_fek.data = NULL; break;
        case 2: entry.encrypted_fek.length = 0; break;
        case 3: entry.encrypted_fek.length = EFS_FEK_BLOB_MAX + 1; break;
        case 4: entry.container = (struct efs_bytes)PIECE(odd); break;
        case 5: entry.provider = (struct efs_bytes)PIECE(nul); break;
        case 6: entry.display.length = EFS_METADATA_MAX + 2; break;
        case 7: entry.sid = (struct efs_bytes)PIECE(short_sid); break;
        case 8: entry.sid = (struct efs_bytes)PIECE(old_sid); break;
        case 9: entry.sid = (struct efs_bytes)PIECE(long_sid); break;
        case 10: entry.thumbprint.data = NULL; break;
        case 11: entry.sid.length = 7; break;
        case 12: entry.thumbprint.length = EFS_METADATA_MAX + 1; break;
        }
        written = 1;
        assert_int_equal(efs_metadata_make(out, sizeof(out), 2, test_id, &entry, 1, NULL, 0, &written),
                         EFS_ERR_INVALID);
        assert_int_equal(written, 0);
        assert_int_equal(efs_metadata_make(out, sizeof(out), 2, test_id, test_ddf, 1, &entry, 1, &written),
                         EFS_ERR_INVALID);
    }
    assert_int_equal(efs_metadata_make(out, sizeof(out), 0, test_id, test_ddf, 2, NULL, 0, &written), EFS_ERR_INVALID);
    assert_int_equal(efs_metadata_make(out, sizeof(out), 4, test_id, test_ddf, 2, NULL, 0, &written), EFS_ERR_INVALID);
    assert_int_equal(efs_metadata_make(out, sizeof(out), 2, test_id, NULL, 0, test_drf, 1, &written), EFS_ERR_INVALID);

    /* too small: nothing is written, and the length is told */
    memset(out, 0xcc, sizeof(out));
    assert_int_equal(efs_metadata_make(out, TOTAL - 1, 2, test_id, test_ddf, 2, test_drf, 1, &written),
                     EFS_ERR_INVALID);
    assert_int_equal(written, TOTAL);
    for (i = 0; i < TOTAL; i++) assert_int_equal(out[i], 0xcc);
    assert_int_equal(efs_metadata_make(NULL, 0, 2, test_id, test_ddf, 2, test_drf, 1, &written), EFS_ERR_INVALID);
    assert_int_equal(written, TOTAL);

    /* more users than Windows takes; and fewer, but more bytes than it takes */
    many = calloc(EFS_METADATA_USERS_MAX + 1, sizeof(*many));
    for (i = 0; i <= EFS_METADATA_USERS_MAX; i++) many[i] = test_ddf[1];
    assert_int_equal(efs_metadata_make(NULL, 0, 2, test_id, many, EFS_METADATA_USERS_MAX + 1, NULL, 0, &written),
                     EFS_ERR_INVALID);
    assert_int_equal(written, 0);
    assert_int_equal(efs_metadata_make(NULL, 0, 2, test_id, many, EFS_METADATA_USERS_MAX, NULL, 0, &written),
                     EFS_ERR_INVALID);
    assert_int_equal(written, (0x58 + EFS_METADATA_USERS_MAX * E1_SIZE + 7) / 8 * 8);
    {
        static const uint8_t fek[EFS_FEK_BLOB_MAX];

        for (i = 0; i < EFS_METADATA_USERS_MAX; i++) many[i].encrypted_fek = (struct efs_bytes)PIECE(fek);
    }
    assert_int_equal(efs_metadata_make(NULL, 0, 2, test_id, many, EFS_METADATA_USERS_MAX, NULL, 0, &written),
                     EFS_ERR_INVALID);
    assert_int_equal(written, 0);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(synthetic_layout),
        cmocka_unit_test(synthetic_round_trip),
        cmocka_unit_test(make_refuses),
    };

    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
