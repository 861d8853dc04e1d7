/*
 * Faults, kills and power cuts while plaintext is written into an encrypted file: the open form.
 *
 * A script of changes is done to a file, with a sync now and then. Whatever call of it fails, is the last one of the
 * process, or is lost by a power cut: what is there then is read as anybody would read it, and each of its bytes has to
 * be one that was there since the last sync that returned, or a zero where the file was shorter meanwhile; what wasn't
 * changed since that sync has to be there as it was.
 *
 * On the disk after a power cut is all that a sync has put there, and of the rest the changes of attributes and size up
 * to some moment, in their order (file systems keep these through a journal), with any choice of the writes: what lies
 * beyond the file's end comes only with all that was changed before it, what lies in a place that the file had already
 * comes or doesn't. Of a write also its first half, in whole sectors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "crash_object.h"
#include "efs/certificate.h"
#include "efs/plaintext.h"
#include "efs/seal.h"
#include "efs/store.h"
#include "scratch.h"
#include "shim.h"

#define UNIT   EFS_CIPHER_UNIT
#define ROOM   400000
#define STATES 32
#define FREE   8 /* changes of which every choice is tried; of more a sample */
#define SAMPLE 400
#define CHANGES 512

static struct efs_certificate *owner;
static struct efs_key *key;
static struct efs_feks *feks;
static unsigned int tests, failed, states_seen;

/* ---- what the file has held: in memory that a killed child shares ---- */

struct content
{
    size_t  size;
    uint8_t bytes[ROOM];
};
static struct history
{
    unsigned int   count, synced; /* states[synced] was there when the last sync returned */
    bool           pending;       /* states[count] is on its way */
    size_t         changes[STATES]; /* how many calls the shim had recorded when the state was complete */
    struct content states[STATES];
} *history;

static struct content *next_state(void)
{
    struct content *last = &history->states[history->count - 1], *next = &history->states[history->count];

    MUST(history->count < STATES);
    if (!history->pending) memcpy(next, last, sizeof(*next));
    history->pending = true;
    return next;
}

static unsigned int last_state(void)
{
    return history->count - !history->pending;
}

static void complete_state(void)
{
    history->changes[history->count++] = shim_change_count;
    history->pending = false;
}

/* ---- the script ---- */

struct step
{
    enum { STOP, WRITE, SIZE, CLEAR, SYNC, END } what;
    size_t at, length; /* SIZE: at; CLEAR: to at + length */
};

static enum efs_error do_write(struct efs_plaintext *file, const struct step *step)
{
    static uint8_t buffer[ROOM + EFS_WRITE_ROOM];
    struct content *next = next_state();
    size_t written, i, done = 0;
    enum efs_error err = EFS_OK;

    if (step->at > next->size) memset(next->bytes + next->size, 0, step->at - next->size);
    for (i = 0; i < step->length; i++)
        next->bytes[step->at + i] = (uint8_t)(1 + (step->at + i + 7 * history->count) % 251);
    if (step->at + step->length > next->size) next->size = step->at + step->length;
    while (!err && done < step->length)
    {
        size_t at = step->at + done;

        memcpy(buffer + at % UNIT, next->bytes + at, step->length - done);
        err = efs_plaintext_pwrite(file, at, buffer, step->length - done, &written, NULL);
        done += written;
    }
    return err;
}

static enum efs_error do_end(struct efs_plaintext *file)
{
    struct efs_plaintext_end end;
    enum efs_error err = efs_plaintext_begin_end(file, &end, NULL);

    if (!err) err = efs_plaintext_sync(file, NULL);
    return err ? err : efs_plaintext_complete_end(file, &end, NULL);
}

/* The state that it leads to is in the history before it begins, since a part of it may be done. */
static enum efs_error do_step(struct efs_plaintext *file, const struct step *step)
{
    struct content *next = next_state();
    enum efs_error err;

