/*
 * The raw stream reader: whatever the bytes, and however they are cut, it says the same and points nowhere else.
 * Input: how the stream is cut (1 byte), the stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "fuzz.h"

#include <string.h>

#include "efs/raw.h"

struct account
{
    uint64_t       records, data, hash;
    enum efs_error err;
    uint64_t       offset;
};

static void mix(struct account *account, uint64_t value)
{
    account->hash = (account->hash ^ value) * 0x100000001b3;
}

/* One event: are its pointers where they may be, and its numbers what the header says? */
static void check(const struct efs_raw_reader *reader, const struct efs_raw_event *event, const uint8_t *piece,
                  size_t length, struct account *account)
{
    unsigned int i;
    uint64_t sum = 0;

    if (event->type == EFS_RAW_DATA)
    {
        REQUIRE(event->data_length && event->data >= piece && event->data + event->data_length <= piece + length);
        account->data += event->data_length;
        return;
    }
    REQUIRE(event->record == reader->header && event->record_length <= sizeof(reader->header));
    account->records++;
    mix(account, event->type);
    mix(account, event->position);
    for (i = 0; i < event->record_length; i++) mix(account, event->record[i]);
    if (event->type == EFS_RAW_STREAM)
    {
        REQUIRE(event->stream.name >= event->record);
        REQUIRE(event->stream.name + event->stream.name_length <= event->record + event->record_length);
    }
    if (event->type == EFS_RAW_SEGMENT && event->segment.encrypted)
    {
        REQUIRE(event->segment.block_sizes + 4 * event->segment.block_count <= event->record + event->record_length);
        for (i = 0; i < event->segment.block_count; i++) sum += efs_raw_block_size(&event->segment, i);
        REQUIRE(sum == event->segment.data_length);
        REQUIRE(event->segment.bytes_in_vdl <= event->segment.bytes_in_stream);
        REQUIRE(!(event->segment.offset >> 63));
    }
}

static void read_all(const uint8_t *data, size_t size, size_t cut, struct account *account)
{
    static struct efs_raw_reader reader;
    struct efs_raw_event event;
    struct efs_diag diag = { 0 };
    enum efs_error err = EFS_OK;

    memset(account, 0, sizeof(*account));
    efs_raw_reader_init(&reader);
    while (!err && size)
    {
        size_t n = size < cut ? size : cut, left = n;
        const uint8_t *p = data;

        for (;;)
        {
            err = efs_raw_reader_next(&reader, &p, &left, &event, &diag);
            REQUIRE(p >= data && p + left == data + n);
            if (err || event.type == EFS_RAW_NEED_INPUT) break;
            check(&reader, &event, data, n, account);
        }
        REQUIRE(err || !left);
        data += n;
        size -= n;
    }
    if (!err) err = efs_raw_reader_finish(&reader, &diag);
    REQUIRE(!err || (err == EFS_ERR_FORMAT && diag.code == err && diag.rule));
    account->err = err;
    account->offset = err ? diag.offset : 0;
    if (!err) return;
    /* an error is final */
    REQUIRE(efs_raw_reader_next(&reader, &data, &size, &event, &diag) == err);
    REQUIRE(diag.offset == account->offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct account whole, cut;
    size_t piece;

    if (!size) return 0;
    piece = 1 + (size_t)data[0];
    read_all(data + 1, size - 1, SIZE_MAX, &whole);
    read_all(data + 1, size - 1, piece, &cut);
    REQUIRE(whole.err == cut.err && whole.offset == cut.offset);
    REQUIRE(whole.records == cut.records && whole.data == cut.data && whole.hash == cut.hash);
    return 0;
}
