/*
 * One stream's way through the engine: imported in random pieces onto what is there by chance, exported twice.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "property.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efs/session.h"
#include "efs/target.h"

#define PIECE_MAX 262144

static uint8_t piece[PIECE_MAX];

/* What efs_error codes a stream may end with that was cut where it isn't whole. */
static bool is_cut_error(enum efs_error err)
{
    return err == EFS_ERR_FORMAT || err == EFS_ERR_METADATA || err == EFS_ERR_VERSION;
}

static enum efs_error feed(struct efs_import *import, const struct bytes *raw, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    size_t at = 0, length;

    while (!err && at < raw->length)
    {
        length = random_length(raw->length - at);
        err = efs_import_feed(import, raw->data + at, length, diag);
        at += length;
    }
    return err;
}

static enum efs_error import(const struct place *place, const struct bytes *raw, unsigned int flags, bool commit,
                             struct efs_diag *diag)
{
    struct efs_target target;
    struct efs_import *session;
    enum efs_error err = efs_target_open(&target, place->name, diag);

    if (err) return err;
    err = efs_import_begin(&session, &target, !place->link, flags, diag);
    if (!err) err = feed(session, raw, diag);
    if (!err && commit) err = efs_import_commit(session, diag);
    efs_import_free(session);
    efs_target_close(&target);
    return err;
}

/* Reads the session to its end, in random pieces. */
static bool delivers(struct efs_export *session, const struct bytes *raw, const char **why, struct efs_diag *diag)
{
    size_t at = 0, capacity, length;

    do
    {
        capacity = random_length(PIECE_MAX);
        *why = "the export fails";
        if (efs_export_read(session, piece, capacity, &length, diag)) return false;
        *why = "the export is longer than the import";
        if (length > capacity || length > raw->length - at) return false;
        *why = "the export differs from the import";
        if (memcmp(piece, raw->data + at, length)) return false;
        at += length;
    } while (length == capacity);
    *why = "the export is shorter than the import";
    return at == raw->length;
}

bool exports_as(const char *path, const struct bytes *raw, unsigned int flags, const char **why, struct efs_diag *diag)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct efs_export *session;
    bool done;

    *why = flags ? "can't be exported without named streams" : "can't be exported";
    if (fd == -1 || efs_export_begin(&session, fd, flags, diag)) return false;
    *why = "efs_export_length isn't the length of the import";
    done = (flags || efs_export_length(session) == raw->length) && delivers(session, raw, why, diag);
    efs_export_rewind(session);
    done = done && delivers(session, raw, why, diag);
    efs_export_free(session);
    return done;
}

/* A file with holes takes space for its data, at most two pages more for each stored block. */
static bool is_small(const char *path, const struct frame *frame, const char **why)
{
    struct stat st;

    *why = "stat";
    if (stat(path, &st)) return false;
    *why = "more space on the disk than the stream stores";
    return (uint64_t)st.st_blocks * 512 <= frame->raw.length + (uint64_t)8192 * (frame->blocks + 2);
}

/* An import that is given up, or whose stream is cut: only if that happens to be a whole stream it changes anything. */
static bool try_part(struct place *place, const struct frame *frame, struct counts *counts, const char **why,
                     struct efs_diag *diag)
{
    bool between = random_below(2), commit = random_below(2);
    struct bytes part = { frame->raw.data, between ? frame->cut : random_below(frame->raw.length),
                          frame->raw.capacity };
    enum efs_error err = import(place, &part, 0, commit, diag);

    counts->cut++;
    if (!err && commit)
    {
        counts->cut_accepted++;
        place->content = PLACE_ENCRYPTED;
        *why = "no memory";
        return bytes_set(&place->raw, part.data, part.length) && place_holds(place, why, diag);
    }
    *why = "a cut stream fails with another error";
    if (err && (between || !is_cut_error(err)) && !(err == EFS_ERR_VOLUME && (frame->flags & FRAME_MAY_REFUSE)))
        return false;
    return place_holds(place, why, diag);
}

/* Named streams left out by the import, or by an export of what has them. */
static bool drops(struct place *place, const struct frame *frame, struct counts *counts, const char **why,
                  struct efs_diag *diag)
{
    counts->dropped++;
    if (!exports_as(place->name, &frame->bare, EFS_SESSION_DROP_NAMED, why, diag)) return false;
    *why = "an import without named streams fails";
    if (import(place, &frame->raw, EFS_SESSION_DROP_NAMED, true, diag)) return false;
    *why = "no memory";
    return bytes_set(&place->raw, frame->bare.data, frame->bare.length) && place_holds(place, why, diag);
}

bool round_trip(const struct frame *frame, struct counts *counts, const char **why, struct efs_diag *diag)
{
    struct place *place = frame->flags & FRAME_DIRECTORY ? &directory_place : &file_place;
    enum efs_error err;

    random_seed(frame->seed);
    counts->streams++;
    counts->bytes += frame->raw.length;
    counts->directories += !place->link;
    *why = "preparing the target";
    if (!place_prepare(place)) return false;
    counts->replaced += place->content == PLACE_ENCRYPTED;
    counts->linked += place->linked;
    if (!random_below(4) && !try_part(place, frame, counts, why, diag)) return false;

    *why = "the import fails";
    err = import(place, &frame->raw, 0, true, diag);
    if (err == EFS_ERR_VOLUME && (frame->flags & FRAME_MAY_REFUSE))
    {
        counts->refused++;
        return place_holds(place, why, diag);
    }
    if (err) return false;
    place->content = PLACE_ENCRYPTED;
    *why = "no memory";
    if (!bytes_set(&place->raw, frame->raw.data, frame->raw.length)) return false;
    if (!place_holds(place, why, diag)) return false;
    if (place->link && !is_small(place->name, frame, why)) return false;
    return random_below(4) || drops(place, frame, counts, why, diag);
}
