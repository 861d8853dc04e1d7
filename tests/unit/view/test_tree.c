/*
 * The tree that a view shows: how files are known, found again without a descriptor, and told from others that have
 * taken their names; what is said of them, and what is hidden.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/host.h"
#include "view/attributes.h"
#include "view/content.h"
#include "view/errors.h"
#include "view/tree.h"

static struct view_tree *open_view(size_t descriptors)
{
    struct view_tree *tree;
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(view_tree_open(&tree, fd, NULL, descriptors), 0);
    return tree;
}

static struct view_node *look_up(struct view_tree *tree, struct view_node *parent, const char *name)
{
    struct view_node *node;

    assert_int_equal(view_lookup(tree, parent, name, &node, NULL), 0);
    return node;
}

static ino_t inode_of(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(in_dir(name), &st), 0);
    return st.st_ino;
}

/* Errors, or the number of the file that the node's descriptor is of. */
static void assert_found(struct view_tree *tree, struct view_node *node, int error, ino_t inode)
{
    struct stat st;
    int fd;

    assert_int_equal(view_borrow(tree, node, &fd), error);
    if (error) return;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_ino, inode);
    view_return(tree, node);
}

static void test_names(void **state)
{
    struct view_tree *tree = open_view(4);
    struct view_node *root = view_root(tree), *node, *again;

    (void)state;
    write_plain(in_dir("f"), "one");
    assert_int_equal(symlink("/etc", in_dir("link")), 0);
    node = look_up(tree, root, "f");
    again = look_up(tree, root, "f");
    assert_ptr_equal(node, again);
    assert_int_equal(view_type(node), S_IFREG);
    assert_int_equal(view_lookup(tree, root, "nothing", &again, NULL), ENOENT);
    assert_int_equal(view_lookup(tree, root, "..", &again, NULL), EINVAL);
    assert_int_equal(view_lookup(tree, root, ".", &again, NULL), EINVAL);
    assert_int_equal(view_lookup(tree, root, "", &again, NULL), EINVAL);
    assert_int_equal(view_lookup(tree, root, "link/passwd", &again, NULL), EINVAL);
    assert_int_equal(view_lookup(tree, node, "f", &again, NULL), ENOTDIR);
    again = look_up(tree, root, "link");
    assert_int_equal(view_type(again), S_IFLNK);
    assert_int_equal(view_lookup(tree, again, "passwd", &node, NULL), ENOTDIR);
    view_tree_close(tree);
}

static void test_found_again(void **state)
{
    enum { DEPTH = 40 };
    struct view_tree *tree = open_view(2);
    struct view_node *nodes[DEPTH], *parent = view_root(tree);
    char path[64 + 2 * DEPTH];
    ino_t inodes[DEPTH];
    size_t length, i;

    (void)state;
    length = (size_t)snprintf(path, sizeof(path), "%s", dir);
    for (i = 0; i < DEPTH; i++)
    {
        struct stat st;

        strcpy(path + length + 2 * i, "/d");
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(lstat(path, &st), 0);
        inodes[i] = st.st_ino;
        parent = nodes[i] = look_up(tree, parent, "d");
    }
    for (i = 0; i < DEPTH; i++) assert_found(tree, nodes[i], 0, inodes[i]);
    for (i = DEPTH; i-- > 0;) assert_found(tree, nodes[i], 0, inodes[i]);
    /* all at once: directories stay as long as something in them is known */
    for (i = 0; i < DEPTH - 1; i++) view_forget(tree, nodes[i], 1);
    assert_found(tree, nodes[DEPTH - 1], 0, inodes[DEPTH - 1]);
    view_forget(tree, nodes[DEPTH - 1], 1);
    view_tree_close(tree);
    for (i = DEPTH; i-- > 0;)
    {
        path[length + 2 * i + 2] = 0;
        assert_int_equal(rmdir(path), 0);
    }
}

static void test_changed_below(void **state)
{
    struct view_tree *tree = open_view(0);
    struct view_node *root = view_root(tree), *node, *other;
    struct view_handle handle;
    ino_t inode;

    (void)state;
    write_plain(in_dir("a"), "a");
    write_plain(in_dir("b"), "b");
    inode = inode_of("a");
    node = look_up(tree, root, "a");
    assert_found(tree, node, 0, inode);
    /* another file has its name; with a descriptor it would be found all the same */
    write_plain(in_dir("x"), "x");
    assert_int_equal(rename(in_dir("a"), in_dir("c")), 0);
    assert_int_equal(rename(in_dir("b"), in_dir("a")), 0);
    assert_found(tree, node, 0, inode);
    look_up(tree, root, "x"); /* none is kept: this one's takes its place */
    assert_found(tree, node, ESTALE, 0);
    other = look_up(tree, root, "a");
    assert_ptr_not_equal(node, other);
    /* it is seen under its new one; and so without a look-up */
    assert_ptr_equal(look_up(tree, root, "c"), node);
    assert_found(tree, node, 0, inode);
    view_begin_change(tree);
    assert_int_equal(rename(in_dir("c"), in_dir("d")), 0);
    view_moved(tree, root, "d");
    view_end_change(tree);
    look_up(tree, root, "x");
    assert_found(tree, node, 0, inode);
    look_up(tree, root, "x");
    /* open, it needs no name */
    handle.fd = open(in_dir("d"), O_RDONLY | O_CLOEXEC);
    view_add_handle(tree, node, &handle);
    assert_int_equal(unlink(in_dir("d")), 0);
    assert_found(tree, node, 0, inode);
    view_remove_handle(tree, &handle);
    close(handle.fd);
    look_up(tree, root, "x");
    assert_found(tree, node, ESTALE, 0);
    view_tree_close(tree);
}

