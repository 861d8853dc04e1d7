/*
 * Stands in for libsecret-1.so.0 in tests: a keyring that is a file, $FAKE_KEYRING, of lines "SOURCE<tab>PASSWORD".
 * $FAKE_KEYRING_LOG gets a line for each call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *secret_password_lookup_nonpageable_sync(const void *schema, void *cancellable, void **error, ...);
int secret_password_store_sync(const void *schema, const char *collection, const char *label, const char *password,
                               void *cancellable, void **error, ...);
int secret_password_clear_sync(const void *schema, void *cancellable, void **error, ...);
void secret_password_free(char *password);

static void tell(const char *what, const char *source)
{
    const char *name = getenv("FAKE_KEYRING_LOG");
    FILE *log = name ? fopen(name, "a") : NULL;

    if (!log) return;
    fprintf(log, "%s %s\n", what, source);
    fclose(log);
}

/* The attributes have to be these two, and no more. */
static const char *take_source(va_list args)
{
    const char *source;

    if (strcmp(va_arg(args, const char *), "application") || strcmp(va_arg(args, const char *), "wine-efs")) abort();
    if (strcmp(va_arg(args, const char *), "source")) abort();
    source = va_arg(args, const char *);
    if (va_arg(args, const char *) || source[0] != '/') abort();
    return source;
}

char *secret_password_lookup_nonpageable_sync(const void *schema, void *cancellable, void **error, ...)
{
    FILE *ring = getenv("FAKE_KEYRING") ? fopen(getenv("FAKE_KEYRING"), "r") : NULL;
    char line[8192], *tab, *found = NULL;
    const char *source;
    va_list args;

    (void)cancellable;
    if (!schema || error) abort();
    va_start(args, error);
    source = take_source(args);
    va_end(args);
    tell("lookup", source);
    while (ring && !found && fgets(line, sizeof(line), ring))
    {
        line[strcspn(line, "\n")] = 0;
        if (!(tab = strchr(line, '\t'))) continue;
        *tab = 0;
        if (!strcmp(line, source)) found = strdup(tab + 1);
    }
    if (ring) fclose(ring);
    explicit_bzero(line, sizeof(line));
    return found;
}

int secret_password_store_sync(const void *schema, const char *collection, const char *label, const char *password,
                               void *cancellable, void **error, ...)
{
    FILE *ring = getenv("FAKE_KEYRING") ? fopen(getenv("FAKE_KEYRING"), "a") : NULL;
    const char *source;
    va_list args;

    (void)cancellable;
    if (!schema || collection || !label || error) abort();
    va_start(args, error);
    source = take_source(args);
    va_end(args);
    tell("store", source);
    if (!ring) return 0;
    fprintf(ring, "%s\t%s\n", source, password);
    return !fclose(ring);
}

int secret_password_clear_sync(const void *schema, void *cancellable, void **error, ...)
{
    va_list args;

    (void)cancellable;
    if (!schema || error) abort();
    va_start(args, error);
    tell("clear", take_source(args));
    va_end(args);
    return 1;
}

void secret_password_free(char *password)
{
    if (password) explicit_bzero(password, strlen(password));
    free(password);
}
