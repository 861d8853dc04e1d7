/*
 * The scenarios of encrypting, and of changing users. What is random otherwise is the same each time, so that results
 * can be compared: the shim's getrandom for keys, and the padding of RSA here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scenarios.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/seal.h"
#include "efs/session.h"
#include "efs/store.h"
#include "efs/target.h"
#include "efs/users.h"
#include "operations.h"
#include "scratch.h"

#define PLAIN_SIZE 70000
#define STREAM_ATTRIBUTE "user.DosStream.name:$DATA"

static struct efs_certificate *owner, *other;
static struct efs_key *key; /* the owner's */
static struct build shared_stream, shared_container_stream; /* of the owner and the other */
static struct build owners_stream, owners_container_stream; /* of the owner alone */
static uint8_t plain[PLAIN_SIZE];

/* ---- what is linked in the place of libraries' functions ---- */

int __real_EVP_PKEY_encrypt(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in,
                            size_t in_length);
int __wrap_EVP_PKEY_encrypt(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in,
                            size_t in_length);

/* PKCS#1 v1.5, with a padding that isn't random. */
int __wrap_EVP_PKEY_encrypt(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in,
                            size_t in_length)
{
    unsigned char padded[1024];
    size_t size = *length;

    MUST(size <= sizeof(padded) && in_length + 11 <= size);
    memset(padded, 0x5a, size);
    padded[0] = 0;
    padded[1] = 2;
    padded[size - in_length - 1] = 0;
    memcpy(padded + size - in_length, in, in_length);
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) <= 0) return 0;
    return __real_EVP_PKEY_encrypt(context, out, length, padded, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

/* Its failure is no failure, and so it isn't made to fail; what it allocates, free() is told of. */
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    void *p = __real_aligned_alloc(alignment, size);

    if (p && shim.mode != SHIM_OFF) shim.blocks++;
    return p;
}

/* ---- what is encrypted ---- */

static enum efs_error keep(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    (void)diag;
    build_bytes(context, bytes, length);
    return EFS_OK;
}

static enum efs_error feed(void *context, const void *bytes, size_t length, struct efs_diag *diag)
{
    return efs_import_feed(context, bytes, length, diag);
}

static void make_stream(struct build *stream, uint32_t count, bool named)
{
    const struct efs_certificate *users[] = { owner, other };
    const struct efs_seal_readers readers = { users, count, users, 1 };
    static const uint8_t name[] = { 'n', 0 };
    struct efs_seal *seal;
    size_t room;

    MUST(!efs_seal_begin(&seal, &readers, keep, stream, NULL));
    MUST(!efs_seal_begin_stream(seal, NULL, 0, false, NULL));
    memset(efs_seal_get_room(seal, &room), 'x', 5000);
    MUST(!efs_seal_add(seal, 5000, NULL) && !efs_seal_end_stream(seal, NULL));
    if (named) MUST(!efs_seal_begin_stream(seal, name, sizeof(name), false, NULL) && !efs_seal_end_stream(seal, NULL));
    efs_seal_free(seal);
}

static size_t read_key_file(uint8_t *bytes, size_t room, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    MUST(fd != -1);
    length = read(fd, bytes, room);
    MUST(length > 0 && (size_t)length < room);
    close(fd);
    return (size_t)length;
}

static void load_keys(void)
{
    static const char end[] = "-----END CERTIFICATE-----";
    static uint8_t bytes[32768];
    size_t length = read_key_file(bytes, sizeof(bytes), KEYS_DIR "/modern.pfx");
    const uint8_t *first_end;

    MUST(!efs_certificate_load(&owner, bytes, length, "open sesame", NULL));
    MUST(!efs_key_load(&key, bytes, length, "open sesame", NULL));
    /* its first certificate is another one than its key's */
    length = read_key_file(bytes, sizeof(bytes), KEYS_DIR "/chain.pem");
    first_end = memmem(bytes, length, end, strlen(end));
    MUST(first_end);
    length = (size_t)(first_end - bytes) + strlen(end);
    bytes[length++] = '\n';
    MUST(!efs_certificate_load(&other, bytes, length, NULL, NULL));
}

