/*
 * The Unix half of wineefs behind its table of functions, with any parameters that the PE half could hand it: whatever
 * their order and values, every descriptor that was taken over is closed and every object can be freed.
 * Input: a list of calls, an opcode (1 byte) and its parameters each. Pointers and objects are the caller's own, as in
 * Wine, where both halves are one process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../dlls/wineefs/unixlib.h"
#include "efs/metadata.h"

extern int32_t (* const __wine_unix_call_funcs[])(void *args);

#define OBJECTS 4
#define BUFFER  70000

struct objects
{
    uint64_t exports[OBJECTS], targets[OBJECTS], imports[OBJECTS];
    uint64_t import_of[OBJECTS]; /* the import's target: it must outlive the session */
};

static const char * const names[] = { "a", "b", "dir", "missing/x", "", ".", "..", "dir/c" };

static void call(enum unix_call code, void *params)
{
    REQUIRE(!__wine_unix_call_funcs[code](params));
}

static void check_result(const struct unix_result *result)
{
    REQUIRE(result->error < EFS_ERROR_COUNT);
    REQUIRE(memchr(result->rule, 0, sizeof(result->rule)));
}

static const char *name_of(struct fuzz_input *input)
{
    return names[fuzz_u8(input) % (sizeof(names) / sizeof(names[0]))];
}

/* A descriptor as Wine hands one over: of a file, a directory, something else, or none. */
static int take_descriptor(struct fuzz_input *input)
{
    uint8_t kind = fuzz_u8(input);

    switch (kind % 8)
    {
    case 0: return -1;
    case 1: return 1000000 + kind;
    case 2: return open("/dev/null", O_RDWR);
    case 3: return dup(fuzz_dir());
    default: return openat(fuzz_dir(), name_of(input), (kind & 8 ? O_RDWR : O_RDONLY) | O_NONBLOCK);
    }
}

static void do_export(struct objects *objects, struct fuzz_input *input)
{
    uint64_t *object = &objects->exports[fuzz_u8(input) % OBJECTS];
    struct export_begin_params begin = { 0 };
    struct export_read_params read = { 0 };
    struct session_params session = { *object };
    uint8_t kind = fuzz_u8(input);

    if (!*object)
    {
        begin.fd = take_descriptor(input);
        call(unix_export_begin, &begin);
        check_result(&begin.result);
        REQUIRE(!begin.session == (begin.result.error != EFS_OK));
        *object = begin.session;
    }
    else if (kind < 160)
    {
        read.session = *object;
        read.capacity = fuzz_u16(input);
        read.buffer = (uintptr_t)malloc(read.capacity ? read.capacity : 1);
        call(unix_export_read, &read);
        check_result(&read.result);
        REQUIRE(read.length <= read.capacity);
        free((void *)(uintptr_t)read.buffer);
    }
    else if (kind < 200) call(unix_export_rewind, &session);
    else
    {
        call(unix_export_free, &session);
        *object = 0;
    }
}

static bool is_used(const struct objects *objects, uint64_t target)
{
    unsigned int i;

    for (i = 0; i < OBJECTS; i++)
        if (objects->imports[i] && objects->import_of[i] == target) return true;
    return false;
}

static void do_target(struct objects *objects, struct fuzz_input *input)
{
    uint64_t *object = &objects->targets[fuzz_u8(input) % OBJECTS];
    struct target_open_params open = { 0 };
    struct session_params close = { *object };
    uint8_t kind = fuzz_u8(input);

    if (!*object)
    {
        open.fd = kind & 1 ? take_descriptor(input) : -1;
        if (open.fd == -1) open.path = (uintptr_t)fuzz_path(name_of(input));
        call(unix_target_open, &open);
        check_result(&open.result);
        REQUIRE(!open.target == (open.result.error != EFS_OK));
        *object = open.target;
    }
    else if (!is_used(objects, *object))
    {
        call(unix_target_close, &close);
        *object = 0;
    }
}

