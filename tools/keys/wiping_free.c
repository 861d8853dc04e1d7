/*
 * What is freed is wiped first, whoever frees it: GnuTLS, libunistring and OpenSSL copy a password and a key's numbers
 * into the C library's heap, in spellings of their own (UTF-16, UTF-32, DER), and don't wipe all of them. The C library
 * lets a program bring its own free() and realloc(), and everything in the process uses these. What they stand before
 * are its own functions under their other names.
 *
 * Left out of builds with a sanitizer, which brings its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void __libc_free(void *block);

void free(void *block)
{
    if (!block) return;
    explicit_bzero(block, malloc_usable_size(block));
    __libc_free(block);
}

/* The C library's own would leave the old place as it was. */
void *realloc(void *block, size_t size)
{
    size_t usable;
    void *moved;

    if (!block) return malloc(size);
    if (!size)
    {
        free(block);
        return NULL;
    }
    usable = malloc_usable_size(block);
    if (size <= usable && size >= usable / 2)
    {
        explicit_bzero((char *)block + size, usable - size);
        return block;
    }
    if (!(moved = malloc(size))) return NULL;
    memcpy(moved, block, size < usable ? size : usable);
    free(block);
    return moved;
}
