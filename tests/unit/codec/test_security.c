/*
 * Security descriptors and modes, byte by byte: a descriptor that says its mode, what Windows' descriptors mean, and
 * how they are kept in attributes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backup/security.h"
#include "lib/build.h"

static const uint8_t sid_system[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
static const uint8_t sid_everyone[] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t sid_alice[] = { 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 77, 0, 0, 0 };
static const uint8_t sid_bob[] = { 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 78, 0, 0, 0 };

#define FULL 0x1f01ffu

static void add_ace(struct build *b, unsigned int type, unsigned int flags, uint32_t mask, const uint8_t *sid)
{
    size_t length = 8 + 4u * sid[1];

    build_u16(b, type | flags << 8);
    build_u16(b, (unsigned int)(8 + length));
    build_u32(b, mask);
    build_bytes(b, sid, length);
}

/* A descriptor of Alice's, up to its list; end_list says how long that is. */
static void begin_list(struct build *b)
{
    static const uint8_t head[] = { 1, 0, 4, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0 };

    memset(b, 0, sizeof(*b));
    build_bytes(b, head, sizeof(head));
    build_bytes(b, sid_alice, sizeof(sid_alice));
    build_bytes(b, sid_bob, sizeof(sid_bob));
    build_u32(b, 2);
    build_u32(b, 0);
}

static void end_list(struct build *b, unsigned int entries)
{
    put_u16(b, 54, (unsigned int)(b->length - 52));
    put_u16(b, 56, entries);
}

/* As seen of Wine 8.0 for all 512 modes (a right to read of others' counts as one to write, where it denies
   writing). */
static void build_wine(struct build *b, uint32_t mode, bool directory)
{
    uint32_t user = mode >> 6 & 7, group = mode >> 3 & 7, others = mode & 7, mask;
    unsigned int flags = directory ? 3 : 0, entries = 1;

    begin_list(b);
    add_ace(b, 0, flags, FULL, sid_system);
    if (user)
    {
        mask = 0xc0000 | (user & 4 ? 0x1200a9 : 0) | (user & 2 ? 0x130156 : 0);
        add_ace(b, 0, flags, mask, sid_alice);
        entries++;
    }
    if ((group | others) & ~user)
    {
        mask = (!(user & 4) && ((group | others) & 4) ? 0xa9 : 0)
            | (!(user & 2) && (group & 2 || others & 4) ? 0x156 : 0);
        add_ace(b, 1, flags, mask, sid_alice);
        entries++;
    }
    if (others)
    {
        mask = (others & 4 ? 0x1200a9 : 0) | (others & 2 ? 0x130156 : 0);
        add_ace(b, 0, flags, mask, sid_everyone);
        entries++;
    }
    end_list(b, entries);
}

static enum bsecurity_says read_mode(const struct build *b, bool directory, uint32_t *mode)
{
    assert_true(bsecurity_is_valid(b->data, b->length));
    return bsecurity_read_mode(b->data, b->length, NULL, 0, directory, mode);
}

