/*
 * Import and export callbacks that work on memory, and do what the test orders.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs_test.h"

#define GATE_TIMEOUT 60000 /* milliseconds */

static void wait_at_gate(struct gate *gate, DWORD done)
{
    if (!gate->reached || done < gate->at) return;
    SetEvent(gate->reached);
    WaitForSingleObject(gate->go, GATE_TIMEOUT);
    gate->at = ~0u;
}

void init_source(struct source *source, const struct stream *stream)
{
    memset(source, 0, sizeof(*source));
    source->data = stream->data;
    source->size = stream->size;
    source->fail_at = ~0u;
    source->min_buffer = ~0u;
}

DWORD WINAPI import_callback(PBYTE data, PVOID context, PULONG length)
{
    struct source *source = context;
    DWORD capacity = *length, bytes = min(capacity, source->size - source->pos), chunk = source->chunk;

    source->calls++;
    source->min_buffer = min(source->min_buffer, capacity);
    source->max_buffer = max(source->max_buffer, capacity);
    if (chunk == ~0u) chunk = next_random(&source->seed) % (capacity / 4) + 1;
    if (chunk) bytes = min(bytes, chunk);
    if (source->gate.reached && source->pos < source->gate.at) bytes = min(bytes, source->gate.at - source->pos);
    if (source->pos < source->fail_at) bytes = min(bytes, source->fail_at - source->pos);

    wait_at_gate(&source->gate, source->pos);
    if (source->pos >= source->fail_at)
    {
        if (!source->fake_size) return source->fail_code;
        *length = capacity + 1;
        return ERROR_SUCCESS;
    }
    memcpy(data, source->data + source->pos, bytes);
    source->pos += bytes;
    *length = bytes;
    return ERROR_SUCCESS;
}

void reset_sink(struct sink *sink)
{
    sink->size = sink->calls = sink->max_chunk = sink->last_calls = sink->late_calls = sink->null_calls = 0;
}

void free_sink(struct sink *sink)
{
    free(sink->data);
    memset(sink, 0, sizeof(*sink));
}

DWORD WINAPI export_callback(PBYTE data, PVOID context, ULONG length)
{
    struct sink *sink = context;
    volatile BYTE *bytes = data;

    sink->calls++;
    sink->max_chunk = max(sink->max_chunk, length);
    if (sink->last_calls) sink->late_calls++;
    if (!data) sink->null_calls++;
    else (void)bytes[0]; /* it has to be memory, even with length 0 */
    if (!length) sink->last_calls++;

    wait_at_gate(&sink->gate, sink->size);
    if (sink->fail_code && sink->size >= sink->fail_at) return sink->fail_code;
    if (sink->size + length > sink->capacity)
    {
        sink->capacity = (sink->size + length) * 2;
        sink->data = realloc(sink->data, sink->capacity);
    }
    if (length) memcpy(sink->data + sink->size, data, length);
    sink->size += length;
    return ERROR_SUCCESS;
}

static DWORD CALLBACK worker_thread(void *arg)
{
    struct worker *worker = arg;

    if (worker->source) worker->result = WriteEncryptedFileRaw(IMPORT_CALLBACK, worker->source, worker->context);
    else worker->result = ReadEncryptedFileRaw(export_callback, worker->sink, worker->context);
    return 0;
}

void start_worker(struct worker *worker)
{
    DWORD id;

    worker->result = 0xdeadbeef;
    worker->thread = CreateThread(NULL, 0, worker_thread, worker, 0, &id);
    ok(worker->thread != NULL, "CreateThread failed: %lu\n", GetLastError());
}

static struct gate *worker_gate(struct worker *worker)
{
    return worker->source ? &worker->source->gate : &worker->sink->gate;
}

void start_blocked_worker(struct worker *worker)
{
    struct gate *gate = worker_gate(worker);
    HANDLE handles[2];
    DWORD ret;

    gate->at = worker->source ? worker->source->size / 2 : 1;
    gate->reached = CreateEventW(NULL, TRUE, FALSE, NULL);
    gate->go = CreateEventW(NULL, TRUE, FALSE, NULL);
    start_worker(worker);
    handles[0] = gate->reached;
    handles[1] = worker->thread;
    ret = WaitForMultipleObjects(2, handles, FALSE, GATE_TIMEOUT);
    ok(ret == WAIT_OBJECT_0, "the callback was not reached: wait %lu, result %lu\n", ret, worker->result);
}

DWORD finish_worker(struct worker *worker)
{
    struct gate *gate = worker_gate(worker);
    DWORD ret;

    if (gate->go) SetEvent(gate->go);
    ret = WaitForSingleObject(worker->thread, GATE_TIMEOUT);
    ok(ret == WAIT_OBJECT_0, "the thread did not end: wait %lu\n", ret);
    CloseHandle(worker->thread);
    if (gate->go)
    {
        CloseHandle(gate->go);
        CloseHandle(gate->reached);
    }
    memset(gate, 0, sizeof(*gate));
    return worker->result;
}
