/*
 * The messages on a view's socket, byte by byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/efs_view.h"

#include <string.h>

#include "base/bytes.h"

static const uint8_t magic[4] = { 'E', 'F', 'S', 'v' };

#define ERRNO_MAX 4095 /* of Linux */

void efs_view_request_make(uint8_t bytes[EFS_VIEW_REQUEST_SIZE], const struct efs_view_request *request)
{
    memcpy(bytes, magic, sizeof(magic));
    store32_le(bytes + 4, request->operation);
    store64_le(bytes + 8, request->file.device);
    store64_le(bytes + 16, request->file.inode);
    store64_le(bytes + 24, request->file.generation);
}

bool efs_view_request_read(struct efs_view_request *request, const uint8_t *bytes, size_t length)
{
    if (length != EFS_VIEW_REQUEST_SIZE || memcmp(bytes, magic, sizeof(magic))) return false;
    request->operation = load32_le(bytes + 4);
    request->file.device = load64_le(bytes + 8);
    request->file.inode = load64_le(bytes + 16);
    request->file.generation = load64_le(bytes + 24);
    return true;
}

void efs_view_answer_make(uint8_t bytes[EFS_VIEW_ANSWER_SIZE], int err)
{
    memcpy(bytes, magic, sizeof(magic));
    store32_le(bytes + 4, (uint32_t)err);
}

bool efs_view_answer_read(int *err, const uint8_t *bytes, size_t length)
{
    if (length != EFS_VIEW_ANSWER_SIZE || memcmp(bytes, magic, sizeof(magic))) return false;
    if (load32_le(bytes + 4) > ERRNO_MAX) return false;
    *err = (int)load32_le(bytes + 4);
    return true;
}
