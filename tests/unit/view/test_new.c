/*
 * Encrypted files that a view makes: what they hold and how they are stored, also if somebody opens one by its name
 * before who has made it does; and that none is left behind where one can't be made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/store.h"
#include "writing.h"

static void check_content(struct view_content *content, const char *text)
{
    char buffer[512] = "";
    size_t got;

    assert_int_equal(view_content_read(content, 0, buffer, sizeof(buffer), &got), 0);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(buffer, text, got);
}

/* As somebody finds it who knows nothing of the view. */
static void check_below(const char *name, const char *text, bool open_form)
{
    struct efs_plaintext *file;
    char buffer[512] = "";
    size_t got;

    assert_int_equal(getxattr(in_dir(name), EFS_STORE_SIZE, NULL, 0) >= 0, open_form);
    assert_int_equal(efs_plaintext_open(&file, open(in_dir(name), O_RDONLY | O_CLOEXEC), NULL), EFS_OK);
    assert_int_equal(efs_plaintext_unlock(file, feks, NULL), EFS_OK);
    assert_int_equal(efs_plaintext_pread(file, 0, 0, buffer, sizeof(buffer), &got, NULL), EFS_OK);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(buffer, text, got);
    efs_plaintext_close(file);
}

static unsigned int count_files(void)
{
    DIR *stream = opendir(dir);
    unsigned int count = 0;
    struct dirent *entry;

    assert_non_null(stream);
    while ((entry = readdir(stream))) count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(stream);
    return count;
}

static struct view_node *adopt(struct view_content *content, const char *name)
{
    struct view_about about;
    struct view_node *node;

    assert_int_equal(view_adopt(tree, view_content_fd(content), true, view_root(tree), name, &node, &about), 0);
    assert_true(about.encrypted);
    assert_int_equal(about.st.st_size, 0);
    return node;
}

static void test_written(void **state)
{
    struct view_content *content, *other;
    struct view_node *node;
    unsigned int i;

    (void)state;
    /* more than are ready: some are made on the spot */
    for (i = 0; i < 100; i++)
    {
        char name[16];

        snprintf(name, sizeof(name), "%u", i);
        content = make(name, true);
        node = adopt(content, name);
        assert_int_equal(view_content_adopt(tree, node, true, &content), 0);
        check_content(content, "");
        write_text(content, 0, name);
        check_below(name, name, true);
        assert_int_equal(view_content_open(tree, node, false, -1, &other), 0);
        assert_ptr_equal(content, other);
        check_content(other, name);
        view_content_close(tree, other, false);
        view_content_close(tree, content, true);
        view_forget(tree, node, 1);
    }
    close_view();
    for (i = 0; i < 100; i++)
    {
        char name[16];

        snprintf(name, sizeof(name), "%u", i);
        check_below(name, name, false);
    }
}

/* Made, but only to be read: nothing has to be put into its closed form. */
static void test_read_only(void **state)
{
    struct view_content *content;
    struct view_node *node;

    (void)state;
    content = make("f", false);
    check_below("f", "", false);
    node = adopt(content, "f");
    assert_int_equal(view_content_adopt(tree, node, false, &content), 0);
    check_content(content, "");
    view_content_close(tree, content, false);
    assert_int_equal(view_content_open(tree, node, true, -1, &content), 0);
    write_text(content, 0, "written later");
    view_content_close(tree, content, true);
    view_forget(tree, node, 1);
    close_view();
    check_below("f", "written later", false);
}

/* Its name is there before who has made it goes on: all who write it share one content. */
static void test_opened_meanwhile(void **state)
{
    static const bool writes[] = { false, true };
    struct view_content *content, *first;
    struct view_node *node, *found;
    unsigned int i, j;
    char name[] = "ab";

    (void)state;
    for (i = 0; i < 2; i++)
        for (j = 0; j < 2; j++)
        {
            name[0] = (char)('a' + i);
            name[1] = (char)('a' + j);
            content = make(name, writes[i]);
            assert_int_equal(view_lookup(tree, view_root(tree), name, &found, NULL), 0);
            assert_int_equal(view_content_open(tree, found, writes[j], -1, &first), 0);
            if (writes[j]) write_text(first, 0, "first");
            assert_int_equal(view_adopt(tree, view_content_fd(content), true, view_root(tree), name, &node, NULL), 0);
            assert_ptr_equal(node, found);
            assert_int_equal(view_content_adopt(tree, node, writes[i], &content), 0);
            assert_ptr_equal(content, first);
            if (writes[i]) write_text(content, writes[j] ? 5 : 0, " second");
            if (writes[j]) write_text(first, 0, "FIRST");
            view_content_close(tree, first, writes[j]);
            view_content_close(tree, content, writes[i]);
            view_forget(tree, node, 2);
        }
    close_view();
    check_below("aa", "", false);
    check_below("ab", "FIRST", false);
    check_below("ba", " second", false);
    check_below("bb", "FIRST second", false);
}

/* Nothing is left, under no name. */
static void test_refused(void **state)
{
    struct view_content *content = NULL;
    unsigned int i;
    int fd;

    (void)state;
    assert_true((fd = open(in_dir("there"), O_WRONLY | O_CREAT, 0600)) >= 0);
    close(fd);
    for (i = 0; i < 2; i++) assert_int_equal(view_make_file(tree, dir_fd, "there", 0600, i, &content), EEXIST);
    assert_int_equal(view_make_file(tree, dir_fd, "there", 0600, false, NULL), EEXIST);
    assert_null(content);
    view_content_discard(tree, make("made", true));
    view_content_discard(tree, NULL);
    assert_int_equal(count_files(), 2);
    check_below("made", "", true);
    /* another view, without readers */
    close_view();
    check_below("made", "", true);
    assert_int_equal(view_make_file(tree, dir_fd, "new", 0600, true, &content), EACCES);
    assert_int_equal(count_files(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_written, begin_tree, end_tree),
        cmocka_unit_test_setup_teardown(test_read_only, begin_tree, end_tree),
        cmocka_unit_test_setup_teardown(test_opened_meanwhile, begin_tree, end_tree),
        cmocka_unit_test_setup_teardown(test_refused, begin_tree, end_tree),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
