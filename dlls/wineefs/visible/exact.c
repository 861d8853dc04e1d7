/*
 * Exact security, if the setting says so: what programs set by NtSetSecurityObject is kept beside the file, and
 * NtQuerySecurityObject gives it back, as long as it belongs to the file's mode. Wine itself keeps a mode alone, and
 * makes it wider than the descriptor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hooks.h"

#include "backup/security.h"
#include "backup/stream.h"
#include "security.h"
#include "shadow/shadow_marks.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/native.h"
#include "wine/unixcall.h"

/* mingw-w64's headers lack it */
NTSTATUS WINAPI NtDuplicateObject(HANDLE source_process, HANDLE source, HANDLE target_process, HANDLE *target,
                                  ACCESS_MASK access, ULONG attributes, ULONG options);

#define ALL_BUT_SACL (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)
#define PARTS        (ALL_BUT_SACL | SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION)

_Static_assert(BSECURITY_OWNER == OWNER_SECURITY_INFORMATION && BSECURITY_GROUP == GROUP_SECURITY_INFORMATION
               && BSECURITY_DACL == DACL_SECURITY_INFORMATION && BSECURITY_SACL == SACL_SECURITY_INFORMATION
               && BSECURITY_LABEL == LABEL_SECURITY_INFORMATION, "the codec names the parts as Windows does");

/* What follows isn't done while the process is being set up: it needs more than ntdll. */
static BOOL is_on(void)
{
    hooks_catch_up();
    return !hooks_pending && unixcall_is_available() && hooks_exact();
}

/* ---- asking ---- */

