/*
 * The Unix half of wineefs behind its table of functions, with any parameters that the PE half could hand it: whatever
 * their order and values, every descriptor that was taken over is closed and every object can be freed.
 * Input: a list of calls, an opcode (1 byte) and its parameters each. Pointers and objects are the caller's own, as in
 * Wine, where both halves are one process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixcalls.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

void call(enum unix_call code, void *params)
{
    REQUIRE(!__wine_unix_call_funcs[code](params));
}

void check_result(const struct unix_result *result)
{
    REQUIRE(result->error < EFS_ERROR_COUNT);
    REQUIRE(memchr(result->rule, 0, sizeof(result->rule)));
}

static const char *name_of(struct fuzz_input *input)
{
    return names[fuzz_u8(input) % (sizeof(names) / sizeof(names[0]))];
}

int take_descriptor(struct fuzz_input *input)
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

/* The target, if the answer is that it is new; directory NULL: `name` is the whole path, as Wine finds it. */
static uint64_t find_target(const char *directory, const char *name)
{
    struct target_find_params find = { 0 };
    char path[512];

    snprintf(path, sizeof(path), "%s", fuzz_path(directory ? directory : name));
    if (directory)
    {
        find.dir = (uintptr_t)path;
        find.name = (uintptr_t)name;
    }
    else find.path = (uintptr_t)path;
    call(unix_target_find, &find);
    check_result(&find.result);
    REQUIRE(!find.target == (find.answer != TARGET_NEW));
    REQUIRE(!find.result.error || find.answer == TARGET_ASK_WINE);
    /* what is there isn't new */
    if (directory && *directory) snprintf(path, sizeof(path), "%s/%s", directory, name);
    else snprintf(path, sizeof(path), "%s", name);
    REQUIRE(!find.target || faccessat(fuzz_dir(), path, F_OK, AT_SYMLINK_NOFOLLOW));
    return find.target;
}