void encryptions_begin(void)
{
    size_t i;

    load_keys();
    make_stream(&shared_stream, 2, false);
    make_stream(&shared_container_stream, 2, true);
    make_stream(&owners_stream, 1, false);
    make_stream(&owners_container_stream, 1, true);
    for (i = 0; i < sizeof(plain); i++) plain[i] = (uint8_t)(i * 7 + i / 256);
}

void encryptions_end(void)
{
    efs_certificate_free(owner);
    efs_certificate_free(other);
    efs_key_free(key);
    build_free(&shared_stream);
    build_free(&shared_container_stream);
    build_free(&owners_stream);
    build_free(&owners_container_stream);
}

/* ---- what stands there before ---- */

static void source(void) { scratch_write("source", plain, sizeof(plain)); }

static void source_and_target(void)
{
    source();
    MUST(!operation_import("file", &shared_stream, false, false));
}

static void source_with_stream(void)
{
    source();
    scratch_attribute("source", STREAM_ATTRIBUTE, "in it", 6);
}

static void in_place(void)
{
    scratch_write("file", plain, sizeof(plain));
    scratch_attribute("file", "user.other", "carried over", 12);
}

static void in_place_with_stream(void)
{
    in_place();
    scratch_attribute("file", STREAM_ATTRIBUTE, "in it", 6);
}

static void shared(void) { MUST(!operation_import("file", &shared_stream, false, false)); }
static void shared_container(void) { MUST(!operation_import("file", &shared_container_stream, false, false)); }
static void owners(void) { MUST(!operation_import("file", &owners_stream, false, false)); }
static void owners_container(void) { MUST(!operation_import("file", &owners_container_stream, false, false)); }

/* ---- what is done ---- */

static enum efs_error seal_into(struct efs_import *import, int fd)
{
    const struct efs_certificate *users[] = { owner };
    const struct efs_seal_readers readers = { users, 1, NULL, 0 };
    struct efs_seal *seal;
    enum efs_error err;
    uint32_t named;

    if ((err = efs_seal_begin(&seal, &readers, feed, import, NULL))) return err;
    err = efs_seal_file(seal, fd, EFS_SEAL_HOLES, &named, NULL);
    efs_seal_free(seal);
    return err ? err : efs_import_commit(import, NULL);
}

static enum efs_error encrypt(const char *from)
{
    struct efs_import *import = NULL;
    struct efs_target target;
    enum efs_error err;
    int fd = open(from, O_RDONLY | O_CLOEXEC);

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    if (!(err = efs_target_open(&target, "file", NULL)))
    {
        target.no_copies = true;
        if (!(err = efs_import_begin(&import, &target, false, 0, NULL))) err = seal_into(import, fd);
        efs_import_free(import);
        efs_target_close(&target);
    }
    close(fd);
    return err;
}

/* What EncryptFile does: the old content is overwritten afterwards. */
static enum efs_error encrypts_where_it_is(void)
{
    const struct efs_certificate *users[] = { owner };
    const struct efs_seal_readers readers = { users, 1, NULL, 0 };
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    enum efs_error err;

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    err = efs_encrypt_in_place(fd, &readers, NULL);
    close(fd);
    return err;
}

static enum efs_error encrypts(void) { return encrypt("source"); }
static enum efs_error encrypts_in_place(void) { return encrypt("file"); }

static enum efs_error change_users(const struct efs_certificate *certificate, bool remove_old)
{
    struct efs_users_changed changed;
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    enum efs_error err;

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    err = efs_users_add(fd, key, &certificate, 1, remove_old, &changed, NULL);
    close(fd);
    return err;
}

