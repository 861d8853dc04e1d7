/*
 * Messages of a program that leaves the terminal: to standard error first, to syslog then.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_LOG_H
#define EFSMOUNT_LOG_H

/* From now on to syslog. */
void log_detach(void);
/* LOG_ERR, LOG_INFO; names in the text are escaped. */
__attribute__((format(printf, 2, 3))) void log_message(int level, const char *format, ...);
/* What isn't an error is left out from now on. */
void log_be_quiet(void);

#endif
