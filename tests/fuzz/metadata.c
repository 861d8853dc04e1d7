/*
 * The $EFS reader: whatever the bytes, what it accepts can be walked, points into them, and can be made again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "efs/metadata.h"
#include "efs/protector.h"

#define ENTRIES 8

static const uint8_t *input;
static size_t input_size;

static void check_bytes(const struct efs_bytes *bytes)
{
    REQUIRE(bytes->data || !bytes->length);
    if (!bytes->data) return;
    REQUIRE(bytes->data >= input && bytes->data <= input + input_size);
    REQUIRE(bytes->length <= (size_t)(input + input_size - bytes->data));
}

static void check_entry(const struct efs_key_entry *entry)
{
    REQUIRE(entry->offset < input_size);
    check_bytes(&entry->sid);
    check_bytes(&entry->thumbprint);
    check_bytes(&entry->container);
    check_bytes(&entry->provider);
    check_bytes(&entry->display);
    check_bytes(&entry->encrypted_fek);
}

static bool same_bytes(const struct efs_bytes *a, const struct efs_bytes *b)
{
    return a->length == b->length && (!a->length || !memcmp(a->data, b->data, a->length));
}

/* What was read and can be written is the same when it is read again. */
static void remake(const struct efs_metadata *metadata, const struct efs_key_entry lists[2][ENTRIES])
{
    struct efs_metadata again;
    struct efs_key_entry entry;
    struct efs_diag diag = { 0 };
    uint32_t cursor, i;
    uint8_t *out;
    size_t needed = 0, written;
    int list;
    enum efs_error err = efs_metadata_make(NULL, 0, metadata->version, metadata->id, lists[EFS_DDF],
                                           metadata->count[EFS_DDF], lists[EFS_DRF], metadata->count[EFS_DRF], &needed);

    REQUIRE(err == EFS_ERR_INVALID);
    if (!needed || needed > EFS_METADATA_MAX) return;
    out = malloc(needed);
    REQUIRE(out);
    err = efs_metadata_make(out, needed, metadata->version, metadata->id, lists[EFS_DDF], metadata->count[EFS_DDF],
                            lists[EFS_DRF], metadata->count[EFS_DRF], &written);
    if (!err)
    {
        REQUIRE(written == needed);
        REQUIRE(!efs_metadata_read(&again, out, written, &diag));
        for (list = 0; list < 2; list++)
        {
            REQUIRE(again.count[list] == metadata->count[list]);
            for (cursor = i = 0; efs_metadata_next(&again, (enum efs_key_list)list, &cursor, &entry); i++)
            {
                REQUIRE(same_bytes(&entry.sid, &lists[list][i].sid));
                REQUIRE(same_bytes(&entry.thumbprint, &lists[list][i].thumbprint));
                REQUIRE(same_bytes(&entry.encrypted_fek, &lists[list][i].encrypted_fek));
            }
        }
    }
    free(out);
}

/* Versions 4 and 5: what is accepted can be walked. */
static void check_protectors(const struct efs_metadata *metadata)
{
    struct efs_protectors protectors;
    struct efs_protector protector;
    struct efs_diag diag = { 0 };
    uint32_t cursor, count;
    int list;

    if (efs_protectors_read(&protectors, metadata, &diag))
    {
        REQUIRE(diag.rule && diag.offset < input_size);
        return;
    }
    for (list = 0; list < 2; list++)
    {
        for (cursor = count = 0; efs_protectors_next(&protectors, (enum efs_key_list)list, &cursor, &protector);
             count++)
        {
            check_bytes(&protector.thumbprint);
            check_bytes(&protector.display);
            check_bytes(&protector.container);
            check_bytes(&protector.provider);
            check_bytes(&protector.sid);
            check_bytes(&protector.descriptor);
        }
        REQUIRE(count == protectors.count[list]);
    }
}

/* A user more, and the first one less: the others are as they were, and it can be read. */
static void change_users(const struct efs_metadata *metadata)
{
    static const uint8_t bytes[300] = { 1 };
    static uint8_t out[EFS_METADATA_MAX];
    const struct efs_key_entry added = { .pki_type = EFS_PKI_CERTIFICATE, .thumbprint = { bytes, 20 },
                                         .encrypted_fek = { bytes, 256 } };
    struct efs_metadata_change change = { .add = &added, .add_count = 1 };
    struct efs_metadata again;
    struct efs_key_entry first;
    uint32_t cursor = 0, dropped;
    size_t written;

    REQUIRE(efs_metadata_next(metadata, EFS_DDF, &cursor, &first));
    change.drop_entry = first.offset;
    if (efs_metadata_change(out, sizeof(out), metadata, &change, &written, &dropped)) return;
    REQUIRE(dropped == 1);
    REQUIRE(!efs_metadata_read(&again, out, written, NULL));
    REQUIRE(again.count[EFS_DDF] == metadata->count[EFS_DDF]);
    REQUIRE(again.count[EFS_DRF] == metadata->count[EFS_DRF]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct efs_key_entry lists[2][ENTRIES], entry;
    struct efs_metadata metadata;
    struct efs_diag diag = { 0 };
    uint32_t version = 0, cursor, count;
    bool certificates = true;
    enum efs_error identified, err;
    int list;

    input = data;
    input_size = size;
    identified = efs_metadata_identify(data, size, &version, &diag);
    REQUIRE(!identified || (diag.code == identified && diag.rule));
    err = efs_metadata_read(&metadata, data, size, &diag);
    REQUIRE(!err || (diag.code == err && diag.rule));
    /* to read it all is stricter than to keep it */
    REQUIRE(err || !identified);
    if (!err && metadata.opaque) check_protectors(&metadata);
    if (err || metadata.opaque) return 0;
    for (list = 0; list < 2; list++)
    {
        for (cursor = count = 0; efs_metadata_next(&metadata, (enum efs_key_list)list, &cursor, &entry); count++)
        {
            REQUIRE(count < EFS_METADATA_USERS_MAX);
            check_entry(&entry);
            if (entry.pki_type != EFS_PKI_CERTIFICATE) certificates = false;
            if (count < ENTRIES) lists[list][count] = entry;
        }
        REQUIRE(count == metadata.count[list]);
        if (count > ENTRIES) certificates = false;
    }
    change_users(&metadata);
    if (certificates && metadata.version <= 3) remake(&metadata, (const struct efs_key_entry (*)[ENTRIES])lists);
    return 0;
}
