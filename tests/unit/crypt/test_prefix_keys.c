/*
 * The keys of a Wine prefix: those of its registry and of the files beside it, the current one first. The registry is
 * that of keys/prefix, whose certificate's thumbprint is in it; the file is keys/chain.pem.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "efs/keystore.h"

static const char in_registry[] = "fac22e17e14fc675ffd740ff69ef1f80d5ee318b";
static const char in_file[] = "0c3aa6d45a98bb3fcedf1ae4cc453aa97eb7a9a2"; /* see test_key.c */
static const char unknown[] = "0000000000000000000000000000000000000000";

static char root[] = "/tmp/efs-prefix-keys-XXXXXX";

/* A command of the shell in which $root is the prefix and $keys the folder of key files. */
static void run(const char *format)
{
    char command[4096];

    snprintf(command, sizeof(command), "root=%s; keys=%s; %s", root, KEYS_DIR, format);
    if (system(command)) fail_msg("%s", command);
}

static int make_prefix(void **state)
{
    (void)state;
    if (!mkdtemp(root)) return -1;
    run("mkdir -p $root/efs-keys $root/drive_c/users/root && cp $keys/chain.pem $root/efs-keys && "
        "cp $keys/prefix/user.reg $root/original");
    return 0;
}

static int remove_prefix(void **state)
{
    (void)state;
    run("rm -rf $root");
    return 0;
}

/* hash: with commas, or what is none */
static void set_current(const char *hash)
{
    char path[256];
    FILE *file;

    run("cp $root/original $root/user.reg && chmod 600 $root/user.reg");
    snprintf(path, sizeof(path), "%s/user.reg", root);
    assert_non_null(file = fopen(path, "a"));
    fprintf(file, "\n[Software\\\\Microsoft\\\\Windows NT\\\\CurrentVersion\\\\EFS\\\\CurrentKeys] 1\n"
                  "\"CertificateHash\"=hex:");
    for (; hash[0] && hash[1]; hash += 2) fprintf(file, "%.2s%s", hash, hash[2] ? "," : "\n");
    assert_int_equal(fclose(file), 0);
}

static size_t count_of(const struct efs_keystore *store, const char *hash)
{
    uint8_t wanted[20];
    size_t i, found = 0;

    parse_hex(wanted, hash, sizeof(wanted));
    for (i = 0; i < efs_keystore_count(store); i++)
        found += efs_keystore_entry(store, i)->has_certificate
            && !memcmp(efs_keystore_entry(store, i)->thumbprint, wanted, sizeof(wanted));
    return found;
}

/* files: how often the key of efs-keys is there. */
static void assert_first(const char *hash, size_t files)
{
    struct efs_key_secrets none = { 0 };
    struct efs_keystore *store;
    struct efs_key *key;
    uint8_t wanted[20], got[20];

    assert_int_equal(efs_keystore_open(&store, root, &none, NULL), EFS_OK);
    assert_int_equal(efs_keystore_kind(store), EFS_KEYSTORE_PREFIX);
    assert_int_equal(count_of(store, in_registry), 1);
    assert_int_equal(count_of(store, in_file), files);
    parse_hex(wanted, hash, sizeof(wanted));
    assert_int_equal(efs_keystore_entry(store, 0)->code, EFS_OK);
    assert_memory_equal(efs_keystore_entry(store, 0)->thumbprint, wanted, sizeof(wanted));
    assert_int_equal(efs_keystore_keys(store, &key, NULL), EFS_OK);
    assert_true(efs_key_thumbprint(key, 0, got));
    assert_memory_equal(got, wanted, sizeof(wanted));
    efs_key_free(key);
    efs_keystore_close(store);
}

/* By the files' names that of efs-keys would always be the first. */
static void current_is_first(void **state)
{
    (void)state;
    set_current(in_registry);
    assert_first(in_registry, 1);
    set_current(in_file);
    assert_first(in_file, 1);
    set_current(unknown);
    assert_first(in_file, 1);
    set_current("fac22e");
    assert_first(in_file, 1);
}

/* One without a key can't be that of new files. */
static void current_without_key(void **state)
{
    (void)state;
    run("mv $root/drive_c/users/root $root/drive_c/users/other");
    set_current(in_registry);
    assert_first(in_file, 1);
    run("mv $root/drive_c/users/other $root/drive_c/users/root");
}

static void same_key_twice(void **state)
{
    (void)state;
    set_current(unknown);
    run("cp $keys/chain.pem $root/efs-keys/again.pem");
    assert_first(in_file, 1);
    run("rm $root/efs-keys/again.pem");
}

/* What has the directory's name and isn't one, or leads elsewhere, costs nobody the registry's keys. */
static void strange_directory(void **state)
{
    (void)state;
    set_current(unknown);
    run("mv $root/efs-keys $root/away && ln -s away $root/efs-keys");
    assert_first(in_registry, 0);
    run("rm $root/efs-keys && : >$root/efs-keys");
    assert_first(in_registry, 0);
    run("rm $root/efs-keys && mkdir $root/efs-keys && mkfifo $root/efs-keys/x.pvk");
    assert_first(in_registry, 0);
    run("rm -r $root/efs-keys && mv $root/away $root/efs-keys");
    assert_first(in_file, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(current_is_first),
        cmocka_unit_test(current_without_key),
        cmocka_unit_test(same_key_twice),
        cmocka_unit_test(strange_directory),
    };

    return cmocka_run_group_tests_name("prefix_keys", tests, make_prefix, remove_prefix);
}
