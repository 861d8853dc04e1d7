/*
 * What Windows' data protection (DPAPI) keeps in files: master keys, the history of passwords, protected blobs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "dpapi_format.h"

#include <string.h>

#include "crypt/primitives.h"
#include "crypt/reader.h"

#define CREDHIST_HEAD 24   /* bytes: version, GUID, length of the entry before */
#define CREDHIST_SIZE 0x44 /* bytes of an entry before the SID */

static enum efs_error broken(struct efs_diag *diag, uint64_t offset, const char *rule)
{
    return efs_fail(diag, EFS_ERR_KEY_FILE, offset, rule);
}

/* ---- master key file ---- */

enum efs_error masterkey_file_read(struct masterkey_file *file, const uint8_t *bytes, size_t length,
                                   struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    struct efs_bytes credhist;
    uint64_t sizes[4];
    const uint8_t *name;
    int i;

    memset(file, 0, sizeof(*file));
    if (read_u32(&reader) != 2) return broken(diag, 0, "master key file: not of version 2");
    read_bytes(&reader, 8);
    name = read_bytes(&reader, 2 * GUID_TEXT);
    read_bytes(&reader, 8);
    file->flags = read_u32(&reader);
    for (i = 0; i < 4; i++) sizes[i] = read_u64(&reader);
    if (reader.broken || !name) return broken(diag, 0, "master key file: shorter than its header");
    file->has_guid = guid_from_wide(file->guid, name);

    file->master = read_field(&reader, sizes[0]);
    read_field(&reader, sizes[1]); /* under a secret of the machine's */
    credhist = read_field(&reader, sizes[2]);
    file->domain = read_field(&reader, sizes[3]);
    if (reader.broken) return broken(diag, 0x60, "master key file: a section is longer than the file");
    /* version 3, and the GUID */
    if (credhist.length >= 4 + GUID_SIZE)
    {
        file->has_credhist = true;
        memcpy(file->credhist, credhist.data + 4, GUID_SIZE);
    }
    file->length = (size_t)(reader.at - bytes);
    return EFS_OK;
}

enum efs_error masterkey_section_read(struct masterkey_section *section, const struct efs_bytes *bytes,
                                      struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes->data, bytes->length);

    memset(section, 0, sizeof(*section));
    if (read_u32(&reader) != 2) return broken(diag, 0x80, "master key: its section isn't of version 2");
    section->salt = read_bytes(&reader, DPAPI_SALT);
    section->rounds = read_u32(&reader);
    section->hash = read_u32(&reader);
    section->cipher = read_u32(&reader);
    section->ciphertext = read_field(&reader, reader.left);
    if (reader.broken || !section->ciphertext.length)
        return broken(diag, 0x80, "master key: its section ends too early");
    if (!section->rounds || section->rounds > DPAPI_ROUNDS_MAX)
        return broken(diag, 0x94, "master key: not 1 to 10,000,000 rounds of the key derivation");
    return EFS_OK;
}

enum efs_error domain_section_read(struct domain_section *section, const struct efs_bytes *bytes,
                                   struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes->data, bytes->length);
    uint32_t secret, check;

    memset(section, 0, sizeof(*section));
    section->version = read_u32(&reader);
    secret = read_u32(&reader);
    check = read_u32(&reader);
    read_array(&reader, section->guid, GUID_SIZE);
    section->secret = read_field(&reader, secret);
    section->check = read_field(&reader, check);
    if (reader.broken) return broken(diag, 0, "master key: its domain section ends too early");
    if (section->version != 2 && section->version != 3)
        return broken(diag, 0, "master key: its domain section isn't of version 2 or 3");
    return EFS_OK;
}

enum efs_error domain_secret_read(struct domain_secret *secret, uint32_t version, const uint8_t *bytes, size_t length,
                                  struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t key = read_u32(&reader), check = read_u32(&reader);

    memset(secret, 0, sizeof(*secret));
    secret->cipher = version == 2 ? DPAPI_3DES : read_u32(&reader);
    secret->hash = version == 2 ? DPAPI_SHA1 : read_u32(&reader);
    secret->masterkey = read_bytes(&reader, key);
    secret->key = read_field(&reader, check);
    /* the first thing that tells it from the noise that another RSA key gives */
    if (reader.broken || key != DPAPI_MASTERKEY)
        return broken(diag, 0, "master key: its domain section holds no master key");
    return EFS_OK;
}

/* ---- history of passwords ---- */

