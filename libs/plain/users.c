/*
 * Who can decrypt a file: adding and removing users.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efs/metadata.h"
#include "efs/replace.h"
#include "efs/secret.h"
#include "efs/store.h"
#include "efs/target.h"

struct change
{
    int                 fd;
    struct stat         st;
    struct efs_target  *at;      /* its place; NULL: it is found by the descriptor */
    struct efs_target   target;  /* that; dir_fd is -1 if it has none */
    struct efs_stored   stored;
    struct efs_metadata metadata;
    struct efs_metadata_change of;
    uint8_t            *out;     /* the new $EFS */
};

static enum efs_error begin(struct change *change, int fd, struct efs_diag *diag)
{
    enum efs_error err;
    int copy;

    memset(change, 0, sizeof(*change));
    change->fd = fd;
    change->stored.fd = change->target.dir_fd = change->target.fd = -1;
    if (fstat(fd, &change->st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (!(change->out = malloc(EFS_METADATA_MAX))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy == -1) return efs_fail_errno(diag, errno, 0, "fcntl");
    if ((err = efs_stored_open_fd(&change->stored, copy, diag))) return err;
    return efs_metadata_read(&change->metadata, change->stored.metadata, change->stored.metadata_length, diag);
}

static void end(struct change *change)
{
    efs_stored_close(&change->stored);
    efs_target_close(&change->target);
    free(change->out);
}

/* What the file says is what it said before; a container has been written anew. */
static void keep_time(const struct change *change)
{
    const struct efs_target *at = change->at ? change->at : &change->target;
    struct timespec times[2] = { change->st.st_atim, change->st.st_mtim };
    struct stat now;

    if (at->dir_fd == -1 || fstatat(at->dir_fd, at->name, &now, AT_SYMLINK_NOFOLLOW)) return;
    if (now.st_mtim.tv_sec == times[1].tv_sec && now.st_mtim.tv_nsec == times[1].tv_nsec) return;
    (void)utimensat(at->dir_fd, at->name, times, AT_SYMLINK_NOFOLLOW);
}

/* Puts the changed $EFS in the place of the one that was read. */
static enum efs_error replace(struct change *change, uint32_t *dropped, struct efs_diag *diag)
{
    enum efs_error err;
    size_t length;

    err = efs_metadata_change(change->out, EFS_METADATA_MAX, &change->metadata, &change->of, &length, dropped);
    if (err == EFS_ERR_VERSION)
        return efs_fail(diag, err, 8, "$EFS: of a version whose users can't be changed");
    if (err)
        return efs_fail(diag, err, 0, change->of.add_count ? "it would have more users than $EFS can name"
                                                           : "nobody would be left who can decrypt it");
    /* without a place, as a root has none, its time may change */
    if (!change->at && efs_target_open_fd(&change->target, change->fd, NULL)) change->target.dir_fd = -1;
    err = efs_replace_metadata_at(change->fd, change->at, change->stored.metadata, change->stored.metadata_length,
                                  change->out, (uint32_t)length, diag);
    if (!err) keep_time(change);
    return err;
}

/* Is there a user with this thumbprint? */
static bool has_user(const struct efs_metadata *metadata, const uint8_t *thumbprint, uint32_t length)
{
    struct efs_key_entry entry;
    uint32_t cursor = 0;

    while (efs_metadata_next(metadata, EFS_DDF, &cursor, &entry))
        if (entry.thumbprint.length == length && !memcmp(entry.thumbprint.data, thumbprint, length)) return true;
    return false;
}

#define THUMBPRINT_SIZE 20

static bool is_among(const struct efs_bytes *thumbprint, const struct efs_certificate * const *certificates,
                     uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (thumbprint->length == THUMBPRINT_SIZE
            && !memcmp(thumbprint->data, efs_certificate_thumbprint(certificates[i]), THUMBPRINT_SIZE))
            return true;
    return false;
}

static bool key_has(const struct efs_key *key, const struct efs_bytes *thumbprint)
{
    uint8_t own[THUMBPRINT_SIZE];
    size_t i;

    for (i = 0; i < efs_key_count(key); i++)
        if (efs_key_thumbprint(key, i, own) && thumbprint->length == sizeof(own)
            && !memcmp(thumbprint->data, own, sizeof(own)))
            return true;
    return false;
}

/* Its users that have one of the key's certificates go, but for those whom it is made for. dropped: room for all. */
static void drop_old(struct change *change, const struct efs_key *key,
                     const struct efs_certificate * const *certificates, uint32_t count, struct efs_bytes *dropped)
{
    struct efs_key_entry entry;
    uint32_t cursor = 0;

    change->of.drop = dropped;
    while (efs_metadata_next(&change->metadata, EFS_DDF, &cursor, &entry))
        if (key_has(key, &entry.thumbprint) && !is_among(&entry.thumbprint, certificates, count))
            dropped[change->of.drop_count++] = entry.thumbprint;
}

/* An entry for each certificate that has none yet. entries, list: room for `count`. */
static enum efs_error wrap_new(struct change *change, const struct efs_certificate * const *certificates,
                               uint32_t count, const struct efs_fek *fek, struct efs_certificate_entry *entries,
                               struct efs_key_entry *list, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint32_t i, n = 0;

    for (i = 0; !err && i < count; i++)
    {
        struct efs_bytes thumbprint = { efs_certificate_thumbprint(certificates[i]), THUMBPRINT_SIZE };

        if (has_user(&change->metadata, thumbprint.data, thumbprint.length)
            || is_among(&thumbprint, certificates, i)) continue;
        err = efs_certificate_wrap(certificates[i], fek, &entries[n], diag);
        list[n] = entries[n].entry;
        n++;
    }
    change->of.add = list;
    change->of.add_count = n;
    return err;
}

static enum efs_error add(struct change *change, const struct efs_key *key,
                          const struct efs_certificate * const *certificates, uint32_t count, bool remove_old,
                          struct efs_users_changed *changed, struct efs_diag *diag)
{
    struct efs_certificate_entry *entries = calloc(count + (size_t)1, sizeof(*entries));
    struct efs_key_entry *list = calloc(count + (size_t)1, sizeof(*list)), opened;
    struct efs_bytes *dropped = calloc(change->metadata.count[EFS_DDF] + (size_t)1, sizeof(*dropped));
    struct efs_secret fek = { 0 };
    enum efs_key_list where;
    enum efs_error err;

    if (!entries || !list || !dropped || !efs_secret_allocate(&fek, sizeof(struct efs_fek)))
        err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (!(err = efs_key_unwrap(key, &change->metadata, (struct efs_fek *)(void *)fek.bytes, &where, &opened, diag))
             && !(err = wrap_new(change, certificates, count, (struct efs_fek *)(void *)fek.bytes, entries, list,
                                 diag)))
    {
        if (remove_old && where == EFS_DDF && !is_among(&opened.thumbprint, certificates, count))
            change->of.drop_entry = opened.offset;
        if (remove_old) drop_old(change, key, certificates, count, dropped);
        changed->added = change->of.add_count;
        if (change->of.add_count || change->of.drop_entry || change->of.drop_count)
            err = replace(change, &changed->removed, diag);
    }
    efs_secret_free(&fek);
    free(entries);
    free(list);
    free(dropped);
    return err;
}

enum efs_error efs_users_add_at(int fd, struct efs_target *target, const struct efs_key *key,
                                const struct efs_certificate * const *certificates, uint32_t count, bool remove_old,
                                struct efs_users_changed *changed, struct efs_diag *diag)
{
    struct change change;
    enum efs_error err = begin(&change, fd, diag);

    change.at = target;
    changed->added = changed->removed = 0;
    if (!err) err = add(&change, key, certificates, count, remove_old, changed, diag);
    if (err) changed->added = changed->removed = 0;
    end(&change);
    return err;
}

enum efs_error efs_users_add(int fd, const struct efs_key *key, const struct efs_certificate * const *certificates,
                             uint32_t count, bool remove_old, struct efs_users_changed *changed, struct efs_diag *diag)
{
    return efs_users_add_at(fd, NULL, key, certificates, count, remove_old, changed, diag);
}

enum efs_error efs_users_remove(int fd, const uint8_t *thumbprint, uint32_t length, struct efs_diag *diag)
{
    const struct efs_bytes drop = { thumbprint, length };
    struct change change;
    enum efs_error err = begin(&change, fd, diag);
    uint32_t dropped;

    if (!err && !change.metadata.opaque && !has_user(&change.metadata, thumbprint, length))
        err = efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "no user with that thumbprint");
    change.of.drop = &drop;
    change.of.drop_count = 1;
    if (!err) err = replace(&change, &dropped, diag);
    end(&change);
    return err;
}
