/*
 * The profiles of Windows' users, and a volume of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypt/reader.h"
#include "crypt/keys/source.h"

/* Something that is there but can't be read: said, and gone on without. */
static enum efs_error note_unreadable(struct pieces *pieces, const struct place *place, const char *name,
                                      const struct efs_diag *why, struct efs_diag *diag)
{
    char *path = place_path(place, name);
    enum efs_error code = path ? pieces_add_note(pieces, path, why, diag) : EFS_ERR_NO_MEMORY;

    if (!path) efs_fail(diag, code, 0, "asprintf");
    free(path);
    return code;
}

/* The names in a directory, none if it can't be read. */
static enum efs_error names_or_note(struct names *names, struct pieces *pieces, const struct place *place,
                                    struct efs_diag *diag)
{
    struct efs_diag inner = { 0 };
    enum efs_error code = place_names(names, place, &inner);

    if (code && code != EFS_ERR_NO_MEMORY) return note_unreadable(pieces, place, ".", &inner, diag);
    return code ? efs_fail(diag, code, 0, inner.rule) : EFS_OK;
}

/* place_below, with a note for what can't be opened. */
static enum efs_error below_or_note(struct place *below, struct pieces *pieces, const struct place *place,
                                    const char *names, bool *found, struct efs_diag *diag)
{
    struct efs_diag inner = { 0 };
    enum efs_error code = place_below(below, place, names, found, &inner);

    if (code) *found = false;
    if (code && code != EFS_ERR_NO_MEMORY) return note_unreadable(pieces, place, names, &inner, diag);
    return code ? efs_fail(diag, code, 0, inner.rule) : EFS_OK;
}

/* Each file of a directory, as long as there is room. */
static enum efs_error add_each(struct pieces *pieces, const struct place *place, enum piece_kind kind, const char *sid,
                               struct efs_diag *diag)
{
    struct names names;
    enum efs_error code = names_or_note(&names, pieces, place, diag);
    uint8_t guid[GUID_SIZE];
    size_t i, before;

    if (code) return code;
    for (i = 0; i < names.count && !code && !pieces->full; i++)
    {
        bool named = guid_from_text(guid, names.list[i], strlen(names.list[i]));

        /* Preferred, BK-DOMAIN and the like are no master keys */
        if (kind == PIECE_MASTER && !named) continue;
        before = pieces->count;
        code = add_file(pieces, kind, place, names.list[i], sid, NULL, diag);
        /* a file whose own text is damaged still has its name */
        if (!code && kind == PIECE_MASTER && pieces->count > before && !pieces->list[before].master.has_guid)
        {
            memcpy(pieces->list[before].master.guid, guid, GUID_SIZE);
            pieces->list[before].master.has_guid = true;
        }
    }
    place_free_names(&names);
    return code;
}

/* The directory's files, if it is there. */
static enum efs_error add_below(struct pieces *pieces, const struct place *base, const char *names,
                                enum piece_kind kind, const char *sid, struct efs_diag *diag)
{
    struct place below;
    bool found;
    enum efs_error code = below_or_note(&below, pieces, base, names, &found, diag);

    if (code || !found) return code;
    code = add_each(pieces, &below, kind, sid, diag);
    place_close(&below);
    return code;
}

/* The files of each directory whose name is a SID. */
static enum efs_error add_sids(struct pieces *pieces, const struct place *base, const char *parent,
                               enum piece_kind kind, struct efs_diag *diag)
{
    char sid[SID_TEXT_MAX];
    struct place below;
    struct names names;
    bool found;
    size_t i;
    enum efs_error code = below_or_note(&below, pieces, base, parent, &found, diag);

    if (code || !found) return code;
    code = names_or_note(&names, pieces, &below, diag);
    for (i = 0; i < names.count && !code && !pieces->full; i++)
    {
        if (!strcasecmp(names.list[i], "CREDHIST") && kind == PIECE_MASTER)
            code = add_file(pieces, PIECE_CREDHIST, &below, names.list[i], NULL, NULL, diag);
        else if (sid_from_name(sid, names.list[i])) code = add_below(pieces, &below, names.list[i], kind, sid, diag);
    }
    place_free_names(&names);
    place_close(&below);
    return code;
}

/* Is there one of the directories that a profile has? */
static enum efs_error looks_like_base(const struct place *base, bool *found, struct efs_diag *diag)
{
    static const char *const signs[] = { "Protect", "SystemCertificates/My", "Crypto/RSA", "Crypto/Keys" };
    struct place sign;
    enum efs_error code = EFS_OK;
    size_t i;