enum efs_error credhist_begin(struct credhist_walk *walk, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    memset(walk, 0, sizeof(*walk));
    if (length < CREDHIST_HEAD) return broken(diag, 0, "CREDHIST: shorter than its end");
    walk->bytes = bytes;
    walk->at = length - CREDHIST_HEAD;
    walk->next = load32_le(bytes + walk->at + 4 + GUID_SIZE);
    return EFS_OK;
}

enum efs_error credhist_next(struct credhist_walk *walk, struct credhist_entry *entry, bool *end,
                             struct efs_diag *diag)
{
    struct key_reader reader;
    uint32_t sid;

    memset(entry, 0, sizeof(*entry));
    *end = !walk->next;
    if (*end) return EFS_OK;
    if (walk->next < CREDHIST_SIZE || walk->next > walk->at)
        return broken(diag, walk->at,
                      "CREDHIST: an entry is shorter than its fields, or longer than what is left of the file");
    if (walk->seen++ == CREDHIST_MAX) return broken(diag, walk->at, "CREDHIST: more than 1,024 entries");
    walk->at -= walk->next;
    reader = read_from(walk->bytes + walk->at, walk->next);
    read_u32(&reader);
    read_array(&reader, entry->guid, GUID_SIZE);
    walk->next = read_u32(&reader);
    read_u32(&reader);
    entry->hash = read_u32(&reader);
    entry->rounds = read_u32(&reader);
    sid = read_u32(&reader);
    entry->cipher = read_u32(&reader);
    entry->sha1_length = read_u32(&reader);
    entry->nt_length = read_u32(&reader);
    entry->salt = read_bytes(&reader, DPAPI_SALT);
    entry->sid = read_field(&reader, sid);
    entry->ciphertext = read_field(&reader, reader.left);
    if (reader.broken) return broken(diag, walk->at, "CREDHIST: an entry's SID is longer than the entry");
    if (!entry->rounds || entry->rounds > DPAPI_ROUNDS_MAX)
        return broken(diag, walk->at, "CREDHIST: not 1 to 10,000,000 rounds of the key derivation");
    if (entry->sha1_length != 20 || entry->nt_length < 16 || entry->nt_length > 32 ||
        entry->sha1_length + entry->nt_length > entry->ciphertext.length)
        return broken(diag, walk->at, "CREDHIST: an entry doesn't hold a SHA-1 and an NT hash");
    return EFS_OK;
}

/* ---- blob ---- */

static enum efs_error read_blob(struct dpapi_blob *blob, const uint8_t *bytes, size_t length,
                                const uint8_t maker[GUID_SIZE], const char *otherwise, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    const uint8_t *start, *id;

    memset(blob, 0, sizeof(*blob));
    if (read_u32(&reader) != 1 || !(id = read_bytes(&reader, GUID_SIZE)) || memcmp(id, maker, GUID_SIZE))
        return broken(diag, 0, otherwise);
    start = reader.at;
    read_u32(&reader);
    read_array(&reader, blob->masterkey, GUID_SIZE);
    blob->flags = read_u32(&reader);
    read_counted(&reader); /* the description, in the language of the Windows that made it */
    blob->cipher = read_u32(&reader);
    read_u32(&reader);
    blob->salt = read_counted(&reader);
    read_counted(&reader); /* a key for the HMAC: none has been seen */
    blob->hash = read_u32(&reader);
    read_u32(&reader);
    blob->nonce = read_counted(&reader);
    blob->ciphertext = read_counted(&reader);
    blob->signed_part = (struct efs_bytes){ start, (uint32_t)(reader.at - start) };
    blob->signature = read_counted(&reader);
    if (reader.broken) return broken(diag, 0, "DPAPI blob: a field is longer than the blob");
    return EFS_OK;
}

enum efs_error dpapi_blob_read(struct dpapi_blob *blob, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    /* df9d8cd0-1501-11d1-8c7a-00c04fc297eb */
    static const uint8_t provider[GUID_SIZE] = { 0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1, 0x11,
                                                 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb };

    return read_blob(blob, bytes, length, provider, "DPAPI blob: not of version 1 and Windows' own provider", diag);
}

enum efs_error wine_blob_read(struct dpapi_blob *blob, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    static const char maker[GUID_SIZE] = "Wine Crypt32 ok";

    return read_blob(blob, bytes, length, (const uint8_t *)maker, "not what Wine's CryptProtectData makes", diag);
}
