/*
 * What `wine-efs key import` reads a key file with: a part of it, not a command of its own.
 *
 *   key-pairs FILE [PASSWORD-FILE]   writes its keys and certificates into a pipe (keys/handover.h)
 *
 * The password is the first line of the file, or that of the keyring, or it is asked for on the terminal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "common/tool.h"
#include "keys/handover.h"
#include "keys/pairs.h"
#include "key_file.h"
#include "secret.h"

#define PROGRAM "wine-efs"

static enum efs_error take(void *context, const struct efs_secret *file, const char *password, struct efs_diag *diag)
{
    return efs_key_pairs_load(context, file->bytes, file->length, password, diag);
}

static bool give(const void *data, size_t length)
{
    const uint8_t *at = data;
    ssize_t written;

    while (length)
    {
        written = write(STDOUT_FILENO, at, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        length -= (size_t)written;
    }
    return true;
}

static bool give_numbers(uint32_t first, uint32_t second)
{
    uint8_t bytes[8];

    store32_le(bytes, first);
    store32_le(bytes + 4, second);
    return give(bytes, sizeof(bytes));
}

static bool give_pairs(const struct efs_key_pairs *pairs)
{
    unsigned int i;

    if (!give_numbers(KEY_HANDOVER_MAGIC, pairs->count)) return false;
    for (i = 0; i < pairs->count; i++)
    {
        const struct efs_key_pair *pair = &pairs->list[i];

        if (!give_numbers((uint32_t)pair->pvk.length, (uint32_t)pair->certificate_length)
            || !give(pair->pvk.bytes, pair->pvk.length) || !give(pair->certificate, pair->certificate_length))
            return false;
    }
    return true;
}

static int run(const char *name, const char *password_file)
{
    struct key_file file = { .dir_fd = AT_FDCWD, .name = name, .path = name, .password_file = password_file };
    struct efs_key_pairs pairs = { .count = 0 };
    struct efs_diag diag = { 0 };
    const char *blame;
    int status = STATUS_OK;

    if (key_file_load(&file, take, &pairs, &blame, &diag)) return report(blame, &diag);
    if (pairs.lone)
        message(name, "%u private key(s) without a certificate were left out", pairs.lone);
    if (!give_pairs(&pairs))
    {
        message(name, "its keys can't be handed over: %s", strerror(errno));
        status = STATUS_FAILED;
    }
    efs_key_pairs_free(&pairs);
    return status;
}

int main(int argc, char **argv)
{
    struct stat out;

    tool_begin(PROGRAM);
    secret_guard_process();
    if (argc < 2 || argc > 3) return STATUS_USAGE;
    /* what is a file, or a terminal, would keep the keys */
    if (fstat(STDOUT_FILENO, &out) || !S_ISFIFO(out.st_mode))
    {
        message("key-pairs", "writes into a pipe alone");
        return STATUS_USAGE;
    }
    return run(argv[1], argv[2]);
}