static enum efs_error remove_user(const struct efs_certificate *certificate)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    enum efs_error err;

    if (fd == -1) return efs_fail_errno(NULL, errno, 0, "open");
    err = efs_users_remove(fd, efs_certificate_thumbprint(certificate), 20, NULL);
    close(fd);
    return err;
}

static enum efs_error adds_user(void) { return change_users(other, false); }
static enum efs_error rekeys(void) { return change_users(other, true); }
static enum efs_error removes_user(void) { return remove_user(other); }

/* Over what is there, for which it needs a name: so it sweeps. */
enum efs_error encryption_import_over(void) { return operation_import("file", &shared_stream, false, false); }

#define PIECE 64 /* bytes of plaintext that are looked for; of each 512 one */

/* path: what is there in the file itself, whatever leads to it. */
static bool shows_plaintext(const char *path)
{
    static uint8_t bytes[2 * PLAIN_SIZE];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n = fd == -1 ? -1 : read(fd, bytes, sizeof(bytes));
    bool shown = fgetxattr(fd, STREAM_ATTRIBUTE, NULL, 0) >= 0;
    size_t i;

    MUST(n >= 0);
    for (i = 0; i + PIECE <= PLAIN_SIZE && !shown; i += 512) shown = memmem(bytes, (size_t)n, plain + i, PIECE) != NULL;
    close(fd);
    return shown;
}

bool encryption_shows_plaintext(void)
{
    DIR *dir = opendir(".");
    struct dirent *entry;
    struct stat st;
    bool shown = false;

    MUST(dir);
    while ((entry = readdir(dir)))
    {
        if (!strcmp(entry->d_name, "source") || stat(entry->d_name, &st) || !S_ISREG(st.st_mode)) continue;
        /* the one that is encrypted in place had it before */
        if (!strcmp(entry->d_name, "file") && getxattr("file", EFS_STORE_XATTR, NULL, 0) < 0) continue;
        shown = shown || shows_plaintext(entry->d_name);
    }
    closedir(dir);
    return shown;
}

#define FIXED .fixed_random = true
#define NTFS  .ntfs = true, .no_tmpfile = true, .no_flags = true

const struct scenario encryptions[] =
{
    { "encrypts into a new file", SEALS, source, encrypts, { FIXED } },
    { "encrypts into a new file, named staging file", SEALS, source, encrypts, { FIXED, .no_tmpfile = true } },
    { "encrypts over an encrypted file", SEALS, source_and_target, encrypts, { FIXED } },
    { "encrypts a file with an alternate stream", SEALS, source_with_stream, encrypts, { FIXED } },
    { "encrypts in place", SEALS, in_place, encrypts_in_place, { FIXED } },
    { "encrypts where it is", SEALS, in_place, encrypts_where_it_is, { FIXED } },
    { "encrypts where it is, with an alternate stream", SEALS, in_place_with_stream, encrypts_where_it_is, { FIXED } },
    { "encrypts into a new file, NTFS-3G", SEALS, source, encrypts, { FIXED, NTFS } },
    { "adds a user", SEALS, owners, adds_user, { FIXED } },
    { "adds a user, small attributes", SEALS, owners, adds_user, { FIXED, .small = true } },
    { "adds a user to a container", SEALS, owners_container, adds_user, { FIXED } },
    { "gives the file another user's key", SEALS, owners, rekeys, { FIXED } },
    { "gives a container another user's key", SEALS, owners_container, rekeys, { FIXED } },
    { "removes a user", SEALS, shared, removes_user, { FIXED } },
    { "removes a user from a container", SEALS, shared_container, removes_user, { FIXED } },
    { "adds a user, NTFS-3G", SEALS, owners, adds_user, { FIXED, NTFS } },
    { "removes a user, NTFS-3G", SEALS, shared, removes_user, { FIXED, NTFS } },
};
const unsigned int encryption_count = sizeof(encryptions) / sizeof(encryptions[0]);
