/*
 * A file on the host that claims to be encrypted, of any content and metadata: probes and exports say what it is, and
 * an export that begins gives as many bytes as it promised, twice the same.
 * Input: kind (1 byte), length of the metadata (2 bytes), the metadata, the content.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/probe.h"

static bool make(uint8_t kind, const uint8_t *metadata, size_t metadata_length, const uint8_t *content, size_t length)
{
    int fd;

    if (kind & 1)
    {
        REQUIRE(!mkdirat(fuzz_dir(), "file", 0700));
        fd = openat(fuzz_dir(), "file", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    else
    {
        fd = openat(fuzz_dir(), "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        REQUIRE(fd != -1 && write(fd, content, length) == (ssize_t)length);
    }
    REQUIRE(fd != -1);
    /* refused: longer than an attribute may be */
    if (fsetxattr(fd, EFS_STORE_XATTR, metadata, metadata_length, 0)) REQUIRE(metadata_length > 1000);
    close(fd);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct build once = { 0 }, again = { 0 };
    struct efs_probe probe;
    size_t metadata_length;
    uint8_t kind = fuzz_u8(&input);
    const uint8_t *metadata;
    enum efs_error err;

    metadata = fuzz_bytes(&input, fuzz_u16(&input), &metadata_length);
    make(kind, metadata, metadata_length, input.data, input.left);
    efs_probe_at(fuzz_dir(), "file", &probe);
    err = fuzz_export("file", &once, 1 + (kind >> 1));
    if (!err)
    {
        REQUIRE(probe.encrypted && probe.directory == (kind & 1));
        REQUIRE(!fuzz_export("file", &again, 70000));
        REQUIRE(once.length == again.length && !memcmp(once.data, again.data, once.length));
        /* an export is a stream that an import takes, and what it makes is this very file */
        REQUIRE(!fuzz_import("copy", once.data, once.length, kind & 1, 256));
        again.length = 0;
        REQUIRE(!fuzz_export("copy", &again, 70000));
        REQUIRE(once.length == again.length && !memcmp(once.data, again.data, once.length));
        fuzz_remove("copy");
    }
    fuzz_remove("file");
    REQUIRE(!fuzz_entries());
    build_free(&once);
    build_free(&again);
    return 0;
}
