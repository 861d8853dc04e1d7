/*
 * Wine's debug channel "efs", reached at run time, so that no particular Wine is needed to load.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "debug.h"

#include <stdarg.h>

#include "native.h"

/* Wine's layout: a byte of flags, one bit a class and the top bit for "not asked yet", and the name. */
struct debug_channel
{
    unsigned char flags;
    char          name[15];
};

typedef unsigned char (__cdecl *get_channel_flags_fn)(struct debug_channel *channel);
typedef int (__cdecl *header_fn)(enum debug_class class, struct debug_channel *channel, const char *function);
typedef int (__cdecl *output_fn)(const char *str);
typedef int (__cdecl *vsnprintf_fn)(char *buffer, size_t size, const char *format, va_list args);

static struct debug_channel channel = { 0xff, "efs" };
static get_channel_flags_fn get_channel_flags;
static header_fn print_header;
static output_fn print_output;
static vsnprintf_fn format_text;

void debug_init(void)
{
    HMODULE ntdll = native_find_module(L"ntdll.dll");

    print_header = (header_fn)(void (*)(void))native_find_function(ntdll, "__wine_dbg_header");
    print_output = (output_fn)(void (*)(void))native_find_function(ntdll, "__wine_dbg_output");
    get_channel_flags = (get_channel_flags_fn)(void (*)(void))native_find_function(ntdll,
                                                                                   "__wine_dbg_get_channel_flags");
    format_text = (vsnprintf_fn)(void (*)(void))native_find_function(ntdll, "_vsnprintf");
    if (!print_header || !print_output || !format_text || !get_channel_flags) channel.flags = 0;
}

bool debug_is_on(enum debug_class class)
{
    if (channel.flags & 0x80) channel.flags = get_channel_flags ? get_channel_flags(&channel) : 0;
    return channel.flags & (1 << class);
}

/* Formats with ntdll's function, as this DLL has no C runtime. A text longer than the buffer is cut. */
static void print(const char *format, va_list args)
{
    char buffer[512];

    format_text(buffer, sizeof(buffer), format, args);
    buffer[sizeof(buffer) - 1] = 0;
    print_output(buffer);
}

void debug_print(enum debug_class class, const char *function, const char *format, ...)
{
    va_list args;

    print_header(class, &channel, function);
    va_start(args, format);
    print(format, args);
    va_end(args);
}

void debug_tell(const char *format, ...)
{
    va_list args;

    if (!print_output || !format_text) return;
    va_start(args, format);
    print(format, args);
    va_end(args);
}

const char *debug_wstr(const unsigned short *str)
{
    static char buffers[4][300];
    static LONG next;
    char *out, *p;

    if (!str) return "(null)";
    out = p = buffers[(unsigned int)InterlockedIncrement(&next) % 4];
    *p++ = 'L';
    *p++ = '"';
    while (*str && p < out + sizeof(buffers[0]) - 12)
    {
        if (*str == '"' || *str == '\\') *p++ = '\\';
        if (*str >= ' ' && *str < 127) *p++ = (char)*str;
        else
        {
            int shift;

            *p++ = '\\';
            for (shift = 12; shift >= 0; shift -= 4) *p++ = "0123456789abcdef"[*str >> shift & 15];
        }
        str++;
    }
    *p++ = '"';
    *p = 0;
    return out;
}
