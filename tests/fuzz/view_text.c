/*
 * The attribute of a view, and the messages on its socket: whatever the bytes, what is accepted is within its limits,
 * and reads the same when it is made again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "view/efs_view.h"

static void check_text(const uint8_t *data, size_t size)
{
    struct efs_view_text about, again;
    char text[EFS_VIEW_TEXT_MAX];
    size_t length;

    if (!efs_view_text_read(&about, (const char *)data, size)) return;
    REQUIRE(memchr(about.socket, 0, sizeof(about.socket)));
    REQUIRE(!about.reachable || about.socket[0] == '/');
    length = efs_view_text_make(text, &about);
    REQUIRE(length <= sizeof(text));
    REQUIRE(efs_view_text_read(&again, text, length));
    REQUIRE(again.encrypted == about.encrypted && again.open == about.open && again.reachable == about.reachable);
    REQUIRE(!strcmp(again.socket, about.socket));
    if (about.reachable) REQUIRE(!memcmp(&again.file, &about.file, sizeof(about.file)));
}

static void check_messages(const uint8_t *data, size_t size)
{
    uint8_t bytes[EFS_VIEW_REQUEST_SIZE];
    struct efs_view_request request;
    int err;

    if (efs_view_request_read(&request, data, size))
    {
        efs_view_request_make(bytes, &request);
        REQUIRE(size == EFS_VIEW_REQUEST_SIZE && !memcmp(bytes, data, size));
    }
    if (efs_view_answer_read(&err, data, size))
    {
        efs_view_answer_make(bytes, err);
        REQUIRE(size == EFS_VIEW_ANSWER_SIZE && !memcmp(bytes, data, size) && err >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text(data, size);
    check_messages(data, size);
    return 0;
}
