/*
 * Passwords in the system's keyring (GNOME's, KDE's, or whatever speaks the Secret Service's protocol), through
 * libsecret: that is loaded when it is needed, and needn't be there.
 *
 * An entry has the attributes "application", which is "wine-efs", and "source": the absolute path, without symbolic
 * links, of the key file or source of keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_KEYRING_H
#define KEYS_KEYRING_H

#include <stdbool.h>

#include "efs/secret.h"

/* The password of that file or directory. False: no keyring, or none in it. */
bool keyring_find(struct efs_secret *password, const char *path);
/* Puts it there, in place of an older one. False: no keyring, or it didn't take it. */
bool keyring_store(const char *password, const char *path);
/* Removes it, if it is there. path: absolute, as the file itself may have gone. */
void keyring_forget(const char *path);

#endif