/* The parts that are kept, and Wine's others. */
static NTSTATUS answer(HANDLE file, SECURITY_INFORMATION information, const struct blob *kept, void *out, ULONG length,
                       ULONG *needed)
{
    SECURITY_INFORMATION which = information & (bsecurity_parts(kept->data) | BSECURITY_LABEL);
    struct blob wines = { 0 };
    NTSTATUS status;
    size_t size;

    if ((status = security_query(file, information, &wines))) return status;
    size = bsecurity_merge(wines.data, wines.size, kept->data, kept->size, which, out, out ? length : 0);
    blob_free(&wines);
    if (!size) return STATUS_INVALID_SECURITY_DESCR;
    *needed = (ULONG)size;
    return !out || size > length ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

NTSTATUS WINAPI hook_NtQuerySecurityObject(HANDLE file, SECURITY_INFORMATION information,
                                           PSECURITY_DESCRIPTOR descriptor, ULONG length, ULONG *needed)
{
    NTSTATUS status = nt_original.query_security(file, information, descriptor, length, needed);
    struct blob kept = { 0 };
    BOOL is_file;

    /* Wine judges the handle and its rights. */
    if ((status && status != STATUS_BUFFER_TOO_SMALL) || !is_on()) return status;
    if (security_get_kept(file, &kept, &is_file)) return STATUS_NO_MEMORY;
    if (kept.size) status = answer(file, information, &kept, descriptor, length, needed);
    blob_free(&kept);
    return status;
}

/* ---- setting ---- */

static BOOL has_rights(HANDLE file, SECURITY_INFORMATION information)
{
    static const struct { SECURITY_INFORMATION parts; ACCESS_MASK right; } needs[] =
    {
        { OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION, WRITE_OWNER },
        { DACL_SECURITY_INFORMATION, WRITE_DAC },
        { SACL_SECURITY_INFORMATION, ACCESS_SYSTEM_SECURITY },
    };
    unsigned int i;

    for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
        if ((information & needs[i].parts) && !native_has_right(file, needs[i].right)) return FALSE;
    return TRUE;
}

/* What Wine shows, for the parts that aren't set. The handle need not have the right to read it. */
static void find_wines(HANDLE file, struct blob *base)
{
    HANDLE readable;

    if (!security_query(file, ALL_BUT_SACL, base)
        || NtDuplicateObject(CURRENT_PROCESS, file, CURRENT_PROCESS, &readable, READ_CONTROL, 0, 0))
        return;
    security_query(readable, ALL_BUT_SACL, base);
    NtClose(readable);
}

/* Control bits that the call itself is about. */
static void choose_control(SECURITY_DESCRIPTOR_RELATIVE *descriptor, SECURITY_INFORMATION information)
{
    if (information & DACL_SECURITY_INFORMATION) descriptor->Control |= SE_DACL_PRESENT; /* without a list: all may */
    if (information & PROTECTED_DACL_SECURITY_INFORMATION) descriptor->Control |= SE_DACL_PROTECTED;
    if (information & UNPROTECTED_DACL_SECURITY_INFORMATION) descriptor->Control &= (WORD)~SE_DACL_PROTECTED;
    if (information & PROTECTED_SACL_SECURITY_INFORMATION) descriptor->Control |= SE_SACL_PROTECTED;
    if (information & UNPROTECTED_SACL_SECURITY_INFORMATION) descriptor->Control &= (WORD)~SE_SACL_PROTECTED;
}

static NTSTATUS put(HANDLE file, const struct blob *blob, ULONG stays)
{
    struct security_set_params params = { 0 };

    if (security_put(file, blob, stays, &params))
        return params.result.error ? error_to_status(params.result.error) : STATUS_ACCESS_DENIED;
    if (params.dropped == SECURITY_NO_ROOM) return STATUS_DISK_FULL;
    if (params.dropped) ERR("a security descriptor isn't kept but for its mode: the file system has no attributes\n");
    return STATUS_SUCCESS;
}

/* given: with the parts that are set; base: with all others */
static NTSTATUS set_merged(HANDLE file, SECURITY_INFORMATION information, const struct blob *given,
                           const struct blob *base)
{
    SECURITY_INFORMATION which = information & PARTS;
    struct blob merged = { 0 };
    NTSTATUS status;
    size_t size;

    size = bsecurity_merge(base->data, base->size, given->data, given->size, which, NULL, 0);
    if (!size || size > BSTREAM_SECURITY_MAX) return STATUS_INVALID_SECURITY_DESCR;
    if (blob_alloc(&merged, (ULONG)size)) return STATUS_NO_MEMORY;
    bsecurity_merge(base->data, base->size, given->data, given->size, which, merged.data, size);
    bsecurity_map_generic(merged.data);
    status = put(file, &merged, which & DACL_SECURITY_INFORMATION ? SECURITY_STAYS_READ_ONLY : SECURITY_STAYS_MODE);
    blob_free(&merged);
    return status;
}

/* Without regard to the handle's rights. base: the descriptor that is kept, or empty */
static NTSTATUS set(HANDLE file, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor, struct blob *base)
{
    struct blob given = { 0 };
    NTSTATUS status;

    if (security_copy(descriptor, &given)) return STATUS_INVALID_SECURITY_DESCR;
    choose_control((void *)given.data, information);
    if (!(bsecurity_parts(given.data) & BSECURITY_GROUP)) information &= ~(ULONG)GROUP_SECURITY_INFORMATION;
    if (!base->size) find_wines(file, base);
    if ((information & OWNER_SECURITY_INFORMATION) && !(bsecurity_parts(given.data) & BSECURITY_OWNER))
        status = STATUS_INVALID_SECURITY_DESCR;
    /* one without an access list isn't kept: it would say nothing of the mode */
    else if (!base->size && !(information & DACL_SECURITY_INFORMATION)) status = STATUS_ACCESS_DENIED;
    else status = set_merged(file, information, &given, base);
    blob_free(&given);
    return status;
}

NTSTATUS WINAPI hook_NtSetSecurityObject(HANDLE file, SECURITY_INFORMATION information,
                                         PSECURITY_DESCRIPTOR descriptor)
{
    struct blob kept = { 0 };
    BOOL is_file = FALSE;
    NTSTATUS status;

    if (shadow_is_marked(file)) return STATUS_MEDIA_WRITE_PROTECTED;
    if (!descriptor || !(information & PARTS) || !is_on() || security_get_kept(file, &kept, &is_file) || !is_file)
        status = nt_original.set_security(file, information, descriptor);
    else if (((SECURITY_DESCRIPTOR *)descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION)
        status = STATUS_UNKNOWN_REVISION;
    else if (!has_rights(file, information)) status = STATUS_ACCESS_DENIED;
    else status = set(file, information, descriptor, &kept);
    blob_free(&kept);
    return status;
}

/* ---- making files ---- */

/*
 * Nobody but the user gets in until the descriptor is set. Wine makes this of an entry for an owner who is none of the
 * process' groups: here S-1-5-88-1-4294967295, by which NFS servers on Windows would say that nobody is the owner.
 */
#define NOBODY 1, 3, 0, 0, 0, 0, 0, 5, 88, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff
#define LET_IN(rights) \
    1, 0, 4, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, NOBODY, \
    2, 0, 36, 0, 1, 0, 0, 0, 0, 0, 28, 0, (rights), 0, 0, 0, NOBODY

static const BYTE __attribute__((aligned(4))) private_file[] = { LET_IN(FILE_READ_DATA | FILE_WRITE_DATA) };
static const BYTE __attribute__((aligned(4))) private_directory[] =
{
    LET_IN(FILE_READ_DATA | FILE_WRITE_DATA | FILE_EXECUTE)
};

OBJECT_ATTRIBUTES *exact_creation_begin(struct exact_creation *creation, OBJECT_ATTRIBUTES *attr, ULONG disposition,
                                        ULONG options)
{
    BOOLEAN present, defaulted;
    ACL *acl;

    creation->wanted = NULL;
    if (!attr || !attr->SecurityDescriptor || disposition == FILE_OPEN || disposition == FILE_OVERWRITE || !is_on()
        || RtlGetDaclSecurityDescriptor(attr->SecurityDescriptor, &present, &acl, &defaulted) || !present || !acl)
        return attr;
    creation->attr = *attr;
    creation->wanted = attr->SecurityDescriptor;
    creation->attr.SecurityDescriptor = (void *)(ULONG_PTR)(options & FILE_DIRECTORY_FILE ? private_directory
                                                            : private_file);
    return &creation->attr;
}

NTSTATUS exact_creation_end(const struct exact_creation *creation, HANDLE file)
{
    const SECURITY_DESCRIPTOR_RELATIVE *relative = creation->wanted;
    const SECURITY_DESCRIPTOR *absolute = creation->wanted;
    BOOL is_relative = (relative->Control & SE_SELF_RELATIVE) != 0;
    SECURITY_INFORMATION information = DACL_SECURITY_INFORMATION;
    struct blob base = { 0 };
    NTSTATUS status;

    if (is_relative ? relative->Owner != 0 : absolute->Owner != NULL) information |= OWNER_SECURITY_INFORMATION;
    if (is_relative ? relative->Group != 0 : absolute->Group != NULL) information |= GROUP_SECURITY_INFORMATION;
    if ((relative->Control & SE_SACL_PRESENT) && native_has_right(file, ACCESS_SYSTEM_SECURITY))
        information |= SACL_SECURITY_INFORMATION;
    status = set(file, information, creation->wanted, &base);
    blob_free(&base);
    return status;
}
