/*
 * The last step of an import into a directory in split form.
 *
 * A directory that exists keeps its identity, so its attributes change in place: $EFS in one call, and the layout with
 * it. There are two attributes for the layout, and each names the $EFS that it belongs to: the new one is put where the
 * present one isn't, and counts from the moment when $EFS is the new one. What doesn't fit: container_directory.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <string.h>

#include "container_within.h"
#include "store/stage/stage.h"

static bool is_of(const struct xattr_value *layout, const uint8_t *metadata, uint32_t length)
{
    return layout->bytes && metadata && efs_layout_is_of(layout->bytes, layout->length, metadata, length);
}

static enum efs_error set_layout(const struct efs_stage *stage, enum store_xattr slot, struct efs_diag *diag)
{
    return xattr_set(stage->fd, slot, stage->layout, stage->layout_length, diag);
}

/* The $EFS is the same already: the layout is all that changes. Readers take the first one that fits. */
static enum efs_error change_layout(const struct efs_stage *stage, const struct xattr_value *now, struct efs_diag *diag)
{
    bool first = is_of(&now[XATTR_LAYOUT], stage->metadata, stage->metadata_length);
    bool second = is_of(&now[XATTR_LAYOUT2], stage->metadata, stage->metadata_length);
    enum store_xattr slot = !first && second ? XATTR_LAYOUT2 : XATTR_LAYOUT;
    enum store_xattr other = slot == XATTR_LAYOUT ? XATTR_LAYOUT2 : XATTR_LAYOUT;
    enum efs_error err;

    if ((err = xattr_remove(stage->fd, other, diag))) return err; /* means nothing, or nothing while slot is there */
    return stage->layout ? set_layout(stage, slot, diag) : xattr_remove(stage->fd, slot, diag);
}

static enum efs_error change_metadata(const struct efs_stage *stage, const struct xattr_value *now,
                                      struct efs_diag *diag)
{
    const struct xattr_value *old = &now[XATTR_METADATA];
    enum store_xattr slot = is_of(&now[XATTR_LAYOUT], old->bytes, old->length) ? XATTR_LAYOUT2 : XATTR_LAYOUT;
    enum store_xattr other = slot == XATTR_LAYOUT ? XATTR_LAYOUT2 : XATTR_LAYOUT;
    enum efs_error err;

    /* What an interrupted import has left there must not become valid. */
    if ((err = xattr_remove(stage->fd, slot, diag))) return err;
    if (!is_of(&now[other], old->bytes, old->length) && (err = xattr_remove(stage->fd, other, diag))) return err;
    if (stage->layout && (err = set_layout(stage, slot, diag))) return err;
    if ((err = xattr_set_metadata(stage->fd, stage->metadata, stage->metadata_length, diag)))
    {
        if (stage->layout) xattr_remove(stage->fd, slot, NULL);
        return err;
    }
    xattr_remove(stage->fd, other, NULL); /* of the old $EFS: ignored from now on */
    return EFS_OK;
}

/* What the attributes say counts from the moment when the mark of its container has gone. */
static enum efs_error leave_container(struct efs_stage *stage, const struct xattr_value *now, struct efs_diag *diag)
{
    struct xattr_value values[XATTR_COUNT];
    enum efs_error err;

    stage_list_attributes(stage, values);
    values[XATTR_CONTAINER] = now[XATTR_CONTAINER];
    err = xattr_replace(stage->fd, values, diag);
    if (!err) err = xattr_remove(stage->fd, XATTR_CONTAINER, diag);
    if (err) xattr_restore(stage->fd, now);
    return err;
}

static enum efs_error commit_existing(struct efs_stage *stage, struct efs_diag *diag)
{
    struct xattr_value now[XATTR_COUNT];
    enum efs_error err;

    if (!(err = xattr_save(stage->fd, now, diag)))
    {
        const struct xattr_value *old = &now[XATTR_METADATA];
        bool same = old->bytes && old->length == stage->metadata_length
            && !memcmp(old->bytes, stage->metadata, old->length);

        if (now[XATTR_CONTAINER].bytes) err = leave_container(stage, now, diag);
        else err = same ? change_layout(stage, now, diag) : change_metadata(stage, now, diag);
    }
    xattr_free(now);
    if (!err) container_sweep_within(stage->fd);
    return err;
}

static enum efs_error commit_new(struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = xattr_set_metadata(stage->fd, stage->metadata, stage->metadata_length, diag))) return err;
    if (stage->layout && (err = set_layout(stage, XATTR_LAYOUT, diag))) return err;
    return stage_install(stage, diag);
}

enum efs_error split_commit_directory(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag)
{
    (void)content_length;
    return stage->target->exists ? commit_existing(stage, diag) : commit_new(stage, diag);
}
