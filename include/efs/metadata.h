/*
 * The EFSRPC Metadata (MS-EFSR 2.2.2): the value of the NTFS attribute "$EFS".
 *
 * A pure codec: no I/O, no allocation. What it hands out are pointers into the caller's bytes.
 * Versions 1 to 3 are read and written in full, 4 to 6 are recognised and kept opaque.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_METADATA_H
#define EFS_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

#define EFS_METADATA_HEADER_SIZE 0x54
#define EFS_METADATA_MIN         0x55   /* ntfs.sys can't stand 0x54 or less */
#define EFS_METADATA_MAX         262144 /* MS-EFSR, note 7 */
#define EFS_METADATA_USERS_MAX   500    /* of one list, winefs.h */
#define EFS_FEK_BLOB_MAX         1086   /* bytes of an encrypted FEK, MS-EFSR */

/* A piece of the metadata; data is NULL where the field is absent. Lengths are bytes, strings are
 * UTF-16LE and counted without their terminator. */
struct efs_bytes
{
    const uint8_t *data;
    uint32_t       length;
};

enum efs_pki_type
{
    EFS_PKI_CONTAINER   = 1, /* Windows 2000: CryptoAPI container, only recognised (ntfs-3g) */
    EFS_PKI_CERTIFICATE = 3, /* thumbprint and names of a certificate */
};

#define EFS_ENTRY_RSA 0u /* entry Flags: FEK encrypted with an RSA key */
#define EFS_ENTRY_AES 1u /* FEK wrapped with a key that is cached from a smart card (version 3) */

/* One key list entry: who can decrypt. */
struct efs_key_entry
{
    uint32_t         offset;        /* of the entry in the metadata */
    uint32_t         flags;         /* EFS_ENTRY_* */
    uint32_t         pki_type;      /* EFS_PKI_* or unknown; below but encrypted_fek only for CERTIFICATE, and sid */
    struct efs_bytes sid;           /* binary SID */
    struct efs_bytes thumbprint;    /* SHA-1 of the DER certificate */
    struct efs_bytes container;     /* key container */
    struct efs_bytes provider;      /* cryptographic provider */
    struct efs_bytes display;       /* "cn(upn)" */
    struct efs_bytes encrypted_fek; /* RSA PKCS#1 v1.5, least significant byte first (CryptoAPI) */
};

enum efs_key_list
{
    EFS_DDF, /* users (data decryption field) */
    EFS_DRF, /* recovery agents (data recovery field) */
};

struct efs_metadata
{
    const uint8_t *bytes;
    uint32_t       length;        /* as given */
    uint32_t       version;       /* 1..6 */
    bool           opaque;        /* version 4 to 6: nothing below is set */
    uint8_t        id[16];        /* EFS_ID, a GUID as stored */
    uint32_t       list_offset[2];/* by enum efs_key_list; 0 = no list */
    uint32_t       count[2];      /* entries of each list */
};

/*
 * Which version the metadata is, checking only what every reader has to know: the limits on its
 * length, the Length field, the version. Enough to keep it. EFS_ERR_METADATA, EFS_ERR_VERSION.
 */
enum efs_error efs_metadata_identify(const uint8_t *bytes, size_t length, uint32_t *version, struct efs_diag *diag);

/*
 * Reads the header and checks every entry of both lists, so that walking them can't fail.
 * Errors: EFS_ERR_METADATA with offset and rule; EFS_ERR_VERSION.
 */
enum efs_error efs_metadata_read(struct efs_metadata *metadata, const uint8_t *bytes, size_t length,
                                 struct efs_diag *diag);

/*
 * Walks a list of metadata that efs_metadata_read accepted: *cursor is 0 at the start. False at the end.
 */
bool efs_metadata_next(const struct efs_metadata *metadata, enum efs_key_list list, uint32_t *cursor,
                       struct efs_key_entry *entry);

/*
 * Writes a $EFS of version 1 to 3 as Windows does: DDF at 0x54, DRF right after it, entries back to
 * back, total rounded up to 8. `offset` of the entries is ignored. Only EFS_PKI_CERTIFICATE entries.
 * *written gets the length in bytes, also (as the length needed) when capacity is too small.
 * Errors: EFS_ERR_INVALID: no DDF entry, a field too long, or capacity too small.
 */
enum efs_error efs_metadata_make(uint8_t *out, size_t capacity, uint32_t version, const uint8_t id[16],
                                 const struct efs_key_entry *ddf, uint32_t ddf_count,
                                 const struct efs_key_entry *drf, uint32_t drf_count, size_t *written);

/* What is to become of the users (DDF entries) of a $EFS; zeros: nothing. */
struct efs_metadata_change
{
    const struct efs_bytes     *drop;       /* thumbprints of those that go */
    uint32_t                    drop_count;
    uint32_t                    drop_entry; /* offset of another one that goes; 0: none */
    const struct efs_key_entry *add;        /* those that come, EFS_PKI_CERTIFICATE; `offset` is ignored */
    uint32_t                    add_count;
};

/*
 * Copies metadata that efs_metadata_read accepted, with that change. All other entries stay as they are, recovery
 * agents too; what is new comes behind the old users. *written gets the length in bytes, also (as the length needed)
 * when capacity is too small; *dropped the number of users left out. Errors: EFS_ERR_INVALID: no user would be left,
 * more than EFS_METADATA_USERS_MAX or EFS_METADATA_MAX bytes, an entry that can't be written, or capacity is too small;
 * EFS_ERR_VERSION: an opaque version.
 */
enum efs_error efs_metadata_change(uint8_t *out, size_t capacity, const struct efs_metadata *metadata,
                                   const struct efs_metadata_change *change, size_t *written, uint32_t *dropped);

/*
 * Copies metadata that efs_metadata_read accepted, without the users (DDF entries) whose thumbprint is among these
 * `count`. The other entries stay as they are, recovery agents too. *written gets the length in bytes, also (as the
 * length needed) when capacity is too small; *dropped the number of users left out. Errors: EFS_ERR_INVALID: no user
 * would be left, or capacity is too small; EFS_ERR_VERSION: an opaque version.
 */
enum efs_error efs_metadata_drop_users(uint8_t *out, size_t capacity, const struct efs_metadata *metadata,
                                       const struct efs_bytes *thumbprints, uint32_t count, size_t *written,
                                       uint32_t *dropped);

#endif
