/*
 * AES-256-CBC encryption of many units side by side.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lanes.h"

#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

struct lanes
{
    _Alignas(16) uint8_t encrypt_keys[16 * 15];
    _Alignas(16) uint8_t decrypt_keys[16 * 15]; /* made with the others, not used */
    IMB_MGR *manager;
    IMB_JOB  jobs[LANES_MAX];
};

struct lanes *lanes_open(const uint8_t key[32])
{
    struct lanes *lanes = aligned_alloc(64, (sizeof(*lanes) + 63) & ~(size_t)63);
    IMB_ARCH arch = IMB_ARCH_NONE;

    if (!lanes) return NULL;
    memset(lanes, 0, sizeof(*lanes));
    if ((lanes->manager = alloc_mb_mgr(0))) init_mb_mgr_auto(lanes->manager, &arch);
    /* Without AES instructions libgcrypt is the better one. What has them begins with SSE; version 1 of the library has
     * a way without, version 2 none. */
    if (!lanes->manager || arch < IMB_ARCH_SSE || imb_get_errno(lanes->manager))
    {
        lanes_close(lanes);
        return NULL;
    }
    IMB_AES_KEYEXP_256(lanes->manager, key, lanes->encrypt_keys, lanes->decrypt_keys);
    return lanes;
}

void lanes_close(struct lanes *lanes)
{
    if (!lanes) return;
    if (lanes->manager)
    {
        explicit_bzero(lanes->manager, imb_get_mb_mgr_size());
        free_mb_mgr(lanes->manager);
    }
    explicit_bzero(lanes, sizeof(*lanes));
    free(lanes);
}

bool lanes_encrypt(struct lanes *lanes, uint8_t *data, const uint8_t (*ivs)[16], unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        IMB_JOB *job = &lanes->jobs[i];

        job->enc_keys = lanes->encrypt_keys;
        job->key_len_in_bytes = IMB_KEY_256_BYTES;
        job->src = job->dst = data + (size_t)i * EFS_CIPHER_UNIT;
        job->msg_len_to_cipher_in_bytes = EFS_CIPHER_UNIT;
        job->iv = ivs[i];
        job->iv_len_in_bytes = sizeof(ivs[i]);
    }
    return IMB_SUBMIT_CIPHER_BURST(lanes->manager, lanes->jobs, count, IMB_CIPHER_CBC, IMB_DIR_ENCRYPT,
                                   IMB_KEY_256_BYTES) == count;
}
