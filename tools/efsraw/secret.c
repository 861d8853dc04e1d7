/*
 * Passwords and key files: read without copies (no stdio, no realloc), wiped when done.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "efs/utf8.h"
#include "text.h"

#define LINE_MAX_BYTES 4096

bool secret_allocate(struct secret *secret, size_t capacity)
{
    memset(secret, 0, sizeof(*secret));
    secret->bytes = calloc(1, capacity);
    if (!secret->bytes) return false;
    secret->capacity = capacity;
    /* Keeps it out of the swap where the limits allow that; it is no failure where they don't. */
    (void)mlock(secret->bytes, capacity);
    return true;
}

void secret_free(struct secret *secret)
{
    if (secret->bytes)
    {
        explicit_bzero(secret->bytes, secret->capacity);
        munlock(secret->bytes, secret->capacity);
        free(secret->bytes);
    }
    memset(secret, 0, sizeof(*secret));
}

enum efs_error secret_read(struct secret *secret, const char *name, size_t max, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    ssize_t got = 0;
    int fd = STDIN_FILENO;

    if (!secret_allocate(secret, max + 1)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    if (strcmp(name, "-")) fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) error = efs_fail_errno(diag, errno, 0, "open");
    else if (fstat(fd, &secret->st)) error = efs_fail_errno(diag, errno, 0, "fstat");
    while (!error && secret->length <= max)
    {
        got = read(fd, secret->bytes + secret->length, max + 1 - secret->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) error = efs_fail_errno(diag, errno, 0, "read");
        if (got <= 0) break;
        secret->length += (size_t)got;
    }
    if (!error && secret->length > max) error = efs_fail(diag, EFS_ERR_INVALID, 0, "too long for a key or password file");
    if (!error) secret->bytes[secret->length] = 0;
    if (fd > STDIN_FILENO) close(fd);
    if (error) secret_free(secret);
    return error;
}

/* A line ends with LF or, in a file written on Windows, CR LF. */
static void cut_line(struct secret *secret)
{
    uint8_t *end = memchr(secret->bytes, '\n', secret->length);

    if (!end) return;
    if (end > secret->bytes && end[-1] == '\r') end--;
    secret->length = (size_t)(end - secret->bytes);
    secret->bytes[secret->length] = 0;
}

static uint32_t get_unit(const uint8_t *bytes, bool big_endian)
{
    return big_endian ? (uint32_t)bytes[0] << 8 | bytes[1] : (uint32_t)bytes[1] << 8 | bytes[0];
}

/* UTF-16 behind a byte order mark, as Notepad and PowerShell write it. False if it isn't UTF-16; *secret is UTF-8 afterwards. */
static bool convert_utf16(struct secret *secret, bool big_endian)
{
    struct secret utf8;
    size_t at;

    if (secret->length % 2 || !secret_allocate(&utf8, secret->length * 2 + 1)) return false;
    utf8.st = secret->st;
    for (at = 2; at < secret->length; at += 2)
    {
        uint32_t c = get_unit(secret->bytes + at, big_endian), low;

        if (c >= 0xd800 && c < 0xe000)
        {
            low = c < 0xdc00 && at + 2 < secret->length ? get_unit(secret->bytes + at + 2, big_endian) : 0;
            if (low < 0xdc00 || low >= 0xe000) break;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            at += 2;
        }
        utf8.length += efs_put_utf8((char *)utf8.bytes + utf8.length, c);
    }
    if (at < secret->length)
    {
        secret_free(&utf8);
        return false;
    }
    secret_free(secret);
    *secret = utf8;
    return true;
}

static bool is_utf8(const uint8_t *s, size_t length)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 }; /* below it, a shorter form is the right one */
    size_t at = 0;

    while (at < length)
    {
        unsigned int more = s[at] < 0x80 ? 0 : s[at] < 0xe0 ? 1 : s[at] < 0xf0 ? 2 : 3, i;
        uint32_t c = more ? s[at] & (0x3fu >> more) : s[at];

        if ((s[at] >= 0x80 && s[at] < 0xc2) || s[at] >= 0xf8 || more >= length - at) return false;
        for (i = 1; i <= more; i++)
        {
            if ((s[at + i] & 0xc0) != 0x80) return false;
            c = c << 6 | (s[at + i] & 0x3f);
        }
        if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return false;
        at += more + 1;
    }
    return true;
}

/* What is wrong with it as text, NULL: nothing. It is UTF-8, and its first line, afterwards. */
static const char *make_password(struct secret *secret)
{
    const uint8_t *bytes = secret->bytes;

    if (secret->length >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
    {
        if (!convert_utf16(secret, bytes[0] == 0xfe)) return "it begins as UTF-16 does, and isn't: no password";
    }
    else if (secret->length >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
    {
        secret->length -= 3;
        memmove(secret->bytes, secret->bytes + 3, secret->length + 1);
    }
    cut_line(secret);
    if (strlen((const char *)secret->bytes) != secret->length) return "its first line has a NUL in it: no password";
    if (!is_utf8(secret->bytes, secret->length)) return "its first line isn't UTF-8; save it as UTF-8, or as UTF-16 with a byte order mark";
    return NULL;
}

enum efs_error secret_read_line(struct secret *secret, const char *name, struct efs_diag *diag)
{
    enum efs_error error = secret_read(secret, name, LINE_MAX_BYTES, diag);
    const char *problem;

    if (error) return error;
    if (!(problem = make_password(secret))) return EFS_OK;
    secret_free(secret);
    return efs_fail(diag, EFS_ERR_INVALID, 0, problem);
}

static volatile sig_atomic_t caught_signal;

static void catch_signal(int number)
{
    caught_signal = number;
}

/* One line from the terminal. A signal must not leave it without echo: it is caught and sent again afterwards. */
static bool read_unechoed(int fd, struct secret *secret)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
    enum { COUNT = sizeof(signals) / sizeof(signals[0]) };
    struct sigaction action = { .sa_handler = catch_signal }, old[COUNT];
    struct termios before, silent;
    ssize_t got = -1;
    unsigned int i;

    if (tcgetattr(fd, &before)) return false;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    silent.c_lflag |= ECHONL | ICANON;
    caught_signal = 0;
    for (i = 0; i < COUNT; i++) sigaction(signals[i], &action, &old[i]); /* no SA_RESTART: read must come back */
    if (!tcsetattr(fd, TCSAFLUSH, &silent))
    {
        do got = read(fd, secret->bytes, secret->capacity - 1);
        while (got < 0 && errno == EINTR && !caught_signal);
        tcsetattr(fd, TCSAFLUSH, &before);
    }
    for (i = 0; i < COUNT; i++) sigaction(signals[i], &old[i], NULL);
    if (caught_signal) raise(caught_signal);
    if (got <= 0) return false;
    secret->length = (size_t)got;
    secret->bytes[secret->length] = 0;
    cut_line(secret);
    return true;
}

bool secret_ask(struct secret *secret, const char *name)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    FILE *prompt;
    bool answered = false;

    if (fd < 0) return false;
    prompt = fopen("/dev/tty", "we");
    if (prompt && secret_allocate(secret, LINE_MAX_BYTES))
    {
        fputs("Password for ", prompt);
        text_utf8(prompt, name, TEXT_TERMINAL);
        fputs(": ", prompt);
        fflush(prompt);
        answered = read_unechoed(fd, secret);
        if (!answered) secret_free(secret);
    }
    if (prompt) fclose(prompt);
    close(fd);
    return answered;
}
