/*
 * What alternate streams and extended attributes are called on the host: Samba's forms, byte by byte, and all the names
 * that must not become one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backup/host_names.h"

/* ASCII as UTF-16LE */
static size_t wide(const char *text, uint8_t out[2 * HOST_NAME_SIZE])
{
    size_t i, n = strlen(text);

    for (i = 0; i < n; i++) out[2 * i] = (uint8_t)text[i], out[2 * i + 1] = 0;
    return 2 * n;
}

static void check_stream(const uint8_t *name, size_t length, const char *attribute, const char *file)
{
    uint8_t back[BSTREAM_NAME_BYTES];
    char out[HOST_NAME_SIZE];

    assert_true(host_stream_attribute(name, length, out));
    assert_string_equal(out, attribute);
    assert_int_equal(host_attribute_stream(out, back), length);
    assert_memory_equal(back, name, length);
    assert_true(host_stream_file("dir.d", name, length, out));
    assert_string_equal(out, file);
    assert_int_equal(host_file_stream("dir.d", out, back), length);
    assert_memory_equal(back, name, length);
}

static void test_streams(void **state)
{
    /* ä, U+20AC, U+1F600 */
    static const uint8_t foreign[] = { 0xe4, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde };
    uint8_t name[2 * HOST_NAME_SIZE];
    size_t n;

    (void)state;
    n = wide("Zone.Identifier", name);
    check_stream(name, n, "user.DosStream.Zone.Identifier:$DATA", "dir.d:Zone.Identifier");
    check_stream(foreign, sizeof(foreign), "user.DosStream.\303\244\342\202\254\360\237\230\200:$DATA",
                 "dir.d:\303\244\342\202\254\360\237\230\200");
    /* what is a name like any other to NTFS */
    n = wide(".. \"<>|*?\n$DATA", name);
    check_stream(name, n, "user.DosStream... \"<>|*?\n$DATA:$DATA", "dir.d:.. \"<>|*?\n$DATA");
}

static void test_lengths(void **state)
{
    uint8_t name[2 * HOST_NAME_SIZE], back[BSTREAM_NAME_BYTES];
    char text[HOST_NAME_SIZE], out[HOST_NAME_SIZE];
    size_t n;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[234] = 0; /* 15 and 6 beside */
    n = wide(text, name);
    assert_true(host_stream_attribute(name, n, out));
    assert_int_equal(strlen(out), 255);
    assert_int_equal(host_attribute_stream(out, back), n);
    text[234] = 'x', text[235] = 0;
    n = wide(text, name);
    assert_false(host_stream_attribute(name, n, out));
    assert_true(host_stream_file("1234567890123456789", name, n, out));
    assert_int_equal(strlen(out), 255);
    assert_false(host_stream_file("12345678901234567890", name, n, out));
    text[235] = 'x', text[255] = 0;
    n = wide(text, name);
    assert_false(host_stream_attribute(name, n, out));
    assert_false(host_stream_file("", name, n, out));
    assert_int_equal(host_file_stream("f", "f:", back), 0);
}

static void test_no_streams(void **state)
{
    static const char * const names[] = { "", "a/b", "/", "a:b", ":", "a\\b" };
    static const char * const attributes[] =
    {
        "", "user.", "user.DosStream", "user.DosStream.", "user.DosStream.:$DATA", "user.DosStream.a:b:$DATA",
        "user.DosStream.a:$INDEX", "user.dosstream.a:$DATA", "user.DosStream.a/b:$DATA", "user.DosStream.\xff:$DATA",
        "user.DosStream.\xed\xa0\x80:$DATA", "trusted.DosStream.a:$DATA", "user.a",
    };
    static const char * const files[] = { "f", "f:", "g:a", "f:a:b", "f:a/b", "ff:a", ":a", "f:\xc0\x80" };
    static const uint8_t half[] = { 'a', 0, 0x3d, 0xd8 }, nul[] = { 'a', 0, 0, 0, 'b', 0 }, odd[] = { 'a', 0, 'b' };
    uint8_t name[2 * HOST_NAME_SIZE], back[BSTREAM_NAME_BYTES];
    char out[HOST_NAME_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        size_t n = wide(names[i], name);

        if (host_stream_attribute(name, n, out) || host_stream_file("f", name, n, out)) fail_msg("%s", names[i]);
    }
    assert_false(host_stream_attribute(half, sizeof(half), out));
    assert_false(host_stream_file("f", half, sizeof(half), out));
    assert_false(host_stream_attribute(nul, sizeof(nul), out));
    assert_false(host_stream_file("f", nul, sizeof(nul), out));
    assert_false(host_stream_attribute(odd, sizeof(odd), out));
    for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        if (host_attribute_stream(attributes[i], back)) fail_msg("%s", attributes[i]);
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (host_file_stream("f", files[i], back)) fail_msg("%s", files[i]);
    /* without the type, as Samba can be told to write it */
    assert_int_equal(host_attribute_stream("user.DosStream.ab", back), 4);
    assert_int_equal(host_attribute_stream("user.DosStream.ab:$data", back), 4);
}

