/*
 * The contexts that OpenEncryptedFileRaw gives out: what one holds, and when it is freed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "context.h"

#include "wine/debug.h"
#include "token.h"
#include "wine/unixcall.h"

void context_drop_session(struct context *context)
{
    struct session_params params = { context->session };

    if (context->session && context->direction == CONTEXT_EXPORT) unixcall_export_free(&params);
    if (context->session && context->direction == CONTEXT_IMPORT) unixcall_target_close(&params);
    context->session = 0;
}

void context_clear(struct context *context)
{
    context_drop_session(context);
    if (context->file) CloseHandle(context->file);
    if (context->reserved) CloseHandle(context->reserved);
    HeapFree(GetProcessHeap(), 0, context->name);
    memset(context, 0, sizeof(*context));
}

static void destroy(void *context)
{
    context_clear(context);
    HeapFree(GetProcessHeap(), 0, context);
}

static struct token_table contexts = TOKEN_TABLE(destroy);

DWORD context_create(const struct context *init, PVOID *token)
{
    struct context *context = HeapAlloc(GetProcessHeap(), 0, sizeof(*context));
    struct context failed = *init;
    DWORD err = ERROR_NOT_ENOUGH_MEMORY;

    if (context)
    {
        *context = *init;
        if (!(err = token_create(&contexts, context, 1u << init->direction, token))) return ERROR_SUCCESS;
        HeapFree(GetProcessHeap(), 0, context);
    }
    context_clear(&failed);
    return err;
}

DWORD context_acquire(PVOID token, enum context_direction direction, struct context **context)
{
    void *object;
    DWORD err = token_acquire(&contexts, token, 1u << direction, &object);

    *context = object;
    return err;
}

void context_release(PVOID token)
{
    token_release(&contexts, token);
}

void context_close(PVOID token)
{
    if (!token_close(&contexts, token)) WARN("%p is no context\n", token);
}