static void test_many_names(void **state)
{
    struct view_tree *tree = open_view(0);
    struct view_node *root = view_root(tree), *node;
    char name[16];
    ino_t inode;
    int i;

    (void)state;
    write_plain(in_dir("n0"), "x");
    inode = inode_of("n0");
    node = look_up(tree, root, "n0");
    for (i = 1; i < 30; i++)
    {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(link(in_dir("n0"), in_dir(name)), 0);
        assert_ptr_equal(look_up(tree, root, name), node);
    }
    /* any of the last ones will do */
    for (i = 0; i < 29; i++)
    {
        snprintf(name, sizeof(name), "n%d", i == 28 ? 29 : i);
        assert_int_equal(unlink(in_dir(name)), 0);
    }
    assert_found(tree, node, 0, inode);
    view_forget(tree, node, 30);
    view_tree_close(tree);
}

static void test_encrypted(void **state)
{
    struct view_tree *tree = open_view(4);
    struct view_node *root = view_root(tree), *node;
    struct view_content *content;
    char value[EFS_VIEW_TEXT_MAX];
    struct build stream = { 0 };
    struct view_about about;
    size_t length;
    FILE *file;

    (void)state;
    build_file_stream(&stream, 1000, 5);
    assert_int_equal(import(in_dir("e"), &stream, 100, false, NULL), EFS_OK);
    build_free(&stream);
    assert_int_equal(view_lookup(tree, root, "e", &node, &about), 0);
    assert_true(about.encrypted);
    assert_int_equal(about.st.st_size, 1000);
    assert_int_equal(view_content_open(tree, node, false, -1, &content), EACCES);
    assert_int_equal(view_get_attribute(tree, node, value, &length), 0);
    assert_int_equal(length, strlen("1 encrypted closed"));
    assert_memory_equal(value, "1 encrypted closed", length);
    /* torn: it is still no plain file */
    assert_non_null(file = fopen(in_dir("e"), "ae"));
    fputs("x", file);
    fclose(file);
    assert_int_equal(view_look(tree, node, &about), 0);
    assert_true(about.encrypted);
    write_plain(in_dir("p"), "plain");
    assert_int_equal(view_lookup(tree, root, "p", &node, &about), 0);
    assert_false(about.encrypted);
    assert_int_equal(about.st.st_size, 5);
    assert_int_equal(view_get_attribute(tree, node, value, &length), 0);
    assert_memory_equal(value, "1 plain open", length);
    view_tree_close(tree);
}

static void test_attributes(void **state)
{
    static const char names[] = "user.a\0user.ntfs.efsinfo\0user.efs.layout\0user.efs.sparse\0user.view.efs\0user.efsx";
    static const char left[] = "user.a\0user.efs.sparse\0user.efsx";
    struct view_tree *tree = open_view(4);
    char list[sizeof(names) + 3];

    (void)state;
    memcpy(list, names, sizeof(names));
    memcpy(list + sizeof(names), "cut", 3); /* not terminated: not one */
    assert_int_equal(view_filter_attributes(tree, list, sizeof(list), true), sizeof(left));
    assert_memory_equal(list, left, sizeof(left));
    view_tree_close(tree);
}

static void test_errors(void **state)
{
    struct efs_diag diag = { 0 };
    int code;

    (void)state;
    for (code = EFS_OK + 1; code < EFS_ERROR_COUNT; code++)
    {
        diag.code = (enum efs_error)code;
        assert_true(errno_of(&diag) > 0);
    }
    efs_fail_errno(&diag, EDQUOT, 0, "write");
    assert_int_equal(errno_of(&diag), EDQUOT);
    efs_fail(&diag, EFS_ERR_NO_KEY, 0, "no key");
    assert_int_equal(errno_of(&diag), EACCES);
}

