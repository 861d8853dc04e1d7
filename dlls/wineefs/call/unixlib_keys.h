/*
 * The calls for which keys are needed: part of unixlib.h. They are done by a module of their own, wineefs-keys.so,
 * which is opened at the first of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

struct keys_open_params
{
    uint32_t available;        /* out */
    uint32_t reserved;
    struct unix_result result; /* the reason, if they aren't */
};

struct key_bytes
{
    uint64_t data;
    uint32_t length;   /* bytes */
    uint32_t reserved;
};

/* A user's key: the private one as a PVK file that isn't encrypted, and the certificate that belongs to it (DER). */
struct key_pair
{
    struct key_bytes key;
    struct key_bytes certificate;
};

/* Who will be able to decrypt: certificates (DER), those of users before those of recovery agents. */
struct key_readers
{
    uint64_t certificates; /* in: struct key_bytes */
    uint32_t users;        /* in */
    uint32_t agents;       /* in */
    uint32_t bad_agent;    /* out: 1: an agent's is none that can be used now */
    uint32_t reserved;
};

struct encrypt_params
{
    int32_t            fd; /* in, taken over */
    uint32_t           reserved;
    struct key_readers readers;
    struct unix_result result;
};

struct decrypt_params
{
    int32_t            fd; /* in, taken over */
    uint32_t           reserved;
    struct key_pair    pair;
    struct unix_result result;
};

struct new_metadata_params /* a $EFS with a key of its own */
{
    struct key_readers readers;
    uint64_t           buffer; /* in: room for EFS_METADATA_MAX bytes */
    uint32_t           length; /* out: bytes */
    uint32_t           reserved;
    struct unix_result result;
};

struct add_users_params
{
    int32_t            fd;         /* in, taken over */
    uint32_t           count;      /* in: certificates */
    uint64_t           certificates; /* in: struct key_bytes, DER */
    struct key_pair    pair;
    uint32_t           remove_old; /* in: 1: the user whose key it is goes */
    uint32_t           bad_certificate; /* out: 1: one of them can't be used */
    struct unix_result result;
};

struct file_key_params
{
    struct key_bytes   metadata;  /* in: the $EFS */
    struct key_pair    pair;
    uint32_t           algorithm; /* out: ALG_ID */
    uint32_t           length;    /* out: bytes of the key */
    struct unix_result result;
};

struct save_pfx_params /* a PFX into a new, empty file, which becomes its owner's alone */
{
    int32_t            fd;       /* in, taken over */
    uint32_t           reserved;
    struct key_pair    pair;
    uint64_t           password; /* in: UTF-8, terminated */
    struct unix_result result;
};

struct keep_key_params /* a key that was just made */
{
    uint64_t           prefix; /* in: path, terminated */
    uint64_t           name;   /* in: of its two files, without an ending, terminated */
    struct key_pair    pair;
    struct unix_result result;
};
