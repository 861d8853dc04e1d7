/*
 * Encrypting: the raw stream that comes out, read back by the engine's reader and the keys, and what can go wrong.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "efs/key.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"
#include "efs/seal.h"
#include "lib/build.h"

#define PASSWORD "open sesame"
#define SEED     12345u

static struct efs_key *key;
static struct efs_certificate *certificate;

static enum efs_error load_certificate(struct efs_certificate **out, const char *name, const char *password)
{
    size_t length;
    uint8_t *bytes = read_file(KEYS_DIR, name, &length);
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (!bytes) fail_msg("can't read %s/%s", KEYS_DIR, name);
    err = efs_certificate_load(out, bytes, length, password, &diag);
    assert_int_equal(diag.code, err);
    assert_int_equal(!diag.rule, !err);
    assert_int_equal(!*out, !!err);
    free(bytes);
    return err;
}

static int set_up(void **state)
{
    size_t length;
    uint8_t *bytes = read_file(KEYS_DIR, "pkcs8.pem", &length);

    (void)state;
    if (!bytes || efs_key_load(&key, bytes, length, NULL, NULL)) return -1;
    free(bytes);
    return load_certificate(&certificate, "cert.pem", NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    efs_key_free(key);
    efs_certificate_free(certificate);
    return 0;
}

/* ---- the sink, and reading what it got ---- */

struct sink
{
    struct build raw;
    unsigned int calls, fail_at; /* the call that fails, from 1 on; 0: none */
};

static enum efs_error take(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    struct sink *sink = context;

    if (++sink->calls == sink->fail_at) return efs_fail(diag, EFS_ERR_DISK_FULL, 0, "the sink");
    build_bytes(&sink->raw, bytes, length);
    return EFS_OK;
}

static struct efs_seal *begin_for(struct sink *sink, const struct efs_certificate * const *users, uint32_t count)
{
    struct efs_seal_readers readers = { users, count, users, count > 1 };
    struct efs_seal *seal;

    assert_int_equal(efs_seal_begin(&seal, &readers, take, sink, NULL), EFS_OK);
    return seal;
}

static struct efs_seal *begin(struct sink *sink)
{
    const struct efs_certificate *users[] = { certificate };

    return begin_for(sink, users, 1);
}

static void add(struct efs_seal *seal, const uint8_t *bytes, size_t length)
{
    size_t room;

    while (length)
    {
        uint8_t *at = efs_seal_get_room(seal, &room);

        assert_in_range(room, 1, EFS_RAW_TRANSFER);
        if (room > length) room = length;
        memcpy(at, bytes, room);
        assert_int_equal(efs_seal_add(seal, room, NULL), EFS_OK);
        bytes += room;
        length -= room;
    }
}

struct opened
{
    struct efs_raw_reader   reader;
    struct efs_raw_metadata metadata;
    struct efs_cipher      *cipher;
    struct build            plain;     /* of the last stream */
    uint64_t                size;      /* its */
    unsigned int            segments, holes, streams;
    bool                    canonical; /* all of its segments are those of an ordinary file */
    uint8_t                 name[64];
    size_t                  name_length;
};

static void open_cipher(struct opened *opened)
{
    struct efs_metadata metadata;
    struct efs_fek fek;

    assert_int_equal(efs_metadata_read(&metadata, opened->metadata.bytes, opened->metadata.length, NULL), EFS_OK);
    assert_int_equal(metadata.version, 2);
    assert_int_equal(metadata.id[7] >> 4, 4);
    assert_int_equal(metadata.id[8] >> 6, 2);
    assert_int_equal(efs_key_unwrap(key, &metadata, &fek, NULL, NULL, NULL), EFS_OK);
    assert_int_equal(fek.algorithm, EFS_ALG_AES_256);
    assert_int_equal(efs_cipher_open(&opened->cipher, &fek, NULL), EFS_OK);
}

