/*
 * The keys that efsraw keys shows, as text and as JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_KEYS_PRINT_H
#define EFSRAW_KEYS_PRINT_H

#include "efs/keystore.h"

void keys_print_entry(const struct efs_keystore_entry *entry);
/* The same as JSON, on one line, without an end of it. */
void keys_put_entry(const struct efs_keystore_entry *entry);
/* A string of JSON's. key: with its quotes, colon, and what separates it. text: NULL: null. */
void keys_put_string(const char *key, const char *text);

#endif
