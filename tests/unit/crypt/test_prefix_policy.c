/*
 * The recovery agents of a Wine prefix: the policy in its system.reg, and everything that is none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "efs/certificate.h"

#define POLICIES "Software\\\\Policies\\\\Microsoft\\\\SystemCertificates\\\\EFS"
#define KEY_HEAD 32
#define SID_SIZE 12

static char root[] = "/tmp/efs-prefix-policy-XXXXXX", registry[64];
static uint8_t blob[16384];

/* Puts a key as MS-GPEF 2.2.1.2 describes it behind the others. */
static size_t add_agent(size_t at, const char *pem)
{
    char path[512];
    unsigned char *der = NULL;
    FILE *file;
    X509 *certificate;
    int size;

    snprintf(path, sizeof(path), "%s/%s", KEYS_DIR, pem);
    assert_non_null(file = fopen(path, "r"));
    assert_non_null(certificate = PEM_read_X509(file, NULL, NULL, NULL));
    fclose(file);
    assert_true((size = i2d_X509(certificate, &der)) > 0);
    X509_free(certificate);
    memset(blob + at, 0, KEY_HEAD + SID_SIZE);
    store32_le(blob + at, (uint32_t)(KEY_HEAD + SID_SIZE + size));
    store32_le(blob + at + 4, (uint32_t)(KEY_HEAD + SID_SIZE + size - 4));
    store32_le(blob + at + 8, KEY_HEAD - 4);
    store32_le(blob + at + 12, 2);
    store32_le(blob + at + 16, (uint32_t)size);
    store32_le(blob + at + 20, KEY_HEAD - 4 + SID_SIZE);
    memcpy(blob + at + KEY_HEAD + SID_SIZE, der, (size_t)size);
    OPENSSL_free(der);
    return at + KEY_HEAD + SID_SIZE + (size_t)size;
}

static size_t make_blob(uint32_t count, const char *const *pems)
{
    size_t at = 8;
    uint32_t i;

    store32_le(blob, 0x10001);
    store32_le(blob + 4, count);
    for (i = 0; i < count; i++) at = add_agent(at, pems[i]);
    return at;
}

/* As Wine writes it, in lines. */
static void write_registry(const char *key, const char *value, size_t length)
{
    FILE *file = fopen(registry, "w");
    size_t i;

    assert_non_null(file);
    fprintf(file, "WINE REGISTRY Version 2\n#arch=win64\n\n[%s] 1\n\"Other\"=hex:01\n\"%s\"=hex:", key, value);
    for (i = 0; i < length; i++) fprintf(file, "%02x%s%s", blob[i], i + 1 < length ? "," : "", i % 25 ? "" : "\\\n  ");
    fprintf(file, "\n\n[Other] 1\n\"EfsBlob\"=hex:ff\n");
    assert_int_equal(fclose(file), 0);
}

static void assert_agents(enum efs_error code, uint32_t count)
{
    struct efs_diag diag = { 0 };
    struct efs_agents agents;

    assert_int_equal(efs_agents_of_prefix(&agents, root, &diag), code);
    assert_int_equal(agents.count, code ? 0 : count);
    if (code) assert_non_null(diag.rule);
    efs_agents_free(&agents);
}

static void agents_of_policy(void **state)
{
    static const char *const pems[] = { "cert.pem", "chain.pem" }; /* that begins with another one */
    uint8_t wanted[20];
    struct efs_agents agents;

    (void)state;
    write_registry(POLICIES, "EfsBlob", make_blob(2, pems));
    assert_agents(EFS_OK, 2);
    assert_int_equal(efs_agents_of_prefix(&agents, root, NULL), EFS_OK);
    parse_hex(wanted, "0c3aa6d45a98bb3fcedf1ae4cc453aa97eb7a9a2", sizeof(wanted)); /* see test_key.c */
    assert_memory_equal(efs_certificate_thumbprint(agents.list[0]), wanted, sizeof(wanted));
    assert_memory_not_equal(efs_certificate_thumbprint(agents.list[1]), wanted, sizeof(wanted));
    efs_agents_free(&agents);
}

/* What has the name elsewhere is no policy; nor is there one that names nobody. */
static void no_policy(void **state)
{
    static const char *const pems[] = { "cert.pem" };
    size_t length = make_blob(1, pems);

    (void)state;
    write_registry("Software\\\\Policies", "EfsBlob", length);
    assert_agents(EFS_OK, 0);
    write_registry(POLICIES, "EfsBlobs", length);
    assert_agents(EFS_OK, 0);
    write_registry(POLICIES, "EfsBlob", 0);
    assert_agents(EFS_OK, 0);
    write_registry(POLICIES, "EfsBlob", make_blob(0, NULL));
    assert_agents(EFS_OK, 0);
}

static void damaged(void **state)
{
    static const char *const pems[] = { "cert.pem", "cert.pem" };
    size_t length = make_blob(2, pems), cut;

    (void)state;
    for (cut = 1; cut < length; cut += 17)
    {
        write_registry(POLICIES, "EfsBlob", cut);
        assert_agents(EFS_ERR_FORMAT, 0);
    }
    /* the second one's certificate is none: the first one goes, too */
    memset(blob + length - 600, 0, 600);
    write_registry(POLICIES, "EfsBlob", length);
    assert_agents(EFS_ERR_KEY_FILE, 0);
    store32_le(blob, 0x20001);
    write_registry(POLICIES, "EfsBlob", length);
    assert_agents(EFS_ERR_FORMAT, 0);
}

static void no_registry(void **state)
{
    struct efs_agents agents;

    (void)state;
    assert_int_equal(unlink(registry), 0);
    assert_agents(EFS_ERR_NOT_FOUND, 0);
    assert_int_equal(mkdir(registry, 0700), 0);
    assert_agents(EFS_ERR_INVALID, 0);
    assert_int_equal(rmdir(registry), 0);
    assert_int_equal(symlink("elsewhere", registry), 0); /* isn't followed */
    assert_int_not_equal(efs_agents_of_prefix(&agents, root, NULL), EFS_OK);
    assert_int_equal(unlink(registry), 0);
    assert_int_equal(rmdir(root), 0);
    assert_agents(EFS_ERR_NOT_FOUND, 0);
}

static int make_root(void **state)
{
    (void)state;
    if (!mkdtemp(root)) return -1;
    snprintf(registry, sizeof(registry), "%s/system.reg", root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(agents_of_policy),
        cmocka_unit_test(no_policy),
        cmocka_unit_test(damaged),
        cmocka_unit_test(no_registry),
    };

    return cmocka_run_group_tests_name("prefix_policy", tests, make_root, NULL);
}