/* One block each; data comes in one piece, since the input does. */
static void see(struct opened *opened, const struct efs_raw_event *event, uint64_t *offset)
{
    const struct efs_raw_segment *segment = &event->segment;

    if (event->type == EFS_RAW_STREAM && !event->stream.metadata)
    {
        if (!opened->cipher) open_cipher(opened);
        opened->streams++;
        opened->plain.length = 0;
        opened->size = 0;
        opened->segments = opened->holes = 0;
        opened->canonical = true;
        opened->name_length = event->stream.unnamed ? 0 : event->stream.name_length;
        assert_true(opened->name_length <= sizeof(opened->name));
        memcpy(opened->name, event->stream.name, opened->name_length);
    }
    if (event->type == EFS_RAW_SEGMENT && opened->streams)
    {
        assert_int_equal(segment->block_count, 1);
        assert_int_equal(segment->bytes_in_stream, segment->bytes_in_vdl);
        if (!efs_raw_is_canonical_segment(event, opened->size)) opened->canonical = false;
        *offset = segment->offset;
        opened->size = segment->offset + segment->bytes_in_stream;
        opened->segments++;
        opened->holes += !segment->data_length;
    }
    if (event->type == EFS_RAW_DATA && opened->streams)
    {
        /* what a test has in the clear is short enough to be compared, whatever holes are around it */
        build_bytes(&opened->plain, event->data, event->data_length);
        assert_int_equal(efs_cipher_decrypt(opened->cipher, *offset,
                                            opened->plain.data + opened->plain.length - event->data_length,
                                            event->data_length), EFS_OK);
        *offset += event->data_length;
    }
}

static void open_raw(struct opened *opened, const struct build *raw)
{
    const uint8_t *input = raw->data;
    size_t left = raw->length;
    struct efs_raw_event event;
    uint64_t offset = 0;

    memset(opened, 0, sizeof(*opened));
    efs_raw_reader_init(&opened->reader);
    opened->metadata.bytes = malloc(EFS_METADATA_MAX);
    assert_non_null(opened->metadata.bytes);
    for (;;)
    {
        assert_int_equal(efs_raw_reader_next(&opened->reader, &input, &left, &event, NULL), EFS_OK);
        if (event.type == EFS_RAW_NEED_INPUT) break;
        efs_raw_metadata_add(&opened->metadata, &event);
        see(opened, &event, &offset);
    }
    assert_int_equal(efs_raw_reader_finish(&opened->reader, NULL), EFS_OK);
}

static void close_raw(struct opened *opened, struct sink *sink)
{
    efs_cipher_close(opened->cipher);
    free(opened->metadata.bytes);
    build_free(&opened->plain);
    build_free(&sink->raw);
}

static struct opened opened;

/* ---- what comes out ---- */

static void ordinary(void **state)
{
    static const size_t sizes[] = { 0, 1, 511, 512, 513, 65535, 65536, 65537, 131072, 200000 };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        struct build plain = { 0 };
        struct sink sink = { 0 };
        struct efs_seal *seal = begin(&sink);
        uint32_t seed = SEED;

        build_random(&plain, sizes[i], &seed);
        assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, false, NULL), EFS_OK);
        add(seal, plain.data, plain.length);
        assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
        efs_seal_free(seal);
        open_raw(&opened, &sink.raw);
        assert_int_equal(sink.raw.length, efs_raw_stream_length(opened.metadata.length, sizes[i], false));
        assert_int_equal(opened.size, sizes[i]);
        assert_true(opened.canonical);
        assert_int_equal(opened.plain.length, efs_raw_padded(sizes[i]));
        if (sizes[i]) assert_memory_equal(opened.plain.data, plain.data, sizes[i]);
        for (j = sizes[i]; j < opened.plain.length; j++) assert_int_equal(opened.plain.data[j], 0);
        close_raw(&opened, &sink);
        build_free(&plain);
    }
}

static void holes(void **state)
{
    static const uint8_t text[] = "between holes";
    struct sink sink = { 0 };
    struct efs_seal *seal = begin(&sink);

    (void)state;
    assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, true, NULL), EFS_OK);
    assert_int_equal(efs_seal_add_hole(seal, 3 * EFS_RAW_TRANSFER + 100, NULL), EFS_OK);
    add(seal, text, sizeof(text));
    assert_int_equal(efs_seal_add_hole(seal, 2 * EFS_RAW_TRANSFER, NULL), EFS_OK);
    assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
    efs_seal_free(seal);
    open_raw(&opened, &sink.raw);
    assert_int_equal(opened.size, 5 * EFS_RAW_TRANSFER + 100 + sizeof(text));
    /* three units, the text's, one, and what is left of the last hole */
    assert_int_equal(opened.segments, 6);
    assert_int_equal(opened.holes, 4);
    assert_false(opened.canonical);
    assert_int_equal(opened.plain.length, EFS_RAW_TRANSFER + 512);
    assert_memory_equal(opened.plain.data + 100, text, sizeof(text));
    close_raw(&opened, &sink);
}

