/*
 * backupraw extract of any bytes, over nothing or over a file: what is refused has changed nothing, what is accepted
 * has made the one file, and files beside that are its streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "backupraw/backupraw.h"
#include "efs/beside.h"

#define OLD "what was there before"

static void put(const char *name, const void *data, size_t size)
{
    int fd = openat(fuzz_dir(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    REQUIRE(fd != -1 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

/* Its messages are many; what this target itself has to say isn't among them. */
static int extract(bool data_only)
{
    static int null = -1, real;
    char title[] = "backupraw: extract", option[] = "--data", in[512], out[512];
    char *args[] = { title, in, out, option, NULL };
    int status;

    if (null == -1)
    {
        null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
        REQUIRE(null != -1 && real != -1);
        messages_begin("backupraw");
    }
    snprintf(in, sizeof(in), "%s", fuzz_path("in"));
    snprintf(out, sizeof(out), "%s", fuzz_path("f"));
    optind = 0;
    fflush(stderr);
    dup2(null, STDERR_FILENO);
    status = command_extract(data_only ? 4 : 3, args);
    fflush(stderr);
    dup2(real, STDERR_FILENO);
    return status;
}

static void check_old(bool exists)
{
    int fd = openat(fuzz_dir(), "f", O_RDONLY | O_CLOEXEC);
    char content[sizeof(OLD) + 1], names[256];

    REQUIRE((fd != -1) == exists && fuzz_entries() == 1u + exists);
    if (!exists) return;
    REQUIRE(read(fd, content, sizeof(content)) == sizeof(OLD) && !memcmp(content, OLD, sizeof(OLD)));
    REQUIRE(flistxattr(fd, names, sizeof(names)) == 0);
    close(fd);
}

static enum efs_error count_file(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    (void)diag;
    if (info->home == EFS_HOME_FILE) ++*(unsigned int *)context;
    return EFS_OK;
}

/* Each entry but the two is a stream of the one. */
static void check_new(bool data_only)
{
    struct efs_owner owner = { .fd = openat(fuzz_dir(), "f", O_RDONLY | O_CLOEXEC), .dir_fd = fuzz_dir(), .name = "f" };
    unsigned int files = 0;
    struct stat st;

    REQUIRE(owner.fd != -1 && !fstat(owner.fd, &st) && S_ISREG(st.st_mode) && !(st.st_mode & 022));
    REQUIRE(!efs_streams_list(&owner, count_file, &files, NULL));
    REQUIRE(fuzz_entries() == 2 + files && (!data_only || !files));
    close(owner.fd);
}

static void clear(void)
{
    int fd = openat(fuzz_dir(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);
    struct dirent *entry;

    REQUIRE(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') unlinkat(fuzz_dir(), entry->d_name, 0);
    closedir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool exists = size && data[0] & 1, data_only = size && data[0] & 2;
    int status;

    if (!size) return 0;
    umask(022);
    put("in", data + 1, size - 1);
    if (exists) put("f", OLD, sizeof(OLD));
    status = extract(data_only);
    REQUIRE(status == STATUS_OK || status == STATUS_FAILED || (status == STATUS_INCOMPLETE && !data_only));
    if (status == STATUS_FAILED) check_old(exists);
    else check_new(data_only);
    clear();
    return 0;
}
