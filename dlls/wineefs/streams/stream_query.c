/*
 * What is told of an alternate stream by its name: all that there is of its file, but the size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_query.h"

#include "stream_host.h"

NTSTATUS stream_query_begin(struct stream_query *query, const OBJECT_ATTRIBUTES *attr)
{
    struct stream_host host;

    query->attr = attr;
    query->named = FALSE;
    if (!stream_name_is_candidate(attr)) return STATUS_SUCCESS;
    switch (stream_name_split(attr, &query->name))
    {
    case STREAM_UNNAMED:
        if (!stream_name_is_there(attr)) query->attr = &query->name.owner;
        return STATUS_SUCCESS;
    case STREAM_NAMED:
        stream_host_ask(&query->name, STREAM_LOOK, &host);
        if (host.answer == STREAM_FAILED) return host.error;
        if (host.answer == STREAM_GUARDED) return STATUS_ACCESS_DENIED;
        if (host.answer != STREAM_GIVEN && host.answer != STREAM_IS_FILE) return STATUS_SUCCESS;
        query->attr = &query->name.owner;
        query->named = TRUE;
        query->size = host.size;
        return STATUS_SUCCESS;
    case STREAM_INVALID:
        return stream_name_is_there(attr) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
    default:
        return STATUS_SUCCESS;
    }
}
