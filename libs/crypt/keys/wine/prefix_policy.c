/*
 * The recovery agents of a Wine prefix: its policy (EfsBlob), out of its system.reg.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "codec/efsinfo/recovery_policy.h"
#include "crypt/keys/walk.h"
#include "efs/certificate.h"
#include "wine_registry.h"

#define REGISTRY_MAX 67108864 /* bytes of a system.reg */
#define POLICY_MAX   1048576  /* bytes; larger than that of any domain */

#define POLICIES "Software\\\\Policies\\\\Microsoft\\\\SystemCertificates\\\\EFS"

/* The value. False: there is no policy. */
static bool find_policy(const uint8_t *bytes, size_t length, struct registry_item *item)
{
    struct registry_walk walk = registry_begin(bytes, length);
    bool here = false;

    while (registry_next(&walk, item))
    {
        if (item->is_key) here = registry_name_is(item, POLICIES);
        else if (here && registry_name_is(item, "EfsBlob")) return true;
    }
    return false;
}

/* "hex:" alone is what Windows writes where no agent is wanted. */
static bool is_empty(const struct registry_item *item)
{
    return item->data_length == 4 && !memcmp(item->data, "hex:", 4);
}

static enum efs_error load(struct efs_agents *agents, const struct efs_recovery_policy *policy, struct efs_diag *diag)
{
    enum efs_error code = EFS_OK;
    struct efs_bytes certificate;
    size_t cursor = 0;

    if (!(agents->list = calloc(policy->count + (size_t)1, sizeof(struct efs_certificate *))))
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    while (!code && efs_recovery_policy_next(policy, &cursor, &certificate))
    {
        code = efs_certificate_load(&agents->list[agents->count], certificate.data, certificate.length, NULL, diag);
        if (!code) agents->count++;
    }
    return code;
}

static enum efs_error read_agents(struct efs_agents *agents, const uint8_t *bytes, size_t length,
                                  struct efs_diag *diag)
{
    struct efs_recovery_policy policy;
    struct registry_item item;
    enum efs_error code;
    uint8_t *blob;
    size_t size;

    if (!find_policy(bytes, length, &item) || is_empty(&item)) return EFS_OK;
    if (!(blob = malloc(POLICY_MAX))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    size = registry_binary(&item, blob, POLICY_MAX);
    code = efs_recovery_policy_read(&policy, blob, size, diag);
    if (!code) code = load(agents, &policy, diag);
    free(blob);
    return code;
}

enum efs_error efs_agents_of_prefix(struct efs_agents *agents, const char *prefix, struct efs_diag *diag)
{
    struct place place;
    uint8_t *bytes = NULL;
    size_t length;
    enum efs_error code = place_open(&place, prefix, diag);

    memset(agents, 0, sizeof(*agents));
    if (code) return code;
    code = place_read(&place, "system.reg", REGISTRY_MAX, &bytes, &length, diag);
    if (!code && !bytes) code = efs_fail(diag, EFS_ERR_INVALID, 0, "its system.reg isn't a registry");
    if (!code) code = read_agents(agents, bytes, length, diag);
    if (code) efs_agents_free(agents);
    free(bytes);
    place_close(&place);
    return code;
}

void efs_agents_free(struct efs_agents *agents)
{
    uint32_t i;

    for (i = 0; i < agents->count; i++) efs_certificate_free(agents->list[i]);
    free(agents->list);
    memset(agents, 0, sizeof(*agents));
}
