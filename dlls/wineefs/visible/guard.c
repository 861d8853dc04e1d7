/*
 * The guard: an encrypted file can't be opened for its data, as on Windows without the key.
 *
 * A program that reads ciphertext where it expects plaintext, or writes into it, would make garbage of a backup
 * or of the file. Attributes, times, security, rename, link and delete work; overwriting makes a plain file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "guard.h"

#include "wine/debug.h"
#include "ea.h"
#include "encrypted_new.h"
#include "hooks.h"
#include "patch/inherit.h"
#include "removal.h"
#include "shadow/shadow_writes.h"
#include "shadow/shadow_open.h"
#include "streams/stream_follow.h"
#include "streams/stream_open.h"
#include "view.h"
#include "wine/named.h"
#include "wine/reparse.h"
#include "within.h"

/* Is this open handle one to an encrypted file, whose ciphertext it would give? In a view it gives plaintext. Costs one
 * query of Wine's for any other file. */
static BOOL is_encrypted(HANDLE file)
{
    BYTE standard[STANDARD_SIZE];
    IO_STATUS_BLOCK io;
    struct view view;

    if (!nt_original.query_information || !hooks_is_candidate_size(file)) return FALSE;
    if (nt_original.query_information(file, &io, standard, sizeof(standard), CLASS_STANDARD)) return FALSE;
    /* a directory's listing isn't guarded */
    return !standard[STANDARD_DIRECTORY] && view_by_handle(file, &view) && !view.mounted;
}

/* Is it a socket, a pipe or the like? Their names tell, and so they aren't asked about their size. */
static BOOL is_device(const OBJECT_ATTRIBUTES *attr)
{
    static const WCHAR prefix[] = L"\\Device\\";
    const UNICODE_STRING *name = attr->ObjectName;

    return name && name->Length >= sizeof(prefix) - sizeof(WCHAR)
        && !memcmp(name->Buffer, prefix, sizeof(prefix) - sizeof(WCHAR));
}

/* What was opened, created or overwritten: may the program have it? */
static NTSTATUS check_opened(HANDLE *file, ACCESS_MASK access, const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                             ULONG options, const struct named *named)
{
    ULONG_PTR action = io->Information;
    NTSTATUS status = STATUS_SUCCESS;

    if ((options & FILE_DELETE_ON_CLOSE) && !(options & FILE_NON_DIRECTORY_FILE) && !is_device(attr))
        removal_on_close(*file);
    if ((options & FILE_DELETE_ON_CLOSE) && !is_device(attr)) stream_will_go(*file);
    if ((options & FILE_DIRECTORY_FILE) || is_device(attr)) return STATUS_SUCCESS;
    if (action == IO_OVERWRITTEN || action == IO_SUPERSEDED)
    {
        if (is_encrypted(*file) && (status = view_strip(*file)))
            WARN("the metadata of an overwritten file can't be removed\n");
        if (!status && (status = stream_clear(*file))) WARN("what the file had beside its content can't be removed\n");
    }
    else if (action == IO_OPENED && (access & GUARD_DATA_ACCESS) && !named_is_plain(named) && is_encrypted(*file)
             && hooks_guard())
        status = STATUS_ACCESS_DENIED;

    if (status)
    {
        TRACE("handle %p is to an encrypted file: access %#lx denied\n", (void *)*file, access);
        NtClose(*file);
        *file = NULL;
        io->Status = status;
        io->Information = 0;
    }
    return status;
}

/* What an open for data is to be judged by. */
static void look_before(struct named *named, ACCESS_MASK access, const OBJECT_ATTRIBUTES *attr, ULONG disposition,
                        ULONG options)
{
    if ((access & GUARD_DATA_ACCESS) && attr && (disposition == FILE_OPEN || disposition == FILE_OPEN_IF))
        named_begin(named, attr, options);
    else named_none(named);
}

/* Is it to be refused before it is opened? A handle that deletes its file when it is closed would do so if opened. */
static BOOL is_denied_before(ACCESS_MASK access, const OBJECT_ATTRIBUTES *attr, ULONG options)
{
    struct view view;

    return (options & FILE_DELETE_ON_CLOSE) && (access & GUARD_DATA_ACCESS) && attr && attr->ObjectName
           && view_by_opening(attr, options & ~(ULONG)FILE_DELETE_ON_CLOSE, &view) && !view.directory
           && !view.mounted && hooks_guard();
}

