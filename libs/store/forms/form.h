/*
 * The forms that an encrypted file can have on the host: one interface, a row of forms.c's table for each.
 *
 * A form says how a raw stream becomes content and attributes (a stage, and the events of an import), and how these
 * become the stream again (a stored file, and the pieces of an export). Nobody else asks which form it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_FORM_H
#define EFS_FORM_H

#include "efs/layout.h"
#include "efs/probe.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"
#include "efs/store.h"
#include "efs/target.h"
#include "store/xattr.h"

/* ---- an import ---- */

enum form_stream
{
    FORM_METADATA,
    FORM_UNNAMED,
    FORM_NAMED,
};

/* A raw stream on its way into a file. The session fills what is known of it whatever the form. */
struct form_import
{
    struct efs_target       *target;
    bool                     directory;
    const struct form       *form;
    struct efs_stage        *stage;           /* NULL until the $EFS is complete, or another form is needed */
    struct efs_diag          diag;            /* what the last error was about */
    /* the raw stream */
    uint64_t                 position;        /* bytes of it that have been read, the current record's among them */
    enum form_stream         stream;          /* the current one */
    bool                     unnamed_seen;
    struct efs_raw_metadata  metadata;        /* its bytes: to be freed, NULL before its stream */
    uint64_t                 data_size;       /* plain bytes of the unnamed stream so far */
    uint64_t                 size_before;     /* the same before the current segment */
    uint64_t                 kept;            /* bytes of raw stream kept so far: all but dropped streams */
    /* split form and NTFS-3G: the current segment, and what is there already */
    const char              *unusual;         /* the first thing that the writer wouldn't make, NULL if there's none */
    uint64_t                 unusual_position;
    struct efs_raw_segment   segment;
    uint32_t                 block;           /* that the next stored bytes belong to */
    uint32_t                 block_done;      /* bytes of it that are written */
    uint64_t                 stored_end;      /* end of what segments store */
    struct ntfs3g_import    *ntfs;            /* named streams; to be freed, NULL: none */
    /* with large arrays, which their own function sets up */
    struct efs_layout_maker  maker;
};

/* ---- an export ---- */

struct form_export
{
    const struct efs_stored  *stored;
    /* set by begin_export: */
    uint64_t                  length;    /* bytes of the raw stream */
    /* it comes from bytes that anybody may have changed: a reader has to follow it */
    bool                      unchecked;
    bool                      has_named; /* and may have named streams, to be left out by whoever doesn't want them */
    /* the form's own */
    struct efs_raw_writer     writer;
    struct efs_layout_reader *layout;    /* split form: instead of the writer; to be freed, NULL without a layout */
    struct xattr_value        made;      /* a layout, of a file in the open form that needs one; to be freed */
    struct ntfs3g_export     *ntfs;      /* NTFS-3G: named streams after the writer's; to be freed, NULL: none */
    uint64_t                  position;  /* in a container */
};

/* ---- a form ---- */

/*
 * Functions of a stage, of an import and of set_metadata may answer FORM_UNFIT (xattr.h): this form can't hold it,
 * though a part of it may have been written. A function that has nothing to do is NULL.
 */
struct form
{
    enum efs_form    id;
    const char      *name;        /* as in `efsraw info --json` */
    const char      *description; /* for people */
    enum store_xattr attribute;   /* what a file of this form has */
    /* Of several with that attribute: is it the one for files here? The first in the table that says so is taken. */
    enum efs_error (*is_here)(int fd, bool *here, struct efs_diag *diag);
    bool             takes_all;   /* any raw stream: what doesn't fit another form goes here */

    /* Puts on the stage's new, empty file what makes it an encrypted one; may make it anew. mode: of the file. */
    enum efs_error (*begin_file)(struct efs_stage *stage, mode_t mode, struct efs_diag *diag);
    /* Its content is complete. data_size: plain bytes of the unnamed stream. */
    enum efs_error (*close_file)(struct efs_stage *stage, uint64_t data_size, struct efs_diag *diag);
    /* The last thing before it gets the target's name. */
    enum efs_error (*complete_file)(struct efs_stage *stage, struct efs_diag *diag);
    /* The attributes that the finished file has; the values stay the stage's. All others are absent already. NULL: such
       a file is never rewritten. */
    void (*list_attributes)(const struct efs_stage *stage, struct xattr_value values[XATTR_COUNT]);
    /* A directory: begins what there is to write; makes all of it the directory's, whose descriptor stage->fd is; ends
       it. */
    enum efs_error (*begin_directory)(struct efs_stage *stage, struct efs_diag *diag);
    enum efs_error (*commit_directory)(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag);
    void (*free_directory)(struct efs_stage *stage);

