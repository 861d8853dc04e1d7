/*
 * The loops that move a raw stream between the program's callback and the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "transfer.h"

#include "wine/debug.h"
#include "open.h"
#include "wine/unixcall.h"

/* burp sends each piece as one message and never returns above 32,000 bytes. */
#define EXPORT_CHUNK 16384
/*
 * burp copies up to 32,031 bytes without looking at the size. Bacula and Bareos take a piece that doesn't fit for the
 * end.
 */
#define IMPORT_CHUNK (256 * 1024)
/* Where there's more to come, the import is fed several pieces at once, up to where a segment ends: the file's pages
   are written whole. */
#define BUFFER_SIZE  (4 * IMPORT_CHUNK)
/* An export's buffer comes out of the processor's cache: larger and smaller ones were slower. */
#define EXPORT_BUFFER IMPORT_CHUNK

/*
 * The last transfer's buffer: for small files, getting its memory from the system would cost more than what it is used
 * for. It begins with a page, as copies into it are slower elsewhere.
 */
static BYTE *spare;

static BYTE *take_buffer(void)
{
    BYTE *buffer = InterlockedExchangePointer((void **)&spare, NULL);

    return buffer ? buffer : VirtualAlloc(NULL, BUFFER_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
}

static void give_buffer(BYTE *buffer)
{
    if ((buffer = InterlockedExchangePointer((void **)&spare, buffer))) VirtualFree(buffer, 0, MEM_RELEASE);
}

/*
 * Gives the callback what was read, in pieces; the end, and an error too, is told by a last call with no data (MS-EFSR:
 * the pipe is flushed). Returns the callback's own value.
 */
static DWORD give_pieces(PFE_EXPORT_FUNC callback, PVOID callback_context, BYTE *data, ULONG length)
{
    DWORD result;

    do
    {
        ULONG piece = length < EXPORT_CHUNK ? length : EXPORT_CHUNK;

        if ((result = callback(data, callback_context, piece)))
            TRACE("the callback ended the export with %#lx\n", result);
        data += piece;
        length -= piece;
    }
    while (!result && length);
    return result;
}

DWORD transfer_export(PFE_EXPORT_FUNC callback, PVOID callback_context, struct context *context)
{
    struct export_read_params params = { 0 };
    struct session_params rewind_params = { context->session };
    BYTE *small = HeapAlloc(GetProcessHeap(), 0, EXPORT_CHUNK), *large = NULL;
    DWORD err, result;

    if (!small) return ERROR_NOT_ENOUGH_MEMORY;
    unixcall_export_rewind(&rewind_params);
    params.session = context->session;
    params.buffer = (UINT_PTR)small;
    params.capacity = EXPORT_CHUNK;
    do
    {
        unixcall_export_read(&params);
        err = unixcall_error(__func__, &params.result);
        result = give_pieces(callback, callback_context, (BYTE *)(UINT_PTR)params.buffer, err ? 0 : params.length);
        if (result && !err) err = result;
        /* More to come: from now on one request to the host for many pieces. */
        if (!large && params.length == EXPORT_CHUNK && (large = take_buffer()))
        {
            params.buffer = (UINT_PTR)(large + params.best_offset);
            params.capacity = EXPORT_BUFFER; /* a multiple of 512, so that the next is best put there, too */
        }
    }
    while (!err && params.length);
    if (large) give_buffer(large);
    HeapFree(GetProcessHeap(), 0, small);
    return err;
}

static DWORD begin_import(struct context *context, UINT64 *session)
{
    struct import_begin_params params = { 0 };
    DWORD err;

    /* A commit closes the handle that kept others out of the target. */
    if (context->committed && !context->file && (err = open_for_import_again(context))) return err;
    params.target = context->session;
    params.directory = context->directory;
    params.drop_named = (context->flags & EFS_DROP_ALTERNATE_STREAMS) != 0;
    unixcall_import_begin(&params);
    *session = params.session;
    return unixcall_error(__func__, &params.result);
}

/* Feeds the buffer's bytes: all of them, or as many as is best. What is left moves to the front. */
static DWORD feed_import(UINT64 session, BYTE *data, ULONG *length, BOOL all)
{
    struct import_feed_params params = { 0 };

    params.session = session;
    params.data = (UINT_PTR)data;
    params.length = *length;
    params.partly = !all;
    unixcall_import_feed(&params);
    *length -= params.length;
    /* The two don't overlap: what is left is not longer than what was taken. */
    memcpy(data, data + params.length, *length);
    return unixcall_error(__func__, &params.result);
}

static DWORD commit_import(struct context *context, UINT64 session)
{
    struct import_commit_params params = { 0 };
    DWORD err;

    params.session = session;
    unixcall_import_commit(&params);
    if ((err = unixcall_error(__func__, &params.result))) return err;
    context->committed = TRUE;
    /*
     * This is no error: the program gets back what it gave. But it may have replaced a better file, so its user is
     * told.
     */
    if (params.judgement.error)
        ERR("imported, but nobody will be able to decrypt it: offset 0x%I64x of the $EFS: %s\n",
            (ULONGLONG)params.judgement.offset, params.judgement.rule);
    /* The name leads to the new file now. The handle is to the replaced one, and keeps nobody out any more. */
    if (context->file) CloseHandle(context->file);
    context->file = NULL;
    return ERROR_SUCCESS;
}

DWORD transfer_import(PFE_IMPORT_FUNC callback, PVOID callback_context, struct context *context)
{
    BYTE *buffer = take_buffer();
    struct session_params free_params = { 0 };
    UINT64 session = 0;
    ULONG have = 0, length;
    BOOL first;
    DWORD err;

    if (!buffer) return ERROR_NOT_ENOUGH_MEMORY;
    for (;;)
    {
        length = IMPORT_CHUNK;
        if ((err = callback(buffer + have, callback_context, &length)))
        {
            TRACE("the callback ended the import with %#lx\n", err);
            break;
        }
        if (length > IMPORT_CHUNK)
        {
            WARN("the callback reports %lu bytes in a buffer of %u\n", length, IMPORT_CHUNK);
            err = ERROR_INVALID_PARAMETER;
            break;
        }
        if (!length) break;
        /*
         * An import begins when there is data: Bacula's second Write has none to give, and must not undo the first
         * one.
         */
        if ((first = !session) && (err = begin_import(context, &session))) break;
        have += length;
        /* The first piece is fed by itself: it shows whether this is a raw stream, and how long its segments are. */
        if (!first && have + IMPORT_CHUNK <= BUFFER_SIZE) continue;
        if ((err = feed_import(session, buffer, &have, first))) break;
    }
    if (!err && have) err = feed_import(session, buffer, &have, TRUE);
    if (!err)
    {
        if (session) err = commit_import(context, session);
        else if (!context->committed) err = ERROR_NOT_EXPORT_FORMAT;
    }
    free_params.session = session;
    if (session) unixcall_import_free(&free_params);
    give_buffer(buffer);
    return err;
}
