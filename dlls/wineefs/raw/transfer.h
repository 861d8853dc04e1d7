/*
 * The loops that move a raw stream between the program's callback and the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_TRANSFER_H
#define WINEEFS_TRANSFER_H

#include "context.h"

/* Win32 codes, or what the callback returned. */
DWORD transfer_export(PFE_EXPORT_FUNC callback, PVOID callback_context, struct context *context);
DWORD transfer_import(PFE_IMPORT_FUNC callback, PVOID callback_context, struct context *context);

#endif