    /* Keeps one event. */
    enum efs_error (*event)(struct form_import *import, const struct efs_raw_event *event);
    /* The stream has ended: is all of it there, or what doesn't fit? */
    enum efs_error (*finish)(struct form_import *import);
    /* Bytes of content, without what pads and closes it, after the whole stream. */
    uint64_t (*content_length)(const struct form_import *import);
    /* Writes the raw stream that has been kept, import->kept bytes, from `from` (NULL: nothing is there yet) to
       import->stage. */
    enum efs_error (*replay)(struct form_import *import, const struct efs_stage *from);

    /*
     * The probe's quick look (efs/probe.h), without memory: is the file or directory of fd in this form, and how long
     * is its plaintext? `directory`, and the file's own size as data_size, are there already. False: no form that comes
     * later in the table needs to be asked. NULL: such a form has the same attribute, and looks for both.
     */
    bool (*probe)(int fd, struct efs_probe *probe);

    /* Reads what a file of this form has beside its content. value: of the attribute, the form's to keep or free. */
    enum efs_error (*open)(struct efs_stored *stored, struct xattr_value *value, struct efs_diag *diag);
    /* drop_named: named streams aren't wanted. The export's owner frees what it allocates. */
    enum efs_error (*begin_export)(struct form_export *export, bool drop_named, struct efs_diag *diag);
    void (*rewind)(struct form_export *export);
    /* What comes next: bytes, $EFS, or content of the file; EFS_RAW_PIECE_END after the last. */
    enum efs_error (*next)(struct form_export *export, struct efs_raw_piece *piece, struct efs_diag *diag);

    /* Gives the file or directory of fd, which `stored` describes, another $EFS in one step. */
    enum efs_error (*set_metadata)(const struct efs_stored *stored, int fd, const uint8_t *metadata, uint32_t length,
                                   struct efs_diag *diag);
};

extern const struct form form_split, form_container, form_ntfs3g;

/* ---- forms.c ---- */

/* The form of a file with this attribute, where fd is. */
enum efs_error form_of_attribute(const struct form **form, enum store_xattr attribute, int fd, struct efs_diag *diag);
/* What an import begins with: the first in the table that needs no question. */
const struct form *form_to_begin(void);
/* The one that takes any raw stream. */
const struct form *form_for_all(void);
/* Asks each form for its quick look, until one knows. */
void form_probe(int fd, struct efs_probe *probe);
/* Has what stands there the attribute of any form? It isn't opened. */
bool form_has_attribute(const char *path);

/* ---- what forms share ---- */

/* split_import.c: the events of split form and, for what Windows would write, of NTFS-3G. */
enum efs_error split_event(struct form_import *import, const struct efs_raw_event *event);
/* Notes what is unusual about the end of the stream; *beyond: something is stored behind it. */
void split_see_end(struct form_import *import, bool *beyond);
/* split_replay.c */
enum efs_error split_replay(struct form_import *import, const struct efs_stage *from);
/* split_directory.c */
enum efs_error split_commit_directory(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag);

/* container_metadata.c: reads the $EFS of a container. EFS_ERR_CORRUPT if its raw stream is none. */
enum efs_error container_read_metadata(struct efs_stored *stored, struct efs_diag *diag);
/* container_directory.c */
enum efs_error container_begin_directory(struct efs_stage *stage, struct efs_diag *diag);
enum efs_error container_commit_directory(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag);
void container_free_directory(struct efs_stage *stage);

/* ntfs3g_import.c: named streams */
enum efs_error ntfs3g_named_event(struct form_import *import, const struct efs_raw_event *event);
enum efs_error ntfs3g_named_finish(struct form_import *import);
/* ntfs3g_export.c: named streams, in the form that the writer gives them. NULL: no memory. To be freed. */
struct ntfs3g_export *ntfs3g_export_new(const struct efs_stored *stored);
void ntfs3g_export_rewind(struct ntfs3g_export *ntfs);
/* The next piece, which is never one of the file's own content. EFS_ERR_CORRUPT, the host's. */
enum efs_error ntfs3g_export_next(struct ntfs3g_export *ntfs, struct efs_raw_piece *piece, struct efs_diag *diag);
/* Bytes of all pieces of a fresh one. */
enum efs_error ntfs3g_export_measure(struct ntfs3g_export *ntfs, uint64_t *length, struct efs_diag *diag);

#endif