/* What something is created with: its descriptor, and its extended attributes. Without them it isn't created at all. */
static NTSTATUS give(HANDLE *file, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, const struct exact_creation *creation,
                     const void *ea, ULONG length)
{
    ULONG_PTR action = io->Information;
    NTSTATUS status = STATUS_SUCCESS;

    if (creation->wanted && action == IO_CREATED) status = exact_creation_end(creation, *file);
    if (!status && length && action != IO_OPENED) status = ea_set(*file, ea, length);
    return status ? hooks_take_back(file, attr, io, status) : STATUS_SUCCESS;
}

/* What was made: or is its name taken? And is it in an encrypted directory? */
static NTSTATUS check_created(HANDLE *file, const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, ULONG disposition,
                              BOOL *inherits)
{
    if (io->Information != IO_CREATED || is_device(attr) || !reparse_undo(*file, inherits)) return STATUS_SUCCESS;
    NtClose(*file);
    *file = NULL;
    io->Information = 0;
    return io->Status = disposition == FILE_CREATE ? STATUS_OBJECT_NAME_COLLISION : STATUS_IO_REPARSE_TAG_NOT_HANDLED;
}

/* Apart, as is what follows: nearly no program wants it. */
static __attribute__((noinline)) NTSTATUS check_encrypted(OBJECT_ATTRIBUTES *attr, ACCESS_MASK access, ULONG sharing,
                                                          ULONG disposition, ULONG options)
{
    struct encrypted_new wanted = { attr, access, sharing, disposition, options };

    return encrypted_new_check(&wanted);
}

static __attribute__((noinline)) NTSTATUS end_encrypted(HANDLE *file, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                                        ACCESS_MASK access, ULONG sharing, ULONG disposition,
                                                        ULONG options)
{
    struct encrypted_new wanted = { attr, access, sharing, disposition, options };

    return encrypted_new_end(&wanted, file, io);
}

static NTSTATUS create(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                       LARGE_INTEGER *allocation, ULONG attributes, ULONG sharing, ULONG disposition, ULONG options,
                       void *ea, ULONG ea_length)
{
    struct stream_open open = { .attr = attr, .access = access, .allocation = allocation, .attributes = attributes,
                                .sharing = sharing, .disposition = disposition, .options = options };
    struct exact_creation creation;
    struct named named;
    BOOL has_ea, encrypted, inherits = FALSE;
    OBJECT_ATTRIBUTES *with;
    NTSTATUS status;

    if (stream_open(file, io, &open, &status)) return status;
    attr = open.attr;
    options = open.options;
    has_ea = ea && ea_length && attr && !is_device(attr);
    if (has_ea && (status = ea_check_list(ea, ea_length, io))) return status;
    if ((status = within_check_open(attr, disposition))) return status;
    if (disposition == FILE_OPEN || disposition == FILE_OPEN_IF)
        if (is_denied_before(access, attr, options)) return STATUS_ACCESS_DENIED;
    /* without the guard programs have the ciphertext, and copy it with the attribute that they see */
    encrypted = encrypted_new_is_wanted(attributes, disposition) && attr && !is_device(attr) && hooks_guard();
    if (encrypted && (status = check_encrypted(attr, access, sharing, disposition, options))) return status;
    look_before(&named, access, attr, disposition, options);
    with = exact_creation_begin(&creation, attr, disposition, options);
    status = nt_original.create_file(file, access, with, io, allocation, attributes, sharing, disposition, options, ea,
                                     ea_length);
    if (!status) status = check_created(file, attr, io, disposition, &inherits);
    if (!status) status = check_opened(file, access, attr, io, options, &named);
    if (!status && (has_ea || creation.wanted)) status = give(file, attr, io, &creation, ea, has_ea ? ea_length : 0);
    if (!status && (encrypted || (inherits && inherit_is_wanted(attributes, options))))
        status = end_encrypted(file, attr, io, access, sharing, disposition, options);
    return status;
}

