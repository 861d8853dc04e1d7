/*
 * The protectors of $EFS versions 4 and 5, made byte by byte from Microsoft's description, and changes of users in
 * versions 1 to 3.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/build.h"
#include "lib/metadata_sample.h"
#include "efs/protector.h"

/* ---- making ---- */

#define AT_DDF  0x20
#define AT_DRF  0x24
#define AT_LIST 0x34 /* behind a FEK info of 12 bytes */

static size_t begin_datum(struct build *b, unsigned int role, unsigned int type)
{
    size_t at = b->length;

    build_u16(b, 0);
    build_u16(b, role);
    build_u16(b, type);
    build_u16(b, 0);
    return at;
}

static void end_datum(struct build *b, size_t at)
{
    put_u16(b, at, (unsigned int)(b->length - at));
}

static void build_blob(struct build *b, unsigned int role, unsigned int kind, const void *bytes, size_t length)
{
    size_t at = begin_datum(b, role, 1);

    build_u16(b, kind);
    build_u16(b, 0);
    build_bytes(b, bytes, length);
    end_datum(b, at);
}

static void build_text(struct build *b, unsigned int role, const char *text)
{
    size_t at = begin_datum(b, role, 2);

    build_ascii16(b, text);
    build_u16(b, 0);
    end_datum(b, at);
}

static void build_protector(struct build *b, const char *name, const uint8_t *thumbprint)
{
    size_t at = begin_datum(b, 0, 3), info, agreement;

    build_u16(b, EFS_PROTECTOR_AGREEMENT);
    build_u16(b, 4);
    info = begin_datum(b, 0, 4);
    build_blob(b, 1, 2, thumbprint, 20);
    build_text(b, 3, name);
    build_text(b, 4, "box");
    build_text(b, 5, "provider");
    build_blob(b, 6, 0, test_sid, sizeof(test_sid));
    end_datum(b, info);
    agreement = begin_datum(b, 2, 5);
    build_u16(b, 0);
    build_blob(b, 7, 4, test_fek, 40);
    build_blob(b, 8, 1, test_fek, 72);
    end_datum(b, agreement);
    end_datum(b, at);
}

/* Two users and an agent. */
static void build_metadata(struct build *b, uint32_t version)
{
    size_t fek, ddf, drf;

    b->length = 0;
    build_u32(b, 0);
    build_u32(b, 0);
    build_u32(b, version);
    build_u32(b, 0);
    build_bytes(b, test_id, 16);
    build_u32(b, 0);
    build_u32(b, 0);
    fek = begin_datum(b, 0, 6);
    build_u32(b, 0x6610);
    end_datum(b, fek);
    ddf = b->length;
    build_u32(b, 0);
    build_u16(b, 2);
    build_protector(b, "one", test_thumbs);
    build_protector(b, "two", test_thumbs + 20);
    put_u32(b, ddf, (uint32_t)(b->length - ddf));
    drf = b->length;
    build_u32(b, 0);
    build_u16(b, 1);
    build_protector(b, "agent", test_thumbs + 40);
    put_u32(b, drf, (uint32_t)(b->length - drf));
    put_u32(b, 0, (uint32_t)b->length);
    put_u32(b, AT_DDF, (uint32_t)ddf);
    put_u32(b, AT_DRF, (uint32_t)drf);
    assert_int_equal(ddf, AT_LIST);
}

static enum efs_error read_protectors(const struct build *b, struct efs_protectors *protectors, struct efs_diag *diag)
{
    struct efs_metadata metadata;

    assert_int_equal(efs_metadata_read(&metadata, b->data, b->length, NULL), EFS_OK);
    *diag = (struct efs_diag){ 0 };
    return efs_protectors_read(protectors, &metadata, diag);
}

static void assert_text(const struct efs_bytes *text, const char *wanted)
{
    struct build b = { 0 };

    build_ascii16(&b, wanted);
    assert_int_equal(text->length, b.length);
    assert_memory_equal(text->data, b.data, b.length);
    build_free(&b);
}

/* ---- reading ---- */

