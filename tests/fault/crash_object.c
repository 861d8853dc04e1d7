/*
 * What the disk holds after a power cut: objects as the test of crash states makes them, on the host and in memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "crash_object.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/session.h"
#include "efs/store.h"
#include "scratch.h"

void object_free(struct object *object)
{
    size_t i;

    build_free(&object->content);
    for (i = 0; i < ATTRIBUTES; i++) build_free(&object->attributes[i].value);
    memset(object, 0, sizeof(*object));
}

static void set_attribute(struct object *object, const char *name, const void *value, size_t length)
{
    size_t i;

    for (i = 0; i < ATTRIBUTES; i++)
        if (!*object->attributes[i].name || !strcmp(object->attributes[i].name, name)) break;
    MUST(i < ATTRIBUTES);
    snprintf(object->attributes[i].name, sizeof(object->attributes[i].name), "%s", name);
    object->attributes[i].value.length = 0;
    build_bytes(&object->attributes[i].value, value, length);
}

static void remove_attribute(struct object *object, const char *name)
{
    size_t i;

    /* the slot keeps its name, without a value it isn't there */
    for (i = 0; i < ATTRIBUTES; i++)
        if (!strcmp(object->attributes[i].name, name)) build_free(&object->attributes[i].value);
}

ino_t object_load(const char *path, struct object *object)
{
    char names[1024], *name;
    uint8_t bytes[65536];
    struct stat st;
    ssize_t n;
    int fd;

    memset(object, 0, sizeof(*object));
    if (stat(path, &st)) return NO_FILE;
    MUST((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1);
    while (S_ISREG(st.st_mode) && (n = read(fd, bytes, sizeof(bytes))) > 0)
        build_bytes(&object->content, bytes, (size_t)n);
    MUST((n = flistxattr(fd, names, sizeof(names))) >= 0);
    for (name = names; name < names + n; name += strlen(name) + 1)
    {
        ssize_t length = fgetxattr(fd, name, bytes, sizeof(bytes));

        if (length >= 0) set_attribute(object, name, bytes, (size_t)length);
    }
    close(fd);
    return st.st_ino;
}

void object_apply(struct object *object, const struct shim_change *change, bool half)
{
    size_t length = half ? change->length / 2 : change->length;

    switch (change->kind)
    {
    case CHANGE_WRITE:
        if (change->offset + length > object->content.length)
            build_zeros(&object->content, change->offset + length - object->content.length);
        memcpy(object->content.data + change->offset, change->data, length);
        break;
    case CHANGE_TRUNCATE:
        if (change->offset > object->content.length)
            build_zeros(&object->content, change->offset - object->content.length);
        object->content.length = change->offset;
        break;
    case CHANGE_SET:
        set_attribute(object, change->name, change->data, change->length);
        break;
    case CHANGE_REMOVE:
        remove_attribute(object, change->name);
        break;
    default:
        break;
    }
}

/* Makes an object on the host, open for what `flags` say. */
static int make(const char *name, const struct object *object, int flags)
{
    int fd = open(name, flags, 0600);
    size_t i;

    MUST(fd != -1);
    if (flags & O_CREAT)
        MUST(write(fd, object->content.data, object->content.length) == (ssize_t)object->content.length);
    for (i = 0; i < ATTRIBUTES; i++)
        if (object->attributes[i].value.data)
            MUST(!fsetxattr(fd, object->attributes[i].name, object->attributes[i].value.data,
                            object->attributes[i].value.length, 0));
    return fd;
}

/* The journal of what is made as crash-state, which has another inode than the real one; then what a repair does. */
static void repair_by(const char *name, const struct object *journal)
{
    static const char target[] = "crash-state";
    uint8_t record[9 + sizeof(target) - 1] = { 1 };
    struct stat st;
    size_t i;
    int fd;

    MUST(!stat(target, &st));
    for (i = 0; i < 8; i++) record[1 + i] = (uint8_t)((uint64_t)st.st_ino >> (8 * i));
    memcpy(record + 9, target, sizeof(target) - 1);
    unlink(name);
    fd = make(name, journal, O_RDWR | O_CREAT | O_EXCL);
    if (fgetxattr(fd, "user.efs.rewrites", NULL, 0) >= 0)
        MUST(!fsetxattr(fd, "user.efs.rewrites", record, sizeof(record), 0));
    close(fd);
    efs_rewrite_check(AT_FDCWD, name, true, NULL);
    unlink(name);
}

void object_copy(struct object *to, const struct object *from)
{
    size_t i;

    build_bytes(&to->content, from->content.data, from->content.length);
    for (i = 0; i < ATTRIBUTES; i++)
        if (from->attributes[i].value.data)
            set_attribute(to, from->attributes[i].name, from->attributes[i].value.data,
                          from->attributes[i].value.length);
}

void within_load(struct within within[WITHIN])
{
    DIR *dir = opendir("dir");
    struct dirent *entry;
    char path[64];
    size_t n = 0;

    while (dir && (entry = readdir(dir)))
    {
        if (!efs_is_container_name(entry->d_name)) continue;
        MUST(n < WITHIN);
        snprintf(within[n].name, sizeof(within[n].name), "%.31s", entry->d_name);
        snprintf(path, sizeof(path), "dir/%.31s", entry->d_name);
        within[n].ino = object_load(path, &within[n].object);
        n++;
    }
    if (dir) closedir(dir);
}

void within_free(struct within within[WITHIN])
{
    size_t i;

    for (i = 0; i < WITHIN; i++) object_free(&within[i].object);
}

static void clear_crash_state(void)
{
    DIR *dir;
    struct dirent *entry;

    if (!unlink("crash-state") || !(dir = opendir("crash-state"))) return;
    while ((entry = readdir(dir))) unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir("crash-state");
}

struct build object_look(const struct object *object, const struct within *within, bool directory,
                         const char *journal_name, const struct object *journal)
{
    static uint8_t out[300000];
    struct efs_export *session;
    struct build b = { 0 };
    char path[64];
    size_t length = 0, i;
    enum efs_error err;
    int fd;

    clear_crash_state();
    if (directory) MUST(!mkdir("crash-state", 0755));
    for (i = 0; within && i < WITHIN; i++)
    {
        if (!*within[i].name) continue;
        snprintf(path, sizeof(path), "crash-state/%s", within[i].name);
        close(make(path, &within[i].object, O_RDWR | O_CREAT | O_EXCL));
    }
    fd = make("crash-state", object, directory ? O_RDONLY | O_DIRECTORY : O_RDWR | O_CREAT | O_EXCL);
    if (journal_name) repair_by(journal_name, journal);
    err = efs_export_begin(&session, fd, 0, NULL);
    if (!err)
    {
        build_bytes(&b, "stream", 6);
        err = efs_export_read(session, out, sizeof(out), &length, NULL);
        if (err) length = 0;
        build_bytes(&b, out, length);
        if (err) build_bytes(&b, "broken", 6);
        efs_export_free(session);
    }
    else if (err == EFS_ERR_NOT_ENCRYPTED)
    {
        struct object now;

        object_load("crash-state", &now);
        build_bytes(&b, "plain", 5);
        build_bytes(&b, now.content.data, now.content.length);
        object_free(&now);
    }
    else build_bytes(&b, "corrupt", 7);
    return b;
}