/* Apart, since it needs so much of the stack. */
static __attribute__((noinline)) NTSTATUS create_in_shadow(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr,
                                                           IO_STATUS_BLOCK *io, LARGE_INTEGER *allocation,
                                                           ULONG attributes, ULONG sharing, ULONG disposition,
                                                           ULONG options, void *ea, ULONG ea_length)
{
    struct shadow_open shadow;
    NTSTATUS status;

    shadow.attr = attr;
    shadow.access = access;
    shadow.disposition = disposition;
    shadow.options = options;
    if (!shadow_open_begin(&shadow, &status))
        return create(file, access, attr, io, allocation, attributes, sharing, disposition, options, ea, ea_length);
    if (!status) status = create(file, shadow.access, shadow.attr, io, NULL, attributes, sharing, shadow.disposition,
                                 options, NULL, 0);
    return shadow_open_end(&shadow, file, io, status);
}

NTSTATUS WINAPI hook_NtCreateFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                  LARGE_INTEGER *allocation, ULONG attributes, ULONG sharing, ULONG disposition,
                                  ULONG options,
                                  void *ea, ULONG ea_length)
{
    NTSTATUS status;

    hooks_catch_up();
    if (shadow_is_candidate(attr))
        return create_in_shadow(file, access, attr, io, allocation, attributes, sharing, disposition, options, ea,
                                ea_length);
    status = create(file, access, attr, io, allocation, attributes, sharing, disposition, options, ea, ea_length);
    if (!status) shadow_forget(*file);
    return status;
}

static NTSTATUS open_existing(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                              ULONG sharing, ULONG options)
{
    struct stream_open open = { .attr = attr, .access = access, .sharing = sharing, .disposition = FILE_OPEN,
                                .options = options };
    struct named named;
    NTSTATUS status;

    if (stream_open(file, io, &open, &status)) return status;
    attr = open.attr;
    options = open.options;
    if ((status = within_check_open(attr, FILE_OPEN))) return status;
    if (is_denied_before(access, attr, options)) return STATUS_ACCESS_DENIED;
    look_before(&named, access, attr, FILE_OPEN, options);
    status = nt_original.open_file(file, access, attr, io, sharing, options);
    return status ? status : check_opened(file, access, attr, io, options, &named);
}

static __attribute__((noinline)) NTSTATUS open_in_shadow(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr,
                                                         IO_STATUS_BLOCK *io, ULONG sharing, ULONG options)
{
    struct shadow_open shadow;
    NTSTATUS status;

    shadow.attr = attr;
    shadow.access = access;
    shadow.disposition = FILE_OPEN;
    shadow.options = options;
    if (!shadow_open_begin(&shadow, &status)) return open_existing(file, access, attr, io, sharing, options);
    if (!status) status = open_existing(file, shadow.access, shadow.attr, io, sharing, options);
    return shadow_open_end(&shadow, file, io, status);
}

NTSTATUS WINAPI hook_NtOpenFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                ULONG sharing, ULONG options)
{
    NTSTATUS status;

    hooks_catch_up();
    if (shadow_is_candidate(attr)) return open_in_shadow(file, access, attr, io, sharing, options);
    status = open_existing(file, access, attr, io, sharing, options);
    if (!status) shadow_forget(*file);
    return status;
}

/* A change of size needs a check of its own: Wine lets a handle do that which has no access to the data. */
NTSTATUS WINAPI hook_NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    if (shadow_refuses_information(file, info, length, class)) return STATUS_MEDIA_WRITE_PROTECTED;
    if ((class == CLASS_END_OF_FILE || class == CLASS_ALLOCATION || class == CLASS_VALID_DATA_LENGTH)
        && is_encrypted(file) && hooks_guard())
        return STATUS_ACCESS_DENIED;
    if (class == CLASS_BASIC) return hooks_set_basic(file, io, info, length);
    if (class == CLASS_DISPOSITION || class == CLASS_DISPOSITION_EX)
        return removal_set_disposition(file, io, info, length, class);
    if (within_is_replaced(info, length, class)) return STATUS_ACCESS_DENIED;
    if (class == CLASS_RENAME || class == CLASS_RENAME_EX) return stream_rename(file, io, info, length, class);
    if ((class == CLASS_LINK || class == CLASS_LINK_EX) && stream_is_link_taken(file, info, length))
        return STATUS_OBJECT_NAME_COLLISION;
    return nt_original.set_information(file, io, info, length, class);
}

