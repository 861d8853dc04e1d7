/*
 * What is written down of a snapshot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define STATE_SIZE_MAX 65536 /* bytes */
#define LINE_MAX_SIZE  (PATH_MAX + 64)

const char *state_name(char text[STATE_NAME_SIZE], uint32_t number)
{
    snprintf(text, STATE_NAME_SIZE, "%" PRIu32, number);
    return text;
}

/* 0: it is none */
static uint32_t read_number(const char *text)
{
    unsigned long number = 0;
    size_t length = strlen(text);

    if (!length || length > 4 || strspn(text, "0123456789") != length || *text == '0') return 0;
    number = strtoul(text, NULL, 10);
    return number <= EFS_SNAPSHOT_NUMBER_MAX ? (uint32_t)number : 0;
}

/* ---- writing ---- */

enum efs_error state_add(int fd, const char *name, const char *value, struct efs_diag *diag)
{
    char line[LINE_MAX_SIZE];
    int n = snprintf(line, sizeof(line), "%s=%s\n", name, value);
    struct stat st;

    if (n < 0 || n >= (int)sizeof(line) || strchr(value, '\n'))
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "a path is too long, or has a line's end in it");
    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    return io_write_all(fd, (uint64_t)st.st_size, line, (size_t)n, diag);
}

