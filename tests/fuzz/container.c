/*
 * A file with a container's mark, of any content: an export gives its very content back, or an error, and a probe
 * agrees with it. Input: kind (1 byte), the size that the mark tells (4 bytes), the content.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/container.h"
#include "efs/probe.h"

/* The content is padded and closed as it should be, or as the input has it. */
static void make(uint8_t kind, uint64_t data_size, const uint8_t *data, size_t length)
{
    struct build content = { 0 };
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    int fd = openat(fuzz_dir(), "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t padding = (512 - length % 512) % 512;

    build_bytes(&content, data, length);
    if (!(kind & 1) && length)
    {
        build_zeros(&content, padding);
        build_u16(&content, (unsigned int)padding);
    }
    REQUIRE(fd != -1 && write(fd, content.data, content.length) == (ssize_t)content.length);
    efs_container_mark_make(mark, data_size);
    if (kind & 2) mark[kind >> 4] ^= kind;
    REQUIRE(!fsetxattr(fd, EFS_STORE_CONTAINER, mark, kind & 4 ? kind >> 4 : sizeof(mark), 0));
    close(fd);
    build_free(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct build out = { 0 };
    struct efs_probe probe;
    uint8_t kind = fuzz_u8(&input);
    uint64_t data_size = fuzz_u32(&input);
    enum efs_error err;

    make(kind, data_size, input.data, input.left);
    efs_probe_at(fuzz_dir(), "file", &probe);
    err = fuzz_export("file", &out, 1 + (kind >> 3) * 300u);
    if (!err)
    {
        REQUIRE(probe.encrypted);
        if (!(kind & 1)) REQUIRE(out.length == input.left && !memcmp(out.data, input.data, out.length));
        /* what an export gives, an import takes */
        REQUIRE(!fuzz_import("copy", out.data, out.length, false, 256));
        fuzz_remove("copy");
    }
    fuzz_remove("file");
    REQUIRE(!fuzz_entries());
    build_free(&out);
    return 0;
}
