/*
 * The keys that efsraw keys shows, as text and as JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "keys_print.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "common/text.h"

/* ISO 8601; nothing for a time that no calendar has. */
static void print_time(int64_t seconds)
{
    time_t time = (time_t)seconds;
    char text[64];
    struct tm tm;

    if (gmtime_r(&time, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm)) fputs(text, stdout);
}

static void print_reason(const struct efs_keystore_entry *entry, enum text_style style)
{
    text_utf8(stdout, entry->reason ? entry->reason : efs_error_text(entry->code), style);
    if (entry->algorithm) printf(" (0x%" PRIx32 ")", entry->algorithm);
}

void keys_print_entry(const struct efs_keystore_entry *entry)
{
    if (entry->has_certificate)
    {
        text_hex(stdout, entry->thumbprint, sizeof(entry->thumbprint));
        fputs("  ", stdout);
        text_utf8(stdout, entry->subject, TEXT_TERMINAL);
        fputs("\n  valid     ", stdout);
        print_time(entry->not_before);
        fputs(" to ", stdout);
        print_time(entry->not_after);
        putchar('\n');
    }
    else puts(entry->bits ? "a key without a certificate" : entry->code == EFS_ERR_PASSWORD ? "locked" : "no key");
    fputs("  file      ", stdout);
    text_utf8(stdout, entry->where, TEXT_TERMINAL);
    putchar('\n');
    if (entry->bits) printf("  key       RSA, %" PRIu32 " bits\n", entry->bits);
    fputs(entry->code ? "  unusable  " : "  usable    ", stdout);
    if (entry->code) print_reason(entry, TEXT_TERMINAL);
    else if (entry->how) printf("opened with %s", entry->how);
    else fputs("yes", stdout);
    putchar('\n');
}

/* ---- JSON ---- */

/* key: with its quotes, colon, and what separates it. NULL: null. */
void keys_put_string(const char *key, const char *text)
{
    printf(text ? "%s\"" : "%snull", key);
    if (!text) return;
    text_utf8(stdout, text, TEXT_JSON);
    putchar('"');
}

static void put_time(const char *key, bool known, int64_t seconds)
{
    printf(known ? "%s\"" : "%snull", key);
    if (!known) return;
    print_time(seconds);
    putchar('"');
}

void keys_put_entry(const struct efs_keystore_entry *entry)
{
    fputs(entry->has_certificate ? "    {\"thumbprint\": \"" : "    {\"thumbprint\": null", stdout);
    if (entry->has_certificate) text_hex(stdout, entry->thumbprint, sizeof(entry->thumbprint));
    keys_put_string(entry->has_certificate ? "\", \"subject\": " : ", \"subject\": ",
               entry->has_certificate ? entry->subject : NULL);
    put_time(", \"not_before\": ", entry->has_certificate, entry->not_before);
    put_time(", \"not_after\": ", entry->has_certificate, entry->not_after);
    keys_put_string(", \"file\": ", entry->where);
    if (entry->bits) printf(", \"bits\": %" PRIu32, entry->bits);
    else fputs(", \"bits\": null", stdout);
    printf(", \"usable\": %s", entry->code ? "false" : "true");
    keys_put_string(", \"opened_with\": ", entry->how);
    if (!entry->code) fputs(", \"reason\": null", stdout);
    else
    {
        fputs(", \"reason\": \"", stdout);
        print_reason(entry, TEXT_JSON);
        putchar('"');
    }
    putchar('}');
}