/* Whatever its size, it takes a bounded number of records, and the stream's size is in the last one. */
static void huge_holes(void **state)
{
    static const uint64_t sizes[] = { UINT64_C(1) << 30, (UINT64_C(1) << 30) + EFS_RAW_TRANSFER, UINT64_C(1) << 40,
                                      INT64_MAX / EFS_RAW_TRANSFER * EFS_RAW_TRANSFER };
    static const unsigned int segments[] = { 16384, 1, 1, 1 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        struct sink sink = { 0 };
        struct efs_seal *seal = begin(&sink);

        assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, true, NULL), EFS_OK);
        assert_int_equal(efs_seal_add_hole(seal, sizes[i], NULL), EFS_OK);
        assert_int_equal(efs_seal_add_hole(seal, (uint64_t)INT64_MAX - sizes[i] + 1, NULL), EFS_ERR_INVALID);
        assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
        efs_seal_free(seal);
        open_raw(&opened, &sink.raw);
        assert_int_equal(opened.size, sizes[i]);
        assert_int_equal(opened.segments, segments[i]);
        assert_int_equal(opened.plain.length, 0);
        close_raw(&opened, &sink);
    }
}

/* In a stream that isn't sparse they are encrypted, as every other byte. */
static void zeros(void **state)
{
    struct sink sink = { 0 };
    struct efs_seal *seal = begin(&sink);
    size_t i;

    (void)state;
    assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, false, NULL), EFS_OK);
    assert_int_equal(efs_seal_add_hole(seal, 2 * EFS_RAW_TRANSFER + 1, NULL), EFS_OK);
    assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
    efs_seal_free(seal);
    open_raw(&opened, &sink.raw);
    assert_true(opened.canonical);
    assert_int_equal(opened.plain.length, 2 * EFS_RAW_TRANSFER + 512);
    for (i = 0; i < opened.plain.length; i++) assert_int_equal(opened.plain.data[i], 0);
    close_raw(&opened, &sink);
}

static void named_streams(void **state)
{
    static const uint8_t text[] = "a stream of its own", wanted[] = ":\0n\0o\0t\0e\0:\0$\0D\0A\0T\0A";
    struct build name = { 0 };
    struct sink sink = { 0 };
    struct efs_seal *seal = begin(&sink);

    (void)state;
    build_ascii16(&name, "note");
    assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, false, NULL), EFS_OK);
    assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
    assert_int_equal(efs_seal_begin_stream(seal, name.data, name.length, false, NULL), EFS_OK);
    add(seal, text, sizeof(text));
    assert_int_equal(efs_seal_end_stream(seal, NULL), EFS_OK);
    /* the longest one, and one that no stream can have */
    build_zeros(&name, 2 * 256 - name.length);
    memset(name.data, 'n', name.length);
    assert_int_equal(efs_seal_begin_stream(seal, name.data, name.length, false, NULL), EFS_ERR_INVALID);
    efs_seal_free(seal);
    open_raw(&opened, &sink.raw);
    assert_int_equal(opened.streams, 2);
    assert_int_equal(opened.name_length, sizeof(wanted));
    assert_memory_equal(opened.name, wanted, sizeof(wanted));
    /* each stream counts its own offset */
    assert_memory_equal(opened.plain.data, text, sizeof(text));
    close_raw(&opened, &sink);
    build_free(&name);
}

/* ---- who can decrypt ---- */

