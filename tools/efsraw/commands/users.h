/*
 * efsraw users: its three commands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_USERS_H
#define EFSRAW_USERS_H

/* argv[0] is "efsraw: users add" and so on. */
int users_add(int argc, char **argv);
int users_remove(int argc, char **argv);

#endif