static void reads(void **state)
{
    static const char * const names[] = { "one", "two", "agent" };
    struct efs_protectors protectors;
    struct efs_protector protector;
    struct efs_diag diag;
    struct build b = { 0 };
    uint32_t cursor, version, i;
    int list;

    (void)state;
    for (version = 4; version <= 5; version++)
    {
        build_metadata(&b, version);
        assert_int_equal(read_protectors(&b, &protectors, &diag), EFS_OK);
        assert_int_equal(protectors.count[EFS_DDF], 2);
        assert_int_equal(protectors.count[EFS_DRF], 1);
        for (list = i = 0; list < 2; list++)
        {
            cursor = 0;
            while (efs_protectors_next(&protectors, (enum efs_key_list)list, &cursor, &protector))
            {
                assert_int_equal(protector.type, EFS_PROTECTOR_AGREEMENT);
                assert_int_equal(protector.flags, 4);
                assert_text(&protector.display, names[i]);
                assert_text(&protector.container, "box");
                assert_text(&protector.provider, "provider");
                assert_int_equal(protector.thumbprint.length, 20);
                assert_memory_equal(protector.thumbprint.data, test_thumbs + 20 * i, 20);
                assert_int_equal(protector.sid.length, sizeof(test_sid));
                assert_null(protector.descriptor.data);
                i++;
            }
        }
        assert_int_equal(i, 3);
    }
    put_u32(&b, AT_DRF, 0);
    assert_int_equal(read_protectors(&b, &protectors, &diag), EFS_OK);
    assert_int_equal(protectors.count[EFS_DRF], 0);
    cursor = 0;
    assert_false(efs_protectors_next(&protectors, EFS_DRF, &cursor, &protector));
    build_free(&b);
}

static void assert_broken(const struct build *b, uint64_t offset, const char *rule)
{
    struct efs_protectors protectors;
    struct efs_diag diag;

    assert_int_equal(read_protectors(b, &protectors, &diag), EFS_ERR_METADATA);
    if (!strstr(diag.rule, rule)) fail_msg("%s, not %s", diag.rule, rule);
    assert_int_equal(diag.offset, offset);
}

/* One mistake, and back. */
static void assert_broken_u16(struct build *b, size_t at, unsigned int value, uint64_t offset, const char *rule)
{
    unsigned int before = load16_le(b->data + at);

    put_u16(b, at, value);
    assert_broken(b, offset, rule);
    put_u16(b, at, before);
}

static void refuses(void **state)
{
    struct build b = { 0 };
    size_t first = AT_LIST + 6, info = first + 12, thumb = info + 8, text = thumb + 12 + 20, deep;
    unsigned int i;

    (void)state;
    build_metadata(&b, 4);
    assert_broken_u16(&b, AT_DDF, 0, AT_DDF, "no DDF");
    assert_broken_u16(&b, AT_DDF, 0x27, AT_DDF, "outside");
    assert_broken_u16(&b, AT_DDF, (unsigned int)b.length + 1, AT_DDF, "outside");
    assert_broken_u16(&b, AT_DRF, (unsigned int)b.length - 5, AT_DRF, "outside");
    assert_broken_u16(&b, AT_LIST, 5, AT_LIST, "StructureSize");
    assert_broken_u16(&b, AT_LIST, (unsigned int)(b.length - AT_LIST) + 1, AT_LIST, "StructureSize");
    assert_broken_u16(&b, AT_LIST + 4, 8193, AT_LIST, "more than 8192");
    assert_broken_u16(&b, AT_LIST, 6 + 7, first, "reaches beyond");
    assert_broken_u16(&b, first, 7, first, "less than its header");
    assert_broken_u16(&b, first, 11, first, "less than its type needs");
    assert_broken_u16(&b, first, 60000, first, "reaches beyond");
    assert_broken_u16(&b, first + 4, 4, first, "not a key protector");
    assert_broken_u16(&b, info, 0, info, "less than its header");
    assert_broken_u16(&b, thumb, 11, thumb, "less than its type needs");
    /* "one" and its end: the text has none if the datum ends before */
    assert_broken_u16(&b, text, 8 + 6, text, "no end");
    assert_broken_u16(&b, AT_LIST + 4, 3, load32_le(b.data + AT_DRF), "reaches beyond");

    /* nested too deep: info in info */
    b.length = AT_LIST;
    build_u32(&b, 0);
    build_u16(&b, 1);
    deep = begin_datum(&b, 0, 3);
    build_u32(&b, 0);
    for (i = 0; i < 9; i++) begin_datum(&b, 0, 4);
    for (i = 0; i < 9; i++) put_u16(&b, deep + 12 + (size_t)i * 8, (9 - i) * 8);
    end_datum(&b, deep);
    put_u32(&b, AT_LIST, (uint32_t)(b.length - AT_LIST));
    put_u32(&b, 0, (uint32_t)b.length);
    put_u32(&b, AT_DRF, 0);
    assert_broken(&b, deep + 12 + 7 * 8, "too many inside");
    build_free(&b);
}

