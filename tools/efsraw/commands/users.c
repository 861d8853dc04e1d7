/*
 * efsraw users FILE|DIR...: who can decrypt them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsraw.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/text.h"
#include "each_encrypted.h"
#include "efs/metadata.h"
#include "efs/protector.h"
#include "efs/store.h"
#include "input.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct listing
{
    enum format format;
    bool        any;    /* a file was shown */
    bool        second; /* of a JSON list */
};

/* One who can decrypt, in whatever version of $EFS. */
struct reader
{
    struct efs_bytes name, thumbprint, sid;
    struct efs_bytes descriptor; /* of DPAPI-NG */
};

/* ---- one reader ---- */

static void put_utf16(const struct efs_bytes *text)
{
    text_utf16(stdout, text->data, text->length, TEXT_TERMINAL);
}

static void show_text(const char *role, const struct reader *reader)
{
    const char *separator = ": ";

    printf("  %s", role);
    if (reader->name.data) fputs(separator, stdout), put_utf16(&reader->name), separator = ", ";
    if (reader->descriptor.data) fputs(separator, stdout), put_utf16(&reader->descriptor), separator = ", ";
    if (reader->thumbprint.data)
    {
        printf("%sthumbprint ", separator);
        text_hex(stdout, reader->thumbprint.data, reader->thumbprint.length);
        separator = ", ";
    }
    if (reader->sid.data)
    {
        printf("%s", separator);
        text_sid(stdout, reader->sid.data, reader->sid.length);
        separator = ", ";
    }
    puts(*separator == ':' ? ": unnamed" : "");
}

static void put_field(const char *key, const struct efs_bytes *field, void (*print)(FILE *, const uint8_t *, uint32_t))
{
    fputs(key, stdout);
    if (!field->data)
    {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    if (print) print(stdout, field->data, field->length);
    else text_utf16(stdout, field->data, field->length, TEXT_JSON);
    putchar('"');
}

static void show_json(const struct reader *reader)
{
    put_field("{\"name\": ", &reader->name, NULL);
    put_field(", \"thumbprint\": ", &reader->thumbprint, text_hex);
    put_field(", \"sid\": ", &reader->sid, text_sid);
    put_field(", \"descriptor\": ", &reader->descriptor, NULL);
    putchar('}');
}

static void show_csv(const char *path, const char *role, const struct reader *reader)
{
    putchar('"');
    text_utf8(stdout, path, TEXT_CSV);
    printf("\",%s,\"", role);
    text_utf16(stdout, reader->name.data, reader->name.length, TEXT_CSV);
    fputs("\",", stdout);
    text_hex(stdout, reader->thumbprint.data, reader->thumbprint.length);
    putchar(',');
    if (reader->sid.data) text_sid(stdout, reader->sid.data, reader->sid.length);
    fputs(",\"", stdout);
    text_utf16(stdout, reader->descriptor.data, reader->descriptor.length, TEXT_CSV);
    puts("\"");
}

static void show(struct listing *listing, const char *path, enum efs_key_list list, const struct reader *reader)
{
    if (listing->format == FORMAT_TEXT) show_text(list == EFS_DDF ? "user" : "recovery agent", reader);
    else if (listing->format == FORMAT_CSV) show_csv(path, list == EFS_DDF ? "user" : "recovery-agent", reader);
    else
    {
        if (listing->second) fputs(", ", stdout);
        listing->second = true;
        show_json(reader);
    }
}

/* ---- the lists of a file ---- */

static void show_entries(struct listing *listing, const char *path, const struct efs_metadata *metadata,
                         enum efs_key_list list)
{
    struct efs_key_entry entry;
    uint32_t cursor = 0;

    while (efs_metadata_next(metadata, list, &cursor, &entry))
    {
        struct reader reader = { .name = entry.display, .thumbprint = entry.thumbprint, .sid = entry.sid };

        show(listing, path, list, &reader);
    }
}

static void show_protectors(struct listing *listing, const char *path, const struct efs_protectors *protectors,
                            enum efs_key_list list)
{
    struct efs_protector protector;
    uint32_t cursor = 0;

    while (efs_protectors_next(protectors, list, &cursor, &protector))
    {
        struct reader reader = { .name = protector.display, .thumbprint = protector.thumbprint, .sid = protector.sid,
                                 .descriptor = protector.descriptor };

        show(listing, path, list, &reader);
    }
}

/* protectors: NULL for versions 1 to 3 */
static void show_list(struct listing *listing, const char *path, const struct efs_metadata *metadata,
                      const struct efs_protectors *protectors, enum efs_key_list list)
{
    bool known = protectors || !metadata->opaque;

    if (listing->format == FORMAT_JSON)
        printf(", \"%s\": %s", list == EFS_DDF ? "users" : "recovery_agents", known ? "[" : "null");
    listing->second = false;
    if (protectors) show_protectors(listing, path, protectors, list);
    else if (known) show_entries(listing, path, metadata, list);
    if (listing->format == FORMAT_JSON && known) putchar(']');
}

static enum efs_error show_metadata(struct listing *listing, const char *path, bool directory, const uint8_t *bytes,
                                    size_t length, struct efs_diag *diag)
{
    struct efs_protectors protectors;
    struct efs_metadata metadata;
    enum efs_error error = efs_metadata_read(&metadata, bytes, length, diag);
    bool new = !error && (metadata.version == 4 || metadata.version == 5);

    if (new) error = efs_protectors_read(&protectors, &metadata, diag);
    if (error) return error;
    if (listing->format == FORMAT_TEXT)
    {
        text_utf8(stdout, path, TEXT_TERMINAL);
        printf(metadata.opaque ? " ($EFS of version %" PRIu32 ")\n" : "\n", metadata.version);
        if (metadata.opaque && !new) puts("  users aren't understood in this version of $EFS");
    }
    if (listing->format == FORMAT_JSON)
    {
        fputs(listing->any ? ",\n{\"file\": \"" : "{\"file\": \"", stdout);
        text_utf8(stdout, path, TEXT_JSON);
        printf("\", \"directory\": %s, \"version\": %" PRIu32, directory ? "true" : "false", metadata.version);
    }
    listing->any = true;
    show_list(listing, path, &metadata, new ? &protectors : NULL, EFS_DDF);
    show_list(listing, path, &metadata, new ? &protectors : NULL, EFS_DRF);
    if (listing->format == FORMAT_JSON) putchar('}');
    return EFS_OK;
}

/* ---- files ---- */

/* What was named and isn't encrypted may be a raw stream. */
static enum efs_error show_stream(struct listing *listing, const char *path, struct efs_diag *diag)
{
    struct efs_raw_event event;
    struct input input;
    enum efs_error error = input_open(&input, path, INPUT_STREAM, diag);
    bool end = false, seen = false;

    while (!error && !end && !seen)
    {
        error = input_next(&input, &event, &end, diag);
        seen = !error && !end && event.type == EFS_RAW_STREAM && !event.stream.metadata;
    }
    if (!error) error = show_metadata(listing, path, !seen, input.metadata.bytes, input.metadata.length, diag);
    if (error == EFS_ERR_FORMAT) error = efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "neither encrypted nor a raw stream");
    input_close(&input);
    return error;
}

