/*
 * Sources of keys: whatever the files of a profile or a prefix hold, they are read, opened and put together within
 * bounds; what comes out is usable, or says why not.
 *
 * Input: a byte that says what is known (1: the password, 2: hashes, 4: the SID, 8: a prefix, the rest is its user.reg,
 * 16: a disk image, which is the rest; 32: master keys, a list in the next bytes, behind two of its length); then for
 * each file its kind, two bytes of its length, and itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../libs/crypt/keys/resolve.h"
#include "../../libs/crypt/keys/source.h"

#define PASSWORD  "open sesame"
#define SID       "S-1-5-21-1004336348-1177238915-682003330-1001"
#define FILES     16
#define ROUNDS    30000 /* for one input: a hundredth of a second */

static void collect_registry(struct pieces *pieces, struct fuzz_input *input)
{
    static const char *const users[] = { "root", "alice" };

    REQUIRE(!prefix_collect_registry(pieces, "user.reg", input->data, input->left, users, 2, NULL));
}

static void collect_image(struct pieces *pieces, struct fuzz_input *input)
{
    char path[64];
    int fd = memfd_create("image", MFD_CLOEXEC);

    REQUIRE(fd >= 0);
    REQUIRE(write(fd, input->data, input->left) == (ssize_t)input->left);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    REQUIRE(!image_collect(pieces, path, NULL, NULL, NULL));
    close(fd);
}

static void collect_files(struct pieces *pieces, struct fuzz_input *input)
{
    static const enum piece_kind kinds[] = { PIECE_CERTIFICATE, PIECE_CAPI, PIECE_CNG, PIECE_MASTER, PIECE_CREDHIST,
                                             PIECE_PVK, PIECE_KEY_INFO };
    const uint8_t *bytes;
    uint8_t *copy, what;
    size_t length, count;

    for (count = 0; input->left && count < FILES; count++)
    {
        what = fuzz_u8(input);
        bytes = fuzz_bytes(input, fuzz_u16(input), &length);
        copy = malloc(length ? length : 1);
        REQUIRE(copy);
        if (length) memcpy(copy, bytes, length);
        if ((what & 7) == 7) REQUIRE(!add_bytes(pieces, "file", copy, length, PASSWORD, what & 8, NULL));
        else REQUIRE(!pieces_add(pieces, kinds[what & 7], "file", what & 8 ? SID : NULL, copy, length, PASSWORD, NULL));
    }
}

static void read_masters(struct efs_key_secrets *secrets, struct efs_secret *masters, struct fuzz_input *input)
{
    struct efs_diag diag = { 0 };
    size_t length;
    const uint8_t *text = fuzz_bytes(input, fuzz_u16(input), &length);

    if (efs_master_keys_read(masters, text, length, &diag))
    {
        REQUIRE(!masters->bytes && diag.offset <= length);
        return;
    }
    secrets->masters = (const struct efs_master_key *)(const void *)masters->bytes;
    secrets->master_count = masters->length / sizeof(*secrets->masters);
    REQUIRE(secrets->master_count && masters->length % sizeof(*secrets->masters) == 0);
}

static void check_entry(const struct keystore_entry *entry)
{
    REQUIRE(entry->public.where);
    REQUIRE(!entry->public.code == !entry->public.reason);
    REQUIRE(!entry->public.code == !!entry->key);
    REQUIRE(!entry->public.has_certificate || entry->public.subject);
    REQUIRE(entry->public.code || entry->public.bits >= RSA_BITS_MIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t hash[SHA1_SIZE];
    struct fuzz_input input = { data, size };
    struct efs_key_secrets secrets = { 0 };
    struct keystore_entries entries = { 0 };
    struct pieces pieces = { 0 };
    struct efs_secret masters = { 0 };
    struct unlocker unlocker;
    struct efs_diag diag = { 0 };
    uint8_t known = fuzz_u8(&input);
    size_t i;

    if (known & 1) secrets.password = PASSWORD;
    else if (known & 2) secrets.nt_hash = secrets.sha1 = hash;
    if (known & 4) secrets.sid = SID;
    if (known & 32) read_masters(&secrets, &masters, &input);
    if (known & 8) collect_registry(&pieces, &input);
    else if (known & 16) collect_image(&pieces, &input);
    else collect_files(&pieces, &input);
    REQUIRE(!unlocker_begin(&unlocker, &pieces, &secrets, &diag));
    unlocker.budget = ROUNDS;
    REQUIRE(!resolve_pieces(&entries, &unlocker, &diag));
    for (i = 0; i < entries.count; i++) check_entry(&entries.list[i]);
    keystore_entries_free(&entries);
    unlocker_end(&unlocker);
    efs_secret_free(&masters);
    pieces_free(&pieces);
    return 0;
}