    switch (step->what)
    {
    case WRITE:
        err = do_write(file, step);
        break;
    case SIZE:
        if (step->at > next->size) memset(next->bytes + next->size, 0, step->at - next->size);
        next->size = step->at;
        err = efs_plaintext_set_size(file, step->at, NULL);
        break;
    case CLEAR:
        memset(next->bytes + step->at, 0, step->length);
        err = efs_plaintext_clear(file, step->at, step->at + step->length, NULL);
        break;
    case SYNC:
        err = efs_plaintext_sync(file, NULL);
        break;
    default:
        err = do_end(file);
        break;
    }
    if (err) return err;
    complete_state();
    if (step->what == SYNC || step->what == END) history->synced = history->count - 1;
    return EFS_OK;
}

static enum efs_error open_file(const char *name, int flags, struct efs_plaintext **file)
{
    enum efs_error err = efs_plaintext_open(file, open(name, O_RDONLY | O_CLOEXEC), NULL);

    if (!err) err = efs_plaintext_unlock(*file, feks, NULL);
    if (!err && flags != O_RDONLY) err = efs_plaintext_make_writable(*file, open(name, O_RDWR | O_CLOEXEC), NULL);
    if (!err) return EFS_OK;
    efs_plaintext_close(*file);
    *file = NULL;
    return err;
}

static enum efs_error do_script(const struct step *step)
{
    struct efs_plaintext *file;
    enum efs_error err = open_file("file", O_RDWR, &file);

    if (err) return err;
    for (; !err && step->what != STOP; step++) err = do_step(file, step);
    efs_plaintext_close(file);
    return err;
}

/* ---- before it: a closed file of so many bytes ---- */

static void prepare(size_t size)
{
    static uint8_t metadata[EFS_METADATA_MAX];
    const struct efs_certificate *users[] = { owner };
    const struct efs_seal_readers readers = { users, 1, NULL, 0 };
    const struct step write_it[] = { { WRITE, 0, size }, { END, 0, 0 }, { STOP, 0, 0 } };
    size_t length;

    scratch_clear();
    memset(history, 0, sizeof(*history));
    history->count = 1;
    scratch_write("file", "", 0);
    MUST(!efs_seal_make_new(metadata, sizeof(metadata), &length, &readers, feks, NULL));
    scratch_attribute("file", EFS_STORE_XATTR, metadata, length);
    if (size) MUST(!do_script(write_it));
    if (size) memcpy(&history->states[0], &history->states[history->count - 1], sizeof(struct content));
    memset(history->changes, 0, sizeof(history->changes));
    history->count = 1;
    history->synced = 0;
    history->pending = false;
}

/* ---- is it right? ---- */

static const char *judge_bytes(const struct content *seen, unsigned int first, unsigned int last)
{
    size_t least = SIZE_MAX, most = 0, i;
    unsigned int s;

    for (s = first; s <= last; s++)
    {
        if (history->states[s].size < least) least = history->states[s].size;
        if (history->states[s].size > most) most = history->states[s].size;
    }
    if (seen->size < least) return "it is shorter than it was at any time";
    if (seen->size > (most + UNIT - 1) / UNIT * UNIT) return "it is longer than it was at any time";
    for (i = 0; i < seen->size; i++)
    {
        bool right = !seen->bytes[i] && i >= least;

        for (s = first; !right && s <= last; s++)
            right = i < history->states[s].size && history->states[s].bytes[i] == seen->bytes[i];
        if (!right) return i < least ? "a byte was never there" : "a byte beyond the old end was never there";
    }
    return NULL;
}

/* NULL: it is; the states from `first` to `last` may be mixed. */
static const char *judge(const char *name, unsigned int first, unsigned int last)
{
    static struct content seen;
    struct efs_plaintext *file;
    enum efs_error err;

    if (open_file(name, O_RDONLY, &file)) return "it can't be read";
    err = efs_plaintext_pread(file, 0, 0, seen.bytes, ROOM, &seen.size, NULL);
    efs_plaintext_close(file);
    return err ? "it can't be decrypted" : judge_bytes(&seen, first, last);
}

