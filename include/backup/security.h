/*
 * Self-relative security descriptors (MS-DTYP 2.4.6): which mode a descriptor means for a file of the host, the
 * descriptor that says a mode exactly, and the form in which a descriptor is kept in an extended attribute.
 *
 * A pure codec: no I/O, no allocation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUP_SECURITY_H
#define BACKUP_SECURITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Can it be walked safely: everything within `length` bytes, lists and SIDs whole? */
bool bsecurity_is_valid(const uint8_t *descriptor, size_t length);

/* Where a valid one has its owner's SID, or its group's; *length: bytes, 0: it has none. */
const uint8_t *bsecurity_owner(const uint8_t *descriptor, bool group, size_t *length);

/* ---- parts ---- */

/* Their bits in SECURITY_INFORMATION (MS-DTYP 2.4.7). A label is an entry of the SACL. */
#define BSECURITY_OWNER 0x01u
#define BSECURITY_GROUP 0x02u
#define BSECURITY_DACL  0x04u
#define BSECURITY_SACL  0x08u
#define BSECURITY_LABEL 0x10u

/* Which of them a valid descriptor has; a label counts with its SACL. */
uint32_t bsecurity_parts(const uint8_t *descriptor);
/*
 * A descriptor of these parts of the one (`from`), and the others of the other (`base`), self-relative, without gaps,
 * in the order owner, group, SACL, DACL. With BSECURITY_LABEL alone the SACL gets the one's labels, and the other's
 * other entries. Either may be NULL or invalid: then it has no part.
 *
 * Returns its length; more than `capacity`: nothing was written. 0: its SACL would be too long.
 */
size_t bsecurity_merge(const uint8_t *base, size_t base_length, const uint8_t *from, size_t from_length, uint32_t which,
                       uint8_t *out, size_t capacity);
/* Replaces generic rights in a valid descriptor by those of files, where they aren't just to be inherited, as NTFS does
   when it is set. */
void bsecurity_map_generic(uint8_t *descriptor);

/* ---- modes ---- */

/* What travels of a mode: all but set-user-ID and set-group-ID. */
#define BSECURITY_MODE 01777u

enum bsecurity_says
{
    BSECURITY_NOTHING, /* it has no access list */
    BSECURITY_EXACT,   /* made by bsecurity_add_mode: the mode, sticky bit included */
    BSECURITY_BOUND,   /* as Windows writes them: the most that owner, group and others get */
};

/*
 * Which mode a valid descriptor means. `user`: SID of those who restore, of `user_length` bytes; 0: unknown.
 *
 * In a bound the owner gets what the list gives to its owner, to the user, and to groups that every user is in. Group
 * and others get what it gives to Everyone and denies to nobody: a bit only if all that it permits on Linux is given.
 */
enum bsecurity_says bsecurity_read_mode(const uint8_t *descriptor, size_t length, const uint8_t *user,
                                        size_t user_length, bool directory, uint32_t *mode);
/*
 * The mode that a file of mode `old` gets, set-user-ID and set-group-ID included: they stay as they are. Within a bound
 * group and others get no more than the umask leaves, and nobody execution of a regular file that nobody could execute.
 */
uint32_t bsecurity_choose_mode(enum bsecurity_says says, uint32_t mode, uint32_t old, bool directory, uint32_t umask);

/*
 * Wine's own descriptor of a file of mode `shown`, as one that says `mode` exactly: its first entry denies nothing to
 * S-1-5-88-3-MODE, the SID by which NFS servers on Windows say modes; all the others are what Wine makes of the mode.
 *
 * Returns its length; more than `capacity`: nothing was written. 0: this isn't what Wine makes of `shown`.
 */
size_t bsecurity_add_mode(const uint8_t *descriptor, size_t length, uint32_t shown, uint32_t mode, bool directory,
                          uint8_t *out, size_t capacity);

/* ---- kept in extended attributes ---- */

#define BSECURITY_FORM_FIXED 22      /* bytes of the form before its parts */
#define BSECURITY_FORM_MAX   0x10000 /* no attribute of Linux is longer */
#define BSECURITY_MARK_SIZE  10

/*
 * A valid descriptor in wine-staging's form (user.wine.sd): revision, 0, u32 control without SE_SELF_RELATIVE, u32
 * lengths of owner, group, SACL and DACL, and these. Returns its length; more than `capacity`: nothing was written.
 * *hash: of the descriptor that bsecurity_unpack will make of it: the same one, if it is laid out without gaps,
 * overlaps and reserved bytes.
 */
size_t bsecurity_pack(const uint8_t *descriptor, size_t length, uint8_t *out, size_t capacity, uint64_t *hash);
/* The descriptor of that hash. As above; 0: the form isn't sound, or makes no such descriptor. */
size_t bsecurity_unpack(const uint8_t *form, size_t length, uint64_t hash, uint8_t *out, size_t capacity);

/* What says to which mode a kept descriptor belongs (user.efs.sd): u16 mode, u64 hash. */
void bsecurity_make_mark(uint8_t mark[BSECURITY_MARK_SIZE], uint32_t mode, uint64_t hash);
void bsecurity_read_mark(const uint8_t mark[BSECURITY_MARK_SIZE], uint32_t *mode, uint64_t *hash);

#endif
