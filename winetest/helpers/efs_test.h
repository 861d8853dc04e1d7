/*
 * What the conformance tests share: a stream builder, callbacks that work on memory, files to work on.
 *
 * "line N" in the tests is the N-th line of the list of what Windows programs expect of the raw API, and
 * a letter in brackets names the program: [W] wimlib, [B] burp, [A] Bareos, [C] Bacula, [J] JNA, [P] pywin32.
 * Each expectation was read from their sources.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_H
#define EFS_TEST_H

#include <stdbool.h>
#include <windows.h>
#include "wine/test.h"

/* what the headers of Wine 8 lack */
#ifndef ERROR_BAD_RECOVERY_POLICY
#define ERROR_BAD_RECOVERY_POLICY 6012L
#endif
#ifndef EFS_DROP_ALTERNATE_STREAMS
#define EFS_DROP_ALTERNATE_STREAMS 0x10
#endif

/* ---- stream.c: raw streams, made from the description of the format and not with the engine ---- */

struct stream
{
    BYTE *data;
    DWORD size;
    DWORD data_size;        /* plain bytes of the unnamed stream */
    /* where the records begin, bytes from the start */
    DWORD metadata_header;
    DWORD metadata_segment;
    DWORD metadata;         /* the $EFS itself */
    DWORD metadata_length;
    DWORD data_header;      /* 0 in a directory's stream */
    DWORD first_segment;
    DWORD second_segment;   /* 0 if there is none */
};

/* A file's stream as Windows writes it; the seed decides on metadata and ciphertext. */
void build_stream(struct stream *stream, DWORD data_size, DWORD seed);
/* A directory's: metadata alone. */
void build_directory_stream(struct stream *stream, DWORD seed);
/* The same with this $EFS. */
void build_stream_of(struct stream *stream, DWORD data_size, DWORD seed, const BYTE *metadata, DWORD metadata_length);
void build_directory_stream_of(struct stream *stream, const BYTE *metadata, DWORD metadata_length);
/* Appends any bytes. */
void append_bytes(struct stream *stream, const void *data, DWORD size);
/* Appends a stream header; name in bytes. */
void append_stream_header(struct stream *stream, DWORD flag, const void *name, DWORD name_length);
void copy_stream(struct stream *copy, const struct stream *stream);
void free_stream(struct stream *stream);
DWORD next_random(DWORD *state);
void put32(BYTE *at, DWORD value); /* little-endian */

/* ---- callbacks.c ---- */

struct gate /* a place where a callback waits for the test; NULL handles: it doesn't */
{
    DWORD  at;       /* waits in the first call that would go beyond this many bytes */
    HANDLE reached;  /* set when it waits */
    HANDLE go;       /* awaited */
};

struct source /* what an import callback gives */
{
    const BYTE *data;
    DWORD size;
    DWORD chunk;      /* bytes per call at most, 0: as many as fit, ~0: random numbers */
    DWORD seed;
    DWORD fail_at;    /* returns fail_code instead of going beyond this many bytes */
    DWORD fail_code;
    bool  fake_size;  /* claims more bytes than the buffer holds */
    struct gate gate;
    /* what it saw */
    DWORD pos;
    DWORD calls;
    DWORD min_buffer, max_buffer;
};

struct sink /* what an export callback takes */
{
    BYTE *data;
    DWORD size;
    DWORD capacity;
    DWORD fail_at;
    DWORD fail_code;
    struct gate gate;
    /* what it saw */
    DWORD calls;
    DWORD max_chunk;
    DWORD last_calls;  /* with length 0 */
    DWORD late_calls;  /* after one with length 0 */
    DWORD null_calls;  /* with a NULL pointer */
};

void init_source(struct source *source, const struct stream *stream);
DWORD WINAPI import_callback(PBYTE data, PVOID context, PULONG length);
#define IMPORT_CALLBACK ((PFE_IMPORT_FUNC)import_callback) /* Wine 8 has a ULONG in the place of the PULONG */
void reset_sink(struct sink *sink); /* forgets the data, keeps the orders */
void free_sink(struct sink *sink);
DWORD WINAPI export_callback(PBYTE data, PVOID context, ULONG length);

/* A thread in WriteEncryptedFileRaw or ReadEncryptedFileRaw, stopped at its gate. */
struct worker
{
    void          *context;
    struct source *source; /* either */
    struct sink   *sink;   /* or */
    HANDLE         thread;
    DWORD          result;
};
void start_worker(struct worker *worker);
/* Starts it, and returns when it waits in its callback after half of the stream. */
void start_blocked_worker(struct worker *worker);
/* Lets it go on, and returns what the call returned. */
DWORD finish_worker(struct worker *worker);

/* ---- files.c ---- */

