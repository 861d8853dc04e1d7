/*
 * A raw disk, or an image of one, that is searched for certificates, key files and master keys that no name leads to
 * any more.
 *
 * Files of keys are smaller than a cluster: so each lies in one piece, at the beginning of a sector or, smaller still,
 * in an NTFS file record.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mft_record.h"
#include "crypt/reader.h"
#include "crypt/keys/source.h"

#define CHUNK 1048576 /* bytes that are read at once */
#define WINDOW 65536  /* and beyond: the longest file that is looked for */
#define RETRY 4096    /* at a time where the disk is damaged */

struct scan
{
    struct pieces *pieces;
    const char *name;
    uint8_t *buffer; /* CHUNK + WINDOW */
    uint64_t unreadable;
};

/* ---- what is found ---- */

/* The file's own length; what is behind it is something else's. 0: nothing that is looked for. */
static size_t measure(enum piece_kind kind, const uint8_t *bytes, size_t length)
{
    struct certificate certificate;
    struct masterkey_file master;
    struct store_file store;
    struct rsa_numbers numbers;
    struct capi_file capi;
    struct cng_file cng;

    switch (kind)
    {
    case PIECE_MASTER:
        return masterkey_file_read(&master, bytes, length, NULL) ? 0 : master.length;
    case PIECE_CNG:
        return cng_file_read(&cng, bytes, length, NULL) ? 0 : cng.length;
    case PIECE_CAPI:
        if (capi_file_read(&capi, bytes, length, NULL)) return 0;
        /* six lengths in a row are found by chance, too; a public key isn't */
        if (rsa_read_capi(&numbers, capi.exchange_public.data, capi.exchange_public.length, NULL) &&
            rsa_read_capi(&numbers, capi.signature_public.data, capi.signature_public.length, NULL))
            return 0;
        return capi.length;
    case PIECE_CERTIFICATE:
        if (store_file_read(&store, bytes, length, NULL) ||
            certificate_read(&certificate, store.certificate.data, store.certificate.length, NULL))
            return 0;
        certificate_free(&certificate);
        return store.length;
    default:
        return 0;
    }
}

/* Could the bytes begin such a file? Looked at for each sector of the disk. */
static enum piece_kind guess(const uint8_t *bytes, size_t length)
{
    uint32_t first, second;

    if (length < 64) return PIECE_UNKNOWN;
    first = load32_le(bytes);
    second = load32_le(bytes + 4);
    if (!first || first > 0xffff || (first > 2 && second != 1)) return PIECE_UNKNOWN;
    /* certificates by themselves, and PVK files, aren't of a profile */
    if (bytes[0] == 0x30 && bytes[1]) return PIECE_UNKNOWN;
    return piece_recognize(bytes, length);
}

static bool is_there(const struct pieces *pieces, const uint8_t *bytes, size_t length)
{
    size_t i;

    for (i = 0; i < pieces->count; i++)
        if (pieces->list[i].length == length && !memcmp(pieces->list[i].bytes, bytes, length)) return true;
    return false;
}

static enum efs_error keep_file(struct scan *scan, enum piece_kind kind, const uint8_t *bytes, size_t length,
                                uint64_t offset, struct efs_diag *diag)
{
    uint8_t *copy;
    char *where;
    enum efs_error code;

    if (is_there(scan->pieces, bytes, length)) return EFS_OK;
    if (asprintf(&where, "%s: offset 0x%" PRIx64, scan->name, offset) < 0)
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "asprintf");
    if (!(copy = malloc(length)))
    {
        free(where);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    }
    memcpy(copy, bytes, length);
    code = pieces_add(scan->pieces, kind, where, NULL, copy, length, NULL, diag);
    free(where);
    return code;
}

/* Master keys that have lost their directory are tried with each SID that was seen. */
static enum efs_error keep_sid(struct scan *scan, const struct efs_bytes *binary, struct efs_diag *diag)
{
    char sid[SID_TEXT_MAX];
    size_t i;

    if (!binary->length || !sid_to_text(sid, binary->data, binary->length)) return EFS_OK;
    for (i = 0; i < scan->pieces->count; i++)
        if (!strcmp(scan->pieces->list[i].sid, sid)) return EFS_OK;
    return pieces_add_sid(scan->pieces, sid, diag);
}

static enum efs_error keep_metadata_sids(struct scan *scan, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    static const enum efs_key_list lists[] = { EFS_DDF, EFS_DRF };
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    enum efs_error code = EFS_OK;
    uint32_t cursor;
    int i;

    if (efs_metadata_read(&metadata, bytes, length, NULL) || metadata.opaque) return EFS_OK;
    for (i = 0; i < 2 && !code; i++)
        for (cursor = 0; !code && efs_metadata_next(&metadata, lists[i], &cursor, &entry);)
            code = keep_sid(scan, &entry.sid, diag);
    return code;
}

