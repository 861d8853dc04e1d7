/*
 * Who will be able to decrypt what is encrypted now.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "readers.h"

#include "current_key.h"
#include "policy.h"
#include "user_key.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

/* For the Unix half: the user, and then the agents. */
static DWORD list(struct readers *readers, const struct efs_recovery_policy *agents)
{
    struct key_bytes *next;
    struct efs_bytes agent;
    size_t cursor = 0;

    next = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, (1 + agents->count) * sizeof(*next));
    if (!next) return ERROR_NOT_ENOUGH_MEMORY;
    readers->pass.certificates = (UINT_PTR)next;
    readers->pass.users = 1;
    readers->pass.agents = agents->count;
    next->data = (UINT_PTR)readers->user.data;
    next->length = readers->user.size;
    while (efs_recovery_policy_next(agents, &cursor, &agent))
    {
        next++;
        next->data = (UINT_PTR)agent.data;
        next->length = agent.length;
    }
    return ERROR_SUCCESS;
}

DWORD readers_get(struct readers *readers)
{
    struct efs_recovery_policy agents;
    DWORD err;

    memset(readers, 0, sizeof(*readers));
    /* with a policy that can't be followed, no key has to be made */
    if ((err = policy_get_agents(&readers->policy, &agents))) return err;
    err = current_key_get(&readers->user);
    return err ? err : list(readers, &agents);
}

DWORD readers_get_by(struct readers *readers, const BYTE *thumbprint, DWORD size)
{
    struct efs_recovery_policy agents;
    DWORD err;

    memset(readers, 0, sizeof(*readers));
    if ((err = policy_get_agents(&readers->policy, &agents))) return err;
    err = user_key_get_certificate(thumbprint, size, &readers->user);
    return err ? err : list(readers, &agents);
}

void readers_free(struct readers *readers)
{
    HeapFree(GetProcessHeap(), 0, (void *)(UINT_PTR)readers->pass.certificates);
    blob_free(&readers->user);
    blob_free(&readers->policy);
}

DWORD readers_error(const char *function, const struct key_readers *readers, const struct unix_result *result)
{
    if (!unixcall_error(function, result)) return ERROR_SUCCESS;
    return readers->bad_agent ? ERROR_BAD_RECOVERY_POLICY : error_of_change((enum efs_error)result->error);
}
