/*
 * Who may read a file whose group couldn't be kept: nobody gets a right that he hadn't, whatever the mode or the list
 * is, and whichever groups he is in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "store/access.h"

/* What the kernel gives somebody who isn't the owner. `in`: he is in the file's group. */
static unsigned int rights_by_mode(mode_t mode, bool in)
{
    return in ? mode >> 3 & 7 : mode & 7;
}

static void test_modes(void **state)
{
    unsigned int mode, who;

    (void)state;
    for (mode = 0; mode < 01000; mode++)
    {
        mode_t after = access_without_group(mode | S_ISVTX);

        assert_int_equal(after & 07700, (mode & 0700) | S_ISVTX);
        for (who = 0; who < 4; who++) /* in the old group, in the new one */
            assert_int_equal(rights_by_mode(after, who & 2) & ~rights_by_mode(mode, who & 1), 0);
    }
    assert_int_equal(access_without_group(0664), 0644);
    assert_int_equal(access_without_group(0660), 0600);
    assert_int_equal(access_without_group(0604), 0600);
}

enum { USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER, ENTRIES };

struct list
{
    uint8_t bytes[4 + 8 * ENTRIES];
};

static struct list make_list(const uint8_t permissions[ENTRIES])
{
    static const uint8_t tags[ENTRIES] = { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20 };
    struct list list = { { 2 } };
    unsigned int i;

    for (i = 0; i < ENTRIES; i++)
    {
        list.bytes[4 + 8 * i] = tags[i];
        list.bytes[4 + 8 * i + 2] = permissions[i];
    }
    return list;
}

static unsigned int get(const struct list *list, unsigned int entry)
{
    return list->bytes[4 + 8 * entry + 2];
}

/* Is `right` given by the list to one who is in the owning group, in the named one? */
static bool allows(const struct list *list, unsigned int right, bool owning, bool named)
{
    if (!owning && !named) return get(list, OTHER) & right;
    return ((owning && get(list, GROUP_OBJ) & right) || (named && get(list, GROUP) & right)) && get(list, MASK) & right;
}

static void test_lists(void **state)
{
    unsigned int bits, who;

    (void)state;
    /* each right is by itself: all combinations of one of them in the entries */
    for (bits = 0; bits < 64; bits++)
    {
        uint8_t permissions[ENTRIES];
        struct list before, after;
        mode_t mode = 01777;
        unsigned int i;

        for (i = 0; i < ENTRIES; i++) permissions[i] = bits >> i & 1 ? 4 : 0;
        before = after = make_list(permissions);
        access_list_without_group(after.bytes, sizeof(after.bytes), &mode);
        assert_int_equal(get(&after, USER_OBJ), get(&before, USER_OBJ));
        assert_int_equal(get(&after, USER), get(&before, USER));
        assert_int_equal(get(&after, GROUP), get(&before, GROUP));
        assert_int_equal(get(&after, MASK), get(&before, MASK));
        assert_int_equal(mode, 01700 | get(&after, MASK) << 3 | get(&after, OTHER));
        for (who = 0; who < 8; who++) /* in the old group, in the new one, in the named one */
            if (allows(&after, 4, who & 2, who & 4)) assert_true(allows(&before, 4, who & 1, who & 4));
        if (bits == 63) assert_true(allows(&after, 4, false, true) && allows(&after, 4, false, false));
    }
}

/* What the kernel wouldn't give: not understood, and nothing left for anybody. */
static void test_broken_lists(void **state)
{
    static const uint8_t all[ENTRIES] = { 7, 7, 7, 7, 7, 7 };
    const struct list good = make_list(all);
    unsigned int at;
    size_t length;

    (void)state;
    for (length = 0; length < sizeof(good.bytes); length++)
    {
        struct list list = good;
        mode_t mode = 0777;

        access_list_without_group(list.bytes, length, &mode);
        assert_int_equal(mode, 0700);
        assert_memory_equal(list.bytes, good.bytes, sizeof(good.bytes));
    }
    for (at = 0; at < ENTRIES; at++)
    {
        struct list list = good;
        mode_t mode = 0777;

        list.bytes[at ? 4 + 8 * at : 0] = 0x40; /* another version, another tag */
        access_list_without_group(list.bytes, sizeof(list.bytes), &mode);
        assert_int_equal(mode, at == USER || at == GROUP ? 0777 : 0700);
    }
}

/* What a new file gets of a directory's default list: the mode asked for, and no more than the list has. */
static void test_new_files(void **state)
{
    /* the mask stands where the group's rights would */
    static const uint8_t shared[ENTRIES] = { 6, 7, 5, 7, 4, 1 };
    struct list list = make_list(shared);
    size_t length;
    bool masked;

    (void)state;
    assert_int_equal(access_of_new(list.bytes, sizeof(list.bytes), 0666, &masked), 0640);
    assert_true(masked);
    assert_int_equal(access_of_new(list.bytes, sizeof(list.bytes), 0777, &masked), 0641);
    list.bytes[4 + 8 * MASK] = 0x40;
    assert_int_equal(access_of_new(list.bytes, sizeof(list.bytes), 0777, &masked), 0651);
    assert_false(masked);
    /* a class that isn't there has no rights */
    for (length = 0; length < sizeof(list.bytes); length++)
        assert_int_equal(access_of_new(list.bytes, length, 0777, &masked), length < 12 ? 0 : length < 28 ? 0600 : 0650);
    list.bytes[0] = 3;
    assert_int_equal(access_of_new(list.bytes, sizeof(list.bytes), 0777, &masked), 0);
    assert_false(masked);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_new_files),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_broken_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
