/*
 * Extended attributes in a view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "attributes.h"

#include <string.h>

#include "efs/store.h"
#include "tree_internal.h"

/* Of plain files, and of no harm on any: sparse, read-only, the mode that belongs to a descriptor. */
static const char * const passed[] = { EFS_STORE_SPARSE, EFS_STORE_WRITABLE, EFS_STORE_DESCRIPTOR_MARK };

static bool begins(const char *name, const char *with)
{
    return !strncmp(name, with, strlen(with));
}

bool view_hides_attribute(const struct view_tree *tree, const char *name, bool encrypted)
{
    size_t i;

    for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
        if (!strcmp(name, passed[i])) return false;
    return begins(name, "user.efs.") || !strcmp(name, EFS_STORE_XATTR) || begins(name, "user.view.")
        || (encrypted && tree->ntfs && begins(name, "user."));
}

int view_get_attribute(struct view_tree *tree, struct view_node *node, char value[EFS_VIEW_TEXT_MAX], size_t *length)
{
    struct efs_view_text text = { .open = true, .reachable = tree->socket[0] != 0 };
    struct view_content *content;
    struct view_about about;
    int err;

    if ((err = view_look(tree, node, &about))) return err;
    text.encrypted = about.encrypted;
    if (about.encrypted && S_ISDIR(about.st.st_mode)) text.open = tree->feks != NULL;
    else if (about.encrypted)
    {
        text.open = !view_content_open(tree, node, false, -1, &content);
        if (text.open) view_content_close(tree, content, false);
    }
    text.file = (struct efs_view_file){ node->identity.device, node->identity.inode, node->generation };
    memcpy(text.socket, tree->socket, sizeof(text.socket));
    *length = efs_view_text_make(value, &text);
    return 0;
}

size_t view_filter_attributes(const struct view_tree *tree, char *names, size_t length, bool encrypted)
{
    size_t at, kept = 0, n;

    for (at = 0; at < length; at += n)
    {
        n = strnlen(names + at, length - at) + 1;
        if (n > length - at) break; /* no terminator: the host's list isn't one */
        if (view_hides_attribute(tree, names + at, encrypted)) continue;
        memmove(names + kept, names + at, n);
        kept += n;
    }
    return kept;
}