static void test_exact(void **state)
{
    struct build wine;
    uint8_t out[512];
    uint32_t mode, shown, said;
    unsigned int directory;
    size_t length, i;

    (void)state;
    for (mode = 0; mode < 01000; mode++)
        for (directory = 0; directory < 2; directory++)
            for (shown = mode; shown <= (mode | 01000); shown += 01000)
            {
                build_wine(&wine, mode, directory);
                assert_int_equal(read_mode(&wine, directory, &said), BSECURITY_BOUND);
                length = bsecurity_add_mode(wine.data, wine.length, shown, shown, directory, out, sizeof(out));
                assert_int_equal(length, wine.length + 28);
                assert_true(bsecurity_is_valid(out, length));
                assert_int_equal(bsecurity_read_mode(out, length, NULL, 0, directory, &said), BSECURITY_EXACT);
                assert_int_equal(said, shown);
                /* all but the entry is as it was */
                assert_memory_equal(out + 60 + 28, wine.data + 60, wine.length - 60);
                /* nor is it for something else */
                assert_int_equal(bsecurity_read_mode(out, length, NULL, 0, !directory, &said), BSECURITY_BOUND);
                assert_int_equal(bsecurity_add_mode(wine.data, wine.length, shown, shown, directory, out, length - 1),
                                 length);
                assert_int_equal(bsecurity_add_mode(wine.data, wine.length, shown, shown, !directory, out, sizeof(out)),
                                 0);
                build_free(&wine);
            }
    /* in another mode than Wine shows, as where there is an access list */
    build_wine(&wine, 0660, false);
    length = bsecurity_add_mode(wine.data, wine.length, 0660, 0600, false, out, sizeof(out));
    assert_int_equal(bsecurity_read_mode(out, length, NULL, 0, false, &said), BSECURITY_EXACT);
    assert_int_equal(said, 0600);
    build_free(&wine);
    /* no byte of the list can be another; the mode's own may be one that gives the same list */
    build_wine(&wine, 0640, false);
    length = bsecurity_add_mode(wine.data, wine.length, 0640, 0640, false, out, sizeof(out));
    for (i = 52; i < length; i++)
    {
        out[i] ^= 1;
        if (i < 84 || i >= 88)
            assert_int_not_equal(bsecurity_read_mode(out, length, NULL, 0, false, &said), BSECURITY_EXACT);
        else if (bsecurity_read_mode(out, length, NULL, 0, false, &said) == BSECURITY_EXACT) assert_true(said <= 01777);
        out[i] ^= 1;
    }
    build_free(&wine);
}

static void test_bounds(void **state)
{
    static const struct { unsigned int type, flags; uint32_t mask; const uint8_t *sid; uint32_t file, directory;
                          } cases[] =
    {
        { 0, 0, FULL, sid_everyone, 0777, 0777 },
        { 0, 0, 0x1301bf, sid_everyone, 0777, 0755 }, /* "modify" deletes no child */
        { 0, 0, 0x120116, sid_everyone, 0722, 0700 },
        { 0, 0, 2, sid_everyone, 0700, 0700 },        /* to write, but not to append */
        { 0, 0, 0x10000000, sid_everyone, 0777, 0777 },
        { 0, 0, 0x80000000, sid_everyone, 0744, 0744 },
        { 0, 0, 0x40000000, sid_everyone, 0722, 0700 },
        { 0, 0, 0x20000000, sid_everyone, 0711, 0711 },
        { 0, 8, FULL, sid_everyone, 0700, 0700 },     /* for what will be in it alone */
        { 0, 0x13, FULL, sid_everyone, 0777, 0777 },
        { 0, 0, FULL, sid_bob, 0700, 0700 },
        { 9, 0, FULL, sid_everyone, 0700, 0700 },     /* on a condition */
        { 2, 0, FULL, sid_everyone, 0700, 0700 },     /* audited */
    };
    static const unsigned int denying[] = { 1, 6, 0x0a, 0x0c, 0x14, 0x15, 0xff };
    struct build b;
    uint32_t mode;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        begin_list(&b);
        add_ace(&b, 0, 0, FULL, sid_alice);
        add_ace(&b, cases[i].type, cases[i].flags, cases[i].mask, cases[i].sid);
        end_list(&b, 2);
        assert_int_equal(read_mode(&b, false, &mode), BSECURITY_BOUND);
        assert_int_equal(mode, cases[i].file);
        assert_int_equal(read_mode(&b, true, &mode), BSECURITY_BOUND);
        assert_int_equal(mode, cases[i].directory);
        build_free(&b);
    }
    /* who is denied something may be any of the others */
    for (i = 0; i < sizeof(denying) / sizeof(denying[0]); i++)
    {
        begin_list(&b);
        add_ace(&b, 0, 0, FULL, sid_everyone);
        add_ace(&b, denying[i], 0, 1, sid_bob);
        end_list(&b, 2);
        assert_int_equal(read_mode(&b, false, &mode), BSECURITY_BOUND);
        assert_int_equal(mode, denying[i] > 0x13 ? 0700 : 0733);
        build_free(&b);
    }
    /* but for the owner himself, and the user who restores */
    begin_list(&b);
    add_ace(&b, 1, 0, 1, sid_alice);
    add_ace(&b, 0, 0, FULL, sid_everyone);
    end_list(&b, 2);
    read_mode(&b, false, &mode);
    assert_int_equal(mode, 0377);
    build_free(&b);
    begin_list(&b);
    add_ace(&b, 0, 0, FULL, sid_bob);
    end_list(&b, 1);
    read_mode(&b, false, &mode);
    assert_int_equal(mode, 0);
    bsecurity_read_mode(b.data, b.length, sid_bob, sizeof(sid_bob), false, &mode);
    assert_int_equal(mode, 0700);
    bsecurity_read_mode(b.data, b.length, sid_bob, sizeof(sid_bob) - 1, false, &mode);
    assert_int_equal(mode, 0);
    /* no list, and one that is NULL */
    put_u32(&b, 16, 0);
    assert_int_equal(read_mode(&b, false, &mode), BSECURITY_BOUND);
    assert_int_equal(mode, 0777);
    put_u16(&b, 2, 0x8000);
    assert_int_equal(read_mode(&b, false, &mode), BSECURITY_NOTHING);
    put_u16(&b, 2, 4);
    assert_int_equal(bsecurity_read_mode(b.data, b.length, NULL, 0, false, &mode), BSECURITY_NOTHING);
    build_free(&b);
}