static enum efs_error visit(void *context, const char *path, int fd, bool named, struct efs_diag *diag)
{
    struct listing *listing = context;
    struct efs_stored stored;
    enum efs_error error;
    struct stat st;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    if (copy < 0 || fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    error = efs_stored_open_fd(&stored, copy, diag);
    if (error == EFS_ERR_NOT_ENCRYPTED && named && S_ISREG(st.st_mode))
    {
        memset(diag, 0, sizeof(*diag));
        return show_stream(listing, path, diag);
    }
    if (error) return error;
    error = show_metadata(listing, path, stored.directory, stored.metadata, stored.metadata_length, diag);
    efs_stored_close(&stored);
    return error;
}

static int list_users(int argc, char **argv)
{
    static const struct option options[] =
    {
        { "json", no_argument, NULL, 'j' },
        { "csv", no_argument, NULL, 'c' },
        { "recursive", no_argument, NULL, 'r' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct listing listing = { FORMAT_TEXT, false, false };
    struct each_encrypted each = { .context = &listing, .visit = visit };
    int c;

    while ((c = getopt_long(argc, argv, "r", options, NULL)) != -1)
    {
        if (c == 'j') listing.format = FORMAT_JSON;
        else if (c == 'c') listing.format = FORMAT_CSV;
        else if (c == 'r') each.recursive = true;
        else if (c == 'h') return print_help(), STATUS_OK;
        else return STATUS_USAGE;
    }
    if (optind == argc) return usage_error(argv[0], "a FILE or DIR is needed");
    if (listing.format == FORMAT_JSON) puts("[");
    if (listing.format == FORMAT_CSV) puts("file,role,name,thumbprint,sid,descriptor");
    for (; optind < argc; optind++) each_encrypted_walk(&each, argv[optind]);
    if (listing.format == FORMAT_JSON) puts(listing.any ? "\n]" : "]");
    return each.failed ? STATUS_FAILED : STATUS_OK;
}

int command_users(int argc, char **argv)
{
    static char title[] = "efsraw: users remove";
    int (*run)(int argc, char **argv) = NULL;

    if (argc > 1 && !strcmp(argv[1], "add")) run = users_add;
    if (argc > 1 && !strcmp(argv[1], "remove")) run = users_remove;
    if (!run) return list_users(argc, argv);
    snprintf(title, sizeof(title), "efsraw: users %s", run == users_add ? "add" : "remove");
    argv[1] = title;
    return run(argc - 1, argv + 1);
}
