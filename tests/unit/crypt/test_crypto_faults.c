/*
 * libgcrypt and the Multi-Buffer library fail: each failure gets its code, and nothing is lost (which the build with
 * the sanitizers sees).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <gcrypt.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

#include "crypt/desx.h"
#include "efs/cipher.h"
#include "lib/failing_call.h"

/* ---- libgcrypt ---- */

WRAP(const char *, gcry_check_version, const char *version)
{
    return fails("gcry_check_version") ? NULL : __real_gcry_check_version(version);
}
WRAP(gcry_error_t, gcry_cipher_open, gcry_cipher_hd_t *handle, int algorithm, int mode, unsigned int flags)
{
    return fails("gcry_cipher_open") ? (gcry_error_t)answer : __real_gcry_cipher_open(handle, algorithm, mode, flags);
}
WRAP(gcry_error_t, gcry_cipher_setkey, gcry_cipher_hd_t handle, const void *key, size_t length)
{
    return fails("gcry_cipher_setkey") ? (gcry_error_t)answer : __real_gcry_cipher_setkey(handle, key, length);
}
WRAP(gcry_error_t, gcry_cipher_setiv, gcry_cipher_hd_t handle, const void *iv, size_t length)
{
    return fails("gcry_cipher_setiv") ? (gcry_error_t)answer : __real_gcry_cipher_setiv(handle, iv, length);
}
WRAP(gcry_error_t, gcry_cipher_encrypt, gcry_cipher_hd_t handle, void *out, size_t size, const void *in, size_t length)
{
    return fails("gcry_cipher_encrypt") ? (gcry_error_t)answer
        : __real_gcry_cipher_encrypt(handle, out, size, in, length);
}
WRAP(gcry_error_t, gcry_cipher_decrypt, gcry_cipher_hd_t handle, void *out, size_t size, const void *in, size_t length)
{
    return fails("gcry_cipher_decrypt") ? (gcry_error_t)answer
        : __real_gcry_cipher_decrypt(handle, out, size, in, length);
}

/* ---- the Multi-Buffer library ---- */

#ifdef HAVE_IPSEC_MB

static uint32_t encrypt_nothing(struct IMB_MGR *manager, struct IMB_JOB *jobs, uint32_t count, IMB_CIPHER_MODE mode,
                                IMB_CIPHER_DIRECTION direction, IMB_KEY_SIZE_BYTES size)
{
    (void)manager;
    (void)jobs;
    (void)mode;
    (void)direction;
    (void)size;
    return count - 1;
}

WRAP(void *, aligned_alloc, size_t alignment,
     size_t size) { return fails("aligned_alloc") ? NULL : __real_aligned_alloc(alignment, size); }
WRAP(IMB_MGR *, alloc_mb_mgr, uint64_t flags) { return fails("alloc_mb_mgr") ? NULL : __real_alloc_mb_mgr(flags); }
WRAP(void, init_mb_mgr_auto, IMB_MGR *manager, IMB_ARCH *arch)
{
    __real_init_mb_mgr_auto(manager, arch);
    if (fails("init_mb_mgr_auto")) *arch = (IMB_ARCH)answer;
    if (fails("submit")) manager->submit_cipher_burst = encrypt_nothing;
}
WRAP(int, imb_get_errno, IMB_MGR *manager) { return fails("imb_get_errno") ? answer : __real_imb_get_errno(manager); }

#endif

/* ---- ciphers ---- */

static const struct efs_fek aes = { EFS_ALG_AES_256, 32, { 1, 2, 3 } }, desx = { EFS_ALG_DESX, 16, { 4, 5, 6 } };