/* A repair loses nothing, and leaves a closed file, or one that only needs its key. */
static const char *judge_repaired(const char *name, unsigned int first, unsigned int last)
{
    int fd = open(name, O_PATH | O_CLOEXEC);
    enum efs_open_state state = efs_open_check(fd, true, NULL);
    struct stat st;

    MUST(!fstat(fd, &st));
    close(fd);
    if (state != EFS_OPEN_CLOSED && state != EFS_OPEN_NOT && state != EFS_OPEN_NEEDS_KEY) return "it isn't repaired";
    if (st.st_size % UNIT != (st.st_size ? 2 : 0)) return "repaired, it has no size of an encrypted file";
    return judge(name, first, last);
}

static bool complain(const char *script, const char *what, unsigned int at, const char *call)
{
    if (!what) return true;
    printf("# %s: %s %u: %s\n", script, call, at, what);
    failed++;
    return false;
}

/* ---- the scripts ---- */

static const struct script
{
    const char *name;
    size_t      size; /* before */
    struct step steps[10];
} scripts[] =
{
    { "append", 1000, { { WRITE, 1000, 100 }, { WRITE, 1100, 3000 }, { SYNC, 0, 0 }, { WRITE, 4100, 9999 } } },
    { "append to units", 1024, { { WRITE, 1024, 1024 }, { WRITE, 2048, 1 }, { END, 0, 0 } } },
    { "a new file", 0, { { WRITE, 0, 700 }, { SYNC, 0, 0 }, { WRITE, 700, 700 }, { END, 0, 0 } } },
    { "overwrite", 5000, { { WRITE, 10, 3000 }, { SYNC, 0, 0 }, { WRITE, 100, 4900 } } },
    { "cut", 9000, { { SIZE, 4000, 0 }, { SYNC, 0, 0 }, { SIZE, 100, 0 }, { WRITE, 100, 1000 } } },
    { "cut to nothing", 3000, { { SIZE, 0, 0 }, { WRITE, 0, 600 }, { END, 0, 0 }, { SIZE, 0, 0 } } },
    { "cut and grow", 3000, { { SIZE, 700, 0 }, { SIZE, 2000, 0 }, { SYNC, 0, 0 }, { WRITE, 2500, 100 } } },
    { "clear", 200000, { { CLEAR, 1000, 150000 }, { SYNC, 0, 0 }, { CLEAR, 100, 500 }, { END, 0, 0 } } },
    { "again and again", 600, { { WRITE, 600, 10 }, { END, 0, 0 }, { WRITE, 610, 2000 }, { END, 0, 0 }, { SIZE, 50, 0 },
                                { END, 0, 0 } } },
};

/* ---- each call fails ---- */