/* Does the handle lead to the program's own process? FALSE also if it is none to a process. */
static BOOL is_own_process(HANDLE process)
{
    return process == CURRENT_PROCESS || !NtCompareObjects(process, CURRENT_PROCESS);
}

/*
 * Wine lets a duplicate have access that the handle hasn't. So a duplicate is checked as an open is; the handle may be
 * another process's.
 */
NTSTATUS WINAPI hook_NtDuplicateObject(HANDLE source_process, HANDLE source, HANDLE target_process, HANDLE *target,
                                       ACCESS_MASK access, ULONG attributes, ULONG options)
{
    BOOL asks_for_data = !(options & DUPLICATE_SAME_ACCESS) && (access & GUARD_DATA_ACCESS),
    own = asks_for_data && is_own_process(source_process);
    BOOL moves = removal_count && (options & DUPLICATE_CLOSE_SOURCE) && is_own_process(source_process);
    USHORT mark = shadow_marks && is_own_process(source_process) ? shadow_get_mark(source) : 0;
    struct removal removal;
    NTSTATUS status;

    if (mark && !(options & DUPLICATE_SAME_ACCESS) && shadow_is_write_access(access))
    {
        if (options & DUPLICATE_CLOSE_SOURCE) NtClose(source);
        return STATUS_MEDIA_WRITE_PROTECTED;
    }
    if (mark && (access & MAXIMUM_ALLOWED)) access = GENERIC_READ | GENERIC_EXECUTE; /* all that can be had */
    if (own && is_encrypted(source) && hooks_guard())
    {
        if (options & DUPLICATE_CLOSE_SOURCE) NtClose(source);
        return STATUS_ACCESS_DENIED;
    }
    if (moves) removal_begin(&removal, source);
    status = nt_original.duplicate_object(source_process, source, target_process, target, access, attributes, options);
    if (mark && (options & DUPLICATE_CLOSE_SOURCE)) shadow_set_mark(source, 0);
    if (!status && shadow_marks && target && is_own_process(target_process)) shadow_set_mark(*target, mark);
    /* The source is closed whatever else went wrong. */
    if (moves) removal_end(&removal, TRUE, !status && target && is_own_process(target_process) ? *target : NULL);
    if (status || !asks_for_data || own || !target || !is_own_process(target_process)) return status;
    if (!is_encrypted(*target) || !hooks_guard()) return status;
    NtClose(*target);
    *target = NULL;
    return STATUS_ACCESS_DENIED;
}

HANDLE guard_open(const WCHAR *name, ACCESS_MASK access, ULONG sharing)
{
    OBJECT_ATTRIBUTES attr = { 0 };
    const OBJECT_ATTRIBUTES *named = &attr;
    struct shadow_name shadow;
    UNICODE_STRING nt_name;
    NTSTATUS status;
    HANDLE file;

    if (!RtlDosPathNameToNtPathName_U(name, &nt_name, NULL, NULL))
    {
        RtlSetLastWin32Error(ERROR_PATH_NOT_FOUND);
        return NULL;
    }
    attr.Length = sizeof(attr);
    attr.ObjectName = &nt_name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (shadow_query_begin(&shadow, &named) && shadow_is_write_access(access)) status = STATUS_MEDIA_WRITE_PROTECTED;
    else if (within_is_named(named))
        status = access & FILE_WRITE_DATA ? STATUS_ACCESS_DENIED : STATUS_OBJECT_NAME_NOT_FOUND;
    else status = hooks_open_file(&file, access | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                  named == &attr ? &attr : &shadow.attr, sharing,
                                  FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT);
    if (named != &attr) shadow_query_end(&shadow, NULL);
    RtlFreeUnicodeString(&nt_name);
    if (!status) return file;
    RtlSetLastWin32Error(RtlNtStatusToDosError(status));
    return NULL;
}
