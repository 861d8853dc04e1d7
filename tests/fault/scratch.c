/*
 * A directory for the fault tests, and a picture of all that is in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/hash.h"
#include "efs/container.h"
#include "efs/store.h"

bool scratch_hide_litter;
static char root[256];
static pid_t owner;

_Noreturn void must_fail(const char *file, int line, const char *condition)
{
    printf("Bail out! %s:%d: doesn't hold: %s\n", file, line, condition);
    exit(1);
}

static void clear(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), child;
    DIR *d = fdopendir(fd);
    struct dirent *entry;

    while (d && (entry = readdir(d)))
    {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!unlinkat(fd, entry->d_name, 0)) continue;
        if ((child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1)
        {
            clear(child);
            close(child);
        }
        unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    if (d) closedir(d);
}

/* A new directory each time, made while the old one is still there, so that it isn't taken for that one: an import
 * sweeps a directory that has just been swept no second time. */
void scratch_clear(void)
{
    static unsigned int turn;
    char path[sizeof(root) + 16];

    snprintf(path, sizeof(path), "%s/%u", root, turn++);
    MUST(!mkdir(path, 0755));
    if (turn > 1) clear(AT_FDCWD);
    MUST(!chdir(path));
    if (turn == 1) return;
    snprintf(path, sizeof(path), "%s/%u", root, turn - 2);
    rmdir(path);
}

static void drop_root(void)
{
    /* not in the children that the tests fork */
    if (getpid() != owner || chdir(root)) return;
    clear(AT_FDCWD);
    if (!chdir("/")) rmdir(root);
}

static bool make_root(const char *parent)
{
    int fits = parent ? snprintf(root, sizeof(root), "%s/efs-fault-XXXXXX", parent) : -1;

    if (fits < 0 || (size_t)fits >= sizeof(root) || !mkdtemp(root)) return false;
    if (!setxattr(root, "user.efs-fault", "1", 1, 0) && !removexattr(root, "user.efs-fault")) return true;
    rmdir(root);
    return false;
}

void scratch_begin(void)
{
    const char *wanted = getenv("EFS_FAULT_DIR"), *tmp = getenv("TMPDIR");

    if (wanted ? !make_root(wanted) : !make_root("/dev/shm") && !make_root(tmp ? tmp : "/tmp"))
    {
        printf("1..0 # SKIP no directory whose file system keeps user attributes\n");
        exit(0);
    }
    owner = getpid();
    atexit(drop_root);
    MUST(!chdir(root));
    umask(022);
}

void scratch_write(const char *name, const void *data, size_t length)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    MUST(fd != -1 && write(fd, data, length) == (ssize_t)length);
    close(fd);
}

void scratch_attribute(const char *name, const char *attribute, const void *value, size_t length)
{
    MUST(!setxattr(name, attribute, value, length, 0));
}

static void print(struct build *b, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    build_bytes(b, text, strlen(text));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char * const *)a, *(char * const *)b);
}

/* The names in a zero-separated list, sorted. */
static size_t sort_names(char *list, size_t length, char **names, size_t most)
{
    size_t count = 0;
    char *name;

    for (name = list; length && name < list + length && count < most; name += strlen(name) + 1) names[count++] = name;
    qsort(names, count, sizeof(*names), compare);
    return count;
}

static void picture_attributes(struct build *b, int fd)
{
    char list[4096], *names[32];
    uint8_t value[65536];
    ssize_t n = flistxattr(fd, list, sizeof(list));
    size_t count = sort_names(list, n > 0 ? (size_t)n : 0, names, 32), i;

    for (i = 0; i < count; i++)
    {
        n = fgetxattr(fd, names[i], value, sizeof(value));
        if (n == EFS_CONTAINER_MARK_SIZE && !strcmp(names[i], EFS_STORE_CONTAINER)
            && value[0] == EFS_CONTAINER_WITHIN_VERSION)
            n = 8; /* the rest is made at random */
        print(b, "  %s: %zd bytes, %016" PRIx64 "\n", names[i], n,
              fnv1a_add(FNV1A_BEGIN, value, n > 0 ? (size_t)n : 0));
    }
}

static void picture_content(struct build *b, int fd)
{
    struct build content = { 0 };
    uint8_t bytes[4096];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof(bytes))) > 0) build_bytes(&content, bytes, (size_t)n);
    print(b, " %zu bytes, %016" PRIx64, content.length,
          fnv1a_add(FNV1A_BEGIN, content.data, content.length));
    build_free(&content);
}

static bool is_litter(int dir_fd, const char *name)
{
    if (efs_is_container_name(name)) return efs_sweep_container(dir_fd, name, false);
    return efs_is_stage_name(name) || efs_is_rewrite_name(name);
}

static void picture_directory(struct build *b, int dir_fd, const char *path)
{
    struct build list = { 0 };
    DIR *d = fdopendir(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct dirent *entry;
    char *names[64], name[512];
    size_t count, i;
    struct stat st;
    int fd;

    MUST(d);
    while ((entry = readdir(d)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")
            && !(scratch_hide_litter && is_litter(dir_fd, entry->d_name)))
            build_bytes(&list, entry->d_name, strlen(entry->d_name) + 1);
    closedir(d);
    count = sort_names((char *)list.data, list.length, names, 64);
    for (i = 0; i < count; i++)
    {
        snprintf(name, sizeof(name), "%s%s", path,
                 efs_is_container_name(names[i]) ? EFS_CONTAINER_NAME_PREFIX : names[i]);
        fd = openat(dir_fd, names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1 || fstat(fd, &st))
        {
            print(b, "%s: can't be opened\n", name);
            continue;
        }
        print(b, "%s: mode %o, owner %u:%u, %u links,", name, st.st_mode, st.st_uid, st.st_gid,
              S_ISDIR(st.st_mode) ? 1 : (unsigned int)st.st_nlink);
        if (S_ISREG(st.st_mode)) picture_content(b, fd);
        print(b, "\n");
        picture_attributes(b, fd);
        if (S_ISDIR(st.st_mode))
        {
            snprintf(name, sizeof(name), "%s%s/", path, names[i]);
            picture_directory(b, fd, name);
        }
        close(fd);
    }
    build_free(&list);
}

struct build scratch_picture(void)
{
    struct build b = { 0 };

    picture_directory(&b, AT_FDCWD, "");
    return b;
}

bool same_picture(const struct build *a, const struct build *b)
{
    return a->length == b->length && (!a->length || !memcmp(a->data, b->data, a->length));
}

void scratch_print(const char *title, const struct build *picture)
{
    size_t i;

    printf("# %s:\n# ", title);
    for (i = 0; i < picture->length; i++)
    {
        putchar(picture->data[i]);
        if (picture->data[i] == '\n') printf("# ");
    }
    putchar('\n');
}

void scratch_sweep(void)
{
    int dir_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    efs_sweep(dir_fd);
    close(dir_fd);
    scratch_sweep_containers();
}

void scratch_sweep_containers(void)
{
    DIR *dir = opendir("dir");
    struct dirent *entry;

    if (!dir) return;
    efs_sweep(dirfd(dir));
    while ((entry = readdir(dir)))
        if (efs_is_container_name(entry->d_name)) efs_sweep_container(dirfd(dir), entry->d_name, true);
    closedir(dir);
}

unsigned int scratch_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned int count = 0;

    MUST(d);
    while (readdir(d)) count++;
    closedir(d);
    return count;
}
