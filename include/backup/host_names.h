/*
 * What alternate streams and extended attributes of plain files are called on the host: the forms of Samba's, which
 * Linux servers know, and the names that never are one.
 *
 * A pure codec: no I/O, no allocation. Names on the host are UTF-8, of Windows' streams UTF-16LE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUP_HOST_NAMES_H
#define BACKUP_HOST_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/content.h"

#define HOST_NAME_SIZE 256 /* bytes of a name on the host, of a file or of an attribute, with its NUL */

/* ---- alternate streams ---- */

#define HOST_STREAM_PREFIX "user.DosStream."

/* As an attribute: "user.DosStream.NAME:$DATA". name: of `length` bytes. False: too long, or half a pair of
   surrogates. */
bool host_stream_attribute(const uint8_t *name, size_t length, char out[HOST_NAME_SIZE]);
/* The stream of an attribute. Returns its length in bytes, 0: it is no stream's. Also without ":$DATA", as Samba can be
   told to write them. */
size_t host_attribute_stream(const char *attribute, uint8_t name[BSTREAM_NAME_BYTES]);

/* As a file beside: "FILE:NAME", which only a mark makes a stream (efs/beside.h). As above. */
bool host_stream_file(const char *file, const uint8_t *name, size_t length, char out[HOST_NAME_SIZE]);
/* The stream of such a name of a file's neighbour. As above. */
size_t host_file_stream(const char *file, const char *neighbour, uint8_t name[BSTREAM_NAME_BYTES]);

/* ---- extended attributes ---- */

/* Why an extended attribute of Windows can't be one here; a static string, NULL if it can. */
const char *host_ea_refused(const uint8_t *name, size_t length);
/* The attribute that it becomes: "user.NAME", in upper case as NTFS keeps it. name: one that isn't refused. */
void host_ea_attribute(const uint8_t *name, size_t length, char out[HOST_NAME_SIZE]);
/*
 * The extended attribute that Windows programs see in a host's: the part behind "user.", as it is written there. NULL:
 * none; it is another kind's, one of those that stay hidden, or its name is none of Windows'.
 */
const char *host_attribute_ea(const char *attribute);

/*
 * Attributes that programs neither see nor set, whatever the way: ours, Wine's, NTFS-3G's, Samba's, and all that don't
 * begin with "user.". In any case of letters.
 */
bool host_is_hidden(const char *attribute);

#endif
