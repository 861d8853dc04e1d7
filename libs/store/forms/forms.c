/*
 * The table of forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <errno.h>

/* In the order in which they are asked. The last one takes any stream, and is for what no other is. */
static const struct form *const forms[] = { &form_ntfs3g, &form_split, &form_container };

#define LAST_FORM (sizeof(forms) / sizeof(forms[0]) - 1)

enum efs_error form_of_attribute(const struct form **form, enum store_xattr attribute, int fd, struct efs_diag *diag)
{
    enum efs_error err;
    bool here = false;
    size_t i;

    for (i = 0; i < LAST_FORM; i++)
    {
        if (forms[i]->attribute != attribute) continue;
        *form = forms[i];
        if (!forms[i]->is_here) return EFS_OK;
        if ((err = forms[i]->is_here(fd, &here, diag))) return err;
        if (here) return EFS_OK;
    }
    *form = forms[LAST_FORM];
    return EFS_OK;
}

const struct form *form_to_begin(void)
{
    size_t i;

    for (i = 0; i < LAST_FORM && forms[i]->is_here; i++) ;
    return forms[i];
}

const struct form *form_for_all(void)
{
    return forms[LAST_FORM];
}

void form_probe(int fd, struct efs_probe *probe)
{
    size_t i;

    for (i = 0; i <= LAST_FORM; i++)
        if (forms[i]->probe && !forms[i]->probe(fd, probe)) return;
}

bool form_has_attribute(const char *path)
{
    size_t i;

    for (i = 0; i <= LAST_FORM; i++)
    {
        if (!forms[i]->probe) continue;
        if (xattr_is_there(path, forms[i]->attribute)) return true;
        if (errno != ENODATA) return false; /* here, nothing has such attributes */
    }
    return false;
}

const char *efs_form_name(const struct efs_stored *stored)
{
    return stored->kind->name;
}

const char *efs_form_description(const struct efs_stored *stored)
{
    return stored->open ? "split, in the open form (a view writes it, or was killed)" : stored->kind->description;
}

bool efs_stored_is_canonical(const struct efs_stored *stored)
{
    return !stored->layout && !stored->open && !stored->streams && !stored->kind->takes_all;
}
