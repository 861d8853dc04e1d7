/*
 * Who can decrypt a file: the lists of certificates in its $EFS, as the EFS functions hand them out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "api/efs_api.h"
#include "wine/errors.h"
#include "efs/metadata.h"
#include "api/stored_metadata.h"

/* Each part of the allocation is aligned as a pointer is, which is enough for all of the structures. */
static SIZE_T round_up(SIZE_T size)
{
    return (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

/* Gives out the allocation piece by piece, or only counts, when there is none yet. */
struct arena
{
    BYTE  *base;
    SIZE_T used;
};

static void *take(struct arena *arena, SIZE_T size)
{
    void *p = arena->base ? arena->base + arena->used : NULL;

    arena->used += round_up(size);
    return p;
}

static void *take_copy(struct arena *arena, const struct efs_bytes *bytes)
{
    void *p = take(arena, bytes->length);

    if (p) memcpy(p, bytes->data, bytes->length);
    return p;
}

/* The string in the metadata has no terminator. The allocation was zeroed: so the bytes behind the copy are one. */
static WCHAR *take_string(struct arena *arena, const struct efs_bytes *string)
{
    WCHAR *p = take(arena, string->length + sizeof(WCHAR));

    if (p) memcpy(p, string->data, string->length);
    return p;
}

static ENCRYPTION_CERTIFICATE_HASH *take_user(struct arena *arena, const struct efs_key_entry *entry)
{
    ENCRYPTION_CERTIFICATE_HASH *user = take(arena, sizeof(*user));
    EFS_HASH_BLOB *hash = take(arena, sizeof(*hash));
    SID *sid = entry->sid.data ? take_copy(arena, &entry->sid) : NULL;
    BYTE *thumbprint = entry->thumbprint.data ? take_copy(arena, &entry->thumbprint) : NULL;
    WCHAR *display = entry->display.data ? take_string(arena, &entry->display) : NULL;

    if (!user) return NULL;
    user->cbTotalLength = sizeof(*user);
    user->pUserSid = sid;
    user->pHash = hash;
    user->lpDisplayInformation = display;
    hash->cbData = entry->thumbprint.length;
    hash->pbData = thumbprint;
    return user;
}

static ENCRYPTION_CERTIFICATE_HASH_LIST *take_list(struct arena *arena, const struct efs_metadata *metadata,
                                                   enum efs_key_list list)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *out = take(arena, sizeof(*out));
    ENCRYPTION_CERTIFICATE_HASH **users = take(arena, metadata->count[list] * sizeof(*users)), *user;
    struct efs_key_entry entry;
    uint32_t cursor = 0;
    DWORD count = 0;

    while (efs_metadata_next(metadata, list, &cursor, &entry))
    {
        user = take_user(arena, &entry);
        if (users) users[count] = user;
        count++;
    }
    if (!out) return NULL;
    out->nCert_Hash = count;
    out->pUsers = users;
    return out;
}

/* One allocation, so that one call frees it, however the program treats the pointers inside. */
static DWORD make_list(const BYTE *bytes, DWORD size, enum efs_key_list list, PENCRYPTION_CERTIFICATE_HASH_LIST *out)
{
    struct efs_metadata metadata;
    struct arena arena = { 0 };
    enum efs_error err;

    if ((err = efs_metadata_read(&metadata, bytes, size, NULL))) return error_of_stored(err);
    if (metadata.opaque) return ERROR_EFS_VERSION_NOT_SUPPORT;
    take_list(&arena, &metadata, list);
    if (!(arena.base = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, arena.used))) return ERROR_NOT_ENOUGH_MEMORY;
    arena.used = 0;
    *out = take_list(&arena, &metadata, list);
    return ERROR_SUCCESS;
}

static DWORD query(const WCHAR *name, enum efs_key_list list, PENCRYPTION_CERTIFICATE_HASH_LIST *out)
{
    BYTE *metadata;
    DWORD err, size;

    if (!name || !out) return error_return(ERROR_INVALID_PARAMETER);
    if (!(err = stored_metadata_get(name, &metadata, &size)))
    {
        err = make_list(metadata, size, list, out);
        HeapFree(GetProcessHeap(), 0, metadata);
    }
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return error_return(err);
}

/***********************************************************************
 *           QueryUsersOnEncryptedFile   (ADVAPI32.@)
 *
 * The certificates of those who can decrypt a file or directory.
 *
 * PARAMS
 *  name  [I] file or directory
 *  users [O] for FreeEncryptionCertificateHashList. Unchanged on failure. Display text and SID may be NULL; an entry
 *            without a certificate's thumbprint has an empty hash.
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER        name or users is NULL
 *  ERROR_FILE_NOT_ENCRYPTED       no EFS metadata there
 *  ERROR_FILE_CORRUPT             $EFS breaks a rule of its format, or doesn't fit the data
 *  ERROR_EFS_VERSION_NOT_SUPPORT  $EFS of version 4 or later, which isn't understood here
 *  what the file can't be opened for, ERROR_NO_EFS
 */
DWORD WINAPI QueryUsersOnEncryptedFile(LPCWSTR name, PENCRYPTION_CERTIFICATE_HASH_LIST *users)
{
    TRACE("%s, %p\n", debug_wstr(name), (void *)users);

    return query(name, EFS_DDF, users);
}

/***********************************************************************
 *           QueryRecoveryAgentsOnEncryptedFile   (ADVAPI32.@)
 *
 * The same for the recovery agents. A file without any has an empty list.
 */
DWORD WINAPI QueryRecoveryAgentsOnEncryptedFile(LPCWSTR name, PENCRYPTION_CERTIFICATE_HASH_LIST *agents)
{
    TRACE("%s, %p\n", debug_wstr(name), (void *)agents);

    return query(name, EFS_DRF, agents);
}

/***********************************************************************
 *           FreeEncryptionCertificateHashList   (ADVAPI32.@)
 *
 * Frees what one of the two handed out; NULL is allowed.
 */
VOID WINAPI FreeEncryptionCertificateHashList(PENCRYPTION_CERTIFICATE_HASH_LIST list)
{
    TRACE("%p\n", (void *)list);

    if (list) HeapFree(GetProcessHeap(), 0, list);
}
