/*
 * How `wine-efs key import` hands keys from the host to the Windows program that puts them into a prefix: through a
 * pipe, so that they are in no file, no argument and no variable.
 *
 * All numbers are u32, least significant byte first: KEY_HANDOVER_MAGIC, how many pairs follow, and for each pair the
 * sizes of its private key and of its certificate in bytes, then the key, a PVK file that isn't encrypted, and the
 * certificate, DER. Who has nothing to hand over writes nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_HANDOVER_H
#define KEYS_HANDOVER_H

#define KEY_HANDOVER_MAGIC       0x7379656bu /* "keys" */
#define KEY_HANDOVER_PAIRS       16          /* at most */
#define KEY_HANDOVER_KEY         16384       /* bytes at most; CryptoAPI's longest key has 9260 */
#define KEY_HANDOVER_CERTIFICATE 1048576     /* bytes at most */

#endif
