/*
 * Passwords in the system's keyring.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "keyring.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libsecret-1.so.0"
#define PASSWORD_MAX_BYTES 4096

/* libsecret's SecretSchema, as its documentation gives it: its headers aren't needed for building. */
struct schema
{
    const char *name;
    int         flags;
    struct
    {
        const char *name;
        int         type; /* 0: text */
    }
    attributes[32];
    int         reserved;
    void       *more[7];
};

#define SCHEMA_DONT_MATCH_NAME 2 /* entries that secret-tool has made count, too */

static const struct schema schema =
{
    .name = "wine-efs.Key", .flags = SCHEMA_DONT_MATCH_NAME,
    .attributes = { { "application", 0 }, { "source", 0 } },
};

#define ATTRIBUTES(path) "application", "wine-efs", "source", (path), (void *)NULL

/* Its functions; the pointers without a type are a GCancellable and a GError's place, which aren't wanted. */
struct library
{
    char *(*lookup)(const struct schema *schema, void *cancellable, void **error, ...);
    int   (*store)(const struct schema *schema, const char *collection, const char *label, const char *password,
                   void *cancellable, void **error, ...);
    int   (*clear)(const struct schema *schema, void *cancellable, void **error, ...);
    void  (*wipe)(char *password);
};

/* Without a session's bus there is no keyring, and looking for one would start a bus. */
static bool has_session_bus(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char path[4096];

    if (getenv("DBUS_SESSION_BUS_ADDRESS")) return true;
    return runtime && snprintf(path, sizeof(path), "%s/bus", runtime) < (int)sizeof(path) && !access(path, F_OK);
}

static bool find_function(void *handle, void *function, const char *name)
{
    void *address = dlsym(handle, name);

    memcpy(function, &address, sizeof(address)); /* C knows no cast from data to function */
    return address != NULL;
}

/* Once loaded, it stays: its threads may run as long as the process does. NULL: it can't be had. */
static const struct library *load(void)
{
    static struct library library;
    static bool tried, there;
    void *handle;

    if (tried) return there ? &library : NULL;
    tried = true;
    handle = has_session_bus() ? dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) : NULL;
    there = handle && find_function(handle, &library.lookup, "secret_password_lookup_nonpageable_sync")
        && find_function(handle, &library.store, "secret_password_store_sync")
        && find_function(handle, &library.clear, "secret_password_clear_sync")
        && find_function(handle, &library.wipe, "secret_password_free");
    return there ? &library : NULL;
}

bool keyring_find(struct efs_secret *password, const char *path)
{
    const struct library *library = load();
    char *absolute = library && strcmp(path, "-") ? realpath(path, NULL) : NULL;
    char *found = absolute ? library->lookup(&schema, NULL, NULL, ATTRIBUTES(absolute)) : NULL;
    size_t length = found ? strlen(found) : 0;
    bool taken = found && length <= PASSWORD_MAX_BYTES && efs_secret_allocate(password, length + 1);

    if (taken)
    {
        memcpy(password->bytes, found, length);
        password->length = length;
    }
    if (found) library->wipe(found);
    free(absolute);
    return taken;
}

bool keyring_store(const char *password, const char *path)
{
    const struct library *library = load();
    char *absolute = library ? realpath(path, NULL) : NULL, *label = NULL;
    bool stored = false;

    if (absolute && asprintf(&label, "EFS key %s", absolute) < 0) label = NULL;
    if (label) stored = library->store(&schema, NULL, label, password, NULL, NULL, ATTRIBUTES(absolute)) != 0;
    free(label);
    free(absolute);
    return stored;
}

void keyring_forget(const char *path)
{
    const struct library *library = load();

    if (library) library->clear(&schema, NULL, NULL, ATTRIBUTES(path));
}