/* Each test file works in a directory of its own. */
void begin_tests(const char *name);
void end_tests(void);
/* The path of a name there; good until end_tests. */
const WCHAR *test_path(const WCHAR *name);
const WCHAR *test_path_in(const WCHAR *dir, const WCHAR *name);
const WCHAR *test_path_numbered(const WCHAR *prefix, DWORD number);
/* From an environment variable; NULL if it isn't set. */
const WCHAR *env_path(const WCHAR *variable);
/* Names in a directory, without "." and "..". */
DWORD count_entries(const WCHAR *dir);
void make_file(const WCHAR *path, const char *content, DWORD attributes);
/* A plain file in an encrypted directory, where it can't be made: makes a new one elsewhere, and moves it there. */
void move_in(const WCHAR *path, const char *content);
void remove_file_(const char *file, int line, const WCHAR *path);
#define remove_file(path) remove_file_(__FILE__, __LINE__, path)

/* Open, Write, Close; the first code that isn't 0. */
DWORD restore_stream(const WCHAR *path, ULONG flags, const struct stream *stream);
DWORD restore_from(const WCHAR *path, ULONG flags, struct source *source);
/* Open, Read, Close. */
DWORD save_to(const WCHAR *path, ULONG flags, struct sink *sink);
/* Opens for import, and it has to succeed. */
void *open_import_(const char *file, int line, const WCHAR *path, ULONG flags);
void *open_export_(const char *file, int line, const WCHAR *path, ULONG flags);
#define open_import(path, flags) open_import_(__FILE__, __LINE__, path, flags)
#define open_export(path, flags) open_export_(__FILE__, __LINE__, path, flags)

/* A file restored from this stream is there, and an export gives the stream back. */
void check_export_(const char *file, int line, const WCHAR *path, const struct stream *stream);
#define check_export(path, stream) check_export_(__FILE__, __LINE__, path, stream)
void check_sink_(const char *file, int line, const struct sink *sink, const struct stream *stream);
#define check_sink(sink, stream) check_sink_(__FILE__, __LINE__, sink, stream)
/* A plain file is there with that content (up to 256 bytes) and those attributes, bar ARCHIVE and NORMAL. */
void check_plain_(const char *file, int line, const WCHAR *path, const char *content, DWORD attributes);
#define check_plain(path, content, attributes) check_plain_(__FILE__, __LINE__, path, content, attributes)
void check_missing_(const char *file, int line, const WCHAR *path);
#define check_missing(path) check_missing_(__FILE__, __LINE__, path)
/* The call returned that code, and set it as the last error too (if it isn't 0). */
void check_code_(const char *file, int line, DWORD code, DWORD expected);
#define check_code(code, expected) check_code_(__FILE__, __LINE__, code, expected)

/* A call of the system that has to succeed. */
void check_call_(const char *file, int line, const char *call, BOOL result);
#define check_call(call) check_call_(__FILE__, __LINE__, #call, call)

/* ---- support.c ---- */

/* Before a statement or a block, as todo_wine is: nobody has seen on Windows that its checks succeed. `why` begins with
   what makes us expect it all the same, in at most 100 characters:

     documented:  a document of Microsoft's says it
     programs:    programs that run on Windows rely on it, by their sources
     reasoned:    it follows from what is known of other functions
     ours:        wine-efs chose it; Windows may well do something else

   On Windows a check in it that fails is news and no failure: it is counted as flaky, and its line says why it was
   expected. Elsewhere it is a check like any other. Nothing may leave the block, and other threads aren't in it.
   docs/windows-contract.md lists them all: tests/lib/contract.py writes the list. */
#define unseen(why) for (begin_unseen(why); winetest_loop_flaky(); end_unseen())
void begin_unseen(const char *why);
void end_unseen(void);

/* The same for what has been seen on Windows, and by whom; and for what asks nothing of Windows, and why. They do
   nothing: so that no test is without a word about it. */
#define seen(by)
#define not_windows(why)

/* Something that the tests after it build on. If it doesn't work that is a failure, in Wine something to do; and false,
   with a word about what is skipped. */
bool needs_(const char *file, int line, bool works, const char *what);
#define needs(works, what) needs_(__FILE__, __LINE__, works, what)
/* Can a raw stream be imported at all? In Wine the functions are stubs. */
bool raw_streams_work_(const char *file, int line);
#define raw_streams_work() raw_streams_work_(__FILE__, __LINE__)
/* The same of BackupRead. */
bool backups_work_(const char *file, int line);
#define backups_work() backups_work_(__FILE__, __LINE__)

/* ---- unguarded.c ---- */

/* Starts this program with these arguments, free to open encrypted files. False: it can't be had on this system. */
bool start_unguarded(const WCHAR *arguments, PROCESS_INFORMATION *process);
/* Waits for its end, and counts its failures as ours. */
void finish_unguarded(PROCESS_INFORMATION *process);

#endif
