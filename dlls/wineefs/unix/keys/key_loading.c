/*
 * Keys and certificates as the PE half hands them over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "key_loading.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum efs_error load_pair(const struct key_pair *pair, struct efs_key **key, struct efs_diag *diag)
{
    enum efs_error err = efs_key_load(key, from_u64(pair->key.data), pair->key.length, NULL, diag);

    if (err) return err;
    err = efs_key_fit_certificate(*key, from_u64(pair->certificate.data), pair->certificate.length, diag);
    if (err) efs_key_free(*key);
    return err;
}

enum efs_error load_certificates(struct certificates *certificates, const struct key_bytes *first, uint32_t count,
                                 struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;

    certificates->count = 0;
    certificates->list = calloc(count + (size_t)1, sizeof(struct efs_certificate *));
    if (!certificates->list) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    while (certificates->count < count)
    {
        const struct key_bytes *bytes = first + certificates->count;

        err = efs_certificate_load(&certificates->list[certificates->count], from_u64(bytes->data), bytes->length, NULL,
                                   diag);
        if (err) break;
        certificates->count++;
    }
    return err;
}

void free_certificates(struct certificates *certificates)
{
    uint32_t i;

    for (i = 0; i < certificates->count; i++) efs_certificate_free(certificates->list[i]);
    free(certificates->list);
}

static enum efs_error check_agents(const struct certificates *agents, struct efs_diag *diag)
{
    int64_t now = time(NULL);
    uint32_t i;

    for (i = 0; i < agents->count; i++)
        if (!efs_certificate_is_valid(agents->list[i], now))
            return efs_fail(diag, EFS_ERR_INVALID, i, "the certificate of a recovery agent isn't valid now");
    return EFS_OK;
}

enum efs_error load_readers(struct readers *readers, struct key_readers *from, struct efs_diag *diag)
{
    const struct key_bytes *certificates = from_u64(from->certificates);
    enum efs_error err;

    memset(readers, 0, sizeof(*readers));
    from->bad_agent = 0;
    if ((err = load_certificates(&readers->users, certificates, from->users, diag))) return err;
    err = load_certificates(&readers->agents, certificates + from->users, from->agents, diag);
    if (!err) err = check_agents(&readers->agents, diag);
    from->bad_agent = err && err != EFS_ERR_NO_MEMORY;
    readers->are.users = (const struct efs_certificate * const *)readers->users.list;
    readers->are.user_count = readers->users.count;
    readers->are.agents = (const struct efs_certificate * const *)readers->agents.list;
    readers->are.agent_count = readers->agents.count;
    return err;
}

void free_readers(struct readers *readers)
{
    free_certificates(&readers->users);
    free_certificates(&readers->agents);
}