static void readers(void **state)
{
    static uint8_t out[EFS_METADATA_MAX];
    static const uint8_t id[16] = { 7 };
    const struct efs_certificate *twice[] = { certificate, certificate }, **many;
    struct efs_seal_readers who = { twice, 2, twice, 1 };
    struct efs_metadata metadata;
    struct efs_key_entry entry;
    struct efs_diag diag;
    struct efs_fek fek, back;
    uint32_t cursor = 0, i;
    enum efs_key_list list;
    size_t length;

    (void)state;
    assert_int_equal(efs_fek_generate(&fek, NULL), EFS_OK);
    assert_int_equal(efs_seal_make_metadata(out, sizeof(out), &length, id, &fek, &who, NULL), EFS_OK);
    assert_int_equal(efs_metadata_read(&metadata, out, length, NULL), EFS_OK);
    assert_int_equal(metadata.count[EFS_DDF], 1);
    assert_int_equal(metadata.count[EFS_DRF], 1);
    assert_memory_equal(metadata.id, id, 16);
    assert_true(efs_metadata_next(&metadata, EFS_DDF, &cursor, &entry));
    assert_memory_equal(entry.thumbprint.data, efs_certificate_thumbprint(certificate), 20);
    assert_null(entry.sid.data);
    assert_null(entry.container.data);
    assert_null(entry.provider.data);
    assert_non_null(entry.display.data);
    assert_int_equal(efs_key_unwrap(key, &metadata, &back, &list, NULL, NULL), EFS_OK);
    assert_int_equal(list, EFS_DDF);
    assert_memory_equal(back.key, fek.key, 32);

    /* no byte too few, and none behind */
    out[length] = 0xa5;
    assert_int_equal(efs_seal_make_metadata(out, length, &length, id, &fek, &who, NULL), EFS_OK);
    assert_int_equal(out[length], 0xa5);
    assert_int_equal(efs_seal_make_metadata(out, length - 1, &length, id, &fek, &who, &diag), EFS_ERR_INVALID);

    who.user_count = 0;
    assert_int_equal(efs_seal_make_metadata(out, sizeof(out), &length, id, &fek, &who, &diag), EFS_ERR_INVALID);
    many = calloc(501, sizeof(const struct efs_certificate *));
    assert_non_null(many);
    for (i = 0; i < 501; i++) many[i] = certificate;
    who = (struct efs_seal_readers){ many, 501, NULL, 0 };
    assert_int_equal(efs_seal_make_metadata(out, sizeof(out), &length, id, &fek, &who, &diag), EFS_ERR_INVALID);
    assert_non_null(diag.rule);
    who = (struct efs_seal_readers){ many, 1, many, 501 };
    assert_int_equal(efs_seal_make_metadata(out, sizeof(out), &length, id, &fek, &who, &diag), EFS_ERR_INVALID);
    who.agent_count = 0;
    fek.algorithm = 0x1234;
    assert_int_equal(efs_seal_make_metadata(out, sizeof(out), &length, id, &fek, &who, &diag), EFS_ERR_ALGORITHM);
    free(many);
}

static void certificates(void **state)
{
    static const struct { const char *name, *password; enum efs_error err; } files[] =
    {
        { "cert.pem", NULL, EFS_OK },
        { "modern.pfx", PASSWORD, EFS_OK },
        { "legacy.pfx", PASSWORD, EFS_OK },
        { "nomac.pfx", PASSWORD, EFS_OK },
        { "modern.pfx", "wrong", EFS_ERR_PASSWORD },
        { "modern.pfx", NULL, EFS_ERR_PASSWORD },
        { "chain.pem", NULL, EFS_OK },            /* a key, and several certificates */
        { "pkcs8.pem", NULL, EFS_ERR_KEY_FILE },  /* a key without a certificate */
        { "weak.pvk", PASSWORD, EFS_ERR_KEY_FILE },
        { "make-keys", NULL, EFS_ERR_KEY_FILE },  /* neither */
    };
    struct efs_certificate *one;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
    {
        enum efs_error err = load_certificate(&one, files[i].name, files[i].password);

        if (err != files[i].err) fail_msg("%s: %s", files[i].name, efs_error_text(err));
        if (!err) assert_memory_equal(efs_certificate_thumbprint(one), efs_certificate_thumbprint(certificate), 20);
        efs_certificate_free(one);
    }
    assert_int_equal(efs_certificate_load(&one, NULL, 0, NULL, NULL), EFS_ERR_KEY_FILE);
    assert_true(efs_certificate_is_valid(certificate, 1800000000));
    assert_false(efs_certificate_is_valid(certificate, 0));
}

/* ---- what goes wrong ---- */

