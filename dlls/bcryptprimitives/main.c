/*
 * bcryptprimitives.dll for a Wine that has none: ProcessPrng, from which the runtimes of Go (1.22 and later) and Rust
 * (1.78 and later) take their random numbers. Without it such a program doesn't start.
 *
 * https://learn.microsoft.com/windows/win32/seccng/processprng
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <windows.h>

#include <ntsecapi.h> /* RtlGenRandom */

/*
 * How wine-efs knows its own file: Wine has none here, so another one is somebody else's. By a pointer, since a DLL
 * needs at least one relocation to be loaded at any address, and the 64-bit code has none.
 */
__attribute__((used)) static const char *const mark = "wine-efs.bcryptprimitives";

#define PART (1 << 20) /* bytes in one call: a buffer may be larger than RtlGenRandom's ULONG */

#define STATUS_NO_RANDOM ((UINT)0xC0000602) /* STATUS_FAIL_FAST_EXCEPTION */

BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size);

/*
 * Fills the buffer, of any size in bytes. Always TRUE: nobody looks at it. So a process for which there are no random
 * bytes ends here; it would take what is in the buffer for a key.
 */
BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size)
{
    while (size)
    {
        ULONG part = size < PART ? (ULONG)size : PART;

        if (!RtlGenRandom(data, part))
            for (;;) TerminateProcess(GetCurrentProcess(), STATUS_NO_RANDOM);
        data += part;
        size -= part;
    }
    return TRUE;
}
