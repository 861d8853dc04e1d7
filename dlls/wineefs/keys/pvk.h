/*
 * The head of a PVK file: it says what the private key behind it is, which is a PRIVATEKEYBLOB (wincrypt.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_PVK_H
#define WINEEFS_PVK_H

#define PVK_MAGIC   0xb0b5f11e
#define PVK_SPEC    8  /* where it says what the key is for: AT_KEYEXCHANGE */
#define PVK_LENGTH  20 /* bytes of the key */
#define PVK_KEY     24

#endif
