/*
 * $EFS of several users (MS-EFSR 2.2.2.1), made without the project's engine, and what is checked against it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "metadata.h"

#define FEK_SIZE 0x80

static const WCHAR container[] = L"key", provider[] = L"Microsoft Enhanced Cryptographic Provider v1.0";

static BYTE *put_string(BYTE *certificate, DWORD field, BYTE *at, const WCHAR *string)
{
    DWORD size = (lstrlenW(string) + 1) * sizeof(WCHAR);

    put32(certificate + field, at - certificate);
    memcpy(at, string, size);
    return at + size;
}

static void make_sid(BYTE *sid, BYTE id)
{
    static const BYTE fixed[8] = { 1, 5, 0, 0, 0, 0, 0, 5 };
    DWORD i;

    memcpy(sid, fixed, sizeof(fixed));
    put32(sid + 8, 21);
    for (i = 1; i <= 3; i++) put32(sid + 8 + 4 * i, i);
    put32(sid + 24, id);
}

#define SID_SIZE 28

static BYTE *put_entry(BYTE *entry, const struct user *user, DWORD *state)
{
    BYTE *pki = entry + 0x14, *certificate = pki + 0x1c + (user->sid ? SID_SIZE : 0), *at = certificate + 0x14;
    DWORD i;

    if (user->sid)
    {
        put32(pki + 0x04, 0x1c);
        make_sid(pki + 0x1c, user->thumbprint);
    }
    if (user->thumbprint)
    {
        put32(certificate, 0x14);
        put32(certificate + 0x04, THUMBPRINT_SIZE);
        memset(at, user->thumbprint, THUMBPRINT_SIZE);
        at += THUMBPRINT_SIZE;
    }
    if (user->sid)
    {
        at = put_string(certificate, 0x08, at, container);
        at = put_string(certificate, 0x0c, at, provider);
    }
    if (user->display) at = put_string(certificate, 0x10, at, user->display);
    put32(pki, at - pki);
    put32(pki + 0x08, 3);
    put32(pki + 0x0c, at - certificate);
    put32(pki + 0x10, certificate - pki);
    put32(entry + 0x04, 0x14);
    put32(entry + 0x08, FEK_SIZE);
    put32(entry + 0x0c, at - entry);
    for (i = 0; i < FEK_SIZE; i++) *at++ = next_random(state);
    put32(entry, at - entry);
    return at;
}

static BYTE *put_list(BYTE *at, const struct user *users, DWORD count, DWORD *state)
{
    put32(at, count);
    at += 4;
    while (count--) at = put_entry(at, users++, state);
    return at;
}

DWORD make_metadata_of(BYTE *out, DWORD seed, const struct user *users, DWORD user_count, const struct user *agents,
                       DWORD agent_count)
{
    DWORD i, length, state = seed;
    BYTE *at;

    memset(out, 0, (user_count + agent_count + 1) * ENTRY_SIZE_MAX);
    put32(out + METADATA_VERSION, 2);
    for (i = 0; i < 16; i++) out[METADATA_ID + i] = next_random(&state);
    put32(out + METADATA_DDF, 0x54);
    at = put_list(out + 0x54, users, user_count, &state);
    if (agent_count)
    {
        put32(out + METADATA_DRF, at - out);
        at = put_list(at, agents, agent_count, &state);
    }
    length = (at - out + 7) & ~7u;
    put32(out, length);
    return length;
}

void restore_with(const WCHAR *path, ULONG flags, const BYTE *metadata, DWORD length)
{
    struct stream stream;

    if (flags & CREATE_FOR_DIR) build_directory_stream_of(&stream, metadata, length);
    else build_stream_of(&stream, 1000, 1, metadata, length);
    check_code(restore_stream(path, flags, &stream), ERROR_SUCCESS);
    free_stream(&stream);
}

void check_users_(const char *file, int line, const ENCRYPTION_CERTIFICATE_HASH_LIST *list, const struct user *users,
                  DWORD count)
{
    const ENCRYPTION_CERTIFICATE_HASH *found;
    BYTE sid[SID_SIZE], hash[THUMBPRINT_SIZE];
    DWORD i;

    ok_(file, line)(list->nCert_Hash == count, "got %lu users, expected %lu\n", list->nCert_Hash, count);
    for (i = 0; i < min(count, list->nCert_Hash); i++)
    {
        found = list->pUsers[i];
        ok_(file, line)(!((ULONG_PTR)found % sizeof(void *)), "user %lu isn't aligned\n", i);
        ok_(file, line)(found->cbTotalLength == sizeof(*found), "user %lu: got total length %lu\n", i,
                        found->cbTotalLength);
        ok_(file, line)(!!found->pUserSid == users[i].sid, "user %lu: got SID %p\n", i, (void *)found->pUserSid);
        if (found->pUserSid && users[i].sid)
        {
            make_sid(sid, users[i].thumbprint);
            ok_(file, line)(IsValidSid(found->pUserSid) && EqualSid(found->pUserSid, (SID *)(void *)sid),
                            "user %lu: another SID\n", i);
        }
        ok_(file, line)(!!found->pHash, "user %lu: no hash\n", i);
        if (found->pHash && users[i].thumbprint)
        {
            memset(hash, users[i].thumbprint, sizeof(hash));
            ok_(file, line)(found->pHash->cbData == THUMBPRINT_SIZE
                            && !memcmp(found->pHash->pbData, hash, sizeof(hash)), "user %lu: another hash\n", i);
        }
        else if (found->pHash)
            ok_(file, line)(!found->pHash->cbData, "user %lu: got a hash of %lu bytes\n", i, found->pHash->cbData);
        ok_(file, line)(!!found->lpDisplayInformation == !!users[i].display, "user %lu: got text %s\n", i,
                        wine_dbgstr_w(found->lpDisplayInformation));
        if (found->lpDisplayInformation && users[i].display)
            ok_(file, line)(!lstrcmpW(found->lpDisplayInformation, users[i].display), "user %lu: got text %s\n", i,
                            wine_dbgstr_w(found->lpDisplayInformation));
    }
}

void check_users_of_(const char *file, int line, const WCHAR *path, const struct user *users, DWORD count)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *list = NULL;
    DWORD ret = pQueryUsersOnEncryptedFile(path, &list);

    ok_(file, line)(!ret, "got %lu\n", ret);
    if (ret) return;
    check_users_(file, line, list, users, count);
    pFreeEncryptionCertificateHashList(list);
}

void check_metadata_(const char *file, int line, const WCHAR *path, const BYTE *metadata, DWORD length)
{
    BYTE *found = NULL;
    DWORD size = 0, ret;

    ret = pGetEncryptedFileMetadata(path, &size, &found);
    ok_(file, line)(!ret, "GetEncryptedFileMetadata returned %lu\n", ret);
    if (ret) return;
    ok_(file, line)(size == length && !memcmp(found, metadata, min(size, length)), "got another $EFS, %lu bytes\n",
                    size);
    pFreeEncryptedFileMetadata(found);
}

void *bad_pointer(void)
{
    static void *page;

    if (!page) page = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
    return page;
}