static void put_hex(char text[33], const uint8_t bytes[16])
{
    int i;

    for (i = 0; i < 16; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static enum efs_error add_number(int fd, const char *name, uint64_t number, struct efs_diag *diag)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    return state_add(fd, name, text, diag);
}

static enum efs_error write_first(int fd, const struct state *state, struct efs_diag *diag)
{
    const struct efs_snapshot *snapshot = &state->snapshot;
    char id[33], set[33], drive[2] = { (char)snapshot->drive, 0 };
    enum efs_error err;

    put_hex(id, snapshot->id);
    put_hex(set, snapshot->set);
    if ((err = state_add(fd, "version", "1", diag)) || (err = state_add(fd, "id", id, diag))
        || (err = state_add(fd, "set", set, diag)) || (err = state_add(fd, "volume", snapshot->volume, diag))
        || (err = state_add(fd, "drive", drive, diag)) || (err = add_number(fd, "context", snapshot->context, diag))
        || (err = add_number(fd, "count", snapshot->count, diag))
        || (err = add_number(fd, "created", snapshot->created, diag)))
        return err;
    return state_add(fd, "source", state->source, diag);
}

/* Is the file still the one of that name? Another process may have taken it for one that was left behind. */
static bool is_named(const struct folder *folder, const char *name, int fd)
{
    struct stat mine, named;

    return !fstat(fd, &mine) && !fstatat(folder->fd, name, &named, AT_SYMLINK_NOFOLLOW)
        && mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

static int try_number(const struct folder *folder, uint32_t number)
{
    char name[STATE_NAME_SIZE];
    int fd = openat(folder->fd, state_name(name, number), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    S_IRUSR | S_IWUSR), err;

    if (fd == -1) return -1;
    if (!flock(fd, LOCK_EX | LOCK_NB) && is_named(folder, name, fd)) return fd;
    err = errno == EWOULDBLOCK || errno == ENOENT ? EEXIST : errno;
    close(fd);
    errno = err;
    return -1;
}

enum efs_error state_create(const struct folder *folder, struct state *state, int *fd, struct efs_diag *diag)
{
    uint32_t number, last = 0, tries;
    enum efs_error err;

    while ((number = state_next(folder, last))) last = number;
    number = last;
    for (tries = 0; tries < EFS_SNAPSHOT_NUMBER_MAX; tries++)
    {
        number = number % EFS_SNAPSHOT_NUMBER_MAX + 1;
        if ((*fd = try_number(folder, number)) != -1 || errno != EEXIST) break;
    }
    if (*fd == -1) return efs_fail_errno(diag, errno, 0, "the file of a snapshot's state");
    state->snapshot.number = number;
    if (!(err = write_first(*fd, state, diag))) return EFS_OK;
    unlinkat(folder->fd, state_name((char[STATE_NAME_SIZE]){ 0 }, number), 0);
    close(*fd);
    return err;
}

enum efs_error state_finish(int fd, const struct efs_snapshot *snapshot, struct efs_diag *diag)
{
    enum efs_error err = state_add(fd, "kind", efs_snapshot_kind_name((enum efs_snapshot_kind)snapshot->kind), diag);

    if (!err) err = state_add(fd, "note", snapshot->note, diag);
    return err ? err : state_add(fd, "ready", "1", diag);
}

/* ---- reading ---- */

enum efs_error state_open(const struct folder *folder, uint32_t number, int *fd, bool *locked, struct efs_diag *diag)
{
    char name[STATE_NAME_SIZE];
    struct stat st;

    *fd = openat(folder->fd, state_name(name, number), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*fd == -1) return efs_fail_errno(diag, errno, number, "open of a snapshot's state");
    if (!fstat(*fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
    {
        *locked = !flock(*fd, LOCK_EX | LOCK_NB);
        if (is_named(folder, name, *fd)) return EFS_OK;
        close(*fd);
        return efs_fail(diag, EFS_ERR_NOT_FOUND, number, "the snapshot has just been removed");
    }
    close(*fd);
    return efs_fail(diag, EFS_ERR_ACCESS, number, "the file of a snapshot's state is somebody else's");
}

static bool read_hex(uint8_t bytes[16], const char *text)
{
    int i, n;
    unsigned int value;

    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32) return false;
    for (i = 0; i < 16; i++)
    {
        if (sscanf(text + 2 * i, "%2x%n", &value, &n) != 1 || n != 2) return false;
        bytes[i] = (uint8_t)value;
    }
    return true;
}

static void put_text(char *out, size_t capacity, const char *text)
{
    size_t i;

    for (i = 0; i + 1 < capacity && text[i]; i++) out[i] = text[i];
    out[i] = 0;
}

static void take_path(char *out, const char *value)
{
    if (value[0] == '/' && strlen(value) < PATH_MAX) put_text(out, PATH_MAX, value);
}

static void take_base(struct state *state, const char *value)
{
    unsigned int i;

    for (i = 0; i < STATE_BASES; i++)
        if (!state->bases[i][0])
        {
            take_path(state->bases[i], value);
            return;
        }
}

static void take_line(struct state *state, const char *name, const char *value)
{
    struct efs_snapshot *snapshot = &state->snapshot;
    unsigned int kind;

    if (!strcmp(name, "id")) read_hex(snapshot->id, value);
    else if (!strcmp(name, "set")) read_hex(snapshot->set, value);
    else if (!strcmp(name, "volume")) put_text(snapshot->volume, sizeof(snapshot->volume), value);
    else if (!strcmp(name, "drive")) snapshot->drive = *value >= 'a' && *value <= 'z' ? (uint32_t)*value : 0;
    else if (!strcmp(name, "context")) snapshot->context = (uint32_t)strtoul(value, NULL, 10);
    else if (!strcmp(name, "count")) snapshot->count = (uint32_t)strtoul(value, NULL, 10);
    else if (!strcmp(name, "created")) snapshot->created = strtoull(value, NULL, 10);
    else if (!strcmp(name, "source")) take_path(state->source, value);
    else if (!strcmp(name, "base")) take_base(state, value);
    else if (!strcmp(name, "command")) put_text(state->command, sizeof(state->command), value);
    else if (!strcmp(name, "note")) put_text(snapshot->note, sizeof(snapshot->note), value);
    else if (!strcmp(name, "ready")) state->ready = true;
    else if (!strcmp(name, "kind"))
        for (kind = 1; kind < EFS_SNAPSHOT_KINDS; kind++)
            if (!strcmp(value, efs_snapshot_kind_name((enum efs_snapshot_kind)kind))) snapshot->kind = kind;
}

enum efs_error state_read(int fd, uint32_t number, struct state *state, struct efs_diag *diag)
{
    char *text, *line, *next, *value;
    enum efs_error err;
    struct stat st;

    memset(state, 0, sizeof(*state));
    state->snapshot.number = number;
    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, number, "fstat");
    if (st.st_size > STATE_SIZE_MAX) return efs_fail(diag, EFS_ERR_FORMAT, number, "a snapshot's state is too long");
    if (!(text = malloc((size_t)st.st_size + 1))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "a snapshot's state");
    if (!(err = io_read_exactly(fd, 0, text, (size_t)st.st_size, diag)))
    {
        text[st.st_size] = 0;
        /* the last line counts only if it is whole */
        for (line = text; (next = strchr(line, '\n')); line = next + 1)
        {
            *next = 0;
            if (!(value = strchr(line, '='))) continue;
            *value++ = 0;
            take_line(state, line, value);
        }
        if (!state->snapshot.kind) state->ready = false;
    }
    free(text);
    return err;
}

uint32_t state_next(const struct folder *folder, uint32_t number)
{
    DIR *list = io_list_directory(folder->fd);
    uint32_t found = 0, this;
    struct dirent *entry;

    if (!list) return 0;
    while ((entry = readdir(list)))
        if ((this = read_number(entry->d_name)) > number && (!found || this < found)) found = this;
    closedir(list);
    return found;
}