    *found = false;
    for (i = 0; i < sizeof(signs) / sizeof(signs[0]) && !*found; i++)
    {
        code = place_below(&sign, base, signs[i], found, diag);
        place_close(&sign);
        if (code == EFS_ERR_NO_MEMORY) return code;
        /* what can't be opened is there */
        if (code) *found = true;
    }
    return EFS_OK;
}

enum efs_error profile_find(struct place *base, const struct place *place, bool *found, struct efs_diag *diag)
{
    /* the directory itself may be given; Vista and later; XP */
    static const char *const bases[] = { ".", "AppData/Roaming/Microsoft", "Application Data/Microsoft" };
    enum efs_error code = EFS_OK;
    size_t i;

    base->fd = -1;
    base->path = NULL;
    *found = false;
    for (i = 0; i < sizeof(bases) / sizeof(bases[0]) && !code && !*found; i++)
    {
        place_close(base);
        code = place_below(base, place, bases[i], found, diag);
        if (!code && *found) code = looks_like_base(base, found, diag);
    }
    if (code || !*found) place_close(base);
    return code;
}

enum efs_error profile_collect(struct pieces *pieces, const struct place *base, struct efs_diag *diag)
{
    enum efs_error code = add_below(pieces, base, "SystemCertificates/My/Certificates", PIECE_CERTIFICATE, NULL, diag);

    if (!code) code = add_below(pieces, base, "SystemCertificates/My/Keys", PIECE_KEY_INFO, NULL, diag);
    if (!code) code = add_sids(pieces, base, "Crypto/RSA", PIECE_CAPI, diag);
    if (!code) code = add_below(pieces, base, "Crypto/Keys", PIECE_CNG, NULL, diag);
    if (!code) code = add_sids(pieces, base, "Protect", PIECE_MASTER, diag);
    return code;
}

/* ---- a volume ---- */

/* One user's, if there is a profile. */
static enum efs_error add_user(struct pieces *pieces, const struct place *users, const char *name,
                               struct efs_diag *diag)
{
    struct place user, base;
    struct efs_diag inner = { 0 };
    bool found;
    enum efs_error code = below_or_note(&user, pieces, users, name, &found, diag);

    if (code || !found) return code;
    code = profile_find(&base, &user, &found, &inner);
    if (code == EFS_ERR_NO_MEMORY) efs_fail(diag, code, 0, inner.rule);
    else if (code) code = note_unreadable(pieces, users, name, &inner, diag);
    else if (found) code = profile_collect(pieces, &base, diag);
    place_close(&base);
    place_close(&user);
    return code;
}

/* Every profile in a directory of users. */
static enum efs_error add_users(struct pieces *pieces, const struct place *place, const char *users, bool *found,
                                struct efs_diag *diag)
{
    struct place below;
    struct names names;
    size_t i;
    enum efs_error code = below_or_note(&below, pieces, place, users, found, diag);

    if (code || !*found) return code;
    code = names_or_note(&names, pieces, &below, diag);
    for (i = 0; i < names.count && !code && !pieces->full; i++) code = add_user(pieces, &below, names.list[i], diag);
    place_free_names(&names);
    place_close(&below);
    return code;
}

enum efs_error volume_collect(struct pieces *pieces, const struct place *place, bool *found, struct efs_diag *diag)
{
    static const char *const directories[] = { "Users", "Documents and Settings" };
    struct names names;
    struct place old;
    bool users, is_old;
    size_t i, k;
    enum efs_error code = EFS_OK;

    *found = false;
    for (k = 0; k < 2 && !code; k++)
    {
        code = add_users(pieces, place, directories[k], &users, diag);
        *found |= users;
    }
    if (code || !*found) return code;
    /* Windows.old, Windows.old.000 and so on: what an upgrade or a second installation has put aside */
    code = names_or_note(&names, pieces, place, diag);
    for (i = 0; i < names.count && !code; i++)
    {
        if (strncasecmp(names.list[i], "Windows.old", 11)) continue;
        code = below_or_note(&old, pieces, place, names.list[i], &is_old, diag);
        if (code || !is_old) continue;
        for (k = 0; k < 2 && !code; k++) code = add_users(pieces, &old, directories[k], &users, diag);
        place_close(&old);
    }
    place_free_names(&names);
    return code;
}
