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
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "common/text.h"

#define LINE_MAX_BYTES 4096

void secret_guard_process(void)
{
    static const struct rlimit no_core = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

/* In a directory: what is in the place of a file isn't waited for. */
static enum efs_error open_file(int *fd, int dir_fd, const char *name, struct stat *st, struct efs_diag *diag)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (dir_fd == AT_FDCWD ? 0 : O_NOFOLLOW | O_NONBLOCK);

    *fd = dir_fd == AT_FDCWD && !strcmp(name, "-") ? STDIN_FILENO : openat(dir_fd, name, flags);
    if (*fd < 0) return efs_fail_errno(diag, errno, 0, "open");
    if (fstat(*fd, st)) return efs_fail_errno(diag, errno, 0, "fstat");
    return dir_fd == AT_FDCWD || S_ISREG(st->st_mode) ? EFS_OK : efs_fail(diag, EFS_ERR_INVALID, 0, "not a file");
}

enum efs_error secret_read_at(struct efs_secret *secret, int dir_fd, const char *name, size_t max, struct stat *st,
                              struct efs_diag *diag)
{
    enum efs_error error;
    struct stat found;
    ssize_t got = 0;
    int fd;

    if (!efs_secret_allocate(secret, max + 1)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    error = open_file(&fd, dir_fd, name, st ? st : &found, diag);
    while (!error && secret->length <= max)
    {
        got = read(fd, secret->bytes + secret->length, max + 1 - secret->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) error = efs_fail_errno(diag, errno, 0, "read");
        if (got <= 0) break;
        secret->length += (size_t)got;
    }
    if (!error && secret->length > max)
        error = efs_fail(diag, EFS_ERR_INVALID, 0, "too long for a key or password file");
    if (!error) secret->bytes[secret->length] = 0;
    if (fd > STDIN_FILENO) close(fd);
    if (error) efs_secret_free(secret);
    return error;
}

enum efs_error secret_read(struct efs_secret *secret, const char *name, size_t max, struct stat *st,
                           struct efs_diag *diag)
{
    return secret_read_at(secret, AT_FDCWD, name, max, st, diag);
}

/* A line ends with LF or, in a file written on Windows, CR LF. */
static void cut_line(struct efs_secret *secret)
{
    uint8_t *end = memchr(secret->bytes, '\n', secret->length);

    if (!end) return;
    if (end > secret->bytes && end[-1] == '\r') end--;
    secret->length = (size_t)(end - secret->bytes);
    secret->bytes[secret->length] = 0;
}

static void swap_bytes(uint8_t *bytes, size_t length)
{
    uint8_t first;
    size_t i;

    for (i = 0; i + 1 < length; i += 2)
    {
        first = bytes[i];
        bytes[i] = bytes[i + 1];
        bytes[i + 1] = first;
    }
}

/* UTF-16 behind a byte order mark, as Notepad and PowerShell write it. False if it isn't UTF-16; *secret is UTF-8
   afterwards. */
static bool convert_utf16(struct efs_secret *secret, bool big_endian)
{
    struct efs_secret utf8;
    uint32_t c = 0;
    size_t at, n;

    if (secret->length % 2 || !efs_secret_allocate(&utf8, secret->length * 2 + 1)) return false;
    if (big_endian) swap_bytes(secret->bytes, secret->length);
    for (at = 2; at < secret->length && (n = utf16_get(secret->bytes + at, secret->length - at, &c)); at += n)
        utf8.length += utf8_put((char *)utf8.bytes + utf8.length, c);
    efs_secret_free(at < secret->length ? &utf8 : secret);
    if (utf8.bytes) *secret = utf8;
    return utf8.bytes != NULL;
}

/* s ends with a NUL. */
static bool is_utf8(const uint8_t *s)
{
    uint32_t c = 0;
    size_t n = 1;

    for (; *s && n; s += n) n = utf8_get(s, &c);
    return n != 0;
}

/* What is wrong with it as text, NULL: nothing. It is UTF-8, and its first line, afterwards. */
static const char *make_password(struct efs_secret *secret)
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
    if (!is_utf8(secret->bytes))
        return "its first line isn't UTF-8; save it as UTF-8, or as UTF-16 with a byte order mark";
    return NULL;
}

enum efs_error secret_read_line(struct efs_secret *secret, const char *name, struct stat *st, struct efs_diag *diag)
{
    enum efs_error error = secret_read(secret, name, LINE_MAX_BYTES, st, diag);
    const char *problem;

    if (error) return error;
    if (!(problem = make_password(secret))) return EFS_OK;
    efs_secret_free(secret);
    return efs_fail(diag, EFS_ERR_INVALID, 0, problem);
}

static volatile sig_atomic_t caught_signal;

static void catch_signal(int number)
{
    caught_signal = number;
}

/* One line from the terminal. A signal must not leave it without echo: it is caught and sent again afterwards. */
static bool read_unechoed(int fd, struct efs_secret *secret)
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

bool secret_ask(struct efs_secret *secret, const char *name)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    FILE *prompt;
    bool answered = false;

    if (fd < 0) return false;
    prompt = fopen("/dev/tty", "we");
    if (prompt && efs_secret_allocate(secret, LINE_MAX_BYTES))
    {
        fputs("Password for ", prompt);
        text_utf8(prompt, name, TEXT_TERMINAL);
        fputs(": ", prompt);
        fflush(prompt);
        answered = read_unechoed(fd, secret);
        if (!answered) efs_secret_free(secret);
    }
    if (prompt) fclose(prompt);
    close(fd);
    return answered;
}