/* Nobody can say what another view, or this one when it is mounted again, counts its files by. */
static void test_counts(void **state)
{
    struct view_tree *first, *second;
    int fd = open(dir, O_PATH | O_DIRECTORY);

    (void)state;
    assert_int_equal(view_tree_open(&first, fcntl(fd, F_DUPFD_CLOEXEC, 3), NULL, 16), 0);
    assert_int_equal(view_tree_open(&second, fd, NULL, 16), 0);
    assert_true(view_generation(view_root(first)) != view_generation(view_root(second)));
    assert_true(view_generation(view_root(first)) > 1 && view_generation(view_root(second)) > 1);
    view_tree_close(first);
    view_tree_close(second);
}

/* ---- claims ---- */

static unsigned int changes;

static void note_change(void *context, struct view_node *node)
{
    (void)context;
    (void)node;
    changes++;
}

static int claim_file(struct view_tree *tree, const struct view_node *node, const char *name, unsigned int own,
                      struct view_claim **claim)
{
    struct efs_view_file file = { .generation = view_generation(node) };
    struct stat st;
    int fd, err;

    assert_int_equal(lstat(in_dir(name), &st), 0);
    file.device = st.st_dev;
    file.inode = st.st_ino;
    err = view_claim(tree, &file, own, claim, &fd);
    assert_int_equal(fd < 0, err != 0);
    assert_int_equal(!*claim, err != 0);
    if (fd >= 0) close(fd);
    return err;
}

static bool name_is_claimed(struct view_tree *tree, const char *name)
{
    bool claimed;
    int dir_fd;

    assert_int_equal(view_borrow(tree, view_root(tree), &dir_fd), 0);
    view_begin_change(tree);
    claimed = view_name_is_claimed(tree, dir_fd, name);
    view_end_change(tree);
    view_return(tree, view_root(tree));
    return claimed;
}

static void test_claims(void **state)
{
    struct view_tree *tree = open_view(4);
    struct view_node *root = view_root(tree), *node, *other;
    struct view_claim *claim, *second;
    struct view_handle handle;
    struct view_about about;

    (void)state;
    write_plain(in_dir("f"), "old");
    node = look_up(tree, root, "f");
    /* somebody has it open, or is about to; or whoever claims it has it open himself */
    assert_int_equal(view_begin_open(tree, node), 0);
    assert_int_equal(claim_file(tree, node, "f", 1, &claim), EBUSY);
    handle.fd = open(in_dir("f"), O_RDONLY | O_CLOEXEC);
    view_add_handle(tree, node, &handle);
    view_end_open(tree, node);
    assert_int_equal(claim_file(tree, node, "f", 0, &claim), EBUSY);
    assert_int_equal(claim_file(tree, node, "f", 1, &claim), 0);
    /* nobody else, and nobody can open it */
    assert_int_equal(claim_file(tree, node, "f", 1, &second), EBUSY);
    assert_int_equal(view_begin_open(tree, node), EBUSY);
    assert_true(name_is_claimed(tree, "f"));
    assert_false(name_is_claimed(tree, "none"));
    /* nothing has become of it */
    changes = 0;
    view_end_claim(tree, claim, note_change, NULL);
    assert_int_equal(changes, 2); /* the directory, too */
    assert_false(name_is_claimed(tree, "f"));
    assert_found(tree, node, 0, inode_of("f"));
    /* it is replaced: whatever is asked of the old one, the kernel has to look its name up again */
    assert_int_equal(claim_file(tree, node, "f", 1, &claim), 0);
    write_plain(in_dir("x"), "newer");
    assert_int_equal(rename(in_dir("x"), in_dir("f")), 0);
    view_end_claim(tree, claim, note_change, NULL);
    assert_found(tree, node, ESTALE, 0);
    assert_int_equal(view_look(tree, node, &about), ESTALE);
    assert_int_equal(view_lookup(tree, root, "f", &other, &about), 0);
    assert_ptr_not_equal(node, other);
    assert_int_equal(about.st.st_size, 5);
    view_remove_handle(tree, &handle);
    close(handle.fd);
    assert_found(tree, node, ESTALE, 0);
    view_forget(tree, node, 1);
    /* a directory keeps nobody out */
    assert_int_equal(mkdir(in_dir("d"), 0700), 0);
    node = look_up(tree, root, "d");
    assert_int_equal(claim_file(tree, node, "d", 0, &claim), 0);
    assert_int_equal(claim_file(tree, node, "d", 0, &second), 0);
    view_end_claim(tree, claim, note_change, NULL);
    view_end_claim(tree, second, note_change, NULL);
    view_end_claim(tree, NULL, note_change, NULL);
    /* whose node has gone */
    view_forget(tree, other, 1);
    assert_int_equal(view_claim(tree, &(struct efs_view_file){ 1, 2, 3 }, 0, &claim, &handle.fd), ESTALE);
    view_tree_close(tree);
    assert_int_equal(rmdir(in_dir("d")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_names, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_found_again, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_changed_below, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_claims, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_many_names, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_encrypted, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_attributes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_counts, make_dir, drop_dir),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
