/*
 * Security descriptors and modes: what Wine makes of a mode, and what a descriptor means for one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "descriptor.h"

/* Access rights of files and directories: MS-DTYP 2.4.3 */
#define READ_DATA    0x00000001u
#define WRITE_DATA   0x00000002u
#define APPEND_DATA  0x00000004u
#define EXECUTE      0x00000020u
#define DELETE_CHILD 0x00000040u
#define DELETE       0x00010000u
#define WRITE_DAC_AND_OWNER 0x000c0000u
#define STANDARD_ALL    0x001f0000u

/* Types of entries: MS-DTYP 2.4.4.1 */
enum ace_type
{
    ACE_ALLOWED = 0x00,
    ACE_DENIED = 0x01,
    ACE_DENIED_OBJECT = 0x06,
    ACE_DENIED_CALLBACK = 0x0a,
    ACE_DENIED_CALLBACK_OBJECT = 0x0c,
    ACE_LAST_KNOWN = 0x13, /* up to here all others allow something, or aren't about access */
};

#define ACE_INHERIT_ONLY 0x08
#define ACE_INHERITED_BY_ALL 0x03 /* object inherit, container inherit */

static const uint8_t sid_everyone[] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t sid_system[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
/* S-1-5-88-3-MODE, without the mode */
static const uint8_t sid_mode[] = { 1, 3, 0, 0, 0, 0, 0, 5, 88, 0, 0, 0, 3, 0, 0, 0 };

/* Who restores under Wine is in these, and the owner on Windows in most: each of 12 or 16 bytes. */
static const uint8_t sids_of_owner[][16] =
{
    { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 },               /* Everyone */
    { 1, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 },               /* LOCAL */
    { 1, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0 },               /* CREATOR OWNER */
    { 1, 1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0 },               /* OWNER RIGHTS */
    { 1, 1, 0, 0, 0, 0, 0, 5, 4, 0, 0, 0 },               /* INTERACTIVE */
    { 1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0 },              /* Authenticated Users */
    { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 }, /* Administrators */
    { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0 }, /* Users */
};

static size_t sid_length(const uint8_t *sid)
{
    return SID_FIXED + 4u * sid[1];
}

static bool is_same_sid(const uint8_t *a, const uint8_t *b)
{
    return sid_length(a) == sid_length(b) && !memcmp(a, b, sid_length(a));
}

/* ---- Wine's list of a mode ---- */

struct list
{
    uint8_t bytes[ACL_SIZE + 5 * (ACE_SID + SID_MAX)];
    size_t  size;
};

static void add_entry(struct list *list, enum ace_type type, unsigned int flags, uint32_t mask, const uint8_t *sid)
{
    uint8_t *ace = list->bytes + list->size;
    size_t size = ACE_SID + sid_length(sid);

    ace[0] = (uint8_t)type;
    ace[1] = (uint8_t)flags;
    store16_le(ace + 2, (uint16_t)size);
    store32_le(ace + ACE_MASK, mask);
    memcpy(ace + ACE_SID, sid, sid_length(sid));
    list->size += size;
    store16_le(list->bytes + 2, (uint16_t)list->size);
    store16_le(list->bytes + 4, (uint16_t)(load16_le(list->bytes + 4) + 1));
}

/* Three bits, of one class. Wine gives execution with reading. */
static uint32_t rights_of(uint32_t bits)
{
    return (bits & 4 ? FILE_READ | FILE_EXECUTE : 0) | (bits & 2 ? FILE_WRITE | DELETE | DELETE_CHILD : 0);
}

/* Wine's server (mode_to_sd) takes others' right to read for one to write, where it denies the owner writing; a version
 * that doesn't is as good. */
enum spelling
{
    SPELLING_OLD,
    SPELLING_FIXED,
    SPELLING_COUNT
};

static uint32_t denied_rights(uint32_t user, uint32_t group, uint32_t others, enum spelling spelling)
{
    uint32_t writers = group & 2 || others & (spelling == SPELLING_OLD ? 4 : 2) ? 2 : 0;

    return rights_of((((group | others) & 4) | writers) & ~user) & ~STANDARD_ALL;
}

/* As Wine 8.0 does it, behind the entry that says the mode if there is to be one. */
static void make_list(struct list *list, const uint8_t *owner, uint32_t mode, bool directory, enum spelling spelling,
                      bool exact)
{
    unsigned int flags = directory ? ACE_INHERITED_BY_ALL : 0;
    uint32_t user = mode >> 6 & 7, group = mode >> 3 & 7, others = mode & 7;
    uint8_t sid[sizeof(sid_mode) + 4];

    memset(list->bytes, 0, ACL_SIZE);
    list->bytes[0] = 2;
    list->size = ACL_SIZE;
    if (exact)
    {
        memcpy(sid, sid_mode, sizeof(sid_mode));
        store32_le(sid + sizeof(sid_mode), mode);
        add_entry(list, ACE_DENIED, 0, 0, sid);
    }
    add_entry(list, ACE_ALLOWED, flags, FILE_ALL, sid_system);
    if (user) add_entry(list, ACE_ALLOWED, flags, rights_of(user) | WRITE_DAC_AND_OWNER, owner);
    /* the owner may be in the group */
    if ((group | others) & ~user)
        add_entry(list, ACE_DENIED, flags, denied_rights(user, group, others, spelling), owner);
    if (others) add_entry(list, ACE_ALLOWED, flags, rights_of(others), sid_everyone);
}

/* In which spelling it is this, byte for byte; SPELLING_COUNT: in none. */
static enum spelling find_spelling(const uint8_t *acl, size_t length, const uint8_t *owner, uint32_t mode,
                                   bool directory, bool exact)
{
    struct list list;
    unsigned int i;

    for (i = 0; i < SPELLING_COUNT; i++)
    {
        make_list(&list, owner, mode, directory, (enum spelling)i, exact);
        if (list.size == length && !memcmp(list.bytes, acl, length)) break;
    }
    return (enum spelling)i;
}

size_t bsecurity_add_mode(const uint8_t *descriptor, size_t length, uint32_t shown, uint32_t mode, bool directory,
                          uint8_t *out, size_t capacity)
{
    const uint8_t *parts[PART_COUNT];
    size_t lengths[PART_COUNT];
    enum spelling spelling;
    struct list list;
    unsigned int i;

    if (!bsecurity_is_valid(descriptor, length)) return 0;
    for (i = 0; i < PART_COUNT; i++) parts[i] = descriptor_part(descriptor, (enum descriptor_part)i, &lengths[i]);
    if (!lengths[PART_OWNER] || !lengths[PART_DACL]) return 0;
    spelling = find_spelling(parts[PART_DACL], lengths[PART_DACL], parts[PART_OWNER], shown, directory, false);
    if (spelling == SPELLING_COUNT) return 0;
    make_list(&list, parts[PART_OWNER], mode & BSECURITY_MODE, directory, spelling, true);
    parts[PART_DACL] = list.bytes;
    lengths[PART_DACL] = list.size;
    return descriptor_join(load16_le(descriptor + DESCRIPTOR_CONTROL), parts, lengths, out, capacity);
}

/* ---- what a list means ---- */

/* An own entry is believed only if nothing else would be lost or gained by it: the rest is Wine's list of that mode. */
static bool is_exact(const uint8_t *acl, size_t length, const uint8_t *owner, bool directory, uint32_t *mode)
{
    const uint8_t *sid = acl + ACL_SIZE + ACE_SID;

    if (length < ACL_SIZE + ACE_SID + sizeof(sid_mode) + 4 || memcmp(sid, sid_mode, sizeof(sid_mode))) return false;
    *mode = load32_le(sid + sizeof(sid_mode));
    return *mode <= BSECURITY_MODE && find_spelling(acl, length, owner, *mode, directory, true) != SPELLING_COUNT;
}

/* Who may be denied something without any other losing it. */
static bool is_owner(const uint8_t *sid, const uint8_t *owner, const uint8_t *user)
{
    return (owner && is_same_sid(sid, owner)) || (user && is_same_sid(sid, user));
}

static bool has_owner(const uint8_t *sid, const uint8_t *owner, const uint8_t *user)
{
    size_t i;

    for (i = 0; i < sizeof(sids_of_owner) / sizeof(sids_of_owner[0]); i++)
        if (is_same_sid(sid, sids_of_owner[i])) return true;
    return is_owner(sid, owner, user);
}

struct rights
{
    uint32_t owner, owner_denied;
    uint32_t others, others_denied;
};

static void take_entry(struct rights *rights, const uint8_t *ace, const uint8_t *owner, const uint8_t *user)
{
    const uint8_t *sid = ace + ACE_SID;
    bool is_long = load16_le(ace + 2) >= ACE_SID;
    uint32_t mask = is_long ? map_generic(load32_le(ace + ACE_MASK)) : UINT32_MAX;

    if (ace[1] & ACE_INHERIT_ONLY) return;
    switch (ace[0])
    {
    case ACE_ALLOWED:
        if (has_owner(sid, owner, user)) rights->owner |= mask & ~rights->owner_denied;
        if (is_same_sid(sid, sid_everyone)) rights->others |= mask;
        break;
    case ACE_DENIED:
        if (has_owner(sid, owner, user)) rights->owner_denied |= mask & ~rights->owner;
        if (!is_owner(sid, owner, user)) rights->others_denied |= mask;
        break;
    case ACE_DENIED_OBJECT:
    case ACE_DENIED_CALLBACK:
    case ACE_DENIED_CALLBACK_OBJECT:
        /* to whom and when isn't looked at: it may be anybody */
        rights->others_denied |= mask;
        break;
    default:
        /* what isn't known may deny */
        if (ace[0] > ACE_LAST_KNOWN) rights->others_denied = UINT32_MAX;
        break;
    }
}

static uint32_t bits_of_owner(uint32_t rights, bool directory)
{
    uint32_t bits = (rights & READ_DATA ? 4 : 0) | (rights & (WRITE_DATA | APPEND_DATA) ? 2 : 0)
        | (rights & EXECUTE ? 1 : 0);

    /* Windows lets everybody pass through directories */
    return directory && bits ? bits | 1 : bits;
}

/* w permits all of it: on a directory, to delete what is in it, too */
static uint32_t bits_of_others(uint32_t rights, bool directory)
{
    uint32_t writing = WRITE_DATA | APPEND_DATA | (directory ? DELETE_CHILD : 0);

    return (rights & READ_DATA ? 4 : 0) | ((rights & writing) == writing ? 2 : 0) | (rights & EXECUTE ? 1 : 0);
}

enum bsecurity_says bsecurity_read_mode(const uint8_t *descriptor, size_t length, const uint8_t *user,
                                        size_t user_length, bool directory, uint32_t *mode)
{
    struct rights rights = { 0 };
    const uint8_t *owner, *acl;
    size_t owner_length, acl_length, at;
    unsigned int i, count;
    uint32_t bits;

    *mode = 0;
    if (!bsecurity_is_valid(descriptor, length) || !(load16_le(descriptor + DESCRIPTOR_CONTROL) & CONTROL_DACL_PRESENT))
        return BSECURITY_NOTHING;
    if (user_length < SID_FIXED || sid_length(user) != user_length) user = NULL;
    owner = descriptor_part(descriptor, PART_OWNER, &owner_length);
    if (!owner_length) owner = NULL;
    acl = descriptor_part(descriptor, PART_DACL, &acl_length);
    if (!acl_length) /* present and NULL: everybody may do everything */
    {
        *mode = 0777;
        return BSECURITY_BOUND;
    }
    if (owner && is_exact(acl, acl_length, owner, directory, mode)) return BSECURITY_EXACT;
    count = load16_le(acl + 4);
    for (i = 0, at = ACL_SIZE; i < count; i++, at += load16_le(acl + at + 2))
        take_entry(&rights, acl + at, owner, user);
    bits = bits_of_others(rights.others & ~rights.others_denied, directory);
    *mode = bits_of_owner(rights.owner, directory) << 6 | bits << 3 | bits;
    return BSECURITY_BOUND;
}

uint32_t bsecurity_choose_mode(enum bsecurity_says says, uint32_t mode, uint32_t old, bool directory, uint32_t umask)
{
    if (says == BSECURITY_NOTHING) return old & 07777;
    if (says == BSECURITY_EXACT) return (old & 06000) | mode;
    if (!directory && !(old & 0111)) mode &= ~0111u;
    return (old & 07000) | (mode & 0700) | (mode & 077 & ~umask);
}