static void other_versions(void **state)
{
    struct efs_protectors protectors;
    struct efs_diag diag;
    struct build b = { 0 };

    (void)state;
    build_bytes(&b, ".pfile", 6);
    build_zeros(&b, 200);
    assert_int_equal(read_protectors(&b, &protectors, &diag), EFS_ERR_VERSION);
    build_free(&b);
}

/* ---- changes of users ---- */

static void changes(void **state)
{
    static const uint8_t other[20] = { 9 };
    static uint8_t out[EFS_METADATA_MAX], in[EFS_METADATA_MAX];
    struct efs_metadata_change change = { 0 };
    struct efs_key_entry added = test_ddf[0], entry, *many;
    struct efs_metadata metadata, again;
    uint8_t wide[1000];
    uint32_t cursor = 0, dropped, i;
    size_t length, written, needed;

    (void)state;
    assert_int_equal(efs_metadata_make(in, sizeof(in), 2, test_id, test_ddf, 2, test_drf, 1, &length), EFS_OK);
    assert_int_equal(efs_metadata_read(&metadata, in, length, NULL), EFS_OK);
    added.thumbprint = (struct efs_bytes){ other, 20 };
    change.add = &added;
    change.add_count = 1;
    assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    change.drop_entry = entry.offset;
    assert_int_equal(efs_metadata_change(NULL, 0, &metadata, &change, &needed, &dropped), EFS_ERR_INVALID);
    assert_int_equal(efs_metadata_change(out, needed, &metadata, &change, &written, &dropped), EFS_OK);
    assert_int_equal(written, needed);
    assert_int_equal(dropped, 1);
    /* the same as one that is made of these entries */
    assert_int_equal(efs_metadata_read(&again, out, written, NULL), EFS_OK);
    assert_int_equal(again.count[EFS_DDF], 2);
    assert_int_equal(again.count[EFS_DRF], 1);
    cursor = 0;
    assert_true(efs_metadata_next(&again, EFS_DDF, &cursor, &entry));
    assert_memory_equal(entry.thumbprint.data, test_thumbs + 20, 20);
    assert_true(efs_metadata_next(&again, EFS_DDF, &cursor, &entry));
    assert_memory_equal(entry.thumbprint.data, other, 20);
    assert_memory_equal(entry.encrypted_fek.data, test_fek, sizeof(test_fek));
    assert_int_equal(entry.sid.length, sizeof(test_sid));

    /* what can't be written; too many; too long */
    added.pki_type = EFS_PKI_CONTAINER;
    assert_int_equal(efs_metadata_change(out, sizeof(out), &metadata, &change, &written, &dropped), EFS_ERR_INVALID);
    added.pki_type = EFS_PKI_CERTIFICATE;
    many = calloc(501, sizeof(*many));
    assert_non_null(many);
    for (i = 0; i < 501; i++) many[i] = added;
    change = (struct efs_metadata_change){ .add = many, .add_count = 498 };
    assert_int_equal(efs_metadata_change(out, sizeof(out), &metadata, &change, &written, &dropped), EFS_OK);
    change.add_count = 499; /* 501 with those that are there */
    assert_int_equal(efs_metadata_change(out, sizeof(out), &metadata, &change, &written, &dropped), EFS_ERR_INVALID);
    change.add_count = 501;
    assert_int_equal(efs_metadata_change(out, sizeof(out), &metadata, &change, &written, &dropped), EFS_ERR_INVALID);
    change.add_count = 490;
    memset(wide, 'w', sizeof(wide));
    for (i = 0; i < 490; i++) many[i].display = (struct efs_bytes){ wide, sizeof(wide) };
    assert_int_equal(efs_metadata_change(out, sizeof(out), &metadata, &change, &written, &dropped), EFS_ERR_INVALID);
    assert_int_equal(written, 0);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(other_versions),
        cmocka_unit_test(changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