/* A history of passwords has no head to be known by, but its length is that of the file: each link must be right. */
static enum efs_error keep_history(struct scan *scan, const uint8_t *bytes, size_t length, uint64_t offset,
                                   struct efs_diag *diag)
{
    struct credhist_entry entry;
    struct credhist_walk walk;
    enum efs_error code = EFS_OK;
    bool end = false;

    if (length < 100 || load32_le(bytes) != 1 || credhist_begin(&walk, bytes, length, NULL) || !walk.next)
        return EFS_OK;
    while (!end)
        if (credhist_next(&walk, &entry, &end, NULL)) return EFS_OK;
    if (walk.at) return EFS_OK;
    code = credhist_begin(&walk, bytes, length, diag);
    for (end = false; !code && !end;)
    {
        code = credhist_next(&walk, &entry, &end, diag);
        if (!code && !end) code = keep_sid(scan, &entry.sid, diag);
    }
    return code ? code : keep_file(scan, PIECE_CREDHIST, bytes, length, offset, diag);
}

/* ---- the search ---- */

static enum efs_error search_record(struct scan *scan, const uint8_t *bytes, size_t size, uint64_t offset,
                                    struct efs_diag *diag)
{
    uint8_t record[MFT_RECORD_MAX];
    struct mft_value value;
    struct mft_walk walk;
    enum piece_kind kind;
    enum efs_error code = EFS_OK;
    size_t length;

    memcpy(record, bytes, size);
    if (!mft_undo_updates(record, size)) return EFS_OK;
    walk = mft_begin(record, size);
    while (!code && mft_next(&walk, &value))
    {
        if (value.type == MFT_EFS) code = keep_metadata_sids(scan, value.data, value.length, diag);
        if (value.type != MFT_DATA) continue;
        kind = guess(value.data, value.length);
        length = measure(kind, value.data, value.length);
        offset += (uint64_t)(value.data - record);
        if (length) code = keep_file(scan, kind, value.data, length, offset, diag);
        else code = keep_history(scan, value.data, value.length, offset, diag);
        offset -= (uint64_t)(value.data - record);
    }
    return code;
}

static enum efs_error search_sector(struct scan *scan, const uint8_t *bytes, size_t length, uint64_t offset,
                                    struct efs_diag *diag)
{
    size_t size = mft_record_size(bytes, length);
    enum piece_kind kind;

    if (size) return search_record(scan, bytes, size, offset, diag);
    kind = guess(bytes, length);
    size = kind == PIECE_UNKNOWN ? 0 : measure(kind, bytes, length);
    return size ? keep_file(scan, kind, bytes, size, offset, diag) : EFS_OK;
}

/* Reads on over what can't be read, which is zeros then. */
static size_t read_chunk(struct scan *scan, int fd, uint64_t offset, size_t length)
{
    size_t done = 0, part;
    ssize_t got;

    while (done < length)
    {
        got = pread(fd, scan->buffer + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got > 0)
        {
            done += (size_t)got;
            continue;
        }
        if (!got) break;
        part = RETRY - (offset + done) % RETRY;
        if (part > length - done) part = length - done;
        got = pread(fd, scan->buffer + done, part, (off_t)(offset + done));
        if (got <= 0)
        {
            memset(scan->buffer + done, 0, part);
            scan->unreadable += part;
            got = (ssize_t)part;
        }
        done += (size_t)got;
    }
    return done;
}

static enum efs_error search(struct scan *scan, int fd, uint64_t size, efs_keystore_progress progress, void *context,
                             struct efs_diag *diag)
{
    enum efs_error code = EFS_OK;
    uint64_t offset, wanted;
    size_t got, at;

    for (offset = 0; offset < size && !code && !scan->pieces->full; offset += CHUNK)
    {
        wanted = size - offset < CHUNK + WINDOW ? size - offset : CHUNK + WINDOW;
        got = read_chunk(scan, fd, offset, (size_t)wanted);
        for (at = 0; at < CHUNK && at < got && !code && !scan->pieces->full; at += MFT_SECTOR)
            code = search_sector(scan, scan->buffer + at, got - at < WINDOW ? got - at : WINDOW, offset + at, diag);
        if (got < wanted) break; /* it has become shorter */
        if (progress && !progress(context, offset + got, size))
            return efs_fail(diag, EFS_ERR_INVALID, offset, "interrupted");
    }
    return code;
}

enum efs_error image_collect(struct pieces *pieces, const char *path, efs_keystore_progress progress, void *context,
                             struct efs_diag *diag)
{
    static const struct efs_diag damaged = { EFS_ERR_IO, 0, 0, "a part of it can't be read, and wasn't searched" };
    struct scan scan = { pieces, path, NULL, 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    enum efs_error code;

    if (fd < 0) return efs_fail_errno(diag, errno, 0, "open");
    if (size < 0) code = efs_fail_errno(diag, errno, 0, "lseek");
    else if (!(scan.buffer = malloc(CHUNK + WINDOW))) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else code = search(&scan, fd, (uint64_t)size, progress, context, diag);
    if (!code && scan.unreadable) code = pieces_add_note(pieces, path, &damaged, diag);
    free(scan.buffer);
    close(fd);
    return code;
}