static void do_target(struct objects *objects, struct fuzz_input *input)
{
    uint64_t *object = &objects->targets[fuzz_u8(input) % OBJECTS];
    struct target_open_params open = { 0 };
    struct session_params close = { *object };
    uint8_t kind = fuzz_u8(input);

    if (!*object)
    {
        if (kind % 3 == 2)
        {
            /* as Wine's path of a file comes in two parts */
            *object = kind & 4 ? find_target("dir", "c") : find_target("", kind & 8 ? "A" : "b");
            return;
        }
        if (!(kind & 1))
        {
            *object = find_target(NULL, name_of(input));
            return;
        }
        open.fd = take_descriptor(input);
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
    struct identify_params identify = { 0 };
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
        look.name = identify.path = (uintptr_t)fuzz_path(name_of(input));
        call(unix_look_path, &look);
        call(unix_identify, &identify);
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

/* Bytes for a $EFS: the stream's own, changed in one place or not, or the input's. */
static uint8_t *make_metadata(struct fuzz_input *input, const struct build *stream, uint32_t *length)
{
    uint8_t kind = fuzz_u8(input);
    const uint8_t *bytes;
    uint8_t *copy;
    size_t most;

    if (kind % 4)
    {
        most = kind & 0x80 ? BUILD_METADATA_SIZE : BUILD_METADATA_SIZE - kind;
        bytes = stream->data + AT_METADATA;
    }
    else bytes = fuzz_bytes(input, fuzz_u16(input), &most);
    copy = malloc(most + 1);
    REQUIRE(copy);
    if (most) memcpy(copy, bytes, most);
    if (kind % 4 == 2 && most) copy[fuzz_u16(input) % most] ^= (uint8_t)(fuzz_u8(input) | 1);
    *length = (uint32_t)most;
    return copy;
}

/* The $EFS of an object, or none; to be freed. */
static uint8_t *get_metadata(const char *name, uint32_t *length)
{
    struct metadata_get_params get = { 0 };
    uint8_t *copy = malloc(EFS_METADATA_MAX);

    REQUIRE(copy);
    get.fd = openat(fuzz_dir(), name, O_RDONLY | O_NONBLOCK);
    get.capacity = EFS_METADATA_MAX;
    get.buffer = (uintptr_t)copy;
    call(unix_metadata_get, &get);
    *length = get.length;
    return copy;
}

/* It has the new $EFS if that was accepted, and what it had otherwise. */
static void do_replace(struct fuzz_input *input, const struct build *stream)
{
    struct metadata_replace_params replace = { 0 };
    const char *name = name_of(input);
    uint32_t before_length, after_length, new_length, old_length;
    uint8_t *before = get_metadata(name, &before_length), *new = make_metadata(input, stream, &new_length), *after;
    uint8_t *old = make_metadata(input, stream, &old_length), kind = fuzz_u8(input);

    replace.fd = openat(fuzz_dir(), name, (kind & 4 ? O_RDWR : O_RDONLY) | O_NONBLOCK);
    if (kind & 1)
    {
        replace.old = (uintptr_t)(kind & 2 ? before : old);
        replace.old_length = kind & 2 ? before_length : old_length;
    }
    replace.new = (uintptr_t)new;
    replace.new_length = new_length;
    call(unix_metadata_replace, &replace);
    check_result(&replace.result);
    after = get_metadata(name, &after_length);
    if (replace.result.error) REQUIRE(after_length == before_length && !memcmp(after, before, before_length));
    else REQUIRE(after_length == new_length && !memcmp(after, new, new_length));
    free(before);
    free(after);
    free(new);
    free(old);
}

static void do_empty(struct objects *objects, struct fuzz_input *input, const struct build *stream)
{
    struct make_empty_params make = { 0 };
    uint8_t *metadata;

    make.target = objects->targets[fuzz_u8(input) % OBJECTS];
    if (!make.target || is_used(objects, make.target)) return;
    make.directory = fuzz_u8(input) & 1;
    metadata = make_metadata(input, stream, &make.length);
    make.metadata = (uintptr_t)metadata;
    call(unix_make_empty, &make);
    check_result(&make.result);
    free(metadata);
}

/* fd: one that only reads */
static void do_transfer(struct fuzz_input *input, int32_t fd)
{
    uint8_t buffer[0x100];
    struct fd_params open = { .fd = dup(fd) };
    struct transfer_params transfer = { .buffer = (uintptr_t)buffer, .length = sizeof(buffer) };

    call(unix_data_open, &open);
    transfer.fd = (int32_t)open.result;
    REQUIRE(fcntl(transfer.fd, F_GETFD) == FD_CLOEXEC);
    transfer.offset = fuzz_u64(input);
    call(unix_data_read, &transfer);
    REQUIRE(transfer.length <= sizeof(buffer) && (!transfer.error || !transfer.length));
    transfer.length = sizeof(buffer);
    call(unix_data_write, &transfer);
    REQUIRE(transfer.error && !transfer.length);
    open.fd = transfer.fd;
    call(unix_close_fd, &open);
}

/* What is said of a file's data goes forward and ends. */
static void do_ranges(struct fuzz_input *input)
{
    struct fd_params fd = { 0 };
    struct ranges_params ranges = { 0 };
    struct sparse_params sparse = { 0 };
    unsigned int i;

    sparse.fd = take_descriptor(input);
    sparse.sparse = fuzz_u8(input) & 1;
    call(unix_sparse_set, &sparse);
    sparse.fd = take_descriptor(input);
    call(unix_sparse_get, &sparse);
    REQUIRE(sparse.sparse <= 1);
    fd.fd = take_descriptor(input);
    call(unix_ranges_open, &fd);
    if ((ranges.fd = (int32_t)fd.result) == -1) return;
    ranges.size = fuzz_u64(input) & INT64_MAX;
    for (i = 0; i < 100 && ranges.from < ranges.size; i++)
    {
        call(unix_ranges_next, &ranges);
        REQUIRE(ranges.start >= ranges.from && ranges.start <= ranges.size);
        if (ranges.start == ranges.size) break;
        REQUIRE(ranges.end > ranges.start && ranges.end <= ranges.size);
        ranges.from = ranges.end;
    }
    REQUIRE(i < 100);
    do_transfer(input, ranges.fd);
    fd.fd = ranges.fd;
    call(unix_close_fd, &fd);
}

static uint32_t mode_of(const char *name)
{
    struct stat st;

    return fstatat(fuzz_dir(), name, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_mode;
}

/* A security descriptor: any bytes, or one that BackupRead would give, changed in one place or not. */
static uint8_t *make_descriptor(struct fuzz_input *input, uint32_t *length)
{
    /* owner and group S-1-5-21-1-2-3-1000; all to the owner, reading to Everyone */
    static const uint8_t sample[] =
    {
        1, 0, 4, 0x80, 20, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 76, 0, 0, 0,
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xe8, 3, 0, 0,
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xe8, 3, 0, 0,
        2, 0, 64, 0, 2, 0, 0, 0, 0, 0, 36, 0, 0xff, 1, 0x1f, 0,
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xe8, 3, 0, 0,
        0, 0, 20, 0, 0x89, 0, 0x12, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
    };
    uint8_t kind = fuzz_u8(input), *copy;
    size_t size = sizeof(sample);
    const uint8_t *bytes = sample;

    if (kind % 4 == 3) bytes = fuzz_bytes(input, fuzz_u16(input), &size);
    copy = malloc(size + 1);
    REQUIRE(copy);
    if (size) memcpy(copy, bytes, size);
    if (kind % 4 == 2) copy[fuzz_u16(input) % size] ^= (uint8_t)(fuzz_u8(input) | 1);
    *length = (uint32_t)size;
    return copy;
}

/* Whatever the descriptor: what is set keeps set-user-ID, set-group-ID and the kind; what is refused changes nothing;
 * and what is given fits. */
static void do_security(struct fuzz_input *input)
{
    struct security_set_params set = { 0 };
    struct security_get_params get = { 0 };
    const char *name = name_of(input);
    uint32_t length, before = mode_of(name);
    uint8_t *descriptor = make_descriptor(input, &length), *out;

    set.fd = fuzz_u8(input) & 1 ? openat(fuzz_dir(), name, O_RDONLY | O_NONBLOCK) : take_descriptor(input);
    set.descriptor = (uintptr_t)descriptor;
    set.length = length;
    if (length > 48 && fuzz_u8(input) & 1)
    {
        set.user = (uintptr_t)(descriptor + 20);
        set.user_length = 28;
    }
    call(unix_security_set, &set);
    check_result(&set.result);
    REQUIRE(set.dropped <= 1);
    REQUIRE(((before ^ mode_of(name)) & ~01777u) == 0);

    get.fd = take_descriptor(input);
    get.descriptor = (uintptr_t)descriptor;
    get.length = length;
    get.capacity = fuzz_u8(input) & 1 ? 0x20100 : fuzz_u16(input);
    out = malloc(get.capacity + 1);
    REQUIRE(out);
    memset(out, 0xa5, get.capacity + 1);
    get.buffer = (uintptr_t)out;
    call(unix_security_get, &get);
    REQUIRE(get.got <= 0x20100 && out[get.capacity] == 0xa5);
    free(out);
    free(descriptor);
    if (*name && strcmp(name, "..") && mode_of(name)) (void)!fchmodat(fuzz_dir(), name, before & 07777, 0);
}

/* Between the two calls Wine sets a mode of its own. Afterwards nobody may read who couldn't before, nor write who
   can't read. */
static void do_mode(struct fuzz_input *input)
{
    struct mode_params params = { 0 };
    const char *name = name_of(input);
    struct stat before, after;
    int fd = openat(fuzz_dir(), name, O_RDONLY | O_NONBLOCK), own = fd == -1 ? -1 : dup(fd);
    uint8_t kind = fuzz_u8(input);

    if (own != -1)
    {
        fchmod(own, 0400 | (fuzz_u16(input) & 0777) | (kind & 2 ? 0200 : 0));
        REQUIRE(!fstat(own, &before));
    }
    params.fd = fd == -1 ? take_descriptor(input) : fd;
    params.read_only = kind & 1;
    call(unix_mode_hold, &params);
    REQUIRE(params.held <= 1 && (!params.held || !params.read_only));
    if (own != -1 && params.held) fchmod(own, kind & 4 ? 0666 : 0444);
    if (params.held) call(unix_mode_settle, &params);
    if (own == -1) return;
    REQUIRE(!fstat(own, &after));
    REQUIRE(!(after.st_mode & 0444 & ~before.st_mode));
    REQUIRE(!(after.st_mode & 0022 & ~before.st_mode & ~((after.st_mode & 0044) >> 1)));
    fchmod(own, S_ISDIR(before.st_mode) ? 0700 : 0600);
    close(own);
}

/* One directory's names stay known to the process, by two descriptors: that they are open isn't a leak. */
static void remember_names(void)
{
    struct session_params close = { find_target("", "not-there") };

    if (close.session) call(unix_target_close, &close);
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
    remember_names();
    before = open_descriptors();
    while (input.left && calls++ < 100)
        switch (fuzz_u8(&input) % 11)
        {
        case 0: do_export(&objects, &input); break;
        case 1: do_target(&objects, &input); break;
        case 2: do_import(&objects, &input, &stream); break;
        case 3: do_look(&input); break;
        case 4: do_replace(&input, &stream); break;
        case 5: do_empty(&objects, &input, &stream); break;
        case 6: do_ranges(&input); break;
        case 7: do_security(&input); break;
        case 8: do_mode(&input); break;
        case 9: do_within(&input); break;
        default: do_target(&objects, &input); break;
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
    remember_names();
    REQUIRE(open_descriptors() == before);
    drop_within();
    fuzz_remove("dir/c");
    fuzz_remove("dir");
    fuzz_remove("A");
    fuzz_remove("a");
    fuzz_remove("b");
    REQUIRE(!fuzz_entries());
    return 0;
}
