/*
 * The options that name certificates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "recipients.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/tool.h"
#include "key_file.h"

int recipients_option(struct recipients *recipients, const char *command, int c)
{
    bool agent = c == OPTION_RECOVERY;
    struct recipient **list = agent ? &recipients->agents : &recipients->users;
    uint32_t *count = agent ? &recipients->agent_count : &recipients->user_count;
    struct recipient *more = realloc(*list, (*count + (size_t)1) * sizeof(*more));

    if (!more) return message(command, "out of memory"), STATUS_FAILED;
    *list = more;
    recipients->last = &more[(*count)++];
    memset(recipients->last, 0, sizeof(*recipients->last));
    recipients->last->path = optarg;
    return -1;
}

static int count_stdin(const struct recipient *list, uint32_t count)
{
    int found = 0;
    uint32_t i;

    for (i = 0; i < count; i++)
        found += !strcmp(list[i].path, "-") + (list[i].password_file && !strcmp(list[i].password_file, "-"));
    return found;
}

int recipients_from_stdin(const struct recipients *recipients)
{
    return count_stdin(recipients->users, recipients->user_count)
        + count_stdin(recipients->agents, recipients->agent_count);
}

static enum efs_error take_certificate(void *context, const struct efs_secret *file, const char *password,
                                       struct efs_diag *diag)
{
    struct recipient *one = context;

    return efs_certificate_load(&one->certificate, file->bytes, file->length, password, diag);
}

static enum efs_error load_one(struct recipient *one, const char **blame, struct efs_diag *diag)
{
    struct key_file file = { .dir_fd = AT_FDCWD, .name = one->path, .path = one->path,
                             .password_file = one->password_file, .st = &one->st };
    enum efs_error error;

    if (one->certificate) return EFS_OK; /* of a policy */
    error = key_file_load(&file, take_certificate, one, blame, diag);

    /* the rule says all */
    if (error == EFS_ERR_KEY_FILE || error == EFS_ERR_ALGORITHM) error = efs_fail(diag, EFS_ERR_INVALID, 0, diag->rule);
    return error;
}

static void warn(const struct recipient *one)
{
    if (!efs_certificate_is_valid(one->certificate, (int64_t)time(NULL)))
        message(one->path, "warning: the certificate isn't valid now; it is used all the same");
    if (efs_certificate_is_for_else(one->certificate))
        message(one->path, "warning: the certificate has other purposes than EFS; it is used all the same");
}

static enum efs_error load_list(struct recipient *list, uint32_t count, const char **blame, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    uint32_t i;

    for (i = 0; !error && i < count; i++)
        if (!(error = load_one(&list[i], blame, diag))) warn(&list[i]);
    return error;
}

/* In the place of the agent `at`. The certificates are taken over. */
static enum efs_error put_agents(struct recipients *recipients, uint32_t at, struct efs_agents *agents,
                                 struct efs_diag *diag)
{
    const struct recipient prefix = recipients->agents[at];
    uint32_t behind = recipients->agent_count - at - 1, i;
    struct recipient *list = realloc(recipients->agents,
                                     (recipients->agent_count + (size_t)agents->count) * sizeof(*list));

    if (!list) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "realloc");
    recipients->agents = list;
    recipients->last = NULL;
    memmove(list + at + agents->count, list + at + 1, behind * sizeof(*list));
    for (i = 0; i < agents->count; i++)
        list[at + i] = (struct recipient){ .path = prefix.path, .certificate = agents->list[i] };
    recipients->agent_count += agents->count - 1;
    agents->count = 0;
    return EFS_OK;
}

/* Puts the agents of prefixes' policies into the list. */
static enum efs_error read_policies(struct recipients *recipients, const char **blame, struct efs_diag *diag)
{
    struct efs_agents agents;
    enum efs_error error = EFS_OK;
    struct stat st;
    uint32_t at = 0, count;

    while (!error && at < recipients->agent_count)
    {
        if (stat(recipients->agents[at].path, &st) || !S_ISDIR(st.st_mode))
        {
            at++;
            continue;
        }
        *blame = recipients->agents[at].path;
        error = efs_agents_of_prefix(&agents, *blame, diag);
        count = agents.count;
        if (!error) error = put_agents(recipients, at, &agents, diag);
        /* the rule says all */
        if (error == EFS_ERR_FORMAT || error == EFS_ERR_KEY_FILE || error == EFS_ERR_ALGORITHM)
            error = efs_fail(diag, EFS_ERR_INVALID, 0, diag->rule);
        efs_agents_free(&agents);
        at += count;
    }
    return error;
}

enum efs_error recipients_load(struct recipients *recipients, const char **blame, struct efs_diag *diag)
{
    enum efs_error error = read_policies(recipients, blame, diag);

    if (!error) error = load_list(recipients->users, recipients->user_count, blame, diag);
    return error ? error : load_list(recipients->agents, recipients->agent_count, blame, diag);
}

const struct efs_certificate **recipients_list(const struct recipient *list, uint32_t count)
{
    const struct efs_certificate **certificates = calloc(count + (size_t)1, sizeof(const struct efs_certificate *));
    uint32_t i;

    for (i = 0; certificates && i < count; i++) certificates[i] = list[i].certificate;
    return certificates;
}

static void free_list(struct recipient *list, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++) efs_certificate_free(list[i].certificate);
    free(list);
}

void recipients_free(struct recipients *recipients)
{
    free_list(recipients->users, recipients->user_count);
    free_list(recipients->agents, recipients->agent_count);
    memset(recipients, 0, sizeof(*recipients));
}
