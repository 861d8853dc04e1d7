/*
 * What stands at the target's name before an import, and after one that failed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "property.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place file_place = { .name = "file", .link = "link" };
struct place directory_place = { .name = "directory" };

static const char plain_text[] = "a plain file\n";

void place_remove(struct place *place)
{
    unlinkat(AT_FDCWD, place->name, place->link ? 0 : AT_REMOVEDIR);
    if (place->linked) unlink(place->link);
    place->linked = false;
    place->content = PLACE_NOTHING;
}

void place_free(struct place *place)
{
    place_remove(place);
    bytes_free(&place->raw);
}

static bool make_plain(struct place *place)
{
    int fd;
    bool done;

    place_remove(place);
    place->content = PLACE_PLAIN;
    if (!place->link) return !mkdir(place->name, 0777);
    fd = open(place->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd == -1) return false;
    done = write(fd, plain_text, sizeof(plain_text)) == sizeof(plain_text);
    close(fd);
    return done;
}

bool place_prepare(struct place *place)
{
    uint64_t kind = random_below(4);

    if (place->linked) unlink(place->link);
    place->linked = false;
    switch (kind)
    {
    case 0:
        place_remove(place);
        return true;
    case 1:
        return make_plain(place);
    default: /* what the last stream has left there, in whatever form */
        if (place->content == PLACE_NOTHING && !make_plain(place)) return false;
        if (kind == 2 || !place->link) return true;
        if (link(place->name, place->link)) return false;
        place->linked = true;
        return true;
    }
}

/* Nothing but what has to be there: no staging file, no file of an earlier stream. */
static bool is_tidy(void)
{
    const struct place *places[] = { &file_place, &directory_place };
    unsigned int expected = 0, found = 0, i;
    struct dirent *entry;
    DIR *dir = opendir(".");

    if (!dir) return false;
    for (i = 0; i < 2; i++) expected += (places[i]->content != PLACE_NOTHING) + places[i]->linked;
    while ((entry = readdir(dir))) found += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    closedir(dir);
    return found == expected;
}

static bool holds_plain(const struct place *place)
{
    char text[sizeof(plain_text) + 1];
    ssize_t got;
    int fd;

    if (!place->link) return true;
    fd = open(place->name, O_RDONLY | O_CLOEXEC);
    if (fd == -1) return false;
    got = read(fd, text, sizeof(text));
    close(fd);
    return got == sizeof(plain_text) && !memcmp(text, plain_text, sizeof(plain_text));
}

bool place_holds(struct place *place, const char **why, struct efs_diag *diag)
{
    struct stat st, other;
    bool there = !lstat(place->name, &st);

    *why = "the directory isn't tidy afterwards";
    if (!is_tidy()) return false;
    *why = "not there, or not of its type any more";
    if (there != (place->content != PLACE_NOTHING)) return false;
    if (!there) return true;
    if (place->link ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode)) return false;
    *why = "the file's other name is another's now";
    if (place->linked && (lstat(place->link, &other) || other.st_ino != st.st_ino || other.st_dev != st.st_dev))
        return false;
    *why = "the plain file has changed";
    if (place->content == PLACE_PLAIN) return holds_plain(place);
    return exports_as(place->name, &place->raw, 0, why, diag);
}