static void do_import(struct objects *objects, struct fuzz_input *input, const struct build *stream)
{
    unsigned int i = fuzz_u8(input) % OBJECTS;
    uint64_t target = objects->targets[fuzz_u8(input) % OBJECTS];
    struct import_begin_params begin = { 0 };
    struct import_feed_params feed = { 0 };
    struct import_commit_params commit = { 0 };
    struct session_params session = { objects->imports[i] };
    uint8_t kind = fuzz_u8(input);
    size_t length, at;
    uint8_t *copy;

    if (!objects->imports[i])
    {
        if (!target) return;
        begin.target = target;
        begin.directory = kind & 3 ? 0 : fuzz_u32(input);
        call(unix_import_begin, &begin);
        check_result(&begin.result);
        objects->imports[i] = begin.session;
        objects->import_of[i] = target;
        return;
    }
    if (kind < 200)
    {
        /* a piece of a sound stream, or of the input */
        feed.session = objects->imports[i];
        if (kind & 1)
        {
            at = kind & 2 ? 0 : fuzz_u16(input) % stream->length;
            length = kind & 4 ? stream->length - at : fuzz_u16(input) % (stream->length - at + 1);
            feed.data = (uintptr_t)(stream->data + at);
            feed.length = (uint32_t)length;
            call(unix_import_feed, &feed);
        }
        else
        {
            const uint8_t *bytes = fuzz_bytes(input, fuzz_u16(input), &length);

            copy = malloc(length + 1);
            REQUIRE(copy);
            if (length) memcpy(copy, bytes, length);
            feed.data = (uintptr_t)copy;
            feed.length = (uint32_t)length;
            call(unix_import_feed, &feed);
            free(copy);
        }
        check_result(&feed.result);
    }
    else if (kind < 230)
    {
        commit.session = objects->imports[i];
        call(unix_import_commit, &commit);
        check_result(&commit.result);
    }
    else
    {
        call(unix_import_free, &session);
        objects->imports[i] = 0;
    }
}

static void do_look(struct fuzz_input *input)
{
    struct look_params look = { 0 };
    struct fd_params fd = { 0 };
    struct metadata_get_params metadata = { 0 };
    size_t length;
    const uint8_t *bytes;
    uint8_t *copy;

    switch (fuzz_u8(input) % 7)
    {
    case 0:
        look.fd = take_descriptor(input);
        call(unix_look_fd, &look);
        break;
    case 1:
        look.name = (uintptr_t)fuzz_path(name_of(input));
        call(unix_look_path, &look);
        break;
    case 2:
        look.fd = fuzz_u8(input) & 1 ? fuzz_dir() : 1000000;
        bytes = fuzz_bytes(input, 2u * fuzz_u16(input), &length);
        copy = malloc(length + 1);
        REQUIRE(copy);
        if (length) memcpy(copy, bytes, length);
        look.name = (uintptr_t)copy;
        look.name_units = (uint32_t)length / 2;
        call(unix_look_entry, &look);
        free(copy);
        break;
    case 3:
        fd.fd = take_descriptor(input);
        call(unix_look_volume, &fd);
        break;
    case 4:
        fd.fd = take_descriptor(input);
        call(unix_strip, &fd);
        break;
    case 5:
        metadata.fd = take_descriptor(input);
        metadata.capacity = fuzz_u8(input) & 1 ? EFS_METADATA_MAX : fuzz_u16(input);
        copy = malloc(metadata.capacity + 1);
        REQUIRE(copy);
        metadata.buffer = (uintptr_t)copy;
        call(unix_metadata_get, &metadata);
        REQUIRE(metadata.length <= metadata.capacity && !metadata.result.error == !!metadata.length);
        free(copy);
        break;
    default:
        fd.fd = take_descriptor(input);
        call(unix_close_fd, &fd);
        break;
    }
    REQUIRE(look.encrypted <= 1 && look.directory <= 1 && look.unknown_name <= 1);
}

static unsigned int open_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned int count = 0;

    REQUIRE(d);
    while (readdir(d)) count++;
    closedir(d);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct build stream;
    struct fuzz_input input = { data, size };
    struct objects objects = { 0 };
    struct session_params session;
    unsigned int before, i, calls = 0;

    if (!stream.length) build_file_stream(&stream, 3000, 1);
    fuzz_dir();
    REQUIRE(!mkdirat(fuzz_dir(), "dir", 0700));
    before = open_descriptors();
    while (input.left && calls++ < 100)
        switch (fuzz_u8(&input) % 4)
        {
        case 0: do_export(&objects, &input); break;
        case 1: do_target(&objects, &input); break;
        case 2: do_import(&objects, &input, &stream); break;
        default: do_look(&input); break;
        }
    for (i = 0; i < OBJECTS; i++)
    {
        session.session = objects.exports[i];
        call(unix_export_free, &session);
        session.session = objects.imports[i];
        call(unix_import_free, &session);
    }
    for (i = 0; i < OBJECTS; i++)
    {
        session.session = objects.targets[i];
        if (objects.targets[i]) call(unix_target_close, &session);
    }
    REQUIRE(open_descriptors() == before);
    fuzz_remove("dir/c");
    fuzz_remove("dir");
    fuzz_remove("a");
    fuzz_remove("b");
    REQUIRE(!fuzz_entries());
    return 0;
}
