/*
 * Writing a large file past the page cache, where the file system can (O_DIRECT).
 *
 * The cache takes what is written by a copy, into pages that have to be found. Of a file that is larger than what the
 * kernel lets wait there, the writer then waits for the disk all the same, and the cache has lost what others would
 * read from it. Small files are better off in it: whoever has decrypted one is going to read it.
 */
#ifndef COMMON_DIRECT_H
#define COMMON_DIRECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DIRECT_MIN  (64u << 20) /* bytes of a file */
#define DIRECT_PART 16          /* of the memory; the kernel begins to write out at a tenth of what is free */
#define DIRECT_UNIT 4096        /* what offset, length and place in memory have to be multiples of; file systems and
                                   disks that ask for more refuse, and are written to as usual */

/* Of one descriptor, whose flags nobody else changes. All zeros: as usual. */
struct direct
{
    bool wanted; /* what can go past the cache does */
    bool on;     /* the descriptor's flag */
};

/* Does a file of so many bytes go past the cache, in a system with so many bytes of memory (0: unknown)? */
bool direct_pays(uint64_t length, uint64_t memory);
/* The bytes of this system's memory, or 0. */
uint64_t direct_memory(void);
/*
 * As write, at the descriptor's position, which is `offset`: the bytes written, which can be fewer, or -1 with errno.
 * What isn't aligned, a file's end mostly, goes through the cache; where the file system refuses, all does after
 * that.
 */
ssize_t direct_write(struct direct *direct, int fd, uint64_t offset, const void *data, size_t length);
/* The descriptor can be read and written by any call again. False, with errno: the host refuses. */
bool direct_end(struct direct *direct, int fd);

#endif