static void test_choice(void **state)
{
    static const struct { enum bsecurity_says says; uint32_t mode, old; bool directory; uint32_t umask, wanted;
                          } cases[] =
    {
        { BSECURITY_EXACT, 01646, 0600, false, 077, 01646 },
        { BSECURITY_EXACT, 0000, 07777, false, 0, 06000 },
        { BSECURITY_BOUND, 0777, 0644, false, 0, 0666 },
        { BSECURITY_BOUND, 0777, 0644, false, 022, 0644 },
        { BSECURITY_BOUND, 0777, 0600, false, 077, 0600 },
        { BSECURITY_BOUND, 0777, 0100, false, 027, 0750 },
        { BSECURITY_BOUND, 0777, 03755, true, 027, 03750 },
        { BSECURITY_BOUND, 0700, 0755, true, 0777, 0700 },
        { BSECURITY_NOTHING, 0777, 0100640, false, 0, 0640 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(bsecurity_choose_mode(cases[i].says, cases[i].mode, cases[i].old, cases[i].directory,
                                               cases[i].umask), cases[i].wanted);
}

/* In every order of its parts, with and without each. */
static void test_kept(void **state)
{
    static const uint8_t acl[] = { 2, 0, 9, 0, 0, 0, 0, 0, 7 }; /* of a length that wants a gap behind it */
    const uint8_t *parts[] = { sid_alice, sid_everyone, acl, acl };
    const size_t lengths[] = { sizeof(sid_alice), sizeof(sid_everyone), sizeof(acl), sizeof(acl) };
    uint8_t form[256], out[256], mark[BSECURITY_MARK_SIZE];
    unsigned int order, present, i, part;
    uint64_t hash, again;
    struct build b;
    size_t size, cut;
    uint32_t mode;

    (void)state;
    for (order = 0; order < 256; order++)
    {
        bool seen[4] = { false };

        for (i = 0; i < 4; i++) seen[order >> 2 * i & 3] = true;
        if (!seen[0] || !seen[1] || !seen[2] || !seen[3]) continue;
        for (present = 0; present < 16; present++)
        {
            memset(&b, 0, sizeof(b));
            build_u16(&b, 1);
            build_u16(&b, 0x8014);
            build_zeros(&b, 16);
            for (i = 0; i < 4; i++)
            {
                part = order >> 2 * i & 3;
                if (!(present >> part & 1)) continue;
                build_zeros(&b, -b.length & 3);
                put_u32(&b, 4 + 4 * part, (uint32_t)b.length);
                build_bytes(&b, parts[part], lengths[part]);
            }
            assert_true(bsecurity_is_valid(b.data, b.length));
            size = bsecurity_pack(b.data, b.length, form, sizeof(form), &hash);
            assert_int_equal(form[0] | form[1] << 8 | form[2] << 16, 1 | 0x14 << 16);
            assert_int_equal(bsecurity_unpack(form, size, hash, out, sizeof(out)), b.length);
            assert_memory_equal(out, b.data, b.length);
            assert_int_equal(bsecurity_unpack(form, size, hash, out, b.length - 1), b.length);
            assert_int_equal(bsecurity_pack(b.data, b.length, form, size - 1, &again), size);
            assert_true(hash == again);
            assert_int_equal(bsecurity_unpack(form, size, hash ^ 1, out, sizeof(out)), 0);
            for (cut = 0; cut < size; cut++) assert_int_equal(bsecurity_unpack(form, cut, hash, out, sizeof(out)), 0);
            for (cut = 0; cut < 22; cut++)
            {
                if (cut == 3) continue; /* its bit says that a descriptor is self-relative, as all are here */
                form[cut] ^= 0x80;
                assert_int_equal(bsecurity_unpack(form, size, hash, out, sizeof(out)), 0);
                form[cut] ^= 0x80;
            }
            build_free(&b);
        }
    }
    bsecurity_make_mark(mark, 01640, 0x123456789abcdef0u);
    assert_int_equal(mark[0] | mark[1] << 8, 01640);
    bsecurity_read_mark(mark, &mode, &hash);
    assert_true(mode == 01640 && hash == 0x123456789abcdef0u);
}

/* Owner, group, a SACL of one audit entry and one label, and a list of one entry of that mask. */
static void build_full(struct build *b, const uint8_t *owner, uint32_t mask)
{
    memset(b, 0, sizeof(*b));
    build_u16(b, 1);
    build_u16(b, 0x9014); /* self-relative, SACL, DACL, which is protected */
    build_zeros(b, 16);
    put_u32(b, 4, 20);
    build_bytes(b, owner, 16);
    put_u32(b, 8, 36);
    build_bytes(b, owner, 16);
    put_u32(b, 12, 52);
    build_u16(b, 2);
    build_u16(b, 8 + 20 + 20);
    build_u32(b, 2);
    add_ace(b, 2, 0, mask, sid_everyone);
    add_ace(b, 0x11, 0, owner[12], sid_system);
    put_u32(b, 16, (uint32_t)b->length);
    build_u16(b, 2);
    build_u16(b, 8 + 20 + 24);
    build_u32(b, 2);
    add_ace(b, 0, 0, mask, sid_everyone);
    add_ace(b, 0, 8, mask, sid_alice); /* inherit only */
}

static void test_merge(void **state)
{
    struct build a, b;
    uint8_t out[512], *exact;
    uint32_t which;
    size_t size, at;

    (void)state;
    build_full(&a, sid_alice, FULL);
    build_full(&b, sid_bob, 0x120089);
    for (which = 0; which < 32; which++)
    {
        size = bsecurity_merge(a.data, a.length, b.data, b.length, which, out, sizeof(out));
        assert_true(size == a.length && bsecurity_is_valid(out, size));
        assert_int_equal(bsecurity_parts(out), 15);
        /* of Alice or Bob, part by part */
        assert_int_equal(out[20 + 12], which & BSECURITY_OWNER ? 78 : 77);
        assert_int_equal(out[36 + 12], which & BSECURITY_GROUP ? 78 : 77);
        assert_memory_equal(out + 52 + 8, (which & BSECURITY_SACL ? b : a).data + 52 + 8, 20);
        assert_int_equal(out[52 + 8 + 20], 0x11);
        assert_int_equal(out[52 + 8 + 20 + 4], which & (BSECURITY_SACL | BSECURITY_LABEL) ? 78 : 77);
        assert_memory_equal(out + 100, (which & BSECURITY_DACL ? b : a).data + 100, a.length - 100);
        /* no byte less will do, and none of it is written then */
        exact = malloc(size - 1);
        memset(exact, 0xcc, size - 1);
        assert_int_equal(bsecurity_merge(a.data, a.length, b.data, b.length, which, exact, size - 1), size);
        for (at = 0; at < size - 1; at++) assert_int_equal(exact[at], 0xcc);
        free(exact);
    }
    /* without the one, what is asked for alone; without either, nothing but the head */
    size = bsecurity_merge(NULL, 0, b.data, b.length, BSECURITY_GROUP | BSECURITY_DACL, out, sizeof(out));
    assert_true(bsecurity_is_valid(out, size) && bsecurity_parts(out) == (BSECURITY_GROUP | BSECURITY_DACL));
    assert_int_equal(out[2] | out[3] << 8, 0x9004);
    size = bsecurity_merge(NULL, 0, b.data, b.length, BSECURITY_LABEL, out, sizeof(out));
    assert_int_equal(size, 20 + 8 + 20);
    assert_int_equal(bsecurity_parts(out), BSECURITY_SACL);
    assert_int_equal(bsecurity_merge(NULL, 0, NULL, 0, 31, out, sizeof(out)), 20);
    assert_true(bsecurity_is_valid(out, 20) && !bsecurity_parts(out));
    /* one that has no label takes the other's away, and leaves the rest */
    size = bsecurity_merge(NULL, 0, a.data, a.length, BSECURITY_OWNER, out, sizeof(out));
    exact = malloc(size);
    memcpy(exact, out, size);
    assert_int_equal(bsecurity_merge(a.data, a.length, exact, size, BSECURITY_LABEL, out, sizeof(out)), a.length - 20);
    assert_true(bsecurity_is_valid(out, a.length - 20) && out[52 + 4] == 1 && out[52 + 8] == 2);
    free(exact);
    build_free(&a);
    build_free(&b);
}

static void test_map_generic(void **state)
{
    static const uint32_t masks[][2] =
    {
        { 0x80000000u, 0x120089 }, { 0x40000000u, 0x120116 }, { 0x20000000u, 0x1200a0 }, { 0x10000000u, FULL },
        { 0xa0010000u, 0x1300a9 }, { 0x120089, 0x120089 }, { 0, 0 },
    };
    struct build b, same;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
    {
        build_full(&b, sid_alice, masks[i][0]);
        build_full(&same, sid_alice, masks[i][0]);
        put_u32(&same, 52 + 8 + 4, masks[i][1]);
        put_u32(&same, 100 + 8 + 4, masks[i][1]);
        bsecurity_map_generic(b.data);
        assert_memory_equal(b.data, same.data, same.length);
        build_free(&b);
        build_free(&same);
    }
}

/* Whatever the bytes: the sanitizer sees what reads beyond them, and what comes back is what went in, or says the
   same. */
static void test_random(void **state)
{
    uint32_t seed = 7, i, j, mode, other, kept = 0;
    uint8_t form[512], out[512];
    struct build wine;
    size_t length, size;
    uint64_t hash;

    (void)state;
    for (i = 0; i < 100000; i++)
    {
        uint8_t *copy;

        build_wine(&wine, seed % 01000, false);
        length = bsecurity_add_mode(wine.data, wine.length, seed % 01000, seed % 01000, false, out, sizeof(out));
        build_free(&wine);
        copy = malloc(length);
        memcpy(copy, out, length);
        for (j = 0; j < 3; j++)
        {
            seed = seed * 1103515245u + 12345u;
            copy[(seed >> 8) % length] = (uint8_t)(seed >> 20);
        }
        if (bsecurity_is_valid(copy, length))
        {
            bsecurity_read_mode(copy, length, copy, 20, false, &mode);
            bsecurity_read_mode(copy, length, NULL, 0, false, &mode);
            assert_true(mode <= 01777);
            size = bsecurity_merge(copy, length, copy, length, seed >> 5, out, sizeof(out));
            assert_true(size > sizeof(out) || !size || bsecurity_is_valid(out, size));
            size = bsecurity_pack(copy, length, form, sizeof(form), &hash);
            if (size <= sizeof(form) && (size = bsecurity_unpack(form, size, hash, out, sizeof(out))))
            {
                kept++;
                assert_int_equal(bsecurity_read_mode(out, size, NULL, 0, false, &other),
                                 bsecurity_read_mode(copy, length, NULL, 0, false, &mode));
                assert_int_equal(mode, other);
            }
        }
        free(copy);
    }
    assert_true(kept > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_map_generic),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
