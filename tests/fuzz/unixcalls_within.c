/*
 * The Unix half's calls about a directory's own container.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixcalls.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "efs/container.h"

#define LARGE 70000

static void make_large(void)
{
    static struct build large;
    uint32_t seed = 1;

    if (!large.length)
    {
        build_directory_stream(&large, 1);
        build_stream_header(&large, 1, ":large:$DATA");
        build_plain_segment(&large, LARGE);
        build_random(&large, LARGE, &seed);
    }
    fuzz_import("dir", large.data, large.length, true, 256);
}

void do_within(struct fuzz_input *input)
{
    struct within_params within = { 0 };
    struct remove_params params = { 0 };
    uint16_t name[40];
    uint32_t i;

    if (fuzz_u8(input) & 1) make_large();
    within.name_units = fuzz_u8(input) % 41;
    for (i = 0; i < within.name_units; i++) name[i] = fuzz_u8(input);
    if (fuzz_u8(input) & 1) within.name = (uintptr_t)name;
    within.fd = take_descriptor(input);
    call(unix_within, &within);
    REQUIRE(within.own <= 1);
    params.fd = take_descriptor(input);
    call(unix_remove, &params);
    check_result(&params.result);
    params.remove = 1;
    params.dev += fuzz_u8(input) == 1;
    params.fd = take_descriptor(input);
    call(unix_remove, &params);
    check_result(&params.result);
}

void drop_within(void)
{
    int fd = openat(fuzz_dir(), "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd == -1 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (efs_is_container_name(entry->d_name)) unlinkat(fd, entry->d_name, 0);
    if (dir) closedir(dir);
}
