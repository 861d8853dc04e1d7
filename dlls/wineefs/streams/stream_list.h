/*
 * Which streams a file has: FileStreamInformation, which Wine hasn't got.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_LIST_H
#define WINEEFS_STREAM_LIST_H

#include "wine/nt.h"

#define CLASS_STREAM 22

/* FILE_STREAM_INFORMATION (MS-FSCC 2.4.49) */
#define STREAM_NEXT        0x00
#define STREAM_NAME_LENGTH 0x04 /* bytes */
#define STREAM_SIZE        0x08
#define STREAM_ALLOCATION  0x10
#define STREAM_NAME        0x18 /* :NAME:$DATA */

/* FALSE: Wine is to answer, as no streams are kept there. */
BOOL stream_list_query(HANDLE file, IO_STATUS_BLOCK *io, BYTE *info, ULONG length, NTSTATUS *status);

#endif