static void test_same_name(void **state)
{
    /* small, capital */
    static const uint16_t pairs[][2] =
    {
        { 'a', 'A' }, { 'z', 'Z' }, { 0xe4, 0xc4 }, { 0xff, 0x178 }, { 0x101, 0x100 }, { 0x13a, 0x139 },
        { 0x17e, 0x17d }, { 0x3ac, 0x386 }, { 0x3c9, 0x3a9 }, { 0x3c2, 0x3a3 }, { 0x44f, 0x42f }, { 0x451, 0x401 },
        { 0x586, 0x556 }, { 0x1ef9, 0x1ef8 }, { 0xff5a, 0xff3a },
    };
    static const uint16_t alone[] = { '@', '[', '`', '{', 0xd7, 0xf7, 0xdf, 0x131, 0x138, 0x4e00, 0xd83d, 0xffff };
    uint8_t a[2], b[4];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
    {
        a[0] = (uint8_t)pairs[i][0], a[1] = (uint8_t)(pairs[i][0] >> 8);
        b[0] = (uint8_t)pairs[i][1], b[1] = (uint8_t)(pairs[i][1] >> 8);
        if (!bstream_same_name(a, 2, b, 2)) fail_msg("%x", pairs[i][0]);
        assert_int_equal(bstream_fold(pairs[i][1]), pairs[i][1]);
    }
    for (i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) assert_int_equal(bstream_fold(alone[i]), alone[i]);
    assert_false(bstream_same_name(a, 2, b, 4));
    b[0]++;
    assert_false(bstream_same_name(a, 2, b, 2));
}

static void test_eas(void **state)
{
    static const char * const hidden[] =
    {
        "user.efs.layout", "user.EFS.LAYOUT", "user.efs.anything", "user.ntfs.efsinfo", "user.Ntfs.Efsinfo",
        "user.wine.sd", "user.DOSATTRIB", "user.dosattrib", "user.WINEREPARSE", "user.DosStream.a:$DATA",
        "user.DOSSTREAM.A", "user.SAMBA_PAI", "user.SAMBA_STREAMS", "user.samba.x", "user.NTACL", "user.SmbReparse",
        "user.overlay.redirect", "security.capability", "trusted.a", "system.posix_acl_access", "User.a", "",
    };
    static const char * const seen[] =
        { "user.A", "user.efs", "user.EFSX", "user.WINERY", "user.DOSATTRIBS", "user.a b" };
    static const char * const refused[] =
    {
        "", "a:b", "a/b", "a\\b", "a*", "a?", "a\"", "a<", "a>", "a|", "a,", "a+", "a=", "a[", "a]", "a;", "a\n",
        "\xe4", "a\x7f", "EFS.SD", "Wine.sd", "DosAttrib", "dosstream.a", "samba", "NTFS.EFSINFO",
    };
    char long_name[255], out[HOST_NAME_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (!host_is_hidden(hidden[i]) || host_attribute_ea(hidden[i])) fail_msg("%s", hidden[i]);
    for (i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
    {
        if (host_is_hidden(seen[i])) fail_msg("%s", seen[i]);
        assert_string_equal(host_attribute_ea(seen[i]), seen[i] + 5);
        assert_null(host_ea_refused((const uint8_t *)seen[i] + 5, strlen(seen[i]) - 5));
    }
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (!host_ea_refused((const uint8_t *)refused[i], strlen(refused[i]))) fail_msg("%s", refused[i]);
    assert_null(host_attribute_ea("user.a:b"));
    host_ea_attribute((const uint8_t *)"Comment1", 8, out);
    assert_string_equal(out, "user.COMMENT1");
    memset(long_name, 'X', sizeof(long_name));
    assert_null(host_ea_refused((const uint8_t *)long_name, 250));
    host_ea_attribute((const uint8_t *)long_name, 250, out);
    assert_int_equal(strlen(out), 255);
    assert_non_null(host_ea_refused((const uint8_t *)long_name, 251));
    assert_non_null(host_ea_refused((const uint8_t *)long_name, 255));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_no_streams),
        cmocka_unit_test(test_same_name),
        cmocka_unit_test(test_eas),
    };

    return cmocka_run_group_tests_name("names on the host", tests, NULL, NULL);
}
