/*
 * A view with a key in a new directory, for tests that write.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "efs/key.h"
#include "efs/seal.h"
#include "writing.h"

static struct efs_key *key;
static struct efs_certificate *certificate;
static const struct efs_certificate *users[1];
static struct efs_seal_readers readers = { users, 1, NULL, 0 };
struct efs_feks *feks;
struct view_tree *tree;
int dir_fd;

int begin_all(void **state)
{
    struct build pem = { 0 }, cert = { 0 };

    (void)state;
    read_file(KEYS_DIR "/pkcs8.pem", &pem);
    read_file(KEYS_DIR "/cert.pem", &cert);
    assert_int_equal(efs_key_load(&key, pem.data, pem.length, NULL, NULL), EFS_OK);
    assert_int_equal(efs_certificate_load(&certificate, cert.data, cert.length, NULL, NULL), EFS_OK);
    build_free(&pem);
    build_free(&cert);
    users[0] = certificate;
    return efs_feks_new(&feks, key, NULL);
}

int end_all(void **state)
{
    (void)state;
    efs_certificate_free(certificate);
    efs_feks_free(feks);
    efs_key_free(key);
    return 0;
}

int begin_tree(void **state)
{
    int fd;

    if (make_dir(state)) return -1;
    fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0 && dir_fd >= 0);
    assert_int_equal(view_tree_open(&tree, fd, feks, 100), 0);
    view_set_readers(tree, &readers);
    return 0;
}

int end_tree(void **state)
{
    view_tree_close(tree);
    tree = NULL;
    close(dir_fd);
    return drop_dir(state);
}

void close_view(void)
{
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    view_tree_close(tree);
    assert_int_equal(view_tree_open(&tree, fd, feks, 100), 0);
}

void write_text(struct view_content *content, uint64_t offset, const char *text)
{
    size_t length = strlen(text), written;
    uint8_t buffer[512 + EFS_WRITE_ROOM];

    memcpy(buffer + offset % EFS_CIPHER_UNIT, text, length);
    assert_int_equal(view_content_write(content, offset, buffer, length, &written), 0);
    assert_int_equal(written, length);
}

struct view_content *make(const char *name, bool writes)
{
    struct view_content *content;

    assert_int_equal(view_make_file(tree, dir_fd, name, 0600, writes, &content), 0);
    return content;
}

struct view_node *look_up(const char *name)
{
    struct view_node *node;

    assert_int_equal(view_lookup(tree, view_root(tree), name, &node, NULL), 0);
    return node;
}

void make_written(const char *name, const char *text)
{
    struct view_content *content = make(name, true);
    struct view_node *node = look_up(name);

    assert_int_equal(view_content_adopt(tree, node, true, &content), 0);
    write_text(content, 0, text);
    view_content_close(tree, content, true);
    view_forget(tree, node, 1);
}