static void test_faults(const struct script *script)
{
    static const int errors[] = { EIO, ENOSPC, SHIM_SHORT };
    unsigned int count, at, e, hits = 0, bad = failed;

    prepare(script->size);
    shim_start(SHIM_COUNT, 0, 0, &(struct shim_world){ 0 });
    MUST(!do_script(script->steps));
    shim_stop();
    count = shim.count;
    for (at = 1; at <= count; at++)
    {
        for (e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
        {
            prepare(script->size);
            shim_start(SHIM_FAIL, at, errors[e], &(struct shim_world){ 0 });
            (void)do_script(script->steps);
            shim_stop();
            if (!shim.hit) continue;
            hits++;
            /* what was being done may be done in part */
            complain(script->name, judge("file", history->count - 1, last_state()), at, shim.hit);
            complain(script->name, judge_repaired("file", history->count - 1, last_state()), at, shim.hit);
        }
    }
    printf("%sok %u - %s: %u faults\n", bad == failed ? "" : "not ", ++tests, script->name, hits);
}

/* ---- the process is killed at each call ---- */

static bool is_system_call(const char *call)
{
    return strcmp(call, "malloc") && strcmp(call, "calloc") && strcmp(call, "realloc") && strcmp(call, "strdup");
}

static void test_kills(const struct script *script)
{
    static const char *calls[SHIM_CALLS];
    unsigned int count, at, kills = 0, bad = failed;
    int status;
    pid_t pid;

    prepare(script->size);
    shim_start(SHIM_COUNT, 0, 0, &(struct shim_world){ 0 });
    MUST(!do_script(script->steps));
    shim_stop();
    MUST((count = shim.count) <= SHIM_CALLS);
    memcpy(calls, shim_calls, sizeof(calls));
    for (at = 1; at <= count; at++)
    {
        if (!is_system_call(calls[at - 1])) continue;
        prepare(script->size);
        fflush(stdout);
        if (!(pid = fork()))
        {
            shim_start(SHIM_KILL, at, 0, &(struct shim_world){ .sectors = true });
            _exit(do_script(script->steps) ? 1 : 0);
        }
        MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
        MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        kills++;
        /* the kernel keeps what was written: the last complete state, or the one on the way to the next */
        complain(script->name, judge("file", history->count - 1, last_state()), at, calls[at - 1]);
        complain(script->name, judge_repaired("file", history->count - 1, last_state()), at, calls[at - 1]);
    }
    printf("%sok %u - %s: %u kills\n", bad == failed ? "" : "not ", ++tests, script->name, kills);
}

/* ---- power cuts ---- */

enum choice { DROPPED, KEPT, HALF, INSIDE /* what of a write lies where the file is already */ };

static void apply(struct object *object, const struct shim_change *change, enum choice choice)
{
    size_t inside = object->content.length > change->offset ? object->content.length - (size_t)change->offset : 0;
    struct shim_change part = *change;
    uint64_t half = (change->offset + change->length / 2) / UNIT * UNIT;

    if (choice == DROPPED) return;
    /* a sector is written or it isn't */
    if (choice == HALF) part.length = half > change->offset ? (size_t)(half - change->offset) : 0;
    if (choice == INSIDE && part.length > inside) part.length = inside;
    if (part.length || change->kind != CHANGE_WRITE) object_apply(object, &part, false);
}

static void make(const struct object *object)
{
    size_t i;

    unlink("state");
    scratch_write("state", object->content.data, object->content.length);
    for (i = 0; i < ATTRIBUTES; i++)
        if (object->attributes[i].value.data)
            scratch_attribute("state", object->attributes[i].name, object->attributes[i].value.data,
                              object->attributes[i].value.length);
}

static bool is_data(const struct shim_change *change)
{
    return change->kind == CHANGE_WRITE;
}

struct cut
{
    const struct script *script;
    const struct object *start;
    size_t               count;     /* changes before it */
    size_t               ordered;   /* attributes and sizes up to here are on the disk */
    size_t               synced;    /* all up to here */
    unsigned int         first, last; /* states */
    enum choice          choices[CHANGES];
};

static bool try_state(const struct cut *cut)
{
    struct object object = { 0 };
    bool complete = true; /* all that isn't data is there so far */
    bool cut_before = false; /* a size that isn't: what was written after it went to other places */
    const char *problem;
    size_t i;

    object_copy(&object, cut->start);
    for (i = 0; i < cut->count; i++)
    {
        enum choice choice = cut->choices[i];
        const struct shim_change *change = &shim_changes[i];

        if (choice == DROPPED && !is_data(change))
        {
            complete = false;
            cut_before = cut_before || change->kind == CHANGE_TRUNCATE;
        }
        if (is_data(change) && cut_before) choice = DROPPED;
        if (is_data(change) && choice != DROPPED && !complete) choice = INSIDE;
        apply(&object, change, choice);
    }
    make(&object);
    states_seen++;
    problem = judge("state", cut->first, cut->last);
    if (!problem) problem = judge_repaired("state", cut->first, cut->last);
    object_free(&object);
    return complain(cut->script->name, problem, (unsigned int)cut->count, "a power cut after change");
}

/* Every choice of the writes, or a sample of them; then each of them in half. */
static bool try_choices(struct cut *cut)
{
    size_t free_ones[CHANGES], free_count = 0, i;
    unsigned int n, most;
    uint32_t seed = 1;
    bool right = true, all;

    for (i = 0; i < cut->count; i++)
    {
        cut->choices[i] = i < cut->synced || (!is_data(&shim_changes[i]) && i < cut->ordered) ? KEPT : DROPPED;
        if (is_data(&shim_changes[i]) && i >= cut->synced) free_ones[free_count++] = i;
    }
    all = free_count <= FREE;
    most = all ? 1u << free_count : SAMPLE;
    for (n = 0; right && n < most; n++)
    {
        for (i = 0; i < free_count; i++)
        {
            if (!all) seed = seed * 1664525 + 1013904223;
            cut->choices[free_ones[i]] = (all ? n >> i : seed >> 24) & 1 ? KEPT : DROPPED;
        }
        right = try_state(cut);
    }
    for (n = 0; right && n < free_count; n++)
    {
        for (i = 0; i < free_count; i++) cut->choices[free_ones[i]] = i < n ? KEPT : i == n ? HALF : DROPPED;
        right = try_state(cut);
        for (i = 0; i < free_count; i++) cut->choices[free_ones[i]] = i == n ? HALF : KEPT;
        right = right && try_state(cut);
    }
    return right;
}

/* The power fails after `count` changes. */
static bool try_moment(struct cut *cut)
{
    unsigned int n;
    size_t i;

    cut->synced = 0;
    for (i = 0; i < cut->count; i++)
        if (shim_changes[i].kind == CHANGE_SYNC) cut->synced = i + 1;
    /* the states that were complete at that sync, and when the power failed */
    for (n = cut->first = cut->last = 0; n < history->count; n++)
    {
        if (history->changes[n] <= cut->synced) cut->first = n;
        if (history->changes[n] <= cut->count) cut->last = n;
    }
    if (cut->last + 1 < history->count) cut->last++; /* on the way to it */
    for (cut->ordered = cut->synced; cut->ordered <= cut->count; cut->ordered++)
    {
        if (cut->ordered && cut->ordered > cut->synced && is_data(&shim_changes[cut->ordered - 1])) continue;
        if (!try_choices(cut)) return false;
    }
    return true;
}

static void test_power(const struct script *script)
{
    static struct cut cut;
    unsigned int bad = failed, before = states_seen;
    struct object start;

    prepare(script->size);
    MUST(object_load("file", &start) != NO_FILE);
    shim_start(SHIM_RECORD, 0, 0, &(struct shim_world){ .no_fallocate = true }); /* which it doesn't record */
    MUST(!do_script(script->steps));
    shim_stop();
    MUST(shim_change_count <= CHANGES);
    cut.script = script;
    cut.start = &start;
    for (cut.count = 0; cut.count <= shim_change_count; cut.count++)
        if (!try_moment(&cut)) break;
    printf("%sok %u - %s: %u states of the disk\n", bad == failed ? "" : "not ", ++tests, script->name,
           states_seen - before);
    object_free(&start);
    shim_forget();
}

/* ---- */

static void load(void)
{
    static uint8_t bytes[32768];
    int fd = open(KEYS_DIR "/modern.pfx", O_RDONLY | O_CLOEXEC);
    ssize_t length;

    MUST(fd != -1);
    MUST((length = read(fd, bytes, sizeof(bytes))) > 0);
    close(fd);
    MUST(!efs_certificate_load(&owner, bytes, (size_t)length, "open sesame", NULL));
    MUST(!efs_key_load(&key, bytes, (size_t)length, "open sesame", NULL));
    MUST(!efs_feks_new(&feks, key, NULL));
}

int main(int argc, char **argv)
{
    size_t i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    history = mmap(NULL, sizeof(*history), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(history != MAP_FAILED);
    scratch_begin();
    load();
    for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
    {
        if (argc > 1 && strcmp(argv[1], scripts[i].name)) continue;
        test_faults(&scripts[i]);
        test_kills(&scripts[i]);
        test_power(&scripts[i]);
    }
    efs_feks_free(feks);
    efs_key_free(key);
    efs_certificate_free(owner);
    munmap(history, sizeof(*history));
    printf("# %u states of the disk, %u complaints\n1..%u\n", states_seen, failed, tests);
    return failed != 0;
}
