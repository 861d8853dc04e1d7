/*
 * The table of forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

/* In the order in which they are asked. The last one of each attribute asks nothing. */
static const struct form *const forms[] = { &form_ntfs3g, &form_split, &form_container };

enum efs_error form_of_attribute(const struct form **form, enum store_xattr attribute, int fd, struct efs_diag *diag)
{
    enum efs_error err;
    bool here = false;
    size_t i;

    for (i = 0; !here; i++)
    {
        if (forms[i]->attribute != attribute) continue;
        *form = forms[i];
        if (!forms[i]->is_here) break;
        if ((err = forms[i]->is_here(fd, &here, diag))) return err;
    }
    return EFS_OK;
}

const struct form *form_of_id(enum efs_form id)
{
    size_t i = 0;

    while (forms[i]->id != id || forms[i]->is_here) i++;
    return forms[i];
}

const struct form *form_for_all(void)
{
    size_t i = 0;

    while (!forms[i]->takes_all) i++;
    return forms[i];
}

const char *efs_form_name(const struct efs_stored *stored)
{
    return stored->kind->name;
}

const char *efs_form_description(const struct efs_stored *stored)
{
    return stored->kind->description;
}

bool efs_stored_is_canonical(const struct efs_stored *stored)
{
    return !stored->layout && !stored->streams && !stored->kind->takes_all;
}