/* In a process of its own, since libgcrypt is asked once. */
static bool in_child(void (*test)(void))
{
    int status;
    pid_t pid;

    fflush(stdout);
    if (!(pid = fork()))
    {
        test();
        exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void old_libgcrypt(void)
{
    struct efs_cipher *cipher;

    fail_call("gcry_check_version", 1, 0);
    if (efs_cipher_open(&cipher, &aes, NULL) != EFS_ERR_ALGORITHM || cipher) _exit(1);
}

static void other_user(void)
{
    struct efs_cipher *cipher;

    if (!gcry_check_version(NULL) || gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0)) _exit(1);
    /* the settings are the other user's: nothing is asked any more */
    fail_call("gcry_check_version", 1, 0);
    if (efs_cipher_open(&cipher, &aes, NULL)) _exit(2);
    efs_cipher_close(cipher);
}

static void libgcrypt_of_the_process(void **state)
{
    (void)state;
    assert_true(in_child(old_libgcrypt));
    assert_true(in_child(other_user));
}

static void opening(void **state)
{
    static const struct { const char *call; int answer; enum efs_error code; } faults[] =
    {
        { "calloc", 0, EFS_ERR_NO_MEMORY },
        { "gcry_cipher_open", GPG_ERR_ENOMEM, EFS_ERR_NO_MEMORY },
        { "gcry_cipher_open", GPG_ERR_CIPHER_ALGO, EFS_ERR_ALGORITHM },
        { "gcry_cipher_setkey", GPG_ERR_ENOMEM, EFS_ERR_NO_MEMORY },
        { "gcry_cipher_setkey", GPG_ERR_INV_KEYLEN, EFS_ERR_ALGORITHM },
    };
    struct efs_cipher *cipher;
    struct efs_diag diag;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
    {
        fail_call(faults[i].call, 1, faults[i].answer);
        assert_int_equal(efs_cipher_open(&cipher, &aes, &diag), faults[i].code);
        assert_null(cipher);
    }
    failing = NULL;
}

/* A unit that isn't encrypted is never reported as one that is. */
static void units(void **state)
{
    static const struct { const struct efs_fek *fek; const char *call; bool encrypt; } faults[] =
    {
        { &aes, "gcry_cipher_setiv", false },
        { &aes, "gcry_cipher_decrypt", false },
        { &desx, "gcry_cipher_encrypt", false },
        { &desx, "gcry_cipher_decrypt", true },
    };
    struct efs_cipher *cipher;
    uint8_t data[1024] = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
    {
        assert_int_equal(efs_cipher_open(&cipher, faults[i].fek, NULL), EFS_OK);
        fail_call(faults[i].call, 2, GPG_ERR_INV_OP);
        assert_int_equal((faults[i].encrypt ? efs_cipher_encrypt : efs_cipher_decrypt)(cipher, 0, data, sizeof(data)),
                         EFS_ERR_ALGORITHM);
        failing = NULL;
        efs_cipher_close(cipher);
    }
    /* what isn't made of units */
    assert_int_equal(efs_cipher_open(&cipher, &aes, NULL), EFS_OK);
    assert_int_equal(efs_cipher_encrypt(cipher, 1, data, 512), EFS_ERR_INVALID);
    assert_int_equal(efs_cipher_encrypt(cipher, 0, data, 511), EFS_ERR_INVALID);
    assert_int_equal(efs_cipher_decrypt(cipher, 0, data, 511), EFS_ERR_INVALID);
    efs_cipher_close(cipher);
}

static int nothing(void *context, uint8_t *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
    return 0;
}

static void desx_lengths(void **state)
{
    struct efs_desx keys;
    uint8_t data[EFS_CIPHER_UNIT + EFS_DESX_BLOCK] = { 0 }, iv[EFS_DESX_BLOCK] = { 0 };

    (void)state;
    efs_desx_expand(&keys, desx.key);
    assert_int_equal(efs_desx_decrypt(&keys, nothing, NULL, iv, data, 0), 0);
    assert_int_equal(efs_desx_decrypt(&keys, nothing, NULL, iv, data, EFS_CIPHER_UNIT), 0);
    assert_int_equal(efs_desx_decrypt(&keys, nothing, NULL, iv, data, sizeof(data)), 1);
}

/* ---- side by side ---- */

#ifdef HAVE_IPSEC_MB

/* Where the library can't be used, the same comes out; where it fails, nothing does. */
static void side_by_side(void **state)
{
    static const struct { const char *call; int answer; } faults[] =
    {
        { "none", 0 },
        { "aligned_alloc", 0 },
        { "alloc_mb_mgr", 0 },
        { "init_mb_mgr_auto", IMB_ARCH_NONE },
        { "init_mb_mgr_auto", IMB_ARCH_SSE - 1 }, /* no AES instructions */
        { "imb_get_errno", 1 },
    };
    static uint8_t data[256 * EFS_CIPHER_UNIT], want[sizeof(data)]; /* so much that it is worth it */
    struct efs_cipher *cipher;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
    {
        fail_call(faults[i].call, 0, faults[i].answer);
        assert_int_equal(efs_cipher_open(&cipher, &aes, NULL), EFS_OK);
        memset(data, 'x', sizeof(data));
        assert_int_equal(efs_cipher_encrypt(cipher, 512, data, sizeof(data)), EFS_OK);
        failing = NULL;
        if (!i) memcpy(want, data, sizeof(data));
        assert_memory_equal(data, want, sizeof(data));
        efs_cipher_close(cipher);
    }
    fail_call("submit", 0, 0);
    assert_int_equal(efs_cipher_open(&cipher, &aes, NULL), EFS_OK);
    assert_int_equal(efs_cipher_encrypt(cipher, 0, data, sizeof(data)), EFS_ERR_ALGORITHM);
    failing = NULL;
    efs_cipher_close(cipher);
}

#else

/* cmocka's own skip() is a failure for meson */
static void side_by_side(void **state)
{
    (void)state;
    print_message("# skipped: built without the Multi-Buffer library\n");
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(libgcrypt_of_the_process), /* the first, as long as nobody has asked for libgcrypt */
        cmocka_unit_test(opening),
        cmocka_unit_test(units),
        cmocka_unit_test(desx_lengths),
        cmocka_unit_test(side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