static void failing_sink(void **state)
{
    const struct efs_certificate *users[] = { certificate };
    struct efs_seal_readers who = { users, 1, NULL, 0 };
    uint8_t plain[EFS_RAW_TRANSFER] = { 0 };
    struct sink sink = { 0 };
    struct efs_diag diag = { 0 };
    struct efs_seal *seal;
    unsigned int head;

    (void)state;
    seal = begin(&sink);
    head = sink.calls;
    efs_seal_free(seal);
    build_free(&sink.raw);
    for (sink.fail_at = 1; sink.fail_at <= head; sink.fail_at++)
    {
        sink.calls = 0;
        assert_int_equal(efs_seal_begin(&seal, &who, take, &sink, &diag), EFS_ERR_DISK_FULL);
        assert_null(seal);
        assert_string_equal(diag.rule, "the sink");
        build_free(&sink.raw);
    }
    sink = (struct sink){ .fail_at = head + 2 };
    seal = begin(&sink);
    assert_int_equal(efs_seal_begin_stream(seal, NULL, 0, true, NULL), EFS_OK);
    efs_seal_get_room(seal, &(size_t){ 0 });
    assert_int_equal(efs_seal_add_hole(seal, 2 * EFS_RAW_TRANSFER, NULL), EFS_ERR_DISK_FULL);
    sink.calls = head + 1;
    memcpy(efs_seal_get_room(seal, &(size_t){ 0 }), plain, sizeof(plain));
    assert_int_equal(efs_seal_add(seal, sizeof(plain), NULL), EFS_ERR_DISK_FULL);
    efs_seal_free(seal);
    efs_seal_free(NULL);
    build_free(&sink.raw);
}

static void files(void **state)
{
    struct sink sink = { 0 };
    struct efs_seal *seal = begin(&sink);
    struct efs_diag diag = { 0 };
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint32_t named;

    (void)state;
    assert_int_equal(efs_seal_file(seal, fd, 0, &named, &diag), EFS_ERR_TYPE);
    close(fd);
    /* can't be read */
    fd = memfd_create("file", MFD_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(efs_seal_file(seal, fd, 0, &named, &diag), EFS_ERR_IO);
    assert_string_equal(diag.rule, "fstat");
    efs_seal_free(seal);
    build_free(&sink.raw);
}

/* What a file without data gets: the key opens it, and no two are alike. */
static void new_metadata(void **state)
{
    const struct efs_certificate *users[] = { certificate };
    struct efs_seal_readers readers = { users, 1, users, 1 }, nobody = { NULL, 0, NULL, 0 };
    static uint8_t bytes[2][EFS_METADATA_MAX];
    struct efs_metadata metadata;
    struct efs_fek feks[2];
    struct efs_diag diag = { 0 };
    enum efs_key_list list;
    size_t length, i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        assert_int_equal(efs_seal_make_new(bytes[i], sizeof(bytes[i]), &length, &readers, NULL, NULL), EFS_OK);
        assert_int_equal(load32_le(bytes[i]), length);
        assert_int_equal(efs_metadata_read(&metadata, bytes[i], length, NULL), EFS_OK);
        assert_int_equal(metadata.count[EFS_DDF], 1);
        assert_int_equal(metadata.count[EFS_DRF], 1);
        assert_int_equal(efs_key_unwrap(key, &metadata, &feks[i], &list, NULL, NULL), EFS_OK);
        assert_int_equal(list, EFS_DDF);
        assert_int_equal(feks[i].algorithm, EFS_ALG_AES_256);
    }
    assert_memory_not_equal(feks[0].key, feks[1].key, sizeof(feks[0].key));
    assert_memory_not_equal(bytes[0] + 0x10, bytes[1] + 0x10, 16); /* EFS_ID */
    assert_int_equal(efs_seal_make_new(bytes[0], sizeof(bytes[0]), &length, &nobody, NULL, &diag), EFS_ERR_INVALID);
    assert_int_equal(length, 0);
    assert_non_null(diag.rule);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(ordinary),
        cmocka_unit_test(holes),
        cmocka_unit_test(huge_holes),
        cmocka_unit_test(zeros),
        cmocka_unit_test(named_streams),
        cmocka_unit_test(readers),
        cmocka_unit_test(new_metadata),
        cmocka_unit_test(certificates),
        cmocka_unit_test(failing_sink),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
